import type { CallResult } from './connection.ts';
import type { Job, JobFailure, JobStatus } from './jobs.ts';
import type { AppError } from './util/errors.ts';

/** How a plain call ends whose window is gone. */
export const interrupted: JobStatus = {
  kind: 'interrupted',
  message:
    'the editor stopped while the call was in flight; the server may have done the work, and the answer is gone',
};

/** The timeline with one more line in the same status; the newest 500 are kept. */
export function appendNote(job: Job, at: number, message: string | undefined): Job['timeline'] {
  return [...job.timeline, { at, status: job.status.kind, message }].slice(-500);
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
      return 'protocol-error';
    case 'not-connected':
    case 'connect-failed':
    case 'session-expired':
    case 'needs-sign-in':
      return 'connection';
    default:
      return 'internal';
  }
}
