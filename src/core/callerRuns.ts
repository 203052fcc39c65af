import type { Caller } from './caller.ts';
import type { CallerAsks } from './callerAsks.ts';
import type { Ask, AskOrigin, CallResult, Progress } from './connection.ts';
import { isFinal, type Job, type Jobs } from './jobs.ts';
import type { JsonObject } from './json.ts';
import type { Clock, NewId } from './ports.ts';
import type { HumanAnswer } from './requests.ts';
import type { CallOutcome, ToolCalls } from './toolCalls.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';
import { AppError, toAppError } from './util/errors.ts';

/** A call as a caller starts it. */
export interface RunRequest {
  readonly caller: Caller;
  readonly serverId: string;
  readonly serverName: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly mode: 'auto' | 'plain' | 'task';
  readonly meta?: JsonObject;
  readonly refusesTask?: boolean;
  /** True for a question that this caller answers itself; the others go to the inbox. */
  readonly takes?: (ask: Ask) => boolean;
}

/** A question of a run that waits for its caller. */
export interface RunQuestion {
  readonly key: string;
  readonly ask: Ask;
}

/** How a run ended. */
export type RunEnd =
  | { readonly kind: 'outcome'; readonly outcome: CallOutcome }
  /** Nothing was sent. */
  | { readonly kind: 'error'; readonly error: AppError };

/** A run as its caller sees it, live or from the job record. */
export interface RunView {
  /** Also the id of its job. */
  readonly id: string;
  readonly serverId: string;
  readonly serverName: string;
  readonly tool: string;
  readonly state: 'waiting-for-approval' | 'denied' | Job['status']['kind'];
  readonly message: string | undefined;
  readonly progress: Progress | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly isFinal: boolean;
  readonly wasCancelRequested: boolean;
  readonly questions: readonly RunQuestion[];
  /** Present once it ended with one. */
  readonly result: CallResult | undefined;
  /** Why it ended without a result. */
  readonly error: AppError | undefined;
}

export interface CallerRunsDeps {
  readonly calls: Pick<ToolCalls, 'call'>;
  readonly jobs: Jobs;
  readonly asks: CallerAsks;
  readonly clock: Clock;
  readonly newId: NewId;
}

interface Question extends RunQuestion {
  settle(answer: HumanAnswer | undefined): void;
}

const keptHandles = 500;

/** One call of a caller while it is under way: approval, job, progress, questions and end in one place. */
export class CallerRun {
  readonly id: string;
  readonly request: RunRequest;
  readonly createdAt: number;
  readonly #abort = new AbortController();
  readonly #questions = new Map<string, Question>();
  readonly #listeners = new Set<() => void>();
  readonly #onProgress = new Set<(progress: Progress) => void>();
  #takes: (ask: Ask) => boolean = (ask) => this.request.takes?.(ask) ?? false;
  #isHandle = false;
  readonly #asked = new Set<string>();
  #end: RunEnd | undefined;
  #job: Job | undefined;
  #updatedAt: number;

