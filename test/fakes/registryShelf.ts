import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InstallRecord } from '../../src/core/installRecord.ts';
import type { RegistryClient } from '../../src/core/registryClient.ts';
import { RegistryService } from '../../src/core/registryService.ts';
import { readRegistries, type RegistryChoice } from '../../src/core/registrySources.ts';
import type { RegistryEntry } from '../../src/core/registry.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { Store } from '../../src/core/util/store.ts';
import { openRegistryDatabase } from '../../src/node/registryDatabase.ts';
import { siteOf } from '../../src/node/publicSuffixes.ts';
import { createRegistryRows } from '../../src/node/registryRows.ts';
import { FakeClock } from './fakeClock.ts';
import { RecordingLogger } from './fakeLogger.ts';

/** What a fake registry does with a request; the default answers. */
export type Weather = (what: 'page' | 'versions' | 'version', url: string) => Promise<void> | void;

/** Two registries with entries, a real copy in a folder of its own, and windows that look at them. */
export class RegistryShelf {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly choice: Store<RegistryChoice>;
  readonly installed = new Store<readonly InstallRecord[]>([]);
  /** Every request: what and of which registry. */
  readonly requests: string[] = [];
  weather: Weather = () => undefined;
  entries: Readonly<Record<string, readonly RegistryEntry[]>>;
  opened = 0;
  openError: AppError | undefined;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'switchboard-shelf-'));
  readonly #services: RegistryService[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(
    entries: Readonly<Record<string, readonly RegistryEntry[]>>,
    setting: unknown = Object.keys(entries).map((url) => ({ name: new URL(url).hostname, url })),
  ) {
    this.entries = entries;
    this.choice = new Store(readRegistries(setting, undefined, () => undefined));
  }

  /** Another window. */
  window(owner = `window-${this.#services.length}`): RegistryService {
    const service = new RegistryService({
      open: () => {
        if (this.openError) throw this.openError;
        this.opened++;
        const db = openRegistryDatabase(this.#folder);
        return { index: createRegistryRows(db, this.logger, siteOf), close: () => db.close() };
      },
      client: this.#client(),
      choice: this.choice,
      installed: this.installed,
      clock: this.clock,
      logger: this.logger,
      owner,
    });
    this.#services.push(service);
    return service;
  }

  /** Resolves once there were so many requests. */
  asked(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.requests.length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  async dispose(): Promise<void> {
    for (const service of this.#services) await service.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #client(): RegistryClient {
    const ask = async (what: Parameters<Weather>[0], url: string, signal: AbortSignal) => {
      this.requests.push(`${what} ${url}`);
      const gone = new Promise<never>((_, reject) => {
        const fail = () => reject(new AppError('cancelled', 'cancelled'));
        if (signal.aborted) fail();
        signal.addEventListener('abort', fail, { once: true });
      });
      gone.catch(() => undefined); // nobody may be waiting any more
      for (const look of [...this.#waiting]) look();
      await Promise.race([this.weather(what, url), gone]);
      return this.entries[url] ?? [];
    };
    return {
      page: async ({ url }, { cursor, limit, version, updatedSince }, signal) => {
        const all = (await ask('page', url, signal)).filter(
          (entry) =>
            (version !== 'latest' || entry.isLatest !== false) &&
            (updatedSince === undefined ||
              Date.parse(entry.updatedAt ?? entry.publishedAt ?? '') >= Date.parse(updatedSince)),
        );
        const start = cursor === undefined ? 0 : Number(cursor);
        const next = start + limit < all.length ? String(start + limit) : undefined;
        const page = { entries: all.slice(start, start + limit), bad: [], nextCursor: next };
        return { page, api: 'v0.1', serverTime: this.clock.now() };
      },
      versions: async ({ url }, name, signal) => {
        const found = (await ask('versions', url, signal)).filter((entry) => entry.name === name);
        if (found.length === 0) throw new AppError('not-found', `no ${name}`);
        return found;
      },
      version: async ({ url }, name, version, signal) => {
        const found = (await ask('version', url, signal)).find(
          (entry) =>
            entry.name === name &&
            (version === 'latest' ? entry.isLatest !== false : entry.version === version),
        );
        if (!found) throw new AppError('not-found', `no ${name} ${version}`);
        return found;
      },
    };
  }
}

/** Resolves once `isTrue` holds, looked at whenever the service says that something changed. */
export function when(service: RegistryService, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isTrue()) return resolve();
    const watch = service.changed.subscribe(() => {
      if (!isTrue()) return;
      watch.dispose();
      resolve();
    });
  });
}
