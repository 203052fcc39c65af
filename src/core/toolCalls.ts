import type { Caller } from './caller.ts';
import type { CallResult, Progress } from './connection.ts';
import type { Job } from './jobs.ts';
import type { JsonObject } from './json.ts';
import type { Decision, RememberedDecision } from './policy.ts';
import type { Readable } from './util/store.ts';

/** A call as a caller wants it. */
export interface CallIntent {
  readonly serverId: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly caller: Caller;
  /** `auto`: a task where the tool requires or offers one and the caller can follow a job; else plain. */
  readonly mode: 'auto' | 'plain' | 'task';
  readonly rerunOf?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Called once when the job is on disk and about to be sent. */
  readonly onJob?: (job: Job) => void;
}

/** How a call ended for its caller. */
export type CallOutcome =
  | { readonly kind: 'done'; readonly job: Job; readonly result: CallResult; readonly schemaProblems: readonly string[] }
  | { readonly kind: 'failed'; readonly job: Job; readonly message: string }
  | { readonly kind: 'denied'; readonly reason: string; readonly decision: Decision }
  | { readonly kind: 'cancelled'; readonly job: Job | undefined };

/** The one door: pin check → policy → approval → activity line flushed → job record → send. */
export interface ToolCalls {
  /** Aborting before the send withdraws the approval request; after it, sends the protocol's cancel. Rejects `not-found`, `not-connected`, `storage`, … when nothing was sent. */
  call(intent: CallIntent, signal: AbortSignal): Promise<CallOutcome>;
  /** Remembered decisions, session ones included. */
  readonly remembered: Readable<readonly RememberedDecision[]>;
  revoke(decisionId: string): void;
}
