import type { Listing, Prompt, Resource, ResourceTemplate, Tool } from '../../core/connection.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { AppError } from '../../core/util/errors.ts';
import { readPrompt, readResource, readTemplate, readTool, type Read } from './listItems.ts';
import { headerParams } from './paramHeaders.ts';
import type { Wire } from './wire.ts';

export interface ListsDeps {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
  /** Header declarations count over Streamable HTTP of the modern era only. */
  readonly hasParamHeaders: boolean;
}

type ListName = 'tools' | 'resources' | 'resourceTemplates' | 'prompts';

interface Source<T> {
  readonly method: string;
  readonly capability: string;
  readonly read: (value: Json, index: number) => Read<T>;
}

const maxPages = 64;
const maxItems = 20_000;
const maxProblems = 100;
const maxTtlMs = 24 * 60 * 60_000;

/** The lists of one server: all pages, item by item, so that one bad item never costs the others; cached as long as the server allows. */
export class Lists {
  readonly #deps: ListsDeps;
  readonly #cache = new Map<ListName, { readonly until: number; readonly listing: Listing<unknown> }>();
  #tools: ReadonlyMap<string, Tool> = new Map();

  constructor(deps: ListsDeps) {
    this.#deps = deps;
  }

  tools(signal: AbortSignal, isFresh: boolean): Promise<Listing<Tool>> {
    const read = (value: Json, index: number) => this.#checkHeaders(readTool(value, index));
    return this.#list(
      'tools',
      { method: 'tools/list', capability: 'tools', read },
      signal,
      isFresh,
      (listing) => {
        this.#tools = new Map(listing.items.map((tool) => [tool.name, tool]));
      },
    );
  }

  resources(signal: AbortSignal, isFresh: boolean): Promise<Listing<Resource>> {
    const source = { method: 'resources/list', capability: 'resources', read: readResource };
    return this.#list('resources', source, signal, isFresh);
  }

  resourceTemplates(signal: AbortSignal, isFresh: boolean): Promise<Listing<ResourceTemplate>> {
    const source = { method: 'resources/templates/list', capability: 'resources', read: readTemplate };
    return this.#list('resourceTemplates', source, signal, isFresh);
  }

  prompts(signal: AbortSignal, isFresh: boolean): Promise<Listing<Prompt>> {
    return this.#list(
      'prompts',
      { method: 'prompts/list', capability: 'prompts', read: readPrompt },
      signal,
      isFresh,
    );
  }

  /** A tool of the last listing. */
  tool(name: string): Tool | undefined {
    return this.#tools.get(name);
  }

  /** Forgets what is cached after the server said that a list changed. */
  invalidate(list: 'tools' | 'resources' | 'prompts'): void {
    this.#cache.delete(list);
    if (list === 'resources') this.#cache.delete('resourceTemplates');
  }

  async #list<T>(
    name: ListName,
    source: Source<T>,
    signal: AbortSignal,
    isFresh: boolean,
    onListing?: (listing: Listing<T>) => void,
  ): Promise<Listing<T>> {
    const { clock, capabilities } = this.#deps;
    if (capabilities[source.capability] === undefined) return { items: [], problems: [], ttlMs: undefined };
    const cached = this.#cache.get(name);
    if (cached && !isFresh && clock.now() < cached.until) return cached.listing as Listing<T>;
    this.#cache.delete(name);
    const listing = await this.#walk(source, signal);
    onListing?.(listing);
    if (listing.ttlMs !== undefined) this.#cache.set(name, { until: clock.now() + listing.ttlMs, listing });
    return listing;
  }

  async #walk<T>(source: Source<T>, signal: AbortSignal): Promise<Listing<T>> {
    const { method } = source;
    const items = new Map<string, T>();
    const problems = new Problems();
    const cursors = new Set<string>();
    let cursor: string | undefined;
    let ttlMs: number | undefined;
    let index = 0;
    for (let page = 1; ; page++) {
      const result = await this.#page(method, cursor, page, problems, signal);
      if (!result) break;
      if (page === 1) ttlMs = readTtl(result);
      const values =
        result[source.method === 'resources/templates/list' ? 'resourceTemplates' : source.capability];
      if (!Array.isArray(values)) {
        problems.add(`the server's answer to ${method} has no list`);
        break;
      }
      for (const value of values as readonly Json[]) addItem(source.read(value, index++), items, problems);
      const { nextCursor } = result;
      if (nextCursor === undefined || nextCursor === null || nextCursor === '') break;
      const stop = stopReason(nextCursor, cursors, page, items.size);
      if (stop !== undefined) {
        problems.add(`${method}: ${stop}; the list may be incomplete`);
        break;
      }
      if (typeof nextCursor !== 'string') break;
      cursor = nextCursor;
      cursors.add(cursor);
    }
    return { items: [...items.values()], problems: problems.all(), ttlMs };
  }

  /** A later page that fails leaves the earlier ones. */
  async #page(
    method: string,
    cursor: string | undefined,
    page: number,
    problems: Problems,
    signal: AbortSignal,
  ): Promise<JsonObject | undefined> {
    const { wire, timeoutMs } = this.#deps;
    try {
      return await wire.request({
        method,
        params: cursor === undefined ? {} : { cursor },
        signal,
        timeoutMs,
      });
    } catch (error) {
      const isOfThisPage =
        error instanceof AppError && (error.code === 'server-error' || error.code === 'timeout');
      if (page === 1 || !isOfThisPage) throw error;
      problems.add(`${method}: page ${page} failed (${error.message}); the list is incomplete`);
      return undefined;
    }
  }

  #checkHeaders(read: Read<Tool>): Read<Tool> {
    if (read.kind !== 'item' || !this.#deps.hasParamHeaders) return read;
    const found = headerParams(read.item.inputSchema);
    if (found.kind === 'valid') return read;
    return {
      kind: 'unusable',
      reason: `tool "${read.key.slice(0, 60)}" is left out as the specification demands: ${found.reason}`,
    };
  }
}

function addItem<T>(read: Read<T>, items: Map<string, T>, problems: Problems): void {
  if (read.kind === 'unusable') {
    problems.add(read.reason);
    return;
  }
  for (const oddity of read.oddities) problems.add(oddity);
  if (items.has(read.key))
    problems.add(`"${read.key.slice(0, 60)}" is listed more than once; the first is used`);
  else if (items.size < maxItems) items.set(read.key, read.item);
  else problems.add(`only the first ${maxItems} items are used`);
}

function stopReason(
  cursor: Json,
  seen: ReadonlySet<string>,
  page: number,
  count: number,
): string | undefined {
  if (typeof cursor !== 'string') return 'its cursor is not text';
  if (seen.has(cursor)) return 'its cursor comes back a second time';
  if (page >= maxPages) return `it goes on after ${maxPages} pages`;
  return count >= maxItems ? `it goes on after ${maxItems} items` : undefined;
}

function readTtl(result: JsonObject): number | undefined {
  const { ttlMs } = result;
  return typeof ttlMs === 'number' && ttlMs >= 0 ? Math.min(ttlMs, maxTtlMs) : undefined;
}

/** Different problems, so many at most that a hostile list stays readable. */
class Problems {
  readonly #texts = new Set<string>();
  #more = 0;

  add(text: string): void {
    if (this.#texts.has(text)) return;
    if (this.#texts.size < maxProblems) this.#texts.add(text);
    else this.#more++;
  }

  all(): readonly string[] {
    return this.#more > 0 ? [...this.#texts, `… and ${this.#more} more problems`] : [...this.#texts];
  }
}
