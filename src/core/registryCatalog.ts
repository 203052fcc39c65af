import type { Logger } from './ports.ts';
import type { RegistryClient } from './registryClient.ts';
import type { RegistryIndex } from './registryIndex.ts';
import { compareVersions } from './registryLatest.ts';
import type { RegistryEntry, RegistrySource } from './registry.ts';
import { AppError, isAppError, toAppError } from './util/errors.ts';

/** What looking up one server needs. */
export interface RegistryCatalogDeps {
  readonly client: RegistryClient;
  readonly logger: Logger;
  /** The copy, opened on demand; undefined when it cannot be used. */
  readonly index: () => RegistryIndex | undefined;
  /** The registries in use, in the user's order. */
  readonly sources: () => readonly RegistrySource[];
  /** True when the copy of a registry holds everything. */
  readonly isComplete: (registryId: string) => boolean;
  /** Called when an answer of a registry changed what `known` gives. */
  readonly changed: () => void;
}

/** The versions of a server as far as they are known, newest first. */
export interface KnownVersions {
  readonly entries: readonly RegistryEntry[];
  /** `partial`: the registry may have more, and could not be asked. */
  readonly state: 'complete' | 'loading' | 'partial';
}

const maxFetched = 20;

/** Looks up single servers: in the copy on this machine first, then in their registry. */
export class RegistryCatalog {
  readonly #deps: RegistryCatalogDeps;
  readonly #fetched = new Map<string, readonly RegistryEntry[] | 'loading' | 'failed'>();

  constructor(deps: RegistryCatalogDeps) {
    this.#deps = deps;
  }

  /** A registry in use; undefined for one that is off, hidden or gone. */
  source(registryId: string): RegistrySource | undefined {
    return this.#deps.sources().find(({ id }) => id === registryId);
  }

  /** All versions in the copy on this machine, newest first. */
  stored(registryId: string, name: string): readonly RegistryEntry[] {
    return this.#deps.index()?.versions(registryId, name) ?? [];
  }

  /** The versions that are known now. While the copy is not complete, the registry itself is asked once; `changed` is called when it answered. */
  known(registryId: string, name: string, signal: AbortSignal): KnownVersions {
    const source = this.source(registryId);
    if (!source) return { entries: [], state: 'partial' };
    const stored = this.stored(registryId, name);
    if (stored.length > 0 && this.#deps.isComplete(registryId)) return { entries: stored, state: 'complete' };
    const key = `${registryId}\n${name}`;
    const fetched = this.#fetched.get(key);
    if (fetched === undefined) this.#fetch(key, source, name, signal);
    if (fetched === 'failed') return { entries: stored, state: 'partial' };
    if (fetched === undefined || fetched === 'loading') return { entries: stored, state: 'loading' };
    return { entries: merged(fetched, stored), state: 'complete' };
  }

  /** All versions: those of the copy where it has any and nobody wants `fresh` ones, else those of the registry; rejects `not-found`. */
  async versions(
    registryId: string,
    name: string,
    signal: AbortSignal,
    want?: 'fresh',
  ): Promise<readonly RegistryEntry[]> {
    const source = this.#need(registryId);
    const stored = this.stored(registryId, name);
    if (stored.length > 0 && want !== 'fresh' && this.#deps.isComplete(registryId)) return stored;
    try {
      return merged(await this.#deps.client.versions(source, name, signal), stored);
    } catch (error) {
      if (stored.length === 0 || signal.aborted) throw error;
      this.#deps.logger.debug(`registry: ${toAppError(error).message}`);
      return stored;
    }
  }

  /** The first registry that knows a server: the copies are asked before the registries. Rejects when nobody knows it and one could not be asked. */
  async find(name: string, signal: AbortSignal): Promise<RegistrySource | undefined> {
    const sources = this.#deps.sources();
    const index = this.#deps.index();
    const stored = sources.find(({ id }) => index?.row(id, name) !== undefined);
    if (stored) return stored;
    let failure: unknown;
    for (const source of sources) {
      if (this.#deps.isComplete(source.id)) continue;
      try {
        await this.#deps.client.version(source, name, 'latest', signal);
        return source;
      } catch (error) {
        if (signal.aborted) throw error;
        if (!isAppError(error, 'not-found')) failure ??= error;
      }
    }
    if (failure !== undefined) throw toAppError(failure);
    return undefined;
  }

  /** What failed before may be asked again. */
  retryFailed(): void {
    for (const [key, value] of this.#fetched) if (value === 'failed') this.#fetched.delete(key);
  }

  #need(registryId: string): RegistrySource {
    const source = this.source(registryId);
    if (!source) throw new AppError('not-found', 'This registry is switched off or no longer configured.');
    return source;
  }

  #fetch(key: string, source: RegistrySource, name: string, signal: AbortSignal): void {
    this.#fetched.set(key, 'loading');
    const [oldest] = this.#fetched.keys();
    if (this.#fetched.size > maxFetched && oldest !== undefined) this.#fetched.delete(oldest);
    const keep = (value: readonly RegistryEntry[] | 'failed') => {
      if (signal.aborted || !this.#fetched.has(key)) return;
      this.#fetched.set(key, value);
      this.#deps.changed();
    };
    this.#deps.client.versions(source, name, signal).then(keep, (error: unknown) => {
      this.#deps.logger.debug(`registry: ${toAppError(error).message}`);
      keep('failed');
    });
  }
}

function merged(
  fetched: readonly RegistryEntry[],
  stored: readonly RegistryEntry[],
): readonly RegistryEntry[] {
  const known = new Set(fetched.map(({ version }) => version));
  return [...fetched, ...stored.filter(({ version }) => !known.has(version))].sort((a, b) =>
    compareVersions(b, a),
  );
}
