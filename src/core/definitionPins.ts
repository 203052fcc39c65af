import type { ChangeClass } from './definitionChanges.ts';
import type { JsonObject } from './json.ts';
import type { PinKind } from './pins.ts';

/** Whose definitions a pin is about: one server as it is started, for one account. */
export interface PinScope {
  readonly serverId: string;
  readonly launchHash: string;
  /** Names who is signed in, without saying it; empty for nobody. */
  readonly account: string;
}

/** The definition that was accepted. */
export interface AcceptedPin {
  readonly hash: string;
  /** Undefined when it was too large to keep, or its row is damaged: then only the hash counts. */
  readonly definition: JsonObject | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly how: 'first-sight' | 'user' | 'order-only';
}

/** What is remembered of one definition. */
export interface Pin {
  readonly kind: PinKind;
  readonly name: string;
  readonly accepted: AcceptedPin | undefined;
  /** The hash that the user turned down last. */
  readonly rejected: string | undefined;
  /** The last other hash that was written to the log; empty for its disappearance. */
  readonly told: string | undefined;
}

/** One line of a server's history of definitions. */
export interface DefinitionEvent {
  readonly kind: 'first-sight' | 'changed' | 'accepted' | 'rejected' | 'order-only';
  readonly at: number;
  readonly scope: PinScope;
  /** What the server said its version was. */
  readonly version: string | undefined;
  readonly items: readonly DefinitionEventItem[];
}

/** A definition in an event. */
export interface DefinitionEventItem {
  readonly kind: PinKind;
  readonly name: string;
  readonly classes: readonly ChangeClass[];
  /** The server's version when the definition before was seen first; undefined when it said none, or there was none before. */
  readonly versionBefore: string | undefined;
}

/** Persistence of pins; a damaged row is still there: its definition is unknown, so the thing is reviewed again. */
export interface PinRows {
  of(scope: PinScope): readonly Pin[];
  put(scope: PinScope, pin: Pin): void;
  addEvent(event: DefinitionEvent): void;
  /** Newest first; bounded. */
  events(serverId: string): readonly DefinitionEvent[];
  /** Another number after every write of any window. */
  revision(): number;
}
