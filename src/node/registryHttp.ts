import type { Secrets } from '../core/ports.ts';
import {
  sourceUrlProblem,
  type ListRequest,
  type PageAnswer,
  type RegistryApi,
  type RegistryClient,
} from '../core/registryClient.ts';
import type { RegistryEntry, RegistryPage, RegistrySource } from '../core/registry.ts';
import { isBadEntry, parseEntry, parsePage } from '../core/registryParse.ts';
import type { Json } from '../core/json.ts';
import { AppError, isAppError } from '../core/util/errors.ts';
import {
  defaultLimits,
  fetchJson,
  RequestError,
  type FetchLimits,
  type JsonAnswer,
  type RegistryFetchDeps,
} from './registryFetch.ts';

/** What the client needs from outside. */
export interface RegistryHttpDeps extends RegistryFetchDeps {
  readonly secrets: Secrets;
  /** A bearer token for a registry that answered 401 (RFC 9728), another one than the `rejected`; undefined when there is none. */
  readonly token?: (
    source: RegistrySource,
    refused: { readonly challenge: string | undefined; readonly rejected: string | undefined },
    signal: AbortSignal,
  ) => Promise<string | undefined>;
  readonly limits?: Partial<FetchLimits>;
}

const maxVersions = 1000;

/** Reads registries over HTTP: API v0.1, v0 where that is missing. */
export function createRegistryClient(deps: RegistryHttpDeps): RegistryClient {
  const limits = { ...defaultLimits, ...deps.limits };
  const apis = new Map<string, RegistryApi>();
  // The last token of each registry that wants one: the next request starts with it.
  const tokens = new Map<string, string>();

  const headersOf = async (
    source: RegistrySource,
    base: URL,
    what: string,
  ): Promise<Record<string, string>> => {
    if (source.header === undefined) return {};
    const value = await deps.secrets.get(source.header.secretKey);
    if (value === undefined || value === '') {
      throw new RequestError('needs-sign-in', `${what}: its key is not stored on this machine`, {
        nextStep: 'Enter the key of the registry.',
      });
    }
    if (/[^\t\x20-\x7e]/.test(value))
      throw new RequestError('invalid-config', `${what}: its key holds characters that no header can carry`);
    if (base.protocol !== 'https:' && !isLoopback(base))
      throw new RequestError('blocked', `${what}: a key is not sent without encryption`);
    return { [source.header.name]: value };
  };

  const get = async (
    source: RegistrySource,
    api: RegistryApi,
    path: string,
    query: URLSearchParams,
    what: string,
    signal: AbortSignal,
  ): Promise<JsonAnswer> => {
    const base = baseOf(source);
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    const url = new URL(`${base.href.replace(/\/$/, '')}/${api}/${path}${search}`);
    const request = { url, what, limits, signal };
    const rejected = source.header === undefined ? tokens.get(source.url) : undefined;
    const headers =
      rejected === undefined ? await headersOf(source, base, what) : { authorization: `Bearer ${rejected}` };
    try {
      return await fetchJson(deps, { ...request, headers });
    } catch (error) {
      if (
        !(error instanceof RequestError) ||
        error.status !== 401 ||
        source.header !== undefined ||
        !deps.token
      )
        throw error;
      tokens.delete(source.url);
      const token = await deps.token(source, { challenge: error.challenge, rejected }, signal);
      if (token === undefined || token === rejected) throw error;
      if (base.protocol !== 'https:' && !isLoopback(base))
        throw new RequestError('blocked', `${what}: a token is not sent without encryption`);
      const answer = await fetchJson(deps, { ...request, headers: { authorization: `Bearer ${token}` } });
      tokens.set(source.url, token);
      return answer;
    }
  };

  /** Asks v0.1, and v0 when there is no v0.1; remembers which. */
  const ask = async (
    source: RegistrySource,
    path: string,
    query: URLSearchParams,
    doing: string,
    signal: AbortSignal,
  ) => {
    const what = `${source.label} (${hostOf(source)}), ${doing}`;
    const problem = sourceUrlProblem(source.url);
    if (problem !== undefined) throw new RequestError('invalid-config', `${what}: its address ${problem}`);
    const known = apis.get(source.url) ?? apiInUrl(source.url);
    const first = known ?? 'v0.1';
    try {
      const answer = await get(source, first, path, query, what, signal);
      apis.set(source.url, first);
      return { answer, api: first };
    } catch (error) {
      // A missing list is a missing API; a missing server is just that. A web page is what hosts send for unknown paths.
      const isMissing =
        isAppError(error, 'not-found') || (error instanceof RequestError && error.status === 200);
      if (known !== undefined && isAppError(error, 'not-found') && path === 'servers')
        apis.delete(source.url);
      if (known !== undefined || !isMissing || signal.aborted) throw error;
      try {
        const answer = await get(source, 'v0', path, query, what, signal);
        apis.set(source.url, 'v0');
        return { answer, api: 'v0' as const };
      } catch (second) {
        if (isAppError(second, 'cancelled')) throw second;
        const isNone =
          path === 'servers' && isAppError(error, 'not-found') && isAppError(second, 'not-found');
        if (!isNone) throw error;
        throw new RequestError('unsupported', `${what}: is no MCP registry (neither v0.1 nor v0 answers)`, {
          cause: error,
        });
      }
    }
  };

  return {
    page: async (source, request, signal): Promise<PageAnswer> => {
      const doing = request.search === undefined ? 'listing servers' : 'searching';
      const { answer, api } = await ask(source, 'servers', queryOf(request), doing, signal);
      return {
        page: pageOf(answer, `${source.label} (${hostOf(source)}), ${doing}`),
        api,
        serverTime: answer.serverTime,
      };
    },

    versions: async (source, name, signal) => {
      const found: RegistryEntry[] = [];
      const cursors = new Set<string>();
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams(cursor === undefined ? {} : { cursor });
        const { answer } = await ask(
          source,
          `servers/${encodeURIComponent(name)}/versions`,
          query,
          `versions of ${name}`,
          signal,
        );
        const page = pageOf(answer, `${source.label} (${hostOf(source)}), versions of ${name}`);
        found.push(...page.entries.filter((entry) => entry.name === name));
        cursor =
          page.entries.length === 0 || cursors.has(page.nextCursor ?? '') ? undefined : page.nextCursor;
        cursors.add(cursor ?? '');
      } while (cursor !== undefined && found.length < maxVersions);
      return found.slice(0, maxVersions);
    },

    version: async (source, name, version, signal) => {
      const path = `servers/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;
      const { answer } = await ask(source, path, new URLSearchParams(), `${name} ${version}`, signal);
      const entry = parseEntry(answer.json as Json);
      const where = `${source.label} (${hostOf(source)}), ${name} ${version}`;
      if (isBadEntry(entry)) throw new AppError('server-error', `${where}: the entry ${entry.reason}`);
      if (entry.name !== name)
        throw new AppError('server-error', `${where}: answered with another server, ${entry.name}`);
      return entry;
    },
  };
}

function pageOf(answer: JsonAnswer, what: string): RegistryPage {
  try {
    return parsePage(answer.json);
  } catch (error) {
    throw new AppError('server-error', `${what}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function queryOf(request: ListRequest): URLSearchParams {
  const query = new URLSearchParams({ limit: String(request.limit) });
  if (request.version !== undefined) query.set('version', request.version);
  if (request.search !== undefined) query.set('search', request.search);
  if (request.updatedSince !== undefined) query.set('updated_since', request.updatedSince);
  if (request.cursor !== undefined) query.set('cursor', request.cursor);
  return query;
}

/** The base without an API version that the user copied along. */
function baseOf(source: RegistrySource): URL {
  return new URL(source.url.replace(/\/(?:v0\.1|v0)(?:\/servers)?\/?$/, ''));
}

function apiInUrl(url: string): RegistryApi | undefined {
  return /\/(v0\.1|v0)(?:\/servers)?\/?$/.exec(url)?.[1] as RegistryApi | undefined;
}

function hostOf(source: RegistrySource): string {
  return URL.canParse(source.url) ? new URL(source.url).host : source.url;
}

function isLoopback(url: URL): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}
