import { definitionChanges, keepsBack, type DefinitionChange } from './definitionChanges.ts';
import type { DefinitionStanding } from './definitionGate.ts';
import type { AcceptedPin, Pin, PinScope } from './definitionPins.ts';
import type { JsonObject } from './json.ts';
import { pinKey, type PinKind } from './pins.ts';

/** One definition against what was accepted. */
export interface ReviewItem {
  readonly kind: PinKind;
  readonly name: string;
  /** `unpinnable`: it has no canonical form, so nothing can be said about it later. */
  readonly state: 'accepted' | 'new' | 'changed' | 'rejected' | 'unpinnable' | 'removed';
  readonly before: AcceptedPin | undefined;
  /** The pinned fields as the server sends them now; undefined when it is removed. */
  readonly after: JsonObject | undefined;
  readonly hash: string | undefined;
  readonly changes: readonly DefinitionChange[];
}

/** What of one server is not as it was accepted. */
export interface ServerReview {
  readonly scope: PinScope;
  readonly serverName: string;
  /** In the order of the server's lists, removed ones last; accepted ones are left out. */
  readonly items: readonly ReviewItem[];
}

/** A definition with its hash, as a server offers it now. */
export interface Offered {
  readonly kind: PinKind;
  readonly name: string;
  readonly definition: JsonObject;
  readonly hash: string | undefined;
}

/** How the gate treats a definition in a state. */
export function standingOf(state: ReviewItem['state']): DefinitionStanding {
  if (state === 'accepted' || state === 'removed') return 'accepted';
  return state === 'new' ? 'new' : 'set-aside';
}

/** True for what waits for the user: new or changed, and not turned down as it is. */
export function isPending(item: ReviewItem): boolean {
  return item.state === 'new' || item.state === 'changed';
}

const maxCompared = 500;

/** Compares everything that is offered with what is pinned. `isWhole` says whether a list was read completely: only then can something be missing. */
export function reviewOffered(
  offered: readonly Offered[],
  pins: readonly Pin[],
  isWhole: (kind: PinKind) => boolean,
): readonly ReviewItem[] {
  const known = new Map(pins.map((pin) => [pinKey(pin), pin]));
  let compared = 0;
  const items = offered.map((one): ReviewItem => {
    const pin = known.get(pinKey(one));
    known.delete(pinKey(one));
    const state = stateOf(one, pin);
    const isCompared = state !== 'accepted' && state !== 'unpinnable' && compared++ < maxCompared;
    const before = state === 'new' ? undefined : pin?.accepted;
    return {
      ...{ kind: one.kind, name: one.name, state, before, after: one.definition, hash: one.hash },
      changes: state === 'accepted' ? [] : isCompared ? changesOf(one, before) : [unknownChange],
    };
  });
  const removed = [...known.values()].flatMap(({ kind, name, accepted }): ReviewItem[] =>
    accepted && isWhole(kind)
      ? [
          {
            ...{ kind, name, state: 'removed', before: accepted, after: undefined, hash: undefined },
            changes: [{ class: 'removed', path: '', before: accepted.definition, after: undefined }],
          },
        ]
      : [],
  );
  return [...items, ...removed];
}

/** True when a changed definition may be accepted without the user: nothing but an order without meaning is different. */
export function isOrderOnly(item: ReviewItem): boolean {
  return item.state === 'changed' && item.before?.definition !== undefined && !keepsBack(item.changes);
}

const unknownChange: DefinitionChange = {
  class: 'schema-changed',
  path: '',
  before: undefined,
  after: undefined,
};

function stateOf({ hash }: Offered, pin: Pin | undefined): ReviewItem['state'] {
  if (hash === undefined) return 'unpinnable';
  if (!pin) return 'new';
  if (pin.accepted?.hash === hash) return 'accepted';
  if (pin.rejected === hash) return 'rejected';
  return pin.accepted || pin.rejected !== undefined ? 'changed' : 'new';
}

function changesOf(
  { kind, definition }: Offered,
  before: AcceptedPin | undefined,
): readonly DefinitionChange[] {
  if (before && !before.definition) return [unknownChange];
  return definitionChanges(kind, before?.definition, definition);
}
