import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressKind, type HostKind } from '../core/installAddress.ts';

/** Resolves a host name to all its addresses. */
export type Lookup = (
  hostname: string,
  done: (
    error: Error | null,
    addresses: readonly { readonly address: string; readonly family: number }[],
  ) => void,
) => void;

/** What a judged look-up needs. */
export interface JudgedLookupDeps {
  /** Default: the system's. */
  readonly lookup: Lookup | undefined;
  readonly isAllowed: (kind: HostKind, hostname: string) => boolean;
  /** What the connection fails with. */
  readonly blocked: (hostname: string, why: string) => Error;
}

/**
 * A look-up for connections to hosts that somebody else named: fails when one of the addresses may not be reached. The connection is made to the
 * very addresses that were judged, so no second look-up can lead elsewhere.
 */
export function judgedLookup({ lookup = lookupAll, isAllowed, blocked }: JudgedLookupDeps): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, (error, found) => {
      if (error) return done(error, []);
      const bad = found.find(({ address }) => !isAllowed(addressKind(address), hostname));
      const [first] = found;
      if (bad || !first) {
        const why = bad ? `it leads to ${bad.address}, which is not on the internet` : 'it has no address';
        return done(blocked(hostname, why), []);
      }
      if (options.all) done(null, [...found]);
      else done(null, first.address, first.family);
    });
  };
}

const lookupAll: Lookup = (hostname, done) => {
  systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses));
};