  constructor(id: string, request: RunRequest, deps: CallerRunsDeps, onEnd: (run: CallerRun) => void) {
    this.id = id;
    this.request = request;
    this.createdAt = this.#updatedAt = deps.clock.now();
    const taking = deps.asks.take(id, (ask, origin, signal) => this.#take(ask, origin, signal));
    const { caller, serverId, tool, mode, meta, refusesTask } = request;
    const intent = { caller, serverId, tool, mode, arguments: request.arguments, jobId: id };
    const call = deps.calls.call(
      {
        ...intent,
        ...(meta ? { meta } : {}),
        ...(refusesTask ? { refusesTask } : {}),
        onJob: (job) => this.saw(job, deps.clock.now()),
        onProgress: (progress) => {
          for (const listener of [...this.#onProgress]) listener(progress);
        },
      },
      this.#abort.signal,
    );
    void call
      .then(
        (outcome): RunEnd => ({ kind: 'outcome', outcome }),
        (error: unknown): RunEnd => ({ kind: 'error', error: toAppError(error) }),
      )
      .then((end) => {
        taking.dispose();
        this.#end = end;
        if (end.kind === 'outcome' && 'job' in end.outcome) this.#job = end.outcome.job ?? this.#job;
        for (const question of [...this.#questions.values()]) question.settle(undefined);
        onEnd(this);
        this.#changed(deps.clock.now());
      });
  }

  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** Undefined until the call is approved and on disk. */
  get job(): Job | undefined {
    return this.#job;
  }

  /** The caller has its id: it is kept for a while after its end. */
  get isHandle(): boolean {
    return this.#isHandle;
  }

  get questions(): readonly RunQuestion[] {
    return [...this.#questions.values()];
  }

  get updatedAt(): number {
    return this.#updatedAt;
  }

  handOut(): void {
    this.#isHandle = true;
  }

  /** Gives an answer; false when the question is not open. `undefined` leaves it to the inbox. */
  answer(key: string, answer: HumanAnswer | undefined): boolean {
    const question = this.#questions.get(key);
    question?.settle(answer);
    return question !== undefined;
  }

  /** Leaves every open question, and those to come, to the inbox. */
  leaveQuestions(): void {
    this.#takes = () => false;
    for (const question of [...this.#questions.values()]) question.settle(undefined);
  }

  /** Withdraws the approval request, or sends the protocol's cancel. */
  cancel(): void {
    this.#abort.abort(new AppError('cancelled', 'cancelled by the caller'));
  }

  saw(job: Job, at: number): void {
    if (job === this.#job || this.#end) return;
    this.#job = job;
    this.#changed(at);
  }

  onProgress(listener: (progress: Progress) => void): Disposable {
    this.#onProgress.add(listener);
    return toDisposable(() => this.#onProgress.delete(listener));
  }

  /** Told after every change of job, questions or end. */
  onDidChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  }

  /** Resolves when `isDone` holds, asked now and after every change; rejects `cancelled` when `signal` aborts first. */
  until(isDone: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        changes.dispose();
        signal.removeEventListener('abort', stop);
      };
      const stop = () => {
        leave();
        reject(new AppError('cancelled', 'the caller went away'));
      };
      const look = () => {
        if (!isDone()) return;
        leave();
        resolve();
      };
      const changes = this.onDidChange(look);
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      look();
    });
  }

  #take(ask: Ask, origin: AskOrigin, signal: AbortSignal): Promise<HumanAnswer | undefined> | undefined {
    if (!this.#takes(ask) || this.#end) return undefined;
    const key = this.#keyOf(origin);
    return new Promise((resolve, reject) => {
      const done = () => {
        signal.removeEventListener('abort', stop);
        this.#questions.delete(key);
        this.#changed(this.#updatedAt);
      };
      const stop = () => {
        done();
        reject(new AppError('cancelled', 'the question is over'));
      };
      if (signal.aborted) return reject(new AppError('cancelled', 'the question is over'));
      signal.addEventListener('abort', stop, { once: true });
      this.#questions.set(key, {
        key,
        ask,
        settle: (answer) => {
          done();
          resolve(answer);
        },
      });
      this.#changed(this.#updatedAt);
    });
  }

  /** The server's own name of the question where it has one; no name comes twice in a run. */
  #keyOf({ key }: AskOrigin): string {
    const own = key.startsWith('request:') ? 'question' : key.replace(/^(?:round:)?\d+:/, '').slice(0, 200);
    let name = own;
    for (let n = 2; this.#asked.has(name); n++) name = `${own}-${n}`;
    this.#asked.add(name);
    return name;
  }

  #changed(at: number): void {
    this.#updatedAt = Math.max(at, this.#updatedAt);
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The calls of callers that are not the human: each a job by its id, and seen by its own caller only. */
export class CallerRuns implements Disposable {
  readonly #deps: CallerRunsDeps;
  readonly #live = new Map<string, CallerRun>();
  /** Ended ones whose id the caller has: what was denied has no job to tell of it. */
  readonly #ended = new Map<string, CallerRun>();
  readonly #watch: Disposable;

  constructor(deps: CallerRunsDeps) {
    this.#deps = deps;
    this.#watch = deps.jobs.open.subscribe((jobs) => {
      if (this.#live.size === 0) return;
      const now = deps.clock.now();
      for (const job of jobs) this.#live.get(job.id)?.saw(job, now);
    });
  }

  /** Asks for the call; never throws, how it went is the run's `end`. */
  start(request: RunRequest): CallerRun {
    const run = new CallerRun(this.#deps.newId(), request, this.#deps, (ended) => {
      this.#live.delete(ended.id);
      if (!ended.isHandle) return;
      this.#ended.set(ended.id, ended);
      const [oldest] = this.#ended.keys();
      if (this.#ended.size > keptHandles && oldest !== undefined) this.#ended.delete(oldest);
    });
    if (!run.end) this.#live.set(run.id, run);
    return run;
  }

  /** A live or lately ended run of this caller. */
  run(caller: Caller, id: string): CallerRun | undefined {
    const run = this.#live.get(id) ?? this.#ended.get(id);
    return run && isSameCaller(run.request.caller, caller) ? run : undefined;
  }

  /** A run of this caller, if need be from the job record. */
  view(caller: Caller, id: string): RunView | undefined {
    const run = this.run(caller, id);
    const job = this.#deps.jobs.get(id) ?? run?.job;
    if (run) return viewOfRun(run, job, () => this.#deps.jobs.result(id)?.result);
    if (!job || !isSameCaller(job.caller, caller)) return undefined;
    return viewOfJob(job, [], () => this.#deps.jobs.result(id)?.result);
  }

  /** The newest runs of this caller, newest first. */
  list(caller: Caller, limit: number): readonly RunView[] {
    const { jobs } = this.#deps;
    const ids = new Set<string>();
    const own = (job: Job) => isSameCaller(job.caller, caller);
    for (const run of [...this.#live.values(), ...this.#ended.values()])
      if (isSameCaller(run.request.caller, caller)) ids.add(run.id);
    for (const job of [...jobs.open.get(), ...jobs.finishedPage(10 * limit)]) if (own(job)) ids.add(job.id);
    const views = [...ids].flatMap((id) => this.view(caller, id) ?? []);
    return views.sort((a, b) => b.createdAt - a.createdAt).slice(0, limit);
  }

  /** Cancels a run of this caller; false when it has ended or is not its own. Throws `conflict` for one of another window. */
  cancel(caller: Caller, id: string): boolean {
    const view = this.view(caller, id);
    if (!view || view.isFinal) return false;
    const run = this.#live.get(id);
    if (run) run.cancel();
    else this.#deps.jobs.cancel(id);
    return true;
  }

  /** Told whenever a run of this caller may have changed, also one that an earlier process began. */
  watch(caller: Caller, id: string, listener: () => void): Disposable {
    const run = this.run(caller, id);
    if (run) return run.onDidChange(listener);
    return this.#deps.jobs.open.subscribe(listener);
  }

  dispose(): void {
    this.#watch.dispose();
  }
}

function isSameCaller(a: Caller, b: Caller): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function viewOfRun(run: CallerRun, stored: Job | undefined, resultOf: () => CallResult | undefined): RunView {
  const { id, request, createdAt, updatedAt, end } = run;
  const { serverId, serverName, tool } = request;
  const job = stored ?? run.job;
  if (job && !(end?.kind === 'error')) {
    const outcome = end?.kind === 'outcome' ? end.outcome : undefined;
    const inHand = outcome && 'result' in outcome ? outcome.result : undefined;
    const view = viewOfJob(job, run.questions, () => inHand ?? resultOf());
    const error = outcome?.kind === 'failed' ? outcome.error : undefined;
    return { ...view, updatedAt: Math.max(view.updatedAt, updatedAt), error: error ?? view.error };
  }
  const base = { id, serverId, serverName, tool, createdAt, updatedAt };
  const none = { progress: undefined, questions: [], result: undefined, wasCancelRequested: false };
  if (!end) {
    const message = 'waits for approval';
    return { ...base, ...none, state: 'waiting-for-approval', message, isFinal: false, error: undefined };
  }
  const ended = { ...base, ...none, isFinal: true };
  if (end.kind === 'error')
    return { ...ended, state: 'failed', message: end.error.message, error: end.error };
  if (end.outcome.kind === 'denied') {
    const error = new AppError('denied', end.outcome.reason);
    return { ...ended, state: 'denied', message: end.outcome.reason, error };
  }
  return { ...ended, state: 'cancelled', message: 'cancelled before it was sent', error: undefined };
}

function viewOfJob(
  job: Job,
  questions: readonly RunQuestion[],
  resultOf: () => CallResult | undefined,
): RunView {
  const { id, serverId, serverName, tool, status, createdAt, endedAt } = job;
  const last = job.history.at(-1)?.at ?? job.timeline.at(-1)?.at ?? createdAt;
  const over = isFinal(status);
  const text = 'message' in status ? status.message : undefined;
  const result = over ? resultOf() : undefined;
  return {
    ...{ id, serverId, serverName, tool, createdAt, questions, result },
    state: status.kind,
    message: text ?? job.statusMessage,
    progress: job.progress,
    updatedAt: endedAt ?? last,
    isFinal: over,
    wasCancelRequested: job.timeline.some((event) => event.status === 'cancel-requested'),
    error: over && text !== undefined && !result ? new AppError('server-error', text) : undefined,
  };
}
