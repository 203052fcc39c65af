import type { Clock, Logger } from './ports.ts';
import type { PageAnswer, RegistryClient } from './registryClient.ts';
import type { RegistryEntry, RegistryPage, RegistrySource } from './registry.ts';
import type { RegistryIndex, SyncRecord } from './registryIndex.ts';
import { advanced, closed, emptyRecord, opened } from './registrySyncRecord.ts';
import { AppError, isAppError, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** What a synchronisation is doing, for a progress bar. */
export type SyncState =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly mode: 'mirror' | 'update';
      readonly pages: number;
      readonly rows: number;
      /** 0 to 1; undefined when nobody knows how much there is. */
      readonly progress: number | undefined;
    }
  | {
      readonly kind: 'done';
      readonly at: number;
      readonly rows: number;
      readonly bad: number;
      readonly removed: number;
    }
  | { readonly kind: 'cancelled'; readonly rows: number }
  | { readonly kind: 'elsewhere' } // another window does it
  | { readonly kind: 'failed'; readonly error: AppError };

/** What synchronising needs from outside. */
export interface SyncPorts {
  readonly client: RegistryClient;
  readonly index: RegistryIndex;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This window. */
  readonly owner: string;
}

/** Bounds of a pass. */
export interface SyncLimits {
  readonly pageSize: number;
  readonly maxPages: number;
  /** After this many commits in a row without anything new, the registry goes round in circles. */
  readonly maxStaleTimes: number;
}

const defaultLimits: SyncLimits = { pageSize: 100, maxPages: 5000, maxStaleTimes: 3 };
const firstPageSize = 50;
const batchPages = 5;
const batchMs = 300;

/** Keeps copies of registries: a first page at once, a full mirror that survives a kill, then only what changed. */
export class RegistrySync {
  readonly #ports: SyncPorts;
  readonly #limits: SyncLimits;
  readonly #states = new Map<string, Store<SyncState>>();
  readonly #running = new Map<string, Promise<SyncState>>();

  constructor(ports: SyncPorts, limits: Partial<SyncLimits> = {}) {
    this.#ports = ports;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** What the synchronisation of a registry is doing in this window. */
  state(registryId: string): Readable<SyncState> {
    return this.#store(registryId);
  }

  /**
   * Brings the copy of a registry up to date, or joins the pass that runs. Never rejects: the state that it ends in says
   * what happened, and everything that was stored stays usable. `mirror` reads everything anew, also when a pass was cut off.
   */
  sync(
    source: RegistrySource,
    signal: AbortSignal,
    options: { readonly mirror?: boolean } = {},
  ): Promise<SyncState> {
    const open = this.#running.get(source.id);
    if (open) return open;
    const pass = this.#guarded(source, signal, options.mirror ?? false).finally(() =>
      this.#running.delete(source.id),
    );
    this.#running.set(source.id, pass);
    return pass;
  }

  async #guarded(source: RegistrySource, signal: AbortSignal, mirror: boolean): Promise<SyncState> {
    const { index, clock, owner, logger } = this.#ports;
    const end = (state: SyncState): SyncState => {
      this.#store(source.id).set(state);
      return state;
    };
    try {
      if (!index.claim(source.id, owner, clock.now())) return end({ kind: 'elsewhere' });
      return end(await this.#pass(source, signal, mirror));
    } catch (error) {
      if (signal.aborted || isAppError(error, 'cancelled'))
        return end({ kind: 'cancelled', rows: index.record(source.id)?.rows ?? 0 });
      if (isAppError(error, 'conflict')) return end({ kind: 'elsewhere' });
      const failure = this.#explain(source, toAppError(error));
      logger.warn(failure.message, failure);
      return end({ kind: 'failed', error: failure });
    } finally {
      try {
        index.release(source.id, owner);
      } catch (error) {
        logger.warn('registry: the claim could not be released; it lapses by itself', error);
      }
    }
  }

