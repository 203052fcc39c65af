import type { Readable } from './util/store.ts';
import type { Caller } from './caller.ts';
import type { AskAnswer, CallResult, Progress, ResumeState } from './connection.ts';
import type { JsonObject } from './json.ts';
import { AppError } from './util/errors.ts';

/** Where a job stands; the last five are final. */
export type JobStatus =
  | { readonly kind: 'running' } // on disk first, then sent
  | { readonly kind: 'needs-input' }
  | { readonly kind: 'cancel-requested' }
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly code: JobFailure; readonly message: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'interrupted'; readonly message: string } // the answer can no longer arrive; the server may have done the work
  | { readonly kind: 'lost'; readonly message: string }; // the server no longer knows the task

/** Why a job failed: the tool said so, the protocol did, time ran out, or the connection broke. */
export type JobFailure = 'tool-error' | 'protocol-error' | 'timeout' | 'connection' | 'internal';

/** One line of a job's timeline. */
export interface JobEvent {
  readonly at: number;
  readonly status: JobStatus['kind'];
  readonly message: string | undefined;
}

/** One point of a job's progress history. */
export interface ProgressPoint extends Progress {
  readonly at: number;
}

/** The server-side task behind a job and what re-attaching to it needs. */
export interface TaskRef {
  readonly taskId: string;
  readonly createdAt: number;
  readonly ttlMs: number | undefined;
  readonly pollIntervalMs: number | undefined;
  readonly resume: ResumeState;
  /** Questions that were answered, by key: no human is asked them again. */
  readonly answeredKeys: readonly string[];
  /** Answers that the server may not have got yet, by key: a question that is still open gets the same answer again. */
  readonly givenAnswers?: Readonly<Record<string, AskAnswer>>;
}

/** The durable record of a call that was sent. */
export interface Job {
  readonly id: string;
  readonly serverId: string;
  readonly serverName: string;
  readonly launchHash: string;
  readonly tool: string;
  readonly toolTitle: string | undefined;
  readonly definitionHash: string;
  readonly arguments: JsonObject;
  readonly caller: Caller;
  /** The rule that let the call through, in words (`allowed once by the user`, …). */
  readonly approval: string;
  readonly mode: 'plain' | 'task';
  /** When it was recorded, which is right before it was sent. */
  readonly createdAt: number;
  readonly endedAt: number | undefined;
  readonly status: JobStatus;
  readonly statusMessage: string | undefined;
  readonly progress: Progress | undefined;
  /** Oldest first; thinned to at most 200 points. */
  readonly history: readonly ProgressPoint[];
  readonly timeline: readonly JobEvent[];
  readonly task: TaskRef | undefined;
  /** True when a result is stored and can be opened. */
  readonly hasResult: boolean;
  readonly rerunOf: string | undefined;
  /** The window that polls and answers for this job. */
  readonly owner: string;
}

/** A stored result: as received, with the findings of the check against the tool's `outputSchema`. */
export interface JobResult {
  readonly result: CallResult;
  /** Empty when the structured content fits the schema or there is none. */
  readonly schemaProblems: readonly string[];
}

const finalKinds: ReadonlySet<JobStatus['kind']> = new Set([
  'completed',
  'failed',
  'cancelled',
  'interrupted',
  'lost',
]);

/** True when a job can change no more. */
export function isFinal(status: JobStatus): boolean {
  return finalKinds.has(status.kind);
}

const legal: Record<JobStatus['kind'], readonly JobStatus['kind'][]> = {
  running: ['needs-input', 'cancel-requested', 'completed', 'failed', 'cancelled', 'interrupted', 'lost'],
  'needs-input': ['running', 'cancel-requested', 'completed', 'failed', 'cancelled', 'interrupted', 'lost'],
  'cancel-requested': ['completed', 'failed', 'cancelled', 'interrupted', 'lost'],
  completed: [],
  failed: [],
  cancelled: [],
  interrupted: [],
  lost: [],
};

/** The job in its next status, with a timeline line; throws `conflict` for an illegal transition. */
export function transition(job: Job, status: JobStatus, at: number, message?: string): Job {
  if (!legal[job.status.kind].includes(status.kind)) {
    throw new AppError('conflict', `job ${job.id}: ${job.status.kind} cannot become ${status.kind}`);
  }
  return {
    ...job,
    status,
    endedAt: isFinal(status) ? at : undefined,
    timeline: [
      ...job.timeline,
      { at, status: status.kind, message: message ?? ('message' in status ? status.message : undefined) },
    ],
  };
}

const maxHistory = 200;

/** The job with one more progress report; the history is thinned evenly when it grows past 200 points. */
export function withProgress(job: Job, progress: Progress, at: number): Job {
  const grown = [...job.history, { at, ...progress }];
  const history =
    grown.length <= maxHistory ? grown : grown.filter((_, i) => i % 2 === 0 || i === grown.length - 1);
  return { ...job, progress, statusMessage: progress.message ?? job.statusMessage, history };
}

/** Persistence of jobs; implemented over SQLite. */
export interface JobRows {
  insert(job: Job): void;
  /** Throws `conflict` when the row belongs to another window by now. */
  update(job: Job): void;
  /** Takes an open job over from a window whose lease lapsed; false when another window was faster. */
  adopt(id: string, from: string, to: string): boolean;
  get(id: string): Job | undefined;
  /** Every job that is not final, of one window or of any. */
  open(owner?: string): readonly Job[];
  /** How many jobs that are not final each window has. */
  openOwners(): ReadonlyMap<string, number>;
  /** Final jobs, newest end first, without `history` and `timeline`: those come with `get`. */
  finished(limit: number, before?: number): readonly Job[];
  countFinished(): number;
  saveResult(id: string, result: JobResult): void;
  result(id: string): JobResult | undefined;
  /** Deletes a final job and its result; throws `conflict` when it is not final. */
  forget(id: string): void;
  forgetFinished(): void;
  /** Arguments of the last approved call of a tool. */
  lastArguments(serverId: string, tool: string): JsonObject | undefined;
  saveLastArguments(serverId: string, tool: string, args: JsonObject): void;
  /** Changes whenever another window has written. */
  version(): number;
}

/** Which window owns which job: a lease with a heartbeat, adopted by others only when it lapsed. */
export interface Leases {
  /** This window. */
  readonly owner: string;
  beat(): void;
  isAlive(owner: string): boolean;
  release(): void;
}

/** Runs `fn` so that all its writes are committed together or not at all. */
export type Transaction = <T>(fn: () => T) => T;

/** The job records of this machine: every open one, and the newest finished. */
export interface Jobs {
  readonly open: Readable<readonly Job[]>;
  /** Newest first, without `history` and `timeline`; at most as many as the surfaces show at once, more through `finishedPage`. */
  readonly finished: Readable<readonly Job[]>;
  get(id: string): Job | undefined;
  /** Newest first, as in `finished`. */
  finishedPage(limit: number, before?: number): readonly Job[];
  countFinished(): number;
  result(id: string): JobResult | undefined;
  /**
   * Sends the protocol's cancel; a task shows `cancel-requested` until the server confirms. Once more sends it again, or gives
   * the job up when its server cannot be asked. Throws `conflict` for a job of another window.
   */
  cancel(id: string): void;
  /** Deletes a finished job and its result. */
  forget(id: string): void;
  forgetAllFinished(): void;
  /** Arguments of the last approved call of a tool. */
  lastArguments(serverId: string, tool: string): JsonObject | undefined;
}
