import type { Job, JobResult } from './jobs.ts';
import type { Readable } from './util/store.ts';

/** The job records of this machine: every open one, and the newest finished. */
export interface Jobs {
  readonly open: Readable<readonly Job[]>;
  /** Newest first; at most the number the surfaces show at once, more through `finishedPage`. */
  readonly finished: Readable<readonly Job[]>;
  get(id: string): Job | undefined;
  finishedPage(limit: number, before?: number): readonly Job[];
  result(id: string): JobResult | undefined;
  /** Sends the protocol's cancel; the job shows `cancel-requested` until the server confirms. */
  cancel(id: string): void;
  /** Deletes a finished job and its result. */
  forget(id: string): void;
  forgetAllFinished(): void;
}
