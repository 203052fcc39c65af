import type { Connection, TaskSnapshot } from './connection.ts';
import type { Job, TaskRef } from './jobs.ts';
import type { Clock, Logger } from './ports.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';
import { isAppError, toAppError } from './util/errors.ts';

export interface TaskFollowerDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** The server's connection, started on demand. */
  connect(job: Job, signal: AbortSignal): Promise<Connection>;
  /** The questions of a job's task that were answered by now: never answered again. */
  answeredKeys(jobId: string): readonly string[];
  /** A state of the task; a terminal one comes with its result or error. */
  onSnapshot(jobId: string, task: TaskSnapshot): void;
  /** The server no longer knows the task. */
  onLost(jobId: string, message: string): void;
  /** Something worth showing while the task goes on (server unreachable, …). */
  onNote(jobId: string, message: string): void;
}

const defaultPollMs = 2_000;
const minPollMs = 100;
const maxPollMs = 5 * 60_000;
const maxBackoffMs = 60_000;

interface Followed {
  readonly job: Job;
  readonly task: TaskRef;
  readonly abort: AbortController;
  pollMs: number;
  failures: number;
  cancelRequested: boolean;
  isBusy: boolean;
  timer: Disposable;
  watched: { readonly connection: Connection; readonly stop: () => void } | undefined;
}

/** Polls running tasks at the interval their server asks for, spread so that many never burst; pushes are merged in. */
export class TaskFollower implements Disposable {
  readonly #deps: TaskFollowerDeps;
  readonly #followed = new Map<string, Followed>();

  constructor(deps: TaskFollowerDeps) {
    this.#deps = deps;
  }

  /** Follows the task of `job` from now on; the first poll comes within one interval. */
  follow(job: Job, cancelRequested: boolean): void {
    const { task } = job;
    if (!task || this.#followed.has(job.id)) return;
    const pollMs = clampPoll(task.pollIntervalMs);
    const followed: Followed = {
      job,
      task,
      abort: new AbortController(),
      pollMs,
      failures: 0,
      cancelRequested,
      isBusy: false,
      timer: toDisposable(() => {}),
      watched: undefined,
    };
    this.#followed.set(job.id, followed);
    this.#schedule(followed, cancelRequested ? 0 : pollMs * this.#deps.random());
  }

  unfollow(jobId: string): void {
    const followed = this.#followed.get(jobId);
    if (!followed) return;
    this.#followed.delete(jobId);
    followed.timer.dispose();
    followed.watched?.stop();
    followed.abort.abort();
  }

  /** Asks the server to cancel, at once; polling goes on until the server says how it ended. */
  cancel(jobId: string): void {
    const followed = this.#followed.get(jobId);
    if (!followed) return;
    followed.cancelRequested = true;
    this.#schedule(followed, 0);
  }

  /** A state that the server pushed: shown at once, and it replaces the next poll. */
  pushed(jobId: string, task: TaskSnapshot): void {
    const followed = this.#followed.get(jobId);
    if (!followed) return;
    followed.pollMs = clampPoll(task.pollIntervalMs ?? followed.pollMs);
    const needsFetch =
      (task.status === 'completed' || task.status === 'failed') && !task.result && !task.error;
    if (!needsFetch) this.#deps.onSnapshot(jobId, task);
    if (this.#followed.has(jobId) && !followed.isBusy)
      this.#schedule(followed, needsFetch ? 0 : this.#jittered(followed.pollMs));
  }

  dispose(): void {
    for (const id of [...this.#followed.keys()]) this.unfollow(id);
  }

  #schedule(followed: Followed, ms: number): void {
    followed.timer.dispose();
    followed.timer = this.#deps.clock.setTimer(ms, () => void this.#poll(followed));
  }

  async #poll(followed: Followed): Promise<void> {
    if (followed.isBusy || followed.abort.signal.aborted) return;
    followed.isBusy = true;
    const { job, abort } = followed;
    const { taskId } = followed.task;
    try {
      const connection = await this.#deps.connect(job, abort.signal);
      this.#watch(followed, connection, taskId);
      if (followed.cancelRequested) await this.#sendCancel(followed, connection, taskId);
      const task = await connection.getTask(taskId, abort.signal);
      followed.failures = 0;
      followed.pollMs = clampPoll(task.pollIntervalMs ?? followed.pollMs);
      this.#deps.onSnapshot(job.id, task);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (isAppError(error, 'not-found')) await this.#lookElsewhere(followed, taskId);
      else this.#failed(followed, error);
    } finally {
      followed.isBusy = false;
      if (this.#followed.get(job.id) === followed) this.#schedule(followed, this.#delay(followed));
    }
  }

  async #sendCancel(followed: Followed, connection: Connection, taskId: string): Promise<void> {
    try {
      await connection.cancelTask(taskId, followed.abort.signal);
    } catch (error) {
      if (isAppError(error, 'not-connected') || isAppError(error, 'session-expired')) throw error;
      this.#deps.logger.debug(`tasks/cancel was refused: ${toAppError(error).message}`); // terminal already, or unknown: getTask tells
    }
    followed.cancelRequested = false;
  }

  #watch(followed: Followed, connection: Connection, taskId: string): void {
    if (followed.watched?.connection === connection) return;
    followed.watched?.stop();
    followed.watched = {
      connection,
      stop: connection.watchTask(taskId, new Set(this.#deps.answeredKeys(followed.job.id))),
    };
  }

  /** `tasks/get` does not know the task: a server that lists it anyway keeps it alive, else it is lost. */
  async #lookElsewhere(followed: Followed, taskId: string): Promise<void> {
    const { job, abort } = followed;
    try {
      const connection = await this.#deps.connect(job, abort.signal);
      const listed = (await connection.listTasks(abort.signal)).find((task) => task.taskId === taskId);
      if (listed) {
        this.#deps.onSnapshot(job.id, listed);
        return;
      }
      const { createdAt, ttlMs } = followed.task;
      const isExpired = ttlMs !== undefined && this.#deps.clock.now() >= createdAt + ttlMs;
      this.#deps.onLost(
        job.id,
        isExpired
          ? 'the server kept the task for its time to live only, and that has ended'
          : 'the server does not know this task any more',
      );
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(followed, error);
    }
  }

  #failed(followed: Followed, error: unknown): void {
    followed.failures++;
    const { message, code } = toAppError(error);
    this.#deps.onNote(followed.job.id, `the server cannot be asked (${message}); trying again`);
    this.#deps.logger.debug(`poll of ${followed.job.id} failed (${code}), attempt ${followed.failures}`);
  }

  #delay(followed: Followed): number {
    if (followed.failures === 0) return this.#jittered(followed.pollMs);
    return this.#jittered(Math.min(maxBackoffMs, followed.pollMs * 2 ** Math.min(followed.failures, 10)));
  }

  /** Up to a tenth later than asked, never earlier. */
  #jittered(ms: number): number {
    return ms * (1 + this.#deps.random() * 0.1);
  }
}

function clampPoll(ms: number | undefined): number {
  return Math.min(maxPollMs, Math.max(minPollMs, ms ?? defaultPollMs));
}
