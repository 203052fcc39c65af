import type { ActivityEvent } from './activity.ts';
import type { Caller } from './caller.ts';
import type { Clock, Sha256 } from './ports.ts';
import { previewOf } from './redact.ts';
import type { CallIntent, CallOutcome, ToolCalls } from './toolCalls.ts';
import { canonicalJson } from './util/canonicalJson.ts';

const minuteMs = 60_000;

export interface CallerLimitsDeps {
  readonly calls: ToolCalls;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly record: (event: ActivityEvent) => void;
  /** Calls per minute; 0 = no limit. */
  readonly limitOf: (caller: Caller) => number;
}

/** The one door behind a limit of calls per minute for each caller; a call over it is refused and logged, never queued. */
export function limitCalls({ calls, clock, sha256, record, limitOf }: CallerLimitsDeps): ToolCalls {
  const recent = new Map<string, number[]>();
  const refused = ({ caller, serverId, tool, arguments: args }: CallIntent, limit: number): CallOutcome => {
    const reason = `more than ${limit} calls in a minute; try again later`;
    const rule = `limit of ${limit} calls per minute`;
    record({
      kind: 'call-denied',
      ...{ serverId, tool, caller, rule },
      argumentsHash: sha256(canonicalJson(args)),
      preview: previewOf(args),
    });
    return { kind: 'denied', reason, decision: { effect: 'deny', rule } };
  };
  return {
    remembered: calls.remembered,
    revoke: (id) => calls.revoke(id),
    call: async (intent, signal) => {
      const limit = limitOf(intent.caller);
      if (limit > 0) {
        const since = clock.now() - minuteMs;
        const times = (recent.get(intent.caller.name) ?? []).filter((at) => at > since);
        recent.set(intent.caller.name, times);
        if (times.length >= limit) return refused(intent, limit);
        times.push(clock.now());
      }
      return calls.call(intent, signal);
    },
  };
}
