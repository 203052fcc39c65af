import type {
  CallRequest,
  CallResult,
  Connection,
  Progress,
  ResumeState,
  TaskSnapshot,
} from './connection.ts';
import {
  isFinal,
  transition,
  withProgress,
  type Job,
  type JobResult,
  type Jobs,
  type JobStatus,
} from './jobs.ts';
import { appendNote, failureOf, firstText, interrupted } from './jobEnding.ts';
import type { JsonObject } from './json.ts';
import type { JobRunnerDeps, Ran } from './jobRunnerDeps.ts';
import { TaskFollower } from './taskFollower.ts';
import type { Disposable } from './util/disposables.ts';
import { AppError, isAppError, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

const shownFinished = 200;
const saveProgressEveryMs = 500;
const heartbeatMs = 5_000;
const watchOthersMs = 1_000;

interface Live {
  job: Job;
  readonly abort: AbortController;
  savedAt: number;
  isDirty: boolean;
  settle: (ran: Ran) => void;
}

/** Sends recorded jobs, keeps their rows true while they run, follows tasks, and picks up what an earlier window left. */
export class JobRunner implements Jobs, Disposable {
  readonly #deps: JobRunnerDeps;
  readonly #open = new Store<readonly Job[]>([]);
  readonly #finished = new Store<readonly Job[]>([]);
  readonly #live = new Map<string, Live>();
  readonly #follower: TaskFollower;
  #timers: Disposable[] = [];
  #publishPending = false;
  #isDisposed = false;
  #version = 0;

  constructor(deps: JobRunnerDeps) {
    this.#deps = deps;
    this.#follower = new TaskFollower({
      clock: deps.clock,
      random: deps.random,
      logger: deps.logger,
      connect: (job, signal) => deps.connections.need(job.serverId, signal),
      answeredKeys: (jobId) => this.#live.get(jobId)?.job.task?.answeredKeys ?? [],
      onSnapshot: (jobId, task) => this.#onTask(jobId, task),
      onLost: (jobId, message) => this.#end(jobId, { kind: 'lost', message }),
      onNote: (jobId, message) => this.#change(jobId, (job) => ({ ...job, statusMessage: message })),
    });
  }

  get open(): Readable<readonly Job[]> {
    return this.#open;
  }

  get finished(): Readable<readonly Job[]> {
    return this.#finished;
  }

  /** Reads what is stored, adopts what dead windows left (plain calls become `interrupted`, tasks are followed again) and keeps the lease. */
  start(): void {
    const { leases } = this.#deps;
    leases.beat();
    this.#adopt();
    this.#reload();
    this.#every(heartbeatMs, () => {
      leases.beat();
      this.#adopt();
    });
    this.#every(watchOthersMs, () => {
      if (this.#deps.rows.version() !== this.#version) this.#reload();
    });
  }

  get(id: string): Job | undefined {
    return this.#live.get(id)?.job ?? this.#deps.rows.get(id);
  }

  finishedPage(limit: number, before?: number): readonly Job[] {
    return this.#deps.rows.finished(limit, before);
  }

  countFinished(): number {
    return this.#deps.rows.countFinished();
  }

  result(id: string): JobResult | undefined {
    return this.#deps.rows.result(id);
  }

  lastArguments(serverId: string, tool: string): JsonObject | undefined {
    return this.#deps.rows.lastArguments(serverId, tool);
  }

  cancel(id: string): void {
    const live = this.#live.get(id);
    if (!live) throw new AppError('conflict', 'this job is not running in this window');
    if (live.job.status.kind === 'cancel-requested') return;
    if (live.job.task) {
      this.#move(live, { kind: 'cancel-requested' });
      this.#follower.cancel(id);
    } else {
      live.abort.abort(new AppError('cancelled', 'cancelled by the user'));
    }
  }

  forget(id: string): void {
    this.#deps.rows.forget(id);
    this.#reload();
  }

  forgetAllFinished(): void {
    this.#deps.rows.forgetFinished();
    this.#reload();
  }

  /** Sends a recorded job and resolves when it has ended; aborting `signal` sends the protocol's cancel. */
  async run(
    job: Job,
    connection: Connection,
    request: CallRequest,
    onProgress: ((progress: Progress) => void) | undefined,
    signal: AbortSignal,
  ): Promise<Ran> {
    const { promise, resolve } = Promise.withResolvers<Ran>();
    const live: Live = {
      job,
      abort: new AbortController(),
      savedAt: this.#deps.clock.now(),
      isDirty: false,
      settle: resolve,
    };
    this.#live.set(job.id, live);
    this.#publish();
    const cancel = () => this.#cancelLive(job.id);
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const reply = await connection.call(
        job.id,
        request,
        (progress) => {
          this.#onProgress(live, progress);
          onProgress?.(progress);
        },
        live.abort.signal,
      );
      if (reply.kind === 'done') this.#finish(job.id, reply.result);
      else this.#becomeTask(live, connection, reply.task);
    } catch (error) {
      this.#failed(job.id, toAppError(error));
    }
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Marks that a job waits for the human, or no longer does. */
  setNeedsInput(id: string, needsInput: boolean): void {
    const live = this.#live.get(id);
    if (!live) return;
    if (needsInput && live.job.status.kind === 'running') this.#move(live, { kind: 'needs-input' });
    if (!needsInput && live.job.status.kind === 'needs-input') this.#move(live, { kind: 'running' });
  }

  /** Records that an input request of a task was answered, before the answer is sent: it is answered once, also after a reload. */
  markAnswered(id: string, key: string): void {
    this.#change(
      id,
      (job) =>
        job.task ? { ...job, task: { ...job.task, answeredKeys: [...job.task.answeredKeys, key] } } : job,
      true,
    );
  }

  /** The job behind a server's question: by call, by task, else the only job of that server that runs. */
  originOf(serverId: string, callId: string | undefined, taskId: string | undefined): Job | undefined {
    const ours = [...this.#live.values()].map((live) => live.job).filter((job) => job.serverId === serverId);
    const byId = ours.find(
      (job) => job.id === callId || (taskId !== undefined && job.task?.taskId === taskId),
    );
    return byId ?? (callId === undefined && taskId === undefined && ours.length === 1 ? ours[0] : undefined);
  }

  /** What a new connection to a server needs to find its running tasks again. */
  resumeOf(serverId: string, launchHash: string): ResumeState | undefined {
    for (const { job } of this.#live.values()) {
      // A session of the server that the entry named before is nothing for the one that it names now.
      if (job.serverId === serverId && job.launchHash === launchHash && job.task) return job.task.resume;
    }
    return undefined;
  }

  /** A pushed task state (from the connection's hook). */
  taskChanged(serverId: string, task: TaskSnapshot): void {
    for (const live of this.#live.values()) {
      if (live.job.serverId === serverId && live.job.task?.taskId === task.taskId)
        this.#follower.pushed(live.job.id, task);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const timer of this.#timers.splice(0)) timer.dispose();
    this.#follower.dispose();
    for (const live of this.#live.values()) {
      if (live.isDirty) this.#save(live);
      if (!live.job.task) this.#end(live.job.id, interrupted);
    }
    this.#deps.leases.release();
  }

  #cancelLive(id: string): void {
    if (this.#live.has(id)) this.cancel(id);
  }

  #every(ms: number, fn: () => void): void {
    const tick = () => {
      if (this.#isDisposed) return;
      try {
        fn();
      } catch (error) {
        this.#deps.logger.warn('job upkeep failed; it is tried again', error);
      }
      this.#timers[slot] = this.#deps.clock.setTimer(ms, tick);
    };
    const slot = this.#timers.push(this.#deps.clock.setTimer(ms, tick)) - 1;
  }

  #adopt(): void {
    const { rows, leases } = this.#deps;
    for (const job of rows.open()) {
      if (this.#live.has(job.id) || (leases.isAlive(job.owner) && job.owner !== leases.owner)) continue;
      if (job.owner !== leases.owner && !rows.adopt(job.id, job.owner, leases.owner)) continue;
      const live: Live = {
        job: { ...job, owner: leases.owner },
        abort: new AbortController(),
        savedAt: 0,
        isDirty: false,
        settle: () => {},
      };
      this.#live.set(job.id, live);
      if (job.task) this.#follower.follow(live.job, job.status.kind === 'cancel-requested');
      else this.#end(job.id, interrupted);
    }
  }

  #becomeTask(live: Live, connection: Connection, task: TaskSnapshot): void {
    live.job = {
      ...live.job,
      mode: 'task', // a modern server decides by itself
      task: {
        taskId: task.taskId,
        createdAt: task.createdAt,
        ttlMs: task.ttlMs,
        pollIntervalMs: task.pollIntervalMs,
        resume: connection.resumeState,
        answeredKeys: [],
      },
    };
    this.#save(live);
    this.#publish();
    this.#follower.follow(live.job, false);
    if (live.abort.signal.aborted) this.cancel(live.job.id);
    else this.#follower.pushed(live.job.id, task);
  }

  #onTask(jobId: string, task: TaskSnapshot): void {
    const live = this.#live.get(jobId);
    const ref = live?.job.task;
    if (!live || !ref) return;
    const { job } = live;
    switch (task.status) {
      case 'completed':
        if (task.result) this.#finish(jobId, task.result);
        else
          this.#end(jobId, {
            kind: 'failed',
            code: 'protocol-error',
            message: 'the task completed without a result',
          });
        return;
      case 'failed':
        if (task.result) this.#finish(jobId, task.result);
        else
          this.#end(jobId, {
            kind: 'failed',
            code: 'protocol-error',
            message: task.error?.message ?? task.statusMessage ?? 'the task failed',
          });
        return;
      case 'cancelled':
        this.#end(jobId, { kind: 'cancelled' }, task.statusMessage);
        return;
      case 'working':
      case 'input-required': {
        const next = { ...ref, ttlMs: task.ttlMs, pollIntervalMs: task.pollIntervalMs };
        const isNew = task.statusMessage !== undefined && task.statusMessage !== job.statusMessage;
        live.job = { ...job, task: next, statusMessage: task.statusMessage ?? job.statusMessage };
        if (isNew)
          live.job = {
            ...live.job,
            timeline: appendNote(live.job, this.#deps.clock.now(), task.statusMessage),
          };
        if (live.job.status.kind === 'running' && task.status === 'input-required')
          this.#move(live, { kind: 'needs-input' });
        else if (live.job.status.kind === 'needs-input' && task.status === 'working')
          this.#move(live, { kind: 'running' });
        else if (isNew) this.#touch(live);
        return;
      }
    }
  }

  #onProgress(live: Live, progress: Progress): void {
    if (isFinal(live.job.status)) return;
    live.job = withProgress(live.job, progress, this.#deps.clock.now());
    this.#touch(live);
  }

  /** Shows a change at once and stores it at most twice a second. */
  #touch(live: Live): void {
    live.isDirty = true;
    this.#publish();
    if (this.#deps.clock.now() - live.savedAt >= saveProgressEveryMs) this.#save(live);
  }

  #change(id: string, change: (job: Job) => Job, isUrgent = false): void {
    const live = this.#live.get(id);
    if (!live || isFinal(live.job.status)) return;
    live.job = change(live.job);
    if (isUrgent) {
      this.#save(live);
      this.#publish();
    } else this.#touch(live);
  }

  #move(live: Live, status: JobStatus, message?: string): void {
    live.job = transition(live.job, status, this.#deps.clock.now(), message);
    this.#save(live);
    this.#publish();
  }

  #save(live: Live): void {
    live.savedAt = this.#deps.clock.now();
    live.isDirty = false;
    try {
      this.#deps.rows.update(live.job);
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
      this.#deps.logger.warn(`job ${live.job.id} was taken over by another window; this one lets go`);
      this.#release(live);
    }
  }

  #finish(id: string, result: CallResult): void {
    const live = this.#live.get(id);
    if (!live) return;
    const problems = this.#deps.checkResult(live.job, result);
    const status: JobStatus = result.isError
      ? { kind: 'failed', code: 'tool-error', message: firstText(result) ?? 'the tool reported an error' }
      : { kind: 'completed' };
    this.#end(id, status, undefined, { result, schemaProblems: problems });
  }

  #failed(id: string, error: AppError): void {
    if (error.code === 'cancelled')
      this.#end(id, { kind: 'cancelled' }, 'cancel was sent; the server does not confirm plain calls');
    else if (this.#isDisposed) this.#end(id, interrupted);
    else this.#end(id, { kind: 'failed', code: failureOf(error), message: error.message });
  }

  #end(id: string, status: JobStatus, message?: string, result?: JobResult): void {
    const live = this.#live.get(id);
    if (!live || isFinal(live.job.status)) return;
    this.#follower.unfollow(id);
    let job = transition(live.job, status, this.#deps.clock.now(), message);
    try {
      this.#deps.transaction(() => {
        if (result) job = this.#keepResult(job, result);
        this.#deps.rows.update(job);
        this.#deps.onEnd(job);
      });
    } catch (error) {
      this.#deps.logger.error(`the end of job ${id} could not be stored`, error);
    }
    live.job = job;
    this.#release(live);
    live.settle({ job, result });
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

  #release(live: Live): void {
    this.#live.delete(live.job.id);
    this.#follower.unfollow(live.job.id);
    if (isFinal(live.job.status))
      this.#finished.update((jobs) => [live.job, ...jobs].slice(0, shownFinished));
    this.#publish();
  }

  #reload(): void {
    const { rows } = this.#deps;
    this.#version = rows.version();
    const stored = rows.open().filter((job) => !this.#live.has(job.id));
    this.#others = stored;
    this.#finished.set(rows.finished(shownFinished));
    this.#publish();
  }

  #others: readonly Job[] = [];

  /** One store update per microtask, however many jobs changed. */
  #publish(): void {
    if (this.#publishPending) return;
    this.#publishPending = true;
    queueMicrotask(() => {
      this.#publishPending = false;
      const mine = [...this.#live.values()].map((live) => live.job);
      const others = this.#others.filter((job) => !this.#live.has(job.id));
      this.#open.set([...mine, ...others].sort((a, b) => b.createdAt - a.createdAt));
    });
  }
}
