import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Job } from '../../src/core/jobs.ts';

/** What a headless host in a process of its own is to do, and where it is to be killed. */
export interface CrashPlan {
  readonly config: string;
  readonly state: string;
  readonly point: CrashPoint;
  readonly arguments: { readonly symbol: string; readonly reviewAfter?: number };
}

/** The moments at which a host can die, each an event that always comes. */
export type CrashPoint =
  | 'logged' // the line of the log is written, its transaction is not yet committed
  | 'recorded' // the job is on disk, nothing is sent
  | 'sent' // the server answered with a handle, it is not on disk
  | 'working' // the handle is on disk
  | 'waiting' // the question is shown
  | 'answered' // the answer is on disk, it is not sent
  | 'acknowledged' // the server has gone on with the answer, that is not on disk
  | 'completed' // the result has come, it is not on disk
  | 'cancelling' // the wish to cancel is on disk, it is not sent
  | 'in flight'; // a plain call reports progress

/** `kill -9` of this process, now. */
export function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // until the signal has arrived nothing more may happen
}

/** What is written about a job: told before and after each write. */
export interface Writes {
  beforeUpdate(job: Job): void;
  afterUpdate(job: Job): void;
  beforeResult(): void;
  /** A job is about to be recorded: the line of the log stands before it in the same transaction. */
  beforeInsert?(): void;
}

/** Watches the writes of every database that this process opens from now on. */
export function watchWrites(writes: Writes): void {
  const { prototype } = DatabaseSync;
  const prepare = Object.getOwnPropertyDescriptor(prototype, 'prepare')?.value as DatabaseSync['prepare'];
  prototype.prepare = function (this: DatabaseSync, sql: string): StatementSync {
    const statement = prepare.call(this, sql);
    const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<StatementSync['run']>;
    const watched = (...values: unknown[]) => {
      if (sql.startsWith('INSERT OR REPLACE INTO results')) writes.beforeResult();
      if (sql.startsWith('INSERT INTO jobs')) writes.beforeInsert?.();
      const job = sql.startsWith('UPDATE jobs SET is_final')
        ? (JSON.parse(String(values[2])) as Job)
        : undefined;
      if (job) writes.beforeUpdate(job);
      const done = run(...values);
      if (job) writes.afterUpdate(job);
      return done;
    };
    statement.run = watched;
    return statement;
  };
}
