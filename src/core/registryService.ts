import type { Clock, Logger } from './ports.ts';
import { updateStateOf, type InstallRecord, type UpdateState } from './installRecord.ts';
import { RegistryCatalog, type KnownVersions } from './registryCatalog.ts';
import type { RegistryClient } from './registryClient.ts';
import type { RegistryIndex, RegistryQuery, RegistryResult } from './registryIndex.ts';
import type { ConfiguredRegistry, RegistryChoice } from './registrySources.ts';
import { RegistrySync, type SyncState } from './registrySync.ts';
import { isTrustedSource } from './identityStanding.ts';
import type { RegistrySource } from './registry.ts';
import { DisposableStore, type Disposable } from './util/disposables.ts';
import { toAppError, type AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** The copy of the registries, open. */
export interface OpenIndex {
  readonly index: RegistryIndex;
  close(): void;
}

interface Opened extends OpenIndex {
  readonly sync: RegistrySync;
}

/** What browsing registries needs from outside. */
export interface RegistryServiceDeps {
  /** Opens the copy; called once, when somebody first looks at registries. */
  readonly open: () => OpenIndex;
  readonly client: RegistryClient;
  readonly choice: Readable<RegistryChoice>;
  /** What was installed from registries. */
  readonly installed: Readable<readonly InstallRecord[]>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This window. */
  readonly owner: string;
}

/** How a registry stands. */
export interface RegistryStatus extends ConfiguredRegistry {
  readonly servers: number;
  readonly versions: number;
  /** When its copy was last complete; undefined while it never was. */
  readonly completedAt: number | undefined;
  readonly sync: SyncState;
}

/** What is installed of an entry. */
export interface InstalledState {
  readonly record: InstallRecord;
  readonly update: UpdateState;
}

/** Filters that only this machine can answer. */
export type Mine = 'installed' | 'update';

/** A copy younger than this is not brought up to date by itself. */
const freshMs = 6 * 3_600_000;
const retryMs = 10 * 60_000;
const elsewhereMs = 5_000;
const contentMs = 1_000;

/** Browses registries from a copy on this machine. Nothing is opened and nothing is asked before `look`. */
export class RegistryService {
  readonly #deps: RegistryServiceDeps;
  readonly #disposables = new DisposableStore();
  readonly #ticks = new Store(0);
  readonly #contents = new Store(0);
  readonly #running = new Map<string, AbortController>();
  /** The user stopped these; a button starts them again. */
  readonly #refused = new Set<string>();
  readonly #attempts = new Map<string, number>();
  readonly #watched = new Set<string>();
  readonly #passes = new Set<Promise<unknown>>();
  readonly #life = new AbortController();
  /** Single servers, looked up. */
  readonly catalog: RegistryCatalog;
  #open: Opened | undefined;
  #failure: AppError | undefined;
  #contentAt = 0;
  #sizes = new Map<string, Pick<RegistryStatus, 'servers' | 'versions' | 'completedAt'>>();
  #marks: ReadonlyMap<string, InstalledState> | undefined;
  #timer: Disposable | undefined;

  constructor(deps: RegistryServiceDeps) {
    this.#deps = deps;
    this.catalog = new RegistryCatalog({
      client: deps.client,
      logger: deps.logger,
      index: () => this.#opened()?.index,
      sources: () => this.sources(),
      isComplete: (id) => this.#sizeOf(id).completedAt !== undefined,
      changed: () => this.#contentChanged(),
    });
    this.#disposables.add(
      deps.choice.subscribe(() => {
        this.#refused.clear();
        const usable = new Set(this.sources().map(({ id }) => id));
        for (const [id, running] of this.#running) if (!usable.has(id)) running.abort();
        this.#contentChanged();
      }),
    );
    this.#disposables.add(deps.installed.subscribe(() => this.#contentChanged()));
  }

  /** Changes whenever anything that is shown may have changed. */
  get changed(): Readable<number> {
    return this.#ticks;
  }

  /** Changes whenever a search may find something else than before. */
  get contents(): Readable<number> {
    return this.#contents;
  }

  /** The present value of `contents`. */
  get revision(): number {
    return this.#contents.get();
  }

  /** Why the copy cannot be used at all. */
  get failure(): AppError | undefined {
    return this.#failure;
  }

  /** The registries that are searched. */
  sources(): readonly RegistrySource[] {
    return this.#deps.choice
      .get()
      .registries.filter(({ isEnabled }) => isEnabled)
      .map(({ source }) => source);
  }

  /** Somebody looks at registries now: copies that are missing, unfinished or old are brought up to date in the background. */
  look(): void {
    const open = this.#opened();
    if (!open || this.#life.signal.aborted) return;
    for (const source of this.sources()) {
      if (this.#isDue(open, source)) this.#start(open, source);
    }
  }

  /** Brings one registry up to date now, whatever its age. */
  sync(registryId: string): void {
    this.#failure = undefined;
    this.#refused.delete(registryId);
    const open = this.#opened();
    const source = this.catalog.source(registryId);
    if (open && source && !this.#running.has(source.id)) this.#start(open, source);
  }

  /** Stops bringing a registry up to date; what was read stays, and the next pass goes on from there. */
  cancel(registryId: string): void {
    if (!this.#running.has(registryId)) return;
    this.#refused.add(registryId);
    this.#running.get(registryId)?.abort();
  }

  status(): readonly RegistryStatus[] {
    return this.#deps.choice.get().registries.map((configured) => {
      const { id } = configured.source;
      const known = this.#sizeOf(id);
      const sync = this.#open?.sync.state(id).get() ?? { kind: 'idle' as const };
      const isOver = sync.kind === 'elsewhere' && this.#isFresh(known.completedAt);
      return { ...configured, ...known, sync: isOver ? { kind: 'idle' } : sync };
    });
  }

  /** Searches the copies of the registries in use. */
  search(query: RegistryQuery, mine: Mine | undefined): RegistryResult {
    const open = this.#opened();
    // Who publishes is only checked by some.
    const usable = this.sources()
      .filter((source) => query.filters.isVerified !== true || isTrustedSource(source))
      .map(({ id }) => id);
    const wanted = query.filters.registries;
    const registries = wanted === undefined ? usable : usable.filter((id) => wanted.includes(id));
    if (!open || registries.length === 0) return { total: 0, rows: [], corrections: [], isPartial: false };
    const only =
      mine === undefined
        ? undefined
        : [...this.#installedNow().values()]
            .filter(({ update }) => mine === 'installed' || update.kind === 'update')
            .map(({ record }) => ({ registryId: record.registryId, name: record.name }));
    const filters = { ...query.filters, registries, ...(only === undefined ? {} : { only }) };
    return open.index.search({ ...query, filters });
  }

  /** What is installed of a server of a registry. */
  installed(registryId: string, name: string): InstalledState | undefined {
    return this.#installedNow().get(keyOf(registryId, name));
  }

  /** How many servers were installed from registries. */
  get installedCount(): number {
    return this.#deps.installed.get().length;
  }

  /** The versions that are known of a server; `changed` tells when the registry said more. */
  known(registryId: string, name: string): KnownVersions {
    return this.catalog.known(registryId, name, this.#life.signal);
  }

  /** Ends every pass; resolves when the copy is closed. What was read stays, and the next window goes on from there. */
  async close(): Promise<void> {
    this.#life.abort();
    this.#timer?.dispose();
    this.#disposables.dispose();
    await Promise.allSettled(this.#passes);
    this.#open?.close();
    this.#open = undefined;
  }

  #opened(): Opened | undefined {
    if (this.#open || this.#failure || this.#life.signal.aborted) return this.#open;
    const { client, clock, logger, owner } = this.#deps;
    try {
      const opened = this.#deps.open();
      const sync = new RegistrySync({ client, index: opened.index, clock, logger, owner });
      this.#open = { index: opened.index, close: () => opened.close(), sync };
    } catch (error) {
      this.#failure = toAppError(error);
      logger.error('registry: the copy cannot be opened', error);
    }
    return this.#open;
  }

  #isDue({ sync, index }: Opened, source: RegistrySource): boolean {
    if (this.#running.has(source.id) || this.#refused.has(source.id)) return false;
    const state = sync.state(source.id).get().kind;
    const since = this.#deps.clock.now() - (this.#attempts.get(source.id) ?? Number.NEGATIVE_INFINITY);
    if (since < (state === 'failed' ? retryMs : state === 'elsewhere' ? elsewhereMs : 0)) return false;
    const record = index.record(source.id);
    return (
      record === undefined ||
      record.url !== source.url ||
      record.mode !== 'idle' ||
      !this.#isFresh(record.completedAt)
    );
  }

  #isFresh(completedAt: number | undefined): boolean {
    return completedAt !== undefined && this.#deps.clock.now() - completedAt < freshMs;
  }

  #start({ sync }: Opened, source: RegistrySource): void {
    const abort = new AbortController();
    this.#running.set(source.id, abort);
    this.#attempts.set(source.id, this.#deps.clock.now());
    if (!this.#watched.has(source.id)) {
      this.#watched.add(source.id);
      this.#disposables.add(sync.state(source.id).subscribe((state) => this.#stateChanged(state)));
    }
    const pass = sync.sync(source, AbortSignal.any([abort.signal, this.#life.signal])).then((state) => {
      this.#passes.delete(pass);
      this.#running.delete(source.id);
      if (this.#life.signal.aborted) return;
      if (state.kind === 'done') this.catalog.retryFailed();
      if (state.kind === 'elsewhere') this.#lookAgain();
      this.#contentChanged();
    });
    this.#passes.add(pass);
  }

  /** Another window does it: its rows appear here, and when it ends or dies, this one goes on. */
  #lookAgain(): void {
    this.#timer?.dispose();
    this.#timer = this.#deps.clock.setTimer(elsewhereMs, () => this.#contentChanged());
  }

  #stateChanged(state: SyncState): void {
    const isDue = this.#deps.clock.now() - this.#contentAt >= contentMs;
    if (state.kind !== 'running' || isDue) this.#contentChanged();
    else this.#ticks.update((tick) => tick + 1);
  }

  #contentChanged(): void {
    this.#contentAt = this.#deps.clock.now();
    this.#sizes.clear();
    this.#marks = undefined;
    this.#contents.update((revision) => revision + 1);
    this.#ticks.update((tick) => tick + 1);
  }

  /** Counting is remembered until the contents change. */
  #sizeOf(registryId: string): Pick<RegistryStatus, 'servers' | 'versions' | 'completedAt'> {
    const index = this.#open?.index;
    if (!index) return { servers: 0, versions: 0, completedAt: undefined };
    let size = this.#sizes.get(registryId);
    if (!size) {
      size = { ...index.size(registryId), completedAt: index.record(registryId)?.completedAt };
      this.#sizes.set(registryId, size);
    }
    return size;
  }

  #installedNow(): ReadonlyMap<string, InstalledState> {
    const open = this.#open;
    if (!open) return new Map();
    return (this.#marks ??= new Map(
      this.#deps.installed.get().map((record) => {
        const versions = open.index.versions(record.registryId, record.name);
        return [
          keyOf(record.registryId, record.name),
          { record, update: updateStateOf(record, versions) },
        ] as const;
      }),
    ));
  }
}

function keyOf(registryId: string, name: string): string {
  return `${registryId}\n${name}`;
}
