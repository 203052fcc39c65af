import { linkCandidate } from './installConfigLink.ts';
import type { InstallFlow, InstallOrigin } from './installFlow.ts';
import type { InstallLink } from './installLink.ts';
import type { InstallCatalog, InstallPorts } from './installPorts.ts';
import type { InstallRecord } from './installRecord.ts';
import type { Json } from './json.ts';
import type { RegistryEntry, RegistrySource } from './registry.ts';
import { latestOf } from './registryLatest.ts';
import { isBadEntry, parseEntry } from './registryParse.ts';
import type { ServerDefinition } from './server.ts';
import { AppError, toAppError } from './util/errors.ts';

/** Which server of a registry is meant. */
export interface RegistryServer {
  /** Any registry that knows it, when missing. */
  readonly registryId: string | undefined;
  readonly name: string;
  /** The latest one, when missing. */
  readonly version: string | undefined;
}

/** What a flow is about: the description of a server, where it came from, and what it is wanted for. */
export type Found = Pick<InstallFlow, 'origin' | 'purpose' | 'thing'>;

/** A server of a registry, with the versions to choose from; rejects `not-found`. */
export async function findServer(
  catalog: InstallCatalog,
  { registryId, name, version }: RegistryServer,
  signal: AbortSignal,
): Promise<Found> {
  const source = registryId === undefined ? await catalog.find(name, signal) : catalog.source(registryId);
  if (!source)
    throw new AppError(
      'not-found',
      registryId === undefined ? `no registry in use knows ${name}` : 'this registry is not in use',
    );
  const versions = await catalog.versions(source.id, name, signal);
  const entry = version === undefined ? latestOf(versions) : versions.find((one) => one.version === version);
  if (!entry)
    throw new AppError('not-found', `${source.label} does not list ${name} ${version ?? ''}`.trimEnd());
  return {
    origin: originOf(source),
    purpose: { kind: 'install' },
    thing: { kind: 'entry', entry, versions },
  };
}

/** The version that an installed server goes to: the latest one, or the one that it had before; rejects `not-found`. */
export async function findUpdate(
  ports: Pick<InstallPorts, 'catalog' | 'logger'>,
  kind: 'update' | 'roll-back',
  record: InstallRecord,
  configured: ServerDefinition | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const source = ports.catalog.source(record.registryId);
  if (!source) throw new AppError('not-found', `the registry that ${record.name} came from is not in use`);
  const versions = await newest(ports, record, signal);
  const wanted = record.previous.at(-1)?.version;
  const entry = kind === 'update' ? latestOf(versions) : versions.find((one) => one.version === wanted);
  if (!entry)
    throw new AppError(
      'not-found',
      `${source.label} no longer lists ${record.name} ${kind === 'update' ? '' : (wanted ?? '')}`.trimEnd(),
    );
  const installed = versions.find((one) => one.version === record.version);
  const isEdited = configured !== undefined && configured.launchHash !== record.launchHash;
  return {
    origin: originOf(source),
    purpose: { kind, record, installed, isEdited },
    thing: { kind: 'entry', entry, versions },
  };
}

/** What a server.json describes; throws `invalid-input` when that is no server. */
export function readDocument(json: Json, origin: InstallOrigin): Found {
  const entry = parseEntry(json);
  if (isBadEntry(entry)) throw new AppError('invalid-input', `this is no server.json: it ${entry.reason}`);
  return { origin, purpose: { kind: 'install' }, thing: { kind: 'entry', entry, versions: [entry] } };
}

/** The configuration that a link brought along, or that stands elsewhere; throws `invalid-input` for one that may not be taken over. */
export function readLink(link: Extract<InstallLink, { kind: 'config' }>, origin: InstallOrigin): Found {
  return { origin, purpose: { kind: 'install' }, thing: { kind: 'config', candidate: linkCandidate(link) } };
}

function originOf({ id, url, label }: RegistrySource): InstallOrigin {
  return { kind: 'registry', registryId: id, url, label };
}

/** What the registry says now; what is stored of it while it cannot be asked. */
async function newest(
  { catalog, logger }: Pick<InstallPorts, 'catalog' | 'logger'>,
  { registryId, name }: InstallRecord,
  signal: AbortSignal,
): Promise<readonly RegistryEntry[]> {
  try {
    return await catalog.versions(registryId, name, signal, 'fresh');
  } catch (error) {
    const stored = catalog.stored(registryId, name);
    if (stored.length === 0 || signal.aborted) throw error;
    logger.warn(`the versions of ${name} are those of the copy: ${toAppError(error).message}`);
    return stored;
  }
}
