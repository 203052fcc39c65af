import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { startRegistry, type DemoRegistry, type DemoRegistryOptions } from '../../demo/registry/server.ts';
import type { RegistryClient } from '../../src/core/registryClient.ts';
import type { RegistryIndex } from '../../src/core/registryIndex.ts';
import { RegistrySync, type SyncLimits, type SyncState } from '../../src/core/registrySync.ts';
import type { RegistrySource } from '../../src/core/registry.ts';
import { systemClock } from '../../src/node/host.ts';
import { openRegistryDatabase } from '../../src/node/registryDatabase.ts';
import type { FetchLimits } from '../../src/node/registryFetch.ts';
import { createRegistryClient } from '../../src/node/registryHttp.ts';
import { siteOf } from '../../src/node/publicSuffixes.ts';
import { createRegistryRows } from '../../src/node/registryRows.ts';
import { RecordingLogger } from './fakeLogger.ts';
import { FakeSecrets } from './fakeSecrets.ts';

const never = new AbortController().signal;

/** A registry on this machine as a configured one. */
export function sourceOf(url: string, change: Partial<RegistrySource> = {}): RegistrySource {
  return { id: url, label: 'Demo', url, isPolicy: false, header: undefined, ...change };
}

/** A copy of registries in a folder of its own, with the real client. */
export class RegistryBed {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'switchboard-registry-'));
  readonly secrets = new FakeSecrets();
  readonly logger = new RecordingLogger();
  readonly index: RegistryIndex;
  readonly #db = openRegistryDatabase(this.folder);
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    this.index = createRegistryRows(this.#db, this.logger, siteOf);
    t.after(() => {
      this.#db.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** A client that remembers nothing of others; one attempt for each request, unless told. */
  client(limits: Partial<FetchLimits> = { attempts: 1 }): RegistryClient {
    const { secrets } = this;
    return createRegistryClient({
      fetch,
      clock: systemClock,
      secrets,
      random: () => 0,
      version: '0',
      limits,
    });
  }

  /** A registry over the real servers, closed with the test. */
  async registry(options?: DemoRegistryOptions): Promise<DemoRegistry> {
    const registry = await startRegistry(options);
    this.#t.after(() => registry.close());
    return registry;
  }

  /** One pass, as a window of its own would do it. */
  sync(
    source: RegistrySource,
    options: {
      readonly client?: RegistryClient;
      readonly limits?: Partial<SyncLimits>;
      readonly signal?: AbortSignal;
      readonly mirror?: boolean;
      readonly owner?: string;
    } = {},
  ): Promise<SyncState> {
    const { client = this.client(), limits, signal = never, mirror = false, owner = 'test' } = options;
    const ports = { client, index: this.index, clock: systemClock, logger: this.logger, owner };
    return new RegistrySync(ports, limits).sync(source, signal, { mirror });
  }

  /** Everything that is stored, but not when and in which order. */
  content(): readonly unknown[] {
    const versions = this.#db
      .sql('SELECT registry, name, version, is_latest, status, published_at, digest FROM versions')
      .all();
    const servers = this.#db
      .sql('SELECT registry, name, digest, title, description, version, status, traits, flags FROM servers')
      .all();
    const words = this.#db.sql('SELECT word FROM words').all();
    const keys = this.#db
      .sql('SELECT key, kind, name FROM keys JOIN servers ON servers.id = keys.server')
      .all();
    const texts = this.#db.sql('SELECT count(*) AS n FROM servers_text').all();
    return [versions, servers, words, keys, texts].map((rows) =>
      rows.map((row) => JSON.stringify(row)).sort(),
    );
  }
}
