import type { Gathered, GatheredEvidence } from './identityEvidence.ts';
import type { RegistryEntry } from './registry.ts';

/** What is looked at when somebody asks who a server is. */
export interface GatherSubject {
  readonly entry: RegistryEntry | undefined;
  /** The packages of the entry that are judged, by their index. */
  readonly packages: readonly number[];
  /** The remote address, without variables; undefined for a server of this machine. */
  readonly url: string | undefined;
  /** The user configured an address on this machine or in a private network himself. */
  readonly allowPrivate: boolean;
}

/** What the user allows beyond the usual places. */
export interface GatherOptions {
  /** Server cards are experimental (SEP-2127); off: none is asked for. */
  readonly cards: boolean;
  /** Also the places where cards were kept before. */
  readonly legacyCards: boolean;
}

/** Asks the outside; only when somebody wants to know, or at install. */
export interface IdentityGatherer {
  /** Never rejects but `cancelled`: what cannot be found out is part of the answer. */
  gather(subject: GatherSubject, options: GatherOptions, signal: AbortSignal): Promise<GatheredEvidence>;
}

/** What is new beats what was known, except that a failure does not forget what somebody once said no to. */
export function latest<T>(before: Gathered<T>, now: Gathered<T>): Gathered<T> {
  return now.kind === 'not-asked' ? before : now;
}
