import type { Connection, ResumeState, TaskSnapshot } from './connection.ts';
import { settledKeys, withAnswersTaken } from './jobAnswers.ts';
import { appendNote, endingOf, lastSaid } from './jobEnding.ts';
import type { JobHold } from './jobHold.ts';
import type { JobRunnerDeps } from './jobRunnerDeps.ts';
import type { Job, JobStatus } from './jobs.ts';
import type { LiveJobs } from './liveJobs.ts';
import { TaskFollower } from './taskFollower.ts';
import type { Disposable } from './util/disposables.ts';

export interface TaskJobsDeps extends Pick<JobRunnerDeps, 'clock' | 'random' | 'logger' | 'connections'> {
  readonly live: LiveJobs;
  readonly hold: Pick<JobHold, 'holds'>;
}

/** Live jobs whose server made a task of them: what it says of the task becomes what the job is. */
export class TaskJobs implements Disposable {
  readonly #deps: TaskJobsDeps;
  readonly #live: LiveJobs;
  readonly #follower: TaskFollower;
  /** What `statusMessage` says, by job, while it is our own words. */
  readonly #notes = new Map<string, string>();

  constructor(deps: TaskJobsDeps) {
    this.#deps = deps;
    this.#live = deps.live;
    this.#follower = new TaskFollower({
      clock: deps.clock,
      random: deps.random,
      logger: deps.logger,
      connect: (job, signal) => deps.connections.need(job.serverId, signal),
      mayPoll: (jobId) => deps.hold.holds(jobId),
      answeredKeys: (jobId) => settledKeys(this.#live.get(jobId)),
      onSnapshot: (jobId, task) => this.#onTask(jobId, task),
      onLost: (jobId, message) => this.#live.end(jobId, { kind: 'lost', message }),
      onNote: (jobId, message) => this.#note(jobId, message),
    });
  }

  /** The server answered a call with a task: its handle is stored before anything is asked about it. */
  begin(id: string, { resumeState: resume }: Connection, task: TaskSnapshot): void {
    const { taskId, createdAt, ttlMs, pollIntervalMs } = task;
    this.#live.change(
      id,
      (job) => ({
        ...job,
        mode: 'task', // a modern server decides by itself
        task: { taskId, createdAt, ttlMs, pollIntervalMs, resume, answeredKeys: [] },
      }),
      'now',
    );
    const job = this.#live.get(id);
    if (!job) return;
    this.follow(job);
    if (job.status.kind !== 'cancel-requested') this.#follower.pushed(id, task);
  }

  /** Follows the task of a live job, and goes on with its cancel. */
  follow(job: Job): void {
    this.#follower.follow(job, job.status.kind === 'cancel-requested');
  }

  unfollow(id: string): void {
    this.#notes.delete(id);
    this.#follower.unfollow(id);
  }

  /** Asks the server to cancel; asked once more while the server cannot be reached, it gives the job up. */
  cancel(id: string): void {
    const isRepeated = this.#live.get(id)?.status.kind === 'cancel-requested';
    if (isRepeated && this.#follower.isFailing(id)) {
      const message = 'given up: the server could not be asked to cancel it and may go on with it';
      return this.#live.end(id, { kind: 'lost', message });
    }
    if (!isRepeated) this.#live.move(id, { kind: 'cancel-requested' });
    this.#follower.cancel(id);
  }

  /** Asks at once about the tasks of a server that could not be asked before. */
  serverReady(serverId: string): void {
    this.#follower.serverReady(serverId);
  }

  /** A task state that the server pushed. */
  pushed(serverId: string, task: TaskSnapshot): void {
    for (const job of this.#live.all)
      if (job.serverId === serverId && job.task?.taskId === task.taskId) this.#follower.pushed(job.id, task);
  }

  /** What a new connection to a server needs to find its running tasks again. */
  resumeOf(serverId: string, launchHash: string): ResumeState | undefined {
    // A session of the server that the entry named before is nothing for the one that it names now.
    return this.#live.all.find(
      (job) => job.serverId === serverId && job.launchHash === launchHash && job.task !== undefined,
    )?.task?.resume;
  }

  dispose(): void {
    this.#follower.dispose();
  }

  #onTask(id: string, task: TaskSnapshot): void {
    const before = this.#live.get(id);
    if (!before?.task) return;
    if (task.result && task.status !== 'cancelled')
      return this.#live.finish(id, task.result, task.status === 'failed');
    const ending = endingOf(task);
    if (ending) return this.#live.end(id, ending, 'message' in ending ? undefined : task.statusMessage);
    const isNews = task.statusMessage !== undefined && task.statusMessage !== before.statusMessage;
    const next = statusAfter(before.status, task);
    // Most polls say nothing new: they cost no write.
    const stored = isNews && !next ? 'soon' : 'later';
    this.#live.change(id, (job) => withSnapshot(job, task, isNews, this.#deps.clock.now()), stored);
    if (next) this.#live.move(id, next);
  }

  /** Shows our own words in place of the server's, until they are over. */
  #note(id: string, text: string | undefined): void {
    const job = this.#live.get(id);
    if (!job) return;
    const shown = this.#notes.get(id);
    const isShown = shown !== undefined && shown === job.statusMessage;
    if (text === undefined) this.#notes.delete(id);
    else this.#notes.set(id, text);
    if (text !== undefined || isShown)
      this.#live.change(id, (now) => ({ ...now, statusMessage: text ?? lastSaid(now) }), 'soon');
  }
}

/** The status that a job goes to while its task goes on; undefined when it stays. */
function statusAfter({ kind }: JobStatus, { status }: TaskSnapshot): JobStatus | undefined {
  if (kind === 'running' && status === 'input-required') return { kind: 'needs-input' };
  if (kind === 'needs-input' && status === 'working') return { kind: 'running' };
  return undefined;
}

function withSnapshot(job: Job, task: TaskSnapshot, isNews: boolean, at: number): Job {
  const { ttlMs, pollIntervalMs } = task;
  const ref = job.task && { ...job.task, ttlMs, pollIntervalMs };
  return {
    ...job,
    task: ref && task.status === 'working' ? withAnswersTaken(ref) : ref,
    statusMessage: task.statusMessage ?? job.statusMessage,
    timeline: isNews ? appendNote(job, at, task.statusMessage) : job.timeline,
  };
}
