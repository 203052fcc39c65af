import { entryStandings, type EntryStanding } from '../core/identityEntry.ts';
import type { RegistryFilters } from '../core/registryIndex.ts';
import type { RegistryEntry } from '../core/registry.ts';

const statuses = { active: 1, deprecated: 2, deleted: 4 } as const;
const hasRemote = 8;
const hasPackage = 16;
const transports: Readonly<Record<string, number>> = { stdio: 32, 'streamable-http': 64, sse: 128 };
const kinds: Readonly<Record<string, number>> = {
  npm: 256,
  pypi: 512,
  nuget: 1024,
  oci: 2048,
  mcpb: 4096,
  cargo: 8192,
  go: 16_384,
  other: 32_768,
};
const standingShift = 16;
const standingMask = 7;
const registryShift = 19;
/** How many registries the flags can tell apart. */
export const maxRegistries = 4095;

/** What a server's row says beside its texts. */
export interface Traits {
  readonly kinds: readonly string[];
  readonly transports: readonly string[];
  readonly hasRemote: boolean;
}

/** The traits of a version. */
export function traitsOf(entry: RegistryEntry): Traits {
  const packageTransports = entry.packages.flatMap(({ transport }) =>
    transport.kind === 'unknown' ? [] : [transport.kind],
  );
  return {
    kinds: [
      ...new Set(
        entry.packages.map(({ registryType }) =>
          Object.hasOwn(kinds, registryType) ? registryType : 'other',
        ),
      ),
    ],
    transports: [...new Set([...packageTransports, ...entry.remotes.map((remote) => remote.kind)])],
    hasRemote: entry.remotes.length > 0,
  };
}

/** Everything that a filter asks, in one number; the registry in its upper part. */
export function flagsOf(entry: RegistryEntry, registryNumber: number, standing: EntryStanding): number {
  const traits = traitsOf(entry);
  let flags = statuses[entry.status] | (registryNumber << registryShift);
  flags |= entryStandings.indexOf(standing) << standingShift;
  if (traits.hasRemote) flags |= hasRemote;
  if (entry.packages.length > 0) flags |= hasPackage;
  for (const kind of traits.kinds) flags |= kinds[kind] ?? 0;
  for (const transport of traits.transports) flags |= transports[transport] ?? 0;
  return flags;
}

/** The standing in a server's flags. */
export function standingIn(flags: number): EntryStanding {
  return entryStandings[(flags >> standingShift) & standingMask] ?? 'unverified';
}

/** A test of the flags for everything in a filter but `only`. */
export function flagTest(
  filters: RegistryFilters,
  numberOf: (registryId: string) => number | undefined,
): (flags: number) => boolean {
  const masks: number[] = [];
  const oneOf = (names: readonly string[] | undefined, bits: Readonly<Record<string, number>>) => {
    if (names === undefined || names.length === 0) return;
    masks.push(names.reduce((mask, name) => mask | (Object.hasOwn(bits, name) ? (bits[name] ?? 0) : 0), 0));
  };
  oneOf(filters.statuses, statuses);
  oneOf(filters.packageKinds, kinds);
  oneOf(filters.transports, transports);
  if (filters.place !== undefined) masks.push(filters.place === 'remote' ? hasRemote : hasPackage);
  const registries = filters.registries && new Set(filters.registries.map(numberOf));
  return (flags) => {
    for (const mask of masks) if ((flags & mask) === 0) return false;
    if (filters.isVerified === true && standingIn(flags) !== 'provable') return false;
    return registries === undefined || registries.has(flags >>> registryShift);
  };
}
