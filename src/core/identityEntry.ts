import {
  nothingGathered,
  type IdentityEvidence,
  type KnownServer,
  type RegistryEvidence,
  type SiteOf,
} from './identityEvidence.ts';
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
