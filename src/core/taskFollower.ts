import type { Connection, TaskSnapshot } from './connection.ts';
import type { Job, TaskRef } from './jobs.ts';
import { PollSlots } from './pollSlots.ts';
import type { Clock, Logger } from './ports.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';
import { isAppError, toAppError, type ErrorCode } from './util/errors.ts';

export interface TaskFollowerDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** The server's connection, started on demand. */
  connect(job: Job, signal: AbortSignal): Promise<Connection>;
  /** Asked before each poll: false when the job is another window's by now. */
  mayPoll(jobId: string): boolean;
  /** The questions of a job's task that its server has the answer of: never answered again. */
  answeredKeys(jobId: string): readonly string[];
  /** A state of the task; a terminal one comes with its result or error. */
  onSnapshot(jobId: string, task: TaskSnapshot): void;
  /** The server no longer knows the task. */
  onLost(jobId: string, message: string): void;
  /** Something worth showing while the task goes on (server unreachable, …); undefined when it is over. */
  onNote(jobId: string, message: string | undefined): void;
}

const defaultPollMs = 2_000;
const minPollMs = 100;
const maxPollMs = 60 * 60_000;
const maxBackoffMs = 60_000;
const jitter = 0.1;
const firstLookMs = 2_000;
// In a second, of all tasks, whatever their servers' intervals: a poll costs a millisecond or two, and pushes come all the same.
const maxPolls = 16;
const maxFirstLooks = 100;
const maxLastLookMs = 30_000;
/** What a server says to a cancel that it does not take; anything else means that it may not have heard it. */
const refusals: readonly ErrorCode[] = ['not-found', 'server-error', 'unsupported'];

interface Followed {
  readonly job: Job;
  readonly task: TaskRef;
  readonly abort: AbortController;
  ttlMs: number | undefined;
  pollMs: number;
  failures: number;
  cancelRequested: boolean;
  isBusy: boolean;
  hasNote: boolean;
  /** When the server last changed the task, by a push that came while a poll was under way. */
  pushedAt: number;
  timer: Disposable;
  watched: { readonly connection: Connection; readonly stop: () => void } | undefined;
}

/**
 * Polls running tasks at the interval their server asks for, or less often when they are many, spread so that they never burst;
 * pushes are merged in. A last look comes before a task's time to live ends; after it a server that still knows the task is asked at most once a minute.
 */
export class TaskFollower implements Disposable {
  readonly #deps: TaskFollowerDeps;
  readonly #slots: PollSlots;
  readonly #followed = new Map<string, Followed>();

  constructor(deps: TaskFollowerDeps) {
    this.#deps = deps;
    this.#slots = new PollSlots(deps.random);
  }

