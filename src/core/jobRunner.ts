import type {
  AskAnswer,
  AskOrigin,
  CallRequest,
  CallResult,
  Connection,
  Progress,
  ResumeState,
  TaskSnapshot,
} from './connection.ts';
import { givenAnswer, settledKeys, withAnswer, withAnswersTaken } from './jobAnswers.ts';
import {
  isFinal,
  transition,
  withProgress,
  type Job,
  type JobResult,
  type Jobs,
  type JobStatus,
} from './jobs.ts';
import {
  appendNote,
  endingOf,
  failureOf,
  firstText,
  interruptionOf,
  lastSaid,
  lateNote,
  notRunning,
  takenOver,
} from './jobEnding.ts';
import { JobHold } from './jobHold.ts';
import { JobLists } from './jobLists.ts';
import type { JsonObject } from './json.ts';
import type { JobRunnerDeps, Ran } from './jobRunnerDeps.ts';
import { TaskFollower } from './taskFollower.ts';
import type { Disposable } from './util/disposables.ts';
import { AppError, isAppError, toAppError } from './util/errors.ts';
import type { Readable } from './util/store.ts';

const saveProgressEveryMs = 500;
const heartbeatMs = 5_000;
const watchOthersMs = 1_000;
const handleWaitMs = 10_000;

interface Live {
  job: Job;
  readonly abort: AbortController;
  /** Aborted when the job has ended or is another window's. */
  readonly over: AbortController;
  savedAt: number;
  isDirty: boolean;
  /** What `statusMessage` says while it is our own words. */
  note: string | undefined;
  settle: (ran: Ran) => void;
}

/** Sends recorded jobs, keeps their rows true while they run, follows tasks, and picks up what an earlier window left. */
export class JobRunner implements Jobs, Disposable {
  readonly #deps: JobRunnerDeps;
  readonly #live = new Map<string, Live>();
  readonly #follower: TaskFollower;
  readonly #hold: JobHold;
  readonly #lists: JobLists;
  #timers: Disposable[] = [];
  #isDisposed = false;