  async #pass(source: RegistrySource, signal: AbortSignal, mirror: boolean): Promise<SyncState> {
    const { index, clock } = this.#ports;
    let record = this.#startOf(source, mirror);
    this.#show(record);
    if (
      record.completedAt === undefined &&
      record.cursor === undefined &&
      index.size(source.id).servers === 0
    ) {
      record = await this.#firstPage(source, record, signal);
    }
    try {
      return await this.#pages(source, record, signal);
    } catch (error) {
      const stored = index.record(source.id) ?? record;
      const isRefused =
        isAppError(error, 'invalid-input') ||
        isAppError(error, 'unsupported') ||
        isAppError(error, 'not-found');
      // A cursor that the registry forgot, or an update that it cannot do: from the start, once.
      if (!isRefused || (stored.cursor === undefined && stored.mode === 'mirror')) throw error;
      return await this.#pages(source, opened(stored, 'mirror', clock.now()), signal);
    }
  }

  /** Where this pass begins: where the last one was cut off, else anew. */
  #startOf(source: RegistrySource, mirror: boolean): SyncRecord {
    const { index, clock } = this.#ports;
    const now = clock.now();
    let known = index.record(source.id);
    if (known && known.url !== source.url) {
      index.forget(source.id);
      known = undefined;
    }
    if (known === undefined) return opened(emptyRecord(source), 'mirror', now);
    if (mirror) return opened(known, 'mirror', now);
    if (known.mode !== 'idle') return known;
    if (known.completedAt === undefined || known.watermark === undefined) return opened(known, 'mirror', now);
    return opened(known, 'update', now);
  }

  /** A page of latest versions, so that there is something to look at while the mirror runs. */
  async #firstPage(source: RegistrySource, record: SyncRecord, signal: AbortSignal): Promise<SyncRecord> {
    const answer = await this.#ports.client.page(source, { limit: firstPageSize, version: 'latest' }, signal);
    // Of an older generation, so that the mirror counts these rows as not yet seen.
    this.#ports.index.savePage(
      { ...record, generation: record.generation - 1, api: answer.api, mode: 'idle' },
      answer.page,
    );
    return { ...record, api: answer.api };
  }

  async #pages(source: RegistrySource, start: SyncRecord, signal: AbortSignal): Promise<SyncState> {
    const stop = new AbortController();
    try {
      return await this.#allPages(source, start, AbortSignal.any([signal, stop.signal]));
    } finally {
      stop.abort(); // the page that was fetched ahead
    }
  }

  async #allPages(source: RegistrySource, start: SyncRecord, signal: AbortSignal): Promise<SyncState> {
    const { clock } = this.#ports;
    const cursors = new Set<string>();
    const batch = new Batch(this.#ports, source, start);
    // The next page is fetched while this one is stored.
    let next = this.#fetch(source, start, signal);
    for (let record = start; ;) {
      let answer: PageAnswer;
      try {
        answer = await next;
      } catch (error) {
        batch.store(); // what came before the failure stays
        throw error;
      }
      const { page } = answer;
      const cursor = page.entries.length + page.bad.length === 0 ? undefined : page.nextCursor;
      const after = advanced(record, answer, cursor);
      batch.add(page, after);
      if (cursor === undefined) {
        // A mirror that saw nothing at all is no reason to drop everything.
        batch.end(closed(after, clock.now()), after.mode === 'mirror' && after.rows > 0);
        return { kind: 'done', at: clock.now(), rows: after.rows, bad: after.bad, removed: batch.removed };
      }
      const isCircle = cursors.has(cursor) || cursor === record.cursor;
      const isTooLong = after.pages >= this.#limits.maxPages;
      if (!isCircle && !isTooLong) next = this.#fetch(source, after, signal);
      if (isCircle || isTooLong || batch.isDue) batch.store();
      this.#show(after);
      if (isCircle || batch.staleTimes >= this.#limits.maxStaleTimes) {
        throw new AppError('server-error', `${source.label}: its list never ends: pages repeat`);
      }
      if (isTooLong) {
        throw new AppError('too-large', `${source.label}: its list has more than ${after.pages} pages`);
      }
      cursors.add(cursor);
      record = after;
    }
  }

  #fetch(source: RegistrySource, record: SyncRecord, signal: AbortSignal): Promise<PageAnswer> {
    const { cursor, since, mode } = record;
    const request = {
      limit: this.#limits.pageSize,
      cursor,
      updatedSince: mode === 'update' ? since : undefined,
    };
    const page = this.#ports.client.page(source, request, signal);
    // It may fail before anybody waits for it.
    page.catch(() => {});
    return page;
  }

  #show(record: SyncRecord): void {
    if (record.mode === 'idle') return;
    const total = record.mode === 'mirror' ? record.mirrorRows : undefined;
    this.#store(record.registryId).set({
      kind: 'running',
      mode: record.mode,
      pages: record.pages,
      rows: record.rows,
      progress: total === undefined || total === 0 ? undefined : Math.min(1, record.rows / total),
    });
  }

  #explain(source: RegistrySource, error: AppError): AppError {
    const { servers } = this.#ports.index.size(source.id);
    const record = this.#ports.index.record(source.id);
    const still =
      servers === 0
        ? 'Other registries and installed servers still work.'
        : `The ${servers} servers stored on this machine can still be searched and installed.`;
    const next = record?.cursor === undefined ? '' : ' The next attempt goes on where this one stopped.';
    return new AppError(error.code, error.message, {
      cause: error,
      nextStep: [error.nextStep, `${still}${next}`].filter((text) => text !== undefined).join(' '),
    });
  }

  #store(registryId: string): Store<SyncState> {
    let store = this.#states.get(registryId);
    if (!store) {
      store = new Store<SyncState>({ kind: 'idle' });
      this.#states.set(registryId, store);
    }
    return store;
  }
}

/** Pages that are stored in one commit: one by one from a slow registry, several from a quick one. */
class Batch {
  removed = 0;
  /** How many commits in a row brought nothing new. */
  staleTimes = 0;
  readonly #ports: SyncPorts;
  readonly #source: RegistrySource;
  #entries: RegistryEntry[] = [];
  #pages = 0;
  #record: SyncRecord;
  #storedAt: number;

  constructor(ports: SyncPorts, source: RegistrySource, record: SyncRecord) {
    this.#ports = ports;
    this.#source = source;
    this.#record = record;
    this.#storedAt = ports.clock.now();
  }

  get isDue(): boolean {
    return this.#pages >= batchPages || this.#ports.clock.now() - this.#storedAt >= batchMs;
  }

  /** Takes a page; `record` is the state after it. */
  add(page: RegistryPage, record: SyncRecord): void {
    this.#entries.push(...page.entries);
    this.#pages++;
    this.#record = record;
  }

  /** Commits the pages and the state after the last of them. */
  store(): void {
    if (this.#pages > 0) this.end(this.#record, false);
  }

  /** Commits the last pages with another state. */
  end(record: SyncRecord, removeUnseen: boolean): void {
    const { index, clock, owner } = this.#ports;
    if (!index.claim(this.#source.id, owner, clock.now())) {
      throw new AppError('conflict', `${this.#source.label}: another window took the synchronisation over`);
    }
    const saved = index.savePage(
      record,
      { entries: this.#entries, bad: [], nextCursor: undefined },
      { removeUnseen },
    );
    this.removed += saved.removed;
    this.staleTimes = saved.fresh === 0 && record.mode === 'mirror' ? this.staleTimes + 1 : 0;
    this.#entries = [];
    this.#pages = 0;
    this.#storedAt = clock.now();
  }
}