  /** Follows the task of `job` from now on; the first poll comes within one interval, and within two seconds unless there are many. */
  follow(job: Job, cancelRequested: boolean): void {
    const { task } = job;
    if (!task || this.#followed.has(job.id)) return;
    const pollMs = clampPoll(task.pollIntervalMs);
    const followed: Followed = {
      ...{ job, task, cancelRequested, pollMs, ttlMs: task.ttlMs },
      abort: new AbortController(),
      failures: 0,
      isBusy: false,
      hasNote: false,
      pushedAt: -Infinity,
      timer: toDisposable(() => {}),
      watched: undefined,
    };
    this.#followed.set(job.id, followed);
    this.#schedule(followed, 0, cancelRequested ? 0 : Math.min(pollMs, firstLookMs), maxFirstLooks);
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
    this.#schedule(followed, 0, 0);
  }

  /** True while the server cannot be asked. */
  isFailing(jobId: string): boolean {
    return (this.#followed.get(jobId)?.failures ?? 0) > 0;
  }

  /** A state that the server pushed: shown at once, and it replaces the next poll. */
  pushed(jobId: string, task: TaskSnapshot): void {
    const followed = this.#followed.get(jobId);
    if (!followed) return;
    const isUnfinished =
      (task.status === 'completed' || task.status === 'failed') && !task.result && !task.error;
    if (!isUnfinished) {
      if (followed.isBusy) followed.pushedAt = task.updatedAt;
      this.#take(followed, task);
    }
    if (this.#followed.get(jobId) !== followed || followed.isBusy) return;
    if (isUnfinished) this.#schedule(followed, 0, 0);
    else this.#next(followed);
  }

  /** A server that could not be asked can be asked now. */
  serverReady(serverId: string): void {
    for (const followed of this.#followed.values()) {
      if (followed.job.serverId !== serverId || followed.failures === 0) continue;
      followed.failures = 0;
      if (!followed.isBusy) this.#schedule(followed, 0, followed.pollMs);
    }
  }

  dispose(): void {
    for (const id of [...this.#followed.keys()]) this.unfollow(id);
  }

  /** Polls at some moment between these two, in milliseconds from now; later when there are too many, unless it is to be now. */
  #schedule(followed: Followed, fromMs: number, toMs: number, perSlot = maxPolls): void {
    const { clock } = this.#deps;
    const now = clock.now();
    followed.timer.dispose();
    const booking = this.#slots.book(now + fromMs, now + toMs, toMs > 0 ? perSlot : Infinity);
    const timer = clock.setTimer(booking.at - now, () => {
      booking.release();
      void this.#poll(followed);
    });
    followed.timer = toDisposable(() => {
      timer.dispose();
      booking.release();
    });
  }

  /** Never earlier than the server asks for, unless its result would be gone by then. */
  #next(followed: Followed): void {
    const now = this.#deps.clock.now();
    const { failures, pollMs, ttlMs } = followed;
    const backoff = Math.max(pollMs, Math.min(maxBackoffMs, pollMs * 2 ** Math.min(failures, 10)));
    const ms = failures === 0 ? pollMs : backoff;
    const end = endOf(followed);
    if (ttlMs === undefined || end === undefined) return this.#schedule(followed, ms, ms * (1 + jitter));
    if (now >= end) {
      const slow = Math.max(ms, maxBackoffMs);
      return this.#schedule(followed, slow, slow * (1 + jitter));
    }
    const lastLook = end - Math.min(maxLastLookMs, ttlMs * jitter);
    const isLate = now < lastLook && now + ms > lastLook;
    if (isLate) this.#schedule(followed, lastLook - now, lastLook - now);
    else this.#schedule(followed, ms, Math.max(ms, Math.min(ms * (1 + jitter), lastLook - now)));
  }

  async #poll(followed: Followed): Promise<void> {
    const { job, abort, task } = followed;
    if (followed.isBusy || abort.signal.aborted) return;
    followed.isBusy = true;
    followed.pushedAt = -Infinity;
    try {
      if (!this.#deps.mayPoll(job.id)) return;
      const connection = await this.#deps.connect(job, abort.signal);
      if (abort.signal.aborted) return;
      this.#watchAll(followed, connection);
      if (followed.cancelRequested) await this.#sendCancel(followed, connection);
      const found = await connection.getTask(task.taskId, abort.signal).catch((error: unknown) => {
        if (!isAppError(error, 'not-found') || abort.signal.aborted) throw error;
        return this.#lookElsewhere(followed, connection);
      });
      if (!found || abort.signal.aborted) return;
      followed.failures = 0;
      const isStale = found.updatedAt < followed.pushedAt && !isTerminal(found);
      if (!isStale) this.#take(followed, found);
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(followed, error);
    } finally {
      followed.isBusy = false;
      if (this.#followed.get(job.id) === followed) {
        if (followed.cancelRequested && followed.failures === 0) this.#schedule(followed, 0, 0);
        else this.#next(followed);
      }
    }
  }

  #take(followed: Followed, task: TaskSnapshot): void {
    followed.pollMs = clampPoll(task.pollIntervalMs ?? followed.pollMs);
    followed.ttlMs = task.ttlMs;
    if (followed.hasNote) this.#deps.onNote(followed.job.id, undefined);
    followed.hasNote = false;
    this.#deps.onSnapshot(followed.job.id, task);
  }

  async #sendCancel(followed: Followed, connection: Connection): Promise<void> {
    try {
      await connection.cancelTask(followed.task.taskId, followed.abort.signal);
    } catch (error) {
      const { code, message } = toAppError(error);
      if (!refusals.includes(code)) throw error;
      // It has ended already, or is unknown: what comes next tells. Else the user wants to know.
      if (code !== 'not-found') this.#note(followed, `the cancel was refused: ${message}`);
    }
    followed.cancelRequested = false;
  }

  /** Watches every task of this server on its new connection at once: one subscription instead of one for each. */
  #watchAll(first: Followed, connection: Connection): void {
    if (first.watched?.connection === connection) return;
    for (const followed of this.#followed.values()) {
      if (followed.job.serverId !== first.job.serverId || followed.watched?.connection === connection)
        continue;
      followed.watched?.stop();
      const answered = new Set(this.#deps.answeredKeys(followed.job.id));
      followed.watched = { connection, stop: connection.watchTask(followed.task.taskId, answered) };
    }
  }

  /** `tasks/get` does not know the task: a server that lists it anyway keeps it alive, else it is lost. */
  async #lookElsewhere(followed: Followed, connection: Connection): Promise<TaskSnapshot | undefined> {
    const { job, abort, task } = followed;
    const listed = (await connection.listTasks(abort.signal)).find((item) => item.taskId === task.taskId);
    if (listed && listed.status !== 'completed') return listed;
    const end = endOf(followed);
    const isExpired = end !== undefined && this.#deps.clock.now() >= end;
    if (!abort.signal.aborted) this.#deps.onLost(job.id, whyLost(isExpired, task, connection, listed));
    return undefined;
  }

  #failed(followed: Followed, error: unknown): void {
    const { message, code } = toAppError(error);
    const end = endOf(followed);
    followed.failures++;
    if (end !== undefined && this.#deps.clock.now() >= end) {
      const reason = `its time to live ended while the server could not be asked (${message})`;
      return this.#deps.onLost(followed.job.id, reason);
    }
    this.#note(followed, `the server cannot be asked (${message}); trying again`);
    this.#deps.logger.debug(`poll of ${followed.job.id} failed (${code}), attempt ${followed.failures}`);
  }

  #note(followed: Followed, message: string): void {
    this.#deps.onNote(followed.job.id, message);
    followed.hasNote = true;
  }
}

/** When the server may forget the task, by the clock of this machine: servers' clocks differ. */
function endOf({ job, ttlMs }: Followed): number | undefined {
  return ttlMs === undefined ? undefined : job.createdAt + ttlMs;
}

function whyLost(
  isExpired: boolean,
  { resume }: TaskRef,
  { info }: Connection,
  listed: TaskSnapshot | undefined,
): string {
  if (listed) return 'the server says that the task completed, but no longer has its result';
  if (isExpired) return 'the server kept the task for its time to live only, and that has ended';
  if (info.transport === 'stdio')
    return 'the local server does not know this task: what a server keeps in memory ends with its process';
  if (resume.sessionId !== undefined && info.sessionId !== resume.sessionId)
    return 'the server does not know this task: it ended with the session that it belonged to';
  return 'the server does not know this task any more';
}

function isTerminal({ status }: TaskSnapshot): boolean {
  return status !== 'working' && status !== 'input-required';
}

function clampPoll(ms: number | undefined): number {
  return Math.min(maxPollMs, Math.max(minPollMs, ms ?? defaultPollMs));
}
