import type {
  AskAnswer,
  AskOrigin,
  CallRequest,
  Connection,
  Progress,
  ResumeState,
  TaskSnapshot,
} from './connection.ts';
import { givenAnswer, withAnswer } from './jobAnswers.ts';
import { failureOf, interruptionOf, lastSaid, notRunning, takenOver } from './jobEnding.ts';
import { JobHold } from './jobHold.ts';
import { JobLists } from './jobLists.ts';
import type { JobRunnerDeps, Ran } from './jobRunnerDeps.ts';
import { withProgress, type Job, type JobResult, type Jobs } from './jobs.ts';
import type { JsonObject } from './json.ts';
import { LiveJobs } from './liveJobs.ts';
import { TaskJobs } from './taskJobs.ts';
import { Upkeep } from './upkeep.ts';
import type { Disposable } from './util/disposables.ts';
import { AppError, toAppError } from './util/errors.ts';
import type { Readable } from './util/store.ts';

const heartbeatMs = 5_000;
const watchOthersMs = 1_000;
const handleWaitMs = 10_000;

/** Sends recorded jobs, follows what their servers do about them, and picks up what an earlier window left. */
export class JobRunner implements Jobs, Disposable {
  readonly #deps: JobRunnerDeps;
  readonly #lists: JobLists;
  readonly #live: LiveJobs;
  readonly #hold: JobHold;
  readonly #tasks: TaskJobs;
  readonly #upkeep: Upkeep;
  /** Ends the wait for the answer to a call that was sent here, by job. */
  readonly #calls = new Map<string, AbortController>();
  #isDisposed = false;

  constructor(deps: JobRunnerDeps) {
    this.#deps = deps;
    this.#lists = new JobLists(deps.rows, () => this.#live.all);
    this.#live = new LiveJobs({ ...deps, lists: this.#lists, onOver: (id) => this.#tasks.unfollow(id) });
    this.#hold = new JobHold({
      ...deps,
      held: () => this.#live.held,
      isHeld: (id) => this.#live.isHeld(id),
      onTaken: (id) => this.#live.letGo(id),
      onFound: (job) => this.#take(job),
    });
    this.#tasks = new TaskJobs({ ...deps, live: this.#live, hold: this.#hold });
    this.#upkeep = new Upkeep('job upkeep', deps);
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
    this.#upkeep.every(heartbeatMs, () => {
      this.#hold.keep();
      this.#live.flush();
    });
    this.#upkeep.every(watchOthersMs, () => this.#lists.refresh());
  }

  get(id: string): Job | undefined {
    return this.#live.get(id) ?? this.#live.ended(id) ?? this.#deps.rows.get(id);
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
    const job = this.#live.get(id);
    if (!job) throw notRunning(id, this.get(id));
    if (job.task) return this.#tasks.cancel(id);
    const call = this.#calls.get(id);
    if (job.mode === 'task' && job.status.kind !== 'cancel-requested') {
      // Given up now, the task would run on without anybody who knows its handle.
      this.#live.move(id, { kind: 'cancel-requested' });
      const wait = this.#deps.clock.setTimer(handleWaitMs, () => this.#live.get(id)?.task || giveUp(call));
      this.#live.overOf(id)?.addEventListener('abort', () => wait.dispose(), { once: true });
    } else giveUp(call);
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
    const { id } = job;
    const call = new AbortController();
    const ended = this.#live.add(job);
    if (signal.aborted) {
      this.#live.end(id, { kind: 'cancelled' }, 'cancelled before it was sent');
      return ended;
    }
    const cancel = () => this.#live.has(id) && this.cancel(id);
    signal.addEventListener('abort', cancel, { once: true });
    void ended.then(() => signal.removeEventListener('abort', cancel));
    const report = (progress: Progress) => {
      this.#live.change(id, (now) => withProgress(now, progress, this.#deps.clock.now()), 'soon');
      onProgress?.(progress);
    };
    this.#calls.set(id, call);
    try {
      const reply = await connection.call(id, request, report, call.signal);
      if (reply.kind === 'done') this.#live.finish(id, reply.result);
      else this.#tasks.begin(id, connection, reply.task);
    } catch (thrown) {
      const error = toAppError(thrown);
      this.#failed(id, error);
      return { ...(await ended), error };
    } finally {
      this.#calls.delete(id);
    }
    return ended;
  }

  /** Marks that a job waits for the human, or no longer does. */
  setNeedsInput(id: string, needsInput: boolean): void {
    const from = needsInput ? 'running' : 'needs-input';
    if (this.#live.get(id)?.status.kind !== from) return;
    this.#live.move(id, { kind: needsInput ? 'needs-input' : 'running' });
  }

  /**
   * Records the answer to a question of a job before it is sent; throws `conflict` when the job is not this window's any more.
   * A lasting question keeps its answer until the server has moved on: a window that dies before it is sent does not lose it.
   */
  markAnswered(id: string, origin: AskOrigin, answer: AskAnswer): void {
    if (!this.#hold.holds(id)) throw takenOver(id);
    this.#live.change(id, (job) => withAnswer(job, origin, answer), 'surely');
    if (!this.#live.has(id)) throw takenOver(id);
  }

  givenAnswer(id: string, origin: AskOrigin): AskAnswer | undefined {
    return givenAnswer(this.#live.get(id), origin);
  }

  /** Aborted when the job has ended, with `conflict` when it went to another window. */
  overOf(id: string): AbortSignal | undefined {
    return this.#live.overOf(id);
  }

  /** Follows the tasks of a server at once that could not be asked before. */
  serverReady(serverId: string): void {
    this.#tasks.serverReady(serverId);
  }

  /** The job behind a server's question: by call, by task, else the only job of that server that runs. */
  originOf(serverId: string, callId: string | undefined, taskId: string | undefined): Job | undefined {
    const ours = this.#live.all.filter((job) => job.serverId === serverId);
    const byId = ours.find(
      (job) => job.id === callId || (taskId !== undefined && job.task?.taskId === taskId),
    );
    return byId ?? (callId === undefined && taskId === undefined && ours.length === 1 ? ours[0] : undefined);
  }

  /** What a new connection to a server needs to find its running tasks again. */
  resumeOf(serverId: string, launchHash: string): ResumeState | undefined {
    return this.#tasks.resumeOf(serverId, launchHash);
  }

  /** A pushed task state (from the connection's hook). */
  taskChanged(serverId: string, task: TaskSnapshot): void {
    this.#tasks.pushed(serverId, task);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#upkeep.dispose();
    this.#tasks.dispose();
    for (const job of this.#live.all) if (!job.task) this.#live.end(job.id, interruptionOf(job));
    this.#live.flush();
    this.#deps.leases.release();
  }

  /** A job that a window left, this one included. */
  #take(found: Job): void {
    const job = found.task ? { ...found, statusMessage: lastSaid(found) } : found;
    void this.#live.add(job);
    if (job.task) this.#tasks.follow(job);
    else this.#live.end(job.id, interruptionOf(job));
  }

  #failed(id: string, error: AppError): void {
    if (error.code === 'cancelled') {
      const note = 'cancel was sent; the server does not confirm plain calls';
      this.#live.end(id, { kind: 'cancelled' }, note);
    } else if (this.#isDisposed) this.#live.end(id, interruptionOf(this.#live.get(id)));
    else this.#live.end(id, { kind: 'failed', code: failureOf(error), message: error.message });
  }
}

function giveUp(call: AbortController | undefined): void {
  call?.abort(new AppError('cancelled', 'cancelled by the user'));
}
