import type { Answers } from './installComplete.ts';
import type { InstallSubject } from './installPlan.ts';
import { isJsonObject } from './json.ts';
import type { RegistryEntry } from './registry.ts';
import { compareVersions, latestOf } from './registryLatest.ts';

/** Where an installed server came from; kept so that updates, roll-back and removal know what to do. */
export interface InstallRecord {
  /** The server in the configuration (`ServerDefinition.id`). */
  readonly serverId: string;
  /** The registry's id and address, at the time of installing. */
  readonly registryId: string;
  readonly registryUrl: string;
  readonly name: string;
  readonly version: string;
  readonly subject: InstallSubject;
  /** What was written: the hash of the launch, to notice edits by hand. */
  readonly launchHash: string;
  readonly installedAt: number;
  /** The folder of an unpacked bundle, which is removed with the server. */
  readonly folder: string | undefined;
  /** What the user answered, by input id; never a secret. */
  readonly answers: Answers;
  /** Versions before this one, newest last: where roll-back leads. */
  readonly previous: readonly {
    readonly version: string;
    readonly launchHash: string;
    readonly until: number;
  }[];
}

/** Installed servers by server id. */
export interface InstallRows {
  put(record: InstallRecord): void;
  get(serverId: string): InstallRecord | undefined;
  all(): readonly InstallRecord[];
  remove(serverId: string): void;
}

/** A stored value as a record; undefined when it is none. */
export function readInstallRecord(value: unknown): InstallRecord | undefined {
  if (!isRecord(value)) return undefined;
  return isJsonObject(value.answers) ? value : { ...value, answers: {} };
}

function isRecord(value: unknown): value is InstallRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<InstallRecord>;
  const texts = [
    record.serverId,
    record.registryId,
    record.registryUrl,
    record.name,
    record.version,
    record.launchHash,
  ];
  return (
    texts.every((text) => typeof text === 'string') &&
    Array.isArray(record.previous) &&
    typeof record.subject === 'object'
  );
}

/** What the registry says about an installed server now. */
export type UpdateState =
  | { readonly kind: 'current' }
  | { readonly kind: 'update'; readonly to: string }
  | { readonly kind: 'withdrawn'; readonly message: string | undefined } // this version was deleted
  | { readonly kind: 'unknown' }; // the registry does not list the server

/** Compares an installed version with all versions that the registry lists. */
export function updateStateOf(
  record: Pick<InstallRecord, 'version'>,
  versions: readonly RegistryEntry[],
): UpdateState {
  const latest = latestOf(versions);
  const installed = versions.find((entry) => entry.version === record.version);
  if (installed?.status === 'deleted') return { kind: 'withdrawn', message: installed.statusMessage };
  if (latest === undefined) return { kind: 'unknown' };
  if (latest.version === record.version) return { kind: 'current' };
  // The registry's mark beats our ordering; without the installed version there is only the ordering.
  const isNewer =
    installed === undefined || latest.isLatest === undefined
      ? compareVersions({ ...latest, version: record.version, publishedAt: installed?.publishedAt }, latest) <
        0
      : true;
  return isNewer ? { kind: 'update', to: latest.version } : { kind: 'current' };
}

/** The record after another version was installed over it. */
export function replaced(record: InstallRecord, next: InstallRecord): InstallRecord {
  const left = { version: record.version, launchHash: record.launchHash, until: next.installedAt };
  return {
    ...next,
    previous: [...record.previous.filter((old) => old.version !== next.version), left].slice(-20),
  };
}
