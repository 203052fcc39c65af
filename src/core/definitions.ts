import type { Prompt, Tool } from './connection.ts';
import type { Connections, Offer, ServerSnapshot } from './connections.ts';
import { DefinitionBook, notesOf, type BookDeps } from './definitionBook.ts';
import type { DefinitionGate, DefinitionStanding } from './definitionGate.ts';
import type { AcceptedPin, DefinitionEvent, Pin, PinScope } from './definitionPins.ts';
import {
  isPending,
  reviewOffered,
  standingOf,
  type Offered,
  type ReviewItem,
  type ServerReview,
} from './definitionReview.ts';
import type { Transaction } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { pinHash, pinKey, pinnables, pinned, type PinKind } from './pins.ts';
import type { Logger, Sha256 } from './ports.ts';
import type { ServerDefinition } from './server.ts';
import { DisposableStore, type Disposable } from './util/disposables.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

export interface DefinitionDeps extends BookDeps {
  readonly connections: Pick<Connections, 'get' | 'servers'>;
  readonly transaction: Transaction;
  readonly sha256: Sha256;
  readonly logger: Logger;
  /** Names the account that a server is used with; empty for none. */
  readonly accountOf: (definition: ServerDefinition) => string;
}

/** One definition as it was looked at. */
export interface Reviewed {
  readonly kind: PinKind;
  readonly name: string;
  readonly hash: string;
}

interface Taken {
  readonly offer: Offer;
  readonly scope: PinScope;
  readonly instructions: string | undefined;
  readonly revision: number;
  readonly items: ReadonlyMap<string, ReviewItem>;
  readonly pins: ReadonlyMap<string, Pin>;
  readonly review: ServerReview;
  readonly setAside: Readonly<Record<PinKind, ReadonlySet<string>>>;
}

const watchOthersMs = 2_000;
const none: ReadonlySet<string> = new Set();

/** The owner of pins: what servers offer against what was accepted of them. */
export class Definitions implements DefinitionGate, Disposable {
  readonly #deps: DefinitionDeps;
  readonly #disposables = new DisposableStore();
  readonly #taken = new Map<string, Taken>();
  readonly #hashes = new WeakMap<JsonObject, Pick<Offered, 'definition' | 'hash'>>();
  readonly #book: DefinitionBook;
  readonly #reviews = new Store<ReadonlyMap<string, ServerReview>>(new Map());
  #timer: Disposable | undefined;

  constructor(deps: DefinitionDeps) {
    this.#deps = deps;
    this.#book = new DefinitionBook(deps);
    this.#disposables.add(deps.connections.servers.subscribe(() => this.refresh()));
    this.refresh();
    this.#watchOthers();
  }

  /** By server: what is not as it was accepted; servers of which all is are not there. */
  get reviews(): Readable<ReadonlyMap<string, ServerReview>> {
    return this.#reviews;
  }

  standing(serverId: string, tool: Tool): DefinitionStanding {
    return this.#standing(serverId, 'tool', tool);
  }

  /** How this very definition of a prompt stands; nobody may ask for one that is set aside. */
  promptStanding(serverId: string, prompt: Prompt): DefinitionStanding {
    return this.#standing(serverId, 'prompt', prompt);
  }

  /** Whether nobody may call a tool as the server defines it now. */
  isSetAside(serverId: string, tool: string): boolean {
    return this.setAside(serverId).has(tool);
  }

  /** Names of what nobody may use as the server defines it now (the instructions have the empty name); the same set until something changes. */
  setAside(serverId: string, kind: PinKind = 'tool'): ReadonlySet<string> {
    return this.#take(serverId)?.setAside[kind] ?? none;
  }

  /** How one definition of a server stands. */
  item(serverId: string, kind: PinKind, name: string): ReviewItem | undefined {
    return this.#take(serverId)?.items.get(pinKey({ kind, name }));
  }

  /** What was accepted of one definition, and when. */
  accepted(serverId: string, kind: PinKind, name: string): AcceptedPin | undefined {
    return this.#take(serverId)?.pins.get(pinKey({ kind, name }))?.accepted;
  }

