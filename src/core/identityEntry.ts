import {
  nothingGathered,
  type IdentityEvidence,
  type KnownServer,
  type RegistryEvidence,
  type SiteOf,
} from './identityEvidence.ts';
import { identityReport, type VerdictKind } from './identityReport.ts';
import type { RegistryEntry } from './registry.ts';

/** The evidence on an entry that takes no request: nobody installed it, nothing was asked. */
export function entryEvidence(
  entry: RegistryEntry,
  registry: RegistryEvidence | undefined,
  context: { readonly now: number; readonly siteOf: SiteOf; readonly known?: readonly KnownServer[] },
): IdentityEvidence {
  return {
    ...nothingGathered,
    now: context.now,
    siteOf: context.siteOf,
    known: context.known ?? [],
    registry,
    entry,
    subject: undefined,
    server: undefined,
    live: undefined,
    approved: undefined,
    access: undefined,
  };
}

/**
 * What the entry alone says, whatever registry it comes from; `provable`: a verified source, if the registry is one that checks
 * who publishes.
 */
export const entryStandings = ['unverified', 'consistent', 'provable', 'conflict', 'blocked'] as const;
export type EntryStanding = (typeof entryStandings)[number];

const checkingRegistry: RegistryEvidence = {
  label: '',
  url: 'https://registry.modelcontextprotocol.io',
  isPolicy: false,
};

/** The standing of an entry, for an index of many. */
export function entryStanding(entry: RegistryEntry, siteOf: SiteOf): EntryStanding {
  const { kind } = identityReport(entryEvidence(entry, checkingRegistry, { now: 0, siteOf })).verdict;
  return kind === 'verified source' ? 'provable' : kind;
}

/** The verdict on an entry with this standing in a registry. */
export function verdictOfStanding(standing: EntryStanding, isTrustedSource: boolean): VerdictKind {
  if (standing !== 'provable') return standing;
  return isTrustedSource ? 'verified source' : 'consistent';
}