  constructor(deps: JobRunnerDeps) {
    this.#deps = deps;
    this.#lists = new JobLists(deps.rows, () => [...this.#live.values()].map(({ job }) => job));
    this.#follower = new TaskFollower({
      clock: deps.clock,
      random: deps.random,
      logger: deps.logger,
      connect: (job, signal) => deps.connections.need(job.serverId, signal),
      mayPoll: (jobId) => this.#hold.holds(jobId),
      answeredKeys: (jobId) => settledKeys(this.#live.get(jobId)?.job),
      onSnapshot: (jobId, task) => this.#onTask(jobId, task),
      onLost: (jobId, message) => this.#end(jobId, { kind: 'lost', message }),
      onNote: (jobId, message) => this.#note(jobId, message),
    });
    this.#hold = new JobHold({
      ...deps,
      held: () => this.#live.keys(),
      isHeld: (id) => this.#live.has(id),
      onTaken: (id) => this.#letGo(id),
      onFound: (job) => this.#take(job),
    });
  }

  get open(): Readable<readonly Job[]> {
    return this.#lists.open;
  }

  get finished(): Readable<readonly Job[]> {
    return this.#lists.finished;
  }

  /** Reads what is stored, adopts what dead windows left (plain calls become `interrupted`, tasks are followed again) and keeps the lease. */
  start(): void {
    this.#hold.keep();
    this.#lists.reload();
    this.#every(heartbeatMs, () => this.#hold.keep());
    this.#every(watchOthersMs, () => this.#lists.refresh());
  }

  get(id: string): Job | undefined {
    return this.#live.get(id)?.job ?? this.#deps.rows.get(id);
  }

  finishedPage(limit: number, before?: number): readonly Job[] {
    return this.#deps.rows.finished(limit, before);
  }

  countFinished(): number {
    return this.#lists.finishedCount;
  }

  result(id: string): JobResult | undefined {
    return this.#deps.rows.result(id);
  }

  lastArguments(serverId: string, tool: string): JsonObject | undefined {
    return this.#deps.rows.lastArguments(serverId, tool);
  }

  cancel(id: string): void {
    const live = this.#live.get(id);
    if (!live) throw notRunning(id, this.#deps.rows.get(id));
    const isRepeated = live.job.status.kind === 'cancel-requested';
    if (live.job.task) {
      if (isRepeated && this.#follower.isFailing(id)) {
        return this.#end(id, {
          kind: 'lost',
          message: 'given up: the server could not be asked to cancel it and may go on with it',
        });
      }
      if (!isRepeated) this.#move(live, { kind: 'cancel-requested' });
      this.#follower.cancel(id);
    } else if (live.job.mode === 'task' && !isRepeated) {
      // Given up now, the task would run on without anybody who knows its handle.
      this.#move(live, { kind: 'cancel-requested' });
      this.#deps.clock.setTimer(handleWaitMs, () => live.job.task || this.#abort(live));
    } else this.#abort(live);
  }

  #abort(live: Live): void {
    live.abort.abort(new AppError('cancelled', 'cancelled by the user'));
  }

  forget(id: string): void {
    this.#deps.rows.forget(id);
    this.#lists.reload();
  }

  forgetAllFinished(): void {
    this.#deps.rows.forgetFinished();
    this.#lists.reload();
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
    const live = alive(job, this.#deps.clock.now(), resolve);
    this.#live.set(job.id, live);
    this.#lists.publish();
    const cancel = () => this.#live.has(job.id) && this.cancel(job.id);
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
      return { ...(await promise), error: toAppError(error) };
    } finally {
      void promise.then(() => signal.removeEventListener('abort', cancel));
    }
    return promise;
  }

  /** Marks that a job waits for the human, or no longer does. */
  setNeedsInput(id: string, needsInput: boolean): void {
    const live = this.#live.get(id);
    if (!live) return;
    if (needsInput && live.job.status.kind === 'running') this.#move(live, { kind: 'needs-input' });
    if (!needsInput && live.job.status.kind === 'needs-input') this.#move(live, { kind: 'running' });
  }

  /**
   * Records the answer to a question of a job before it is sent; throws `conflict` when the job is not this window's any more.
   * A lasting question keeps its answer until the server has moved on: a window that dies before it is sent does not lose it.
   */
  markAnswered(id: string, origin: AskOrigin, answer: AskAnswer): void {
    if (!this.#hold.holds(id)) throw takenOver(id);
    this.#change(id, (job) => withAnswer(job, origin, answer), true);
    if (!this.#live.has(id)) throw takenOver(id);
  }

  givenAnswer(id: string, origin: AskOrigin): AskAnswer | undefined {
    return givenAnswer(this.#live.get(id)?.job, origin);
  }

  /** Aborted when the job has ended, with `conflict` when it went to another window. */
  overOf(id: string): AbortSignal | undefined {
    return this.#live.get(id)?.over.signal;
  }

  /** Follows the tasks of a server at once that could not be asked before. */
  serverReady(serverId: string): void {
    this.#follower.serverReady(serverId);
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
      if (!live.job.task) this.#end(live.job.id, interruptionOf(live.job));
    }
    this.#deps.leases.release();
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

  #take(found: Job): void {
    const job = found.task ? { ...found, statusMessage: lastSaid(found) } : found;
    this.#live.set(
      job.id,
      alive(job, 0, () => {}),
    );
    if (job.task) this.#follower.follow(job, job.status.kind === 'cancel-requested');
    else this.#end(job.id, interruptionOf(job));
    this.#lists.publish();
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
    if (!this.#live.has(live.job.id)) return;
    this.#lists.publish();
    const isUnwanted = live.job.status.kind === 'cancel-requested';
    this.#follower.follow(live.job, isUnwanted);
    if (!isUnwanted) this.#follower.pushed(live.job.id, task);
  }

  #onTask(jobId: string, task: TaskSnapshot): void {
    const live = this.#live.get(jobId);
    const ref = live?.job.task;
    if (!live || !ref) return;
    const { job } = live;
    if (task.result && task.status !== 'cancelled')
      return this.#finish(jobId, task.result, task.status === 'failed');
    const ending = endingOf(task);
    if (ending) return this.#end(jobId, ending, 'message' in ending ? undefined : task.statusMessage);
    const next = { ...ref, ttlMs: task.ttlMs, pollIntervalMs: task.pollIntervalMs };
    const isNew = task.statusMessage !== undefined && task.statusMessage !== job.statusMessage;
    live.job = {
      ...job,
      task: task.status === 'working' ? withAnswersTaken(next) : next,
      statusMessage: task.statusMessage ?? job.statusMessage,
      timeline: isNew ? appendNote(job, this.#deps.clock.now(), task.statusMessage) : job.timeline,
    };
    if (job.status.kind === 'running' && task.status === 'input-required')
      this.#move(live, { kind: 'needs-input' });
    else if (job.status.kind === 'needs-input' && task.status === 'working')
      this.#move(live, { kind: 'running' });
    else if (isNew) this.#touch(live);
  }

  /** Shows our own words in place of the server's, until they are over. */
  #note(id: string, text: string | undefined): void {
    const live = this.#live.get(id);
    if (!live) return;
    const isShown = live.note !== undefined && live.note === live.job.statusMessage;
    live.note = text;
    if (text !== undefined || isShown)
      this.#change(id, (job) => ({ ...job, statusMessage: text ?? lastSaid(job) }));
  }

  #onProgress(live: Live, progress: Progress): void {
    if (isFinal(live.job.status)) return;
    live.job = withProgress(live.job, progress, this.#deps.clock.now());
    this.#touch(live);
  }

  /** Shows a change at once and stores it at most twice a second. */
  #touch(live: Live): void {
    live.isDirty = true;
    this.#lists.publish();
    if (this.#deps.clock.now() - live.savedAt >= saveProgressEveryMs) this.#save(live);
  }

  #change(id: string, change: (job: Job) => Job, isUrgent = false): void {
    const live = this.#live.get(id);
    if (!live || isFinal(live.job.status)) return;
    live.job = change(live.job);
    if (isUrgent) {
      this.#save(live, true);
      this.#lists.publish();
    } else this.#touch(live);
  }

  #move(live: Live, status: JobStatus, message?: string): void {
    live.job = transition(live.job, status, this.#deps.clock.now(), message);
    this.#save(live);
    this.#lists.publish();
  }

  /** A row that cannot be written now is written with the next change, unless it must be there before what comes next. */
  #save(live: Live, isUrgent = false): void {
    live.savedAt = this.#deps.clock.now();
    live.isDirty = false;
    try {
      this.#deps.rows.update(live.job);
    } catch (error) {
      if (isAppError(error, 'conflict')) return this.#letGo(live.job.id);
      if (isUrgent) throw error;
      live.isDirty = true;
      this.#deps.logger.warn(`job ${live.job.id} could not be stored; it is tried again`, error);
    }
  }

  /** Another window has the job: nothing more is done for it here, and who waits for it is told. */
  #letGo(id: string): void {
    const live = this.#live.get(id);
    if (!live) return;
    this.#deps.logger.warn(`job ${id} was taken over by another window; this one lets go`);
    this.#live.delete(id);
    this.#follower.unfollow(id);
    const reason = takenOver(id);
    live.over.abort(reason);
    const status = { kind: 'interrupted', message: reason.message } as const;
    live.settle({ job: { ...live.job, status }, result: undefined });
    this.#lists.reload();
  }

  #finish(id: string, result: CallResult, isFailed = result.isError): void {
    const live = this.#live.get(id);
    if (!live) return;
    const problems = this.#deps.checkResult(live.job, result);
    const status: JobStatus = isFailed
      ? { kind: 'failed', code: 'tool-error', message: firstText(result) ?? 'the tool reported an error' }
      : { kind: 'completed' };
    this.#end(id, status, undefined, { result, schemaProblems: problems });
  }

  #failed(id: string, error: AppError): void {
    if (error.code === 'cancelled')
      this.#end(id, { kind: 'cancelled' }, 'cancel was sent; the server does not confirm plain calls');
    else if (this.#isDisposed) this.#end(id, interruptionOf(this.#live.get(id)?.job));
    else this.#end(id, { kind: 'failed', code: failureOf(error), message: error.message });
  }

  #end(id: string, status: JobStatus, message?: string, result?: JobResult): void {
    const live = this.#live.get(id);
    if (!live || isFinal(live.job.status)) return;
    this.#follower.unfollow(id);
    let job = transition(live.job, status, this.#deps.clock.now(), message ?? lateNote(live.job, status));
    if (job.task) job = { ...job, task: withAnswersTaken(job.task) };
    try {
      this.#deps.transaction(() => {
        if (result) job = this.#keepResult(job, result);
        this.#deps.rows.update(job);
        this.#deps.onEnd(job);
      });
    } catch (error) {
      if (isAppError(error, 'conflict')) return this.#letGo(id);
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
    live.over.abort(new AppError('cancelled', 'the job has ended'));
    this.#follower.unfollow(live.job.id);
    this.#lists.ended(live.job);
  }
}

function alive(job: Job, savedAt: number, settle: Live['settle']): Live {
  const [abort, over] = [new AbortController(), new AbortController()];
  return { job, abort, over, savedAt, isDirty: false, note: undefined, settle };
}
