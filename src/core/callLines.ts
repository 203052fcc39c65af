import type { ActivityRows } from './activity.ts';
import type { Pinned } from './callPins.ts';
import type { Connections } from './connections.ts';
import type { JsonObject } from './json.ts';
import type { Clock, Sha256 } from './ports.ts';
import { previewOf } from './redact.ts';
import type { CallIntent } from './toolCalls.ts';
import { canonicalJson } from './util/canonicalJson.ts';
import { isAppError } from './util/errors.ts';

export interface CallLinesDeps {
  readonly activity: ActivityRows;
  readonly connections: Pick<Connections, 'get'>;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** What the activity log says of calls that were not sent. */
export class CallLines {
  readonly #deps: CallLinesDeps;

  constructor(deps: CallLinesDeps) {
    this.#deps = deps;
  }

  /** Notes a call that ended with this error before it was sent; other errors are of calls that may have been. */
  unsent(error: unknown, intent: CallIntent, askedAt: number): void {
    const isRefused = isAppError(error, 'blocked');
    if (!isRefused && !isAppError(error, 'cancelled')) return;
    const kind = isRefused ? 'call-refused' : 'call-withdrawn';
    const why = isRefused ? error.message : 'the caller gave up';
    try {
      this.notSent(kind, intent, askedAt, why, undefined, intent.arguments);
    } catch {
      // Nothing was sent, and the caller is told why: that must not be lost for a line.
    }
  }

  notSent(
    kind: 'call-denied' | 'call-refused' | 'call-withdrawn',
    intent: CallIntent,
    askedAt: number,
    rule: string,
    pinned: Pinned | undefined,
    args: JsonObject,
  ): void {
    const { activity, clock, connections, sha256 } = this.#deps;
    const { serverId, tool, caller } = intent;
    const name = connections.get(serverId)?.definition.name;
    const pin = pinned && {
      launchHash: pinned.facts.launchHash,
      definitionHash: pinned.facts.definitionHash,
    };
    activity.append(clock.now(), {
      ...{ kind, serverId, tool, caller, rule, askedAt },
      ...(name === undefined ? {} : { serverName: name }),
      ...pin,
      ...digestOf(args, sha256),
    });
  }
}

/** What the log has of arguments. */
export function digestOf(
  args: JsonObject,
  sha256: Sha256,
): { readonly argumentsHash: string; readonly preview: string } {
  return { argumentsHash: sha256(canonicalJson(args)), preview: previewOf(args) };
}
