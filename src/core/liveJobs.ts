import type { CallResult } from './connection.ts';
import { withAnswersTaken } from './jobAnswers.ts';
import { appendNote, firstText, lateNote, takenOver } from './jobEnding.ts';
import type { JobLists } from './jobLists.ts';
import type { JobRunnerDeps, Ran } from './jobRunnerDeps.ts';
import { transition, type Job, type JobResult, type JobStatus } from './jobs.ts';
import { AppError, isAppError, toAppError } from './util/errors.ts';

export interface LiveJobsDeps extends Pick<
  JobRunnerDeps,
  'rows' | 'transaction' | 'clock' | 'logger' | 'checkResult' | 'onEnd'
> {
  /** What the surfaces show; told of each change. */
  readonly lists: JobLists;
  /** A job has ended or is another window's: nothing more is done for it. */
  readonly onOver: (id: string) => void;
}

const saveEveryMs = 500;

interface Live {
  job: Job;
  /** Aborted when the job has ended or is another window's. */
  readonly over: AbortController;
  savedAt: number;
  isDirty: boolean;
  readonly settle: (ran: Ran) => void;
}

/** The jobs that this window runs or follows, from their row on disk to their end: every change is shown at once, and stored. */
export class LiveJobs {
  readonly #deps: LiveJobsDeps;
  readonly #live = new Map<string, Live>();
  /** Ends that could not be stored yet. */
  readonly #unstored = new Map<string, Ran>();

  constructor(deps: LiveJobsDeps) {
    this.#deps = deps;
  }

  get all(): readonly Job[] {
    return [...this.#live.values()].map(({ job }) => job);
  }

  /** The jobs that are this window's: those that have ended and are not stored so are among them. */
  get held(): readonly string[] {
    return [...this.#live.keys(), ...this.#unstored.keys()];
  }

  has(id: string): boolean {
    return this.#live.has(id);
  }

  isHeld(id: string): boolean {
    return this.#live.has(id) || this.#unstored.has(id);
  }

  get(id: string): Job | undefined {
    return this.#live.get(id)?.job;
  }

  /** A job that has ended, as long as that could not be stored. */
  ended(id: string): Job | undefined {
    return this.#unstored.get(id)?.job;
  }

  /** Aborted when the job has ended, with `conflict` when it went to another window. */
  overOf(id: string): AbortSignal | undefined {
    return this.#live.get(id)?.over.signal;
  }

  /** A job that is stored as it is; resolves when it has ended or another window has it. Never rejects. */
  add(job: Job): Promise<Ran> {
    const { promise, resolve: settle } = Promise.withResolvers<Ran>();
    const savedAt = this.#deps.clock.now();
    this.#live.set(job.id, { job, over: new AbortController(), savedAt, isDirty: false, settle });
    this.#deps.lists.publish();
    return promise;
  }

  /**
   * Changes a job that goes on. Stored `later` (shown and stored with the next change), `soon` (at most twice a second), `now`
   * (with the next change when that fails), or `surely`: then it throws what kept it from being stored.
   */
  change(id: string, change: (job: Job) => Job, stored: 'later' | 'soon' | 'now' | 'surely'): void {
    const live = this.#live.get(id);
    if (!live) return;
    live.job = change(live.job);
    if (stored === 'later') return;
    live.isDirty = true;
    const isDue = stored !== 'soon' || this.#deps.clock.now() - live.savedAt >= saveEveryMs;
    if (isDue) this.#save(live, stored === 'surely');
    this.#deps.lists.publish();
  }

  /** Moves a job on to a status that is not final. */
  move(id: string, status: JobStatus, message?: string): void {
    this.change(id, (job) => transition(job, status, this.#deps.clock.now(), message), 'now');
  }

  /** Ends a job with the result that came, checked against the tool's schema. */
  finish(id: string, result: CallResult, isFailed = result.isError): void {
    const job = this.get(id);
    if (!job) return;
    const schemaProblems = this.#deps.checkResult(job, result);
    const status: JobStatus = isFailed
      ? { kind: 'failed', code: 'tool-error', message: firstText(result) ?? 'the tool reported an error' }
      : { kind: 'completed' };
    this.end(id, status, undefined, { result, schemaProblems });
  }

  /** Ends a job: its result, its row and its activity line are stored together. */
  end(id: string, status: JobStatus, message?: string, result?: JobResult): void {
    const live = this.#live.get(id);
    if (!live) return;
    let job = transition(live.job, status, this.#deps.clock.now(), message ?? lateNote(live.job, status));
    if (job.task) job = { ...job, task: withAnswersTaken(job.task) };
    try {
      job = this.#storeEnd({ job, result });
    } catch (error) {
      if (isAppError(error, 'conflict')) return this.letGo(id);
      this.#deps.logger.error(`the end of job ${id} could not be stored; it is tried again`, error);
      this.#unstored.set(id, { job, result });
    }
    this.#remove(live, new AppError('cancelled', 'the job has ended'));
    this.#deps.lists.ended(job);
    live.settle({ job, result });
  }

  /** Another window has the job: nothing more is done for it here, and who waits for it is told. */
  letGo(id: string): void {
    this.#unstored.delete(id);
    const live = this.#live.get(id);
    if (!live) return;
    this.#deps.logger.warn(`job ${id} was taken over by another window; this one lets go`);
    const reason = takenOver(id);
    this.#remove(live, reason);
    const status = { kind: 'interrupted', message: reason.message } as const;
    live.settle({ job: { ...live.job, status }, result: undefined });
    this.#deps.lists.reload();
  }

  /** Stores what was not stored when it changed or ended. */
  flush(): void {
    for (const live of this.#live.values()) if (live.isDirty) this.#save(live, false);
    for (const [id, ran] of this.#unstored) {
      try {
        this.#storeEnd(ran);
      } catch (error) {
        if (!isAppError(error, 'conflict')) {
          this.#deps.logger.warn(`the end of job ${id} could not be stored yet`, error);
          continue;
        }
      }
      this.#unstored.delete(id);
      this.#deps.lists.reload();
    }
  }

  #storeEnd({ job, result }: Ran): Job {
    return this.#deps.transaction(() => {
      const ended = result ? this.#keepResult(job, result) : job;
      this.#deps.rows.update(ended);
      this.#deps.onEnd(ended);
      return ended;
    });
  }

  #remove(live: Live, reason: AppError): void {
    const { id } = live.job;
    this.#live.delete(id);
    live.over.abort(reason);
    this.#deps.onOver(id);
  }

  #save(live: Live, isUrgent: boolean): void {
    live.savedAt = this.#deps.clock.now();
    live.isDirty = false;
    try {
      this.#deps.rows.update(live.job);
    } catch (error) {
      if (isAppError(error, 'conflict')) return this.letGo(live.job.id);
      if (isUrgent) throw error;
      live.isDirty = true;
      this.#deps.logger.warn(`job ${live.job.id} could not be stored; it is tried again`, error);
    }
  }

  #keepResult(job: Job, result: JobResult): Job {
    try {
      this.#deps.rows.saveResult(job.id, result);
      return { ...job, hasResult: true };
    } catch (error) {
      this.#deps.logger.warn(`the result of job ${job.id} is not kept`, error);
      const { message } = toAppError(error);
      return { ...job, timeline: appendNote(job, this.#deps.clock.now(), message), statusMessage: message };
    }
  }
}