  /** What happened to a server's definitions, newest first. */
  history(serverId: string): readonly DefinitionEvent[] {
    return this.#deps.rows.events(serverId);
  }

  /** Accepts what was looked at; what another window accepted already is left as it is. Throws `conflict` for what the server sends otherwise by now: then nothing is accepted. */
  accept(serverId: string, reviewed: readonly Reviewed[]): void {
    this.#decide(serverId, reviewed, 'accepted');
  }

  /** Keeps what was looked at set aside until it changes again. Throws like `accept`. */
  reject(serverId: string, reviewed: readonly Reviewed[]): void {
    this.#decide(serverId, reviewed, 'rejected');
  }

  /** Looks at what every server offers and what every window decided. */
  refresh(): void {
    const servers = this.#deps.connections.servers.get();
    const listed = new Set(servers.map(({ definition }) => definition.id));
    for (const id of this.#taken.keys()) if (!listed.has(id)) this.#taken.delete(id);
    for (const { definition } of servers) {
      try {
        this.#take(definition.id, true);
      } catch (error) {
        this.#deps.logger.warn(`the definitions of ${definition.name} could not be compared`, error);
      }
    }
    this.#publish();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#disposables.dispose();
  }

  #standing(serverId: string, kind: PinKind, { name, raw }: Pick<Tool, 'name' | 'raw'>): DefinitionStanding {
    const item = this.#take(serverId)?.items.get(pinKey({ kind, name }));
    // What is not part of the offer that was compared was never looked at.
    if (!item || item.hash === undefined || item.hash !== this.#offered(kind, name, raw).hash)
      return 'set-aside';
    return standingOf(item.state);
  }

  #watchOthers(): void {
    this.#timer = this.#deps.clock.setTimer(watchOthersMs, () => {
      try {
        this.refresh();
      } finally {
        this.#watchOthers();
      }
    });
  }

  #publish(): void {
    const before = this.#reviews.get();
    const now = [...this.#taken].filter(([, { review }]) => review.items.length > 0);
    if (now.length === before.size && now.every(([id, { review }]) => before.get(id) === review)) return;
    this.#reviews.set(new Map(now.map(([id, { review }]) => [id, review])));
  }

  /** The comparison for what a server offers now; made when something is different from last time. */
  #take(serverId: string, isPublishing = false): Taken | undefined {
    const { connections, rows, accountOf } = this.#deps;
    const snapshot = connections.get(serverId);
    if (!snapshot?.offer) {
      this.#taken.delete(serverId);
      return undefined;
    }
    const { offer, definition, state } = snapshot;
    const known = this.#taken.get(serverId);
    const instructions = state.kind === 'ready' ? state.info.instructions : known?.instructions;
    const scope = { serverId, launchHash: definition.launchHash, account: accountOf(definition) };
    const isSame =
      known?.offer === offer &&
      known.instructions === instructions &&
      known.scope.launchHash === scope.launchHash &&
      known.scope.account === scope.account &&
      known.revision === rows.revision();
    if (isSame) return known;
    const taken = this.#compare(snapshot, offer, scope, instructions, known);
    this.#taken.set(serverId, taken);
    if (!isPublishing) this.#publish();
    return taken;
  }

  #compare(
    snapshot: ServerSnapshot,
    offer: Offer,
    scope: PinScope,
    instructions: string | undefined,
    known: Taken | undefined,
  ): Taken {
    const { rows, transaction } = this.#deps;
    const offered = pinnables(offer, instructions).map(({ kind, name, raw }) =>
      this.#offered(kind, name, raw),
    );
    const whole: Readonly<Record<PinKind, boolean>> = {
      tool: offer.tools.problems.length === 0,
      prompt: offer.prompts.problems.length === 0,
      template: offer.resourceTemplates.problems.length === 0,
      instructions: snapshot.state.kind === 'ready',
    };
    const look = () => {
      const pins = rows.of(scope);
      return { pins, items: reviewOffered(offered, pins, (kind) => whole[kind]) };
    };
    let { pins, items } = look();
    if (notesOf(items, pins).length > 0) {
      transaction(() => {
        // Another window may have been faster.
        ({ pins, items } = look());
        this.#book.note(scope, snapshot, items, pins);
        ({ pins, items } = look());
      });
    }
    const review = {
      scope,
      serverName: snapshot.definition.name,
      items: items.filter(({ state }) => state !== 'accepted'),
    };
    const setAside = (of: PinKind) => {
      const aside = items.filter(({ kind, state }) => kind === of && standingOf(state) === 'set-aside');
      return sameSet(known?.setAside[of], new Set(aside.map(({ name }) => name)));
    };
    return {
      ...{ offer, scope, instructions },
      revision: rows.revision(),
      items: new Map(items.map((item) => [pinKey(item), item])),
      pins: new Map(pins.map((pin) => [pinKey(pin), pin])),
      review: known && isSameReview(known.review, review) ? known.review : review,
      setAside: {
        tool: setAside('tool'),
        prompt: setAside('prompt'),
        template: setAside('template'),
        instructions: setAside('instructions'),
      },
    };
  }

  #decide(serverId: string, reviewed: readonly Reviewed[], decision: 'accepted' | 'rejected'): void {
    const { transaction } = this.#deps;
    try {
      transaction(() => this.#write(serverId, reviewed, decision));
    } catch (error) {
      this.#taken.delete(serverId); // it may hold what was rolled back
      throw error;
    }
    this.refresh();
  }

  #write(serverId: string, reviewed: readonly Reviewed[], decision: 'accepted' | 'rejected'): void {
    const { rows, connections } = this.#deps;
    const taken = this.#take(serverId, true);
    const state = connections.get(serverId)?.state;
    const open = reviewed.flatMap(({ kind, name, hash }) => {
      const item = taken?.items.get(pinKey({ kind, name }));
      if (item?.hash !== hash)
        throw new AppError('conflict', `${name || 'the instructions'} changed again meanwhile`, {
          nextStep: 'Look at the change again.',
        });
      return item.state === decision ? [] : [item];
    });
    if (!taken || open.length === 0) return;
    for (const item of open) {
      if (decision === 'accepted') this.#book.pin(taken.scope, item, 'user');
      else {
        const pin = taken.pins.get(pinKey(item));
        const { kind, name, hash } = item;
        rows.put(taken.scope, {
          ...{ kind, name, accepted: pin?.accepted, rejected: hash, told: hash },
        });
      }
    }
    const version = state?.kind === 'ready' ? state.info.serverInfo?.version : undefined;
    this.#book.log(taken.scope, decision, version, open);
  }

  #offered(kind: PinKind, name: string, raw: JsonObject): Offered {
    let known = this.#hashes.get(raw);
    if (!known) {
      const definition = pinned(kind, raw);
      known = { definition, hash: pinHash(definition, this.#deps.sha256) };
      this.#hashes.set(raw, known);
    }
    return { kind, name, ...known };
  }
}

function isSameReview(a: ServerReview, b: ServerReview): boolean {
  return (
    a.items.length === b.items.length &&
    a.serverName === b.serverName &&
    a.items.every((item, i) => {
      const other = b.items[i];
      return (
        other !== undefined &&
        item.hash === other.hash &&
        item.state === other.state &&
        item.before?.hash === other.before?.hash &&
        pinKey(item) === pinKey(other)
      );
    })
  );
}

function sameSet(known: ReadonlySet<string> | undefined, now: ReadonlySet<string>): ReadonlySet<string> {
  return known && known.size === now.size && [...now].every((name) => known.has(name)) ? known : now;
}

/** The definitions of a server that wait for the user. */
export function pendingOf(review: ServerReview): readonly (ReviewItem & { readonly hash: string })[] {
  return review.items.filter(
    (item): item is ReviewItem & { readonly hash: string } => isPending(item) && item.hash !== undefined,
  );
}
