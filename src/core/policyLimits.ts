import type { PolicyLimit } from './policyFile.ts';
import { whoMismatch, type PolicyCall } from './policyRules.ts';

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

const maxBuckets = 10_000;

/** A limit that a call would break, and from when on it would not. */
export interface LimitReached {
  readonly limit: PolicyLimit;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
}

/** Token buckets of all limits: each fills evenly and holds at most what the limit allows. */
export class PolicyLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one call off every limit that fits it, or off none and says which is in the way longest. */
  take(
    call: Pick<PolicyCall, 'serverId' | 'serverName' | 'tool' | 'caller'>,
    limits: readonly PolicyLimit[],
    now: number,
  ): LimitReached | undefined {
    const fitting = limits.filter((limit) => whoMismatch(limit, call) === undefined);
    const filled = fitting.map((limit) => {
      const key = keyOf(limit, call);
      const { tokens, at } = this.#buckets.get(key) ?? { tokens: limit.calls, at: now };
      const gained = (Math.max(0, now - at) * limit.calls) / limit.perMs;
      return { limit, key, tokens: Math.min(limit.calls, tokens + gained) };
    });
    const reached = filled
      .filter(({ tokens }) => tokens < 1)
      .map(({ limit, tokens }) => ({
        limit,
        retryAt: now + Math.ceil(((1 - tokens) * limit.perMs) / limit.calls),
      }))
      .toSorted((a, b) => b.retryAt - a.retryAt);
    if (reached[0]) return reached[0];
    for (const { key, tokens } of filled) {
      this.#buckets.delete(key); // to the young end
      this.#buckets.set(key, { tokens: tokens - 1, at: now });
    }
    this.#forgetOldest();
    return undefined;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size <= maxBuckets) return;
      this.#buckets.delete(key);
    }
  }
}

/** An edit above a limit moves it and must not refill it: its bucket goes by what it says. */
function keyOf(limit: PolicyLimit, call: Pick<PolicyCall, 'serverId' | 'tool' | 'caller'>): string {
  const { place, server, tool, caller, callerKind, calls, perMs, each } = limit;
  const counted = each.map((part) => {
    if (part === 'caller') return `${call.caller.kind} ${call.caller.name}`;
    return part === 'server' ? call.serverId : call.tool;
  });
  return JSON.stringify([place.source.file, server, tool, caller, callerKind, calls, perMs, each, counted]);
}
