import type { ActivityRows } from './activity.ts';
import type { ServerSnapshot } from './connections.ts';
import { classesOf } from './definitionChanges.ts';
import type { AcceptedPin, DefinitionEvent, Pin, PinRows, PinScope } from './definitionPins.ts';
import { isOrderOnly, type ReviewItem } from './definitionReview.ts';
import { pinKey } from './pins.ts';
import type { Clock } from './ports.ts';

export interface BookDeps {
  readonly rows: PinRows;
  readonly activity: Pick<ActivityRows, 'append'>;
  readonly clock: Clock;
}

const maxNamed = 20;
const maxTold = 50; // lines per server and window: a server that never stops changing must not fill the log

/** Writes down what is seen and decided about definitions; every call belongs into a transaction. */
export class DefinitionBook {
  readonly #deps: BookDeps;
  readonly #told = new Map<string, number>();

  constructor(deps: BookDeps) {
    this.#deps = deps;
  }

  /** Pins first sights, takes over what only changed its order, and writes the rest to the log once. */
  note(scope: PinScope, { state }: ServerSnapshot, items: readonly ReviewItem[], pins: readonly Pin[]): void {
    const version = state.kind === 'ready' ? state.info.serverInfo?.version : undefined;
    const notes = notesOf(items, pins);
    const of = (kind: Note['kind']) => notes.filter((note) => note.kind === kind).map(({ item }) => item);
    for (const kind of ['first-sight', 'order-only'] as const) {
      const taken = of(kind);
      for (const item of taken) this.pin(scope, item, kind);
      if (taken.length > 0) this.log(scope, kind, version, taken);
    }
    const changed = of('changed');
    if (changed.length === 0) return;
    const known = new Map(pins.map((pin) => [pinKey(pin), pin]));
    for (const item of changed) {
      const pin = known.get(pinKey(item));
      const { kind, name } = item;
      this.#deps.rows.put(scope, {
        ...{ kind, name, accepted: pin?.accepted, rejected: pin?.rejected },
        told: item.hash ?? '',
      });
    }
    const told = this.#told.get(scope.serverId) ?? 0;
    this.#told.set(scope.serverId, told + 1);
    if (told < maxTold) this.log(scope, 'changed', version, changed);
  }

  /** Accepts a definition as it is offered now. */
  pin(scope: PinScope, item: ReviewItem, how: AcceptedPin['how']): void {
    const { kind, name, hash, after } = item;
    if (hash === undefined || !after) return;
    const at = this.#deps.clock.now();
    this.#deps.rows.put(scope, {
      ...{ kind, name },
      accepted: { hash, definition: after, at, how },
      ...{ rejected: undefined, told: undefined },
    });
  }

  /** Writes one line of the history and one of the activity log. */
  log(
    scope: PinScope,
    kind: DefinitionEvent['kind'],
    version: string | undefined,
    items: readonly ReviewItem[],
  ): void {
    const { rows, activity, clock } = this.#deps;
    const at = clock.now();
    const { serverId, launchHash } = scope;
    const before = versionsBefore(rows.events(serverId), scope);
    const classes = items.map((item) => classesOf(item.changes));
    rows.addEvent({
      ...{ kind, at, scope, version },
      items: items.map((item, i) => ({
        ...{ kind: item.kind, name: item.name, classes: classes[i] ?? [] },
        versionBefore: before(item),
      })),
    });
    const named = items
      .slice(0, maxNamed)
      .map((item) => (item.kind === 'instructions' ? item.kind : pinKey(item)));
    const rest = items.length - named.length;
    const listed = rest > 0 ? [...named, `… ${rest} more`] : named;
    if (kind === 'changed') {
      const changes: Record<string, number> = {};
      for (const one of classes.flat()) changes[one] = (changes[one] ?? 0) + 1;
      activity.append(at, { kind: 'definition-changed', serverId, launchHash, items: listed, changes });
    } else {
      const by = kind === 'accepted' || kind === 'rejected' ? 'user' : 'rule';
      activity.append(at, {
        ...{ kind: 'definition-reviewed', serverId, launchHash, items: listed, decision: kind, by },
      });
    }
  }
}

/** Something to be written down about a definition. */
export interface Note {
  readonly kind: 'first-sight' | 'order-only' | 'changed';
  readonly item: ReviewItem;
}

/** What has to be written down about a comparison. A kind that has no pin yet is seen for the first time. */
export function notesOf(items: readonly ReviewItem[], pins: readonly Pin[]): readonly Note[] {
  const seen = new Set(pins.map((pin) => pin.kind));
  const known = new Map(pins.map((pin) => [pinKey(pin), pin]));
  return items.flatMap((item): Note[] => {
    if (item.state === 'accepted' || item.state === 'rejected' || item.state === 'unpinnable') return [];
    const isFirst = item.kind === 'instructions' ? pins.length === 0 : !seen.has(item.kind);
    if (item.state === 'new' && isFirst) return [{ kind: 'first-sight', item }];
    if (isOrderOnly(item)) return [{ kind: 'order-only', item }];
    return known.get(pinKey(item))?.told === (item.hash ?? '') ? [] : [{ kind: 'changed', item }];
  });
}

/** The version that a server gave when a definition was last seen for the first time in its form before. */
function versionsBefore(
  events: readonly DefinitionEvent[],
  scope: PinScope,
): (item: ReviewItem) => string | undefined {
  const versions = new Map<string, string | undefined>();
  for (const event of events) {
    if (event.scope.account !== scope.account || event.scope.launchHash !== scope.launchHash) continue;
    if (event.kind === 'rejected' || event.kind === 'accepted') continue;
    for (const item of event.items)
      if (!versions.has(pinKey(item))) versions.set(pinKey(item), event.version);
  }
  return (item) => versions.get(pinKey(item));
}
