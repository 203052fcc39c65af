import type { GatheredEvidence, RegistryEvidence } from './identityEvidence.ts';
import { nothingGathered } from './identityEvidence.ts';
import type { IdentityReport } from './identityReport.ts';
import { isJsonObject, type Json } from './json.ts';

/** What is kept of the last look at who a server is. */
export interface IdentityRecord {
  /** The server as it was configured then: what was gathered about another launch or version no longer counts. */
  readonly launchHash: string;
  readonly version: string | undefined;
  readonly gathered: GatheredEvidence;
  /** The entry as the registry sent it, and where it came from; kept because its registry may be gone. */
  readonly entry: Json | undefined;
  readonly registry: RegistryEvidence | undefined;
  readonly report: IdentityReport;
  /** The report of the look before. */
  readonly previous: IdentityReport | undefined;
}

/** Looks by server id; a damaged row is as none. */
export interface IdentityRows {
  get(serverId: string): IdentityRecord | undefined;
  put(serverId: string, record: IdentityRecord): void;
}

/** A stored value as a record; undefined when it is none. */
export function readIdentityRecord(value: unknown): IdentityRecord | undefined {
  if (!isJsonObject(value) || typeof value['launchHash'] !== 'string' || !isReport(value['report']))
    return undefined;
  const record = value as unknown as IdentityRecord;
  const { previous } = value;
  const gathered = isJsonObject(value['gathered']) ? value['gathered'] : {};
  const parts = Object.keys(nothingGathered).filter((name) => isJsonObject(gathered[name]));
  return {
    ...record,
    gathered: { ...nothingGathered, ...Object.fromEntries(parts.map((name) => [name, gathered[name]])) },
    previous: isReport(previous) ? (previous as unknown as IdentityReport) : undefined,
  };
}

function isReport(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    typeof value['at'] === 'number' &&
    isJsonObject(value['subject']) &&
    isJsonObject(value['verdict']) &&
    Array.isArray(value['checks']) &&
    value['checks'].every((check) => isJsonObject(check) && typeof check['id'] === 'string')
  );
}
