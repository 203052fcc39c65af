import type { CallResult } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Job, JobResult, JobRows, Leases, Transaction } from './jobs.ts';
import type { Clock, Logger } from './ports.ts';
import type { AppError } from './util/errors.ts';

/** What the job runner is built from. */
export interface JobRunnerDeps {
  readonly rows: JobRows;
  readonly transaction: Transaction;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly connections: Pick<Connections, 'need' | 'get'>;
  /** Findings when the structured content does not fit the tool's `outputSchema`. */
  readonly checkResult: (job: Job, result: CallResult) => readonly string[];
  /** Called in the transaction that ends a job, to write its activity line. */
  readonly onEnd: (job: Job) => void;
}

/** How a sent job came back. */
export interface Ran {
  readonly job: Job;
  readonly result: JobResult | undefined;
  /** What the protocol or the connection said, where that ended it. */
  readonly error?: AppError;
}
