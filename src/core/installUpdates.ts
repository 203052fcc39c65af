import type { InstalledServers } from './installedServers.ts';
import type { InstallCatalog } from './installPorts.ts';
import { updateStateOf, type InstallRecord, type UpdateState } from './installRecord.ts';
import type { Logger } from './ports.ts';
import { toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** What an installed server's registry says, and what the user can do with it. */
export interface InstallStanding {
  readonly record: InstallRecord;
  readonly update: UpdateState;
}

/** Which installed servers have an update: from the copies of the registries, and from the registries when asked. */
export class InstallUpdates {
  readonly #installed: InstalledServers;
  readonly #catalog: InstallCatalog;
  readonly #logger: Logger;
  readonly #standings = new Store<ReadonlyMap<string, InstallStanding>>(new Map());

  constructor(installed: InstalledServers, catalog: InstallCatalog, logger: Logger) {
    this.#installed = installed;
    this.#catalog = catalog;
    this.#logger = logger;
    this.refresh();
  }

  /** By server id, only servers that were installed. */
  get standings(): Readable<ReadonlyMap<string, InstallStanding>> {
    return this.#standings;
  }

  /** Compares with the copies on this machine; call it when one of them, or what is installed, has changed. */
  refresh(): void {
    const next = new Map(
      this.#installed.records.get().map((record) => {
        const versions = this.#catalog.stored(record.registryId, record.name);
        const known = this.#standings.get().get(record.serverId);
        // What a registry said once is not forgotten because its copy is empty.
        const isSame = known?.record === record && versions.length === 0;
        return [
          record.serverId,
          isSame ? known : { record, update: updateStateOf(record, versions) },
        ] as const;
      }),
    );
    if (!isEqual(next, this.#standings.get())) this.#standings.set(next);
  }

  /** Asks the registries; resolves to the number of updates. A registry that fails is logged and left out. */
  async check(signal: AbortSignal): Promise<number> {
    const records = this.#installed.records.get();
    const found = await Promise.all(
      records.map(async (record): Promise<readonly (readonly [string, InstallStanding])[]> => {
        try {
          const versions = await this.#catalog.versions(record.registryId, record.name, signal, 'fresh');
          return [[record.serverId, { record, update: updateStateOf(record, versions) }]];
        } catch (error) {
          this.#logger.warn(`no versions of ${record.name}: ${toAppError(error).message}`, error);
          return [];
        }
      }),
    );
    this.#standings.update((before) => new Map([...before, ...found.flat()]));
    return [...this.#standings.get().values()].filter(({ update }) => update.kind === 'update').length;
  }
}

function isEqual(a: ReadonlyMap<string, InstallStanding>, b: ReadonlyMap<string, InstallStanding>): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b]);
}
