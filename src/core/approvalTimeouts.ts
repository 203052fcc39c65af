import type { Caller } from './caller.ts';
import type { Clock } from './ports.ts';
import type { PromptRequest, Requests } from './requests.ts';
import { DisposableStore, type Disposable } from './util/disposables.ts';

export interface ApprovalTimeoutsDeps {
  readonly requests: Pick<Requests, 'open' | 'decide'>;
  readonly clock: Clock;
  /** How long a call of a caller waits for a decision, in milliseconds; 0 = as long as it takes. */
  readonly timeoutOf: (caller: Caller) => number;
}

/** Refuses calls that nobody decided about within the time that their caller was given, with a reason that reaches it. */
export function watchApprovalTimeouts({ requests, clock, timeoutOf }: ApprovalTimeoutsDeps): Disposable {
  const timers = new Map<string, Disposable>();
  const follow = (open: readonly PromptRequest[]) => {
    const ids = new Set(open.map(({ id }) => id));
    for (const [id, timer] of timers) {
      if (ids.has(id)) continue;
      timer.dispose();
      timers.delete(id);
    }
    for (const { id, kind, caller, createdAt } of open) {
      if (kind !== 'approval' || !caller || timers.has(id)) continue;
      const ms = timeoutOf(caller);
      if (ms <= 0) continue;
      const refuse = () => {
        requests.decide(id, {
          kind: 'deny',
          reason: `nobody decided within ${Math.round(ms / 1000)} seconds`,
        });
      };
      timers.set(id, clock.setTimer(Math.max(0, createdAt + ms - clock.now()), refuse));
    }
  };
  const disposables = new DisposableStore();
  disposables.add(requests.open.subscribe(follow));
  disposables.add({ dispose: () => timers.forEach((timer) => timer.dispose()) });
  follow(requests.open.get());
  return disposables;
}
