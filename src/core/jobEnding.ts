import type { CallResult, TaskSnapshot } from './connection.ts';
import { idempotencyKeyOf } from './idempotency.ts';
import { isFinal, type Job, type JobFailure, type JobStatus } from './jobs.ts';
import { AppError } from './util/errors.ts';

/** How a job ends whose window went away before it had an answer or a task. */
export function interruptionOf(job: Pick<Job, 'mode' | 'arguments'> | undefined): JobStatus {
  const what =
    job?.mode === 'task'
      ? 'the editor stopped before the server had given a handle for the task; the server may be doing the work, and nothing can find it'
      : 'the editor stopped while the call was in flight; the server may have done the work, and the answer is gone';
  const key = job && idempotencyKeyOf(job.arguments);
  const advice =
    key === undefined
      ? ''
      : `. It was sent with the idempotency key ${JSON.stringify(key)}: run it again with the same key, and a server that keeps to it does not repeat the work`;
  return { kind: 'interrupted', message: what + advice };
}

/** How a job ends by the state of its task, for want of a result; undefined while the task goes on. */
export function endingOf({ status, error, statusMessage }: TaskSnapshot): JobStatus | undefined {
  switch (status) {
    case 'completed':
      return { kind: 'failed', code: 'protocol-error', message: 'the task completed without a result' };
    case 'failed':
      return {
        kind: 'failed',
        code: 'protocol-error',
        message: error?.message ?? statusMessage ?? 'the task failed',
      };
    case 'cancelled':
      return { kind: 'cancelled' };
    default:
      return undefined;
  }
}

/** Why a window may do nothing more for a job. */
export function takenOver(id: string): AppError {
  return new AppError('conflict', `job ${id} belongs to another window by now`);
}

/** The timeline with one more line in the same status; the newest 500 are kept. */
export function appendNote(job: Job, at: number, message: string | undefined): Job['timeline'] {
  return [...job.timeline, { at, status: job.status.kind, message }].slice(-500);
}

/** Why a job cannot be cancelled here. */
export function notRunning(id: string, job: Job | undefined): AppError {
  if (!job) return new AppError('not-found', `no job ${id}`);
  if (isFinal(job.status)) return new AppError('conflict', `job ${id} has ended already: ${job.status.kind}`);
  return new AppError('conflict', `job ${id} belongs to another window`, {
    nextStep: 'Cancel it in the window that started it.',
  });
}

/** What to say about a job that the server finished although it was asked to cancel it. */
export function lateNote({ status: before }: Job, status: JobStatus): string | undefined {
  const isLate = before.kind === 'cancel-requested' && status.kind === 'completed';
  return isLate ? 'the server finished it although it was asked to cancel' : undefined;
}

/** What the server said last about a job; our own notes are not among it. */
export function lastSaid(job: Job): string | undefined {
  return job.timeline.findLast(({ message }) => message !== undefined)?.message ?? job.progress?.message;
}

/** The first text of a result, for a message. */
export function firstText(result: CallResult): string | undefined {
  const text = result.content.find((block) => block['type'] === 'text')?.['text'];
  return typeof text === 'string' ? text.slice(0, 500) : undefined;
}

/** What kind of failure an error is. */
export function failureOf(error: AppError): JobFailure {
  switch (error.code) {
    case 'timeout':
      return 'timeout';
    case 'server-error':
    case 'invalid-frame':
    case 'needs-sign-in':
      return 'protocol-error';
    case 'not-connected':
    case 'connect-failed':
    case 'session-expired':
      return 'connection';
    default:
      return 'internal';
  }
}
