import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, RpcErrorBody } from './jsonRpc.ts';
import { errorCode, toRpcError } from './jsonRpc.ts';
import type { Options } from './options.ts';
import type { Answer, Features, LongTool, Run, RunStatus, Step, ToolResult } from './runs.ts';
import { isTerminal, ToolFailure } from './runs.ts';
import type { Store } from './store.ts';

const sweepMs = 400;
const watchMs = 60;
const keptRuns = 500;
const questionMs = 3_600_000;
const cancelGraceMs = 1000;

/** A call that starts a long tool. */
export interface StartRequest {
  readonly tool: string;
  readonly args: JsonObject;
  readonly idempotencyKey: string | undefined;
  readonly mode: 'plain' | 'task';
  readonly features: Features;
  readonly ttlMs: number;
}

/** Told about every change of a run, also by other processes; `isNew` on its first appearance. */
export type RunListener = (run: Run, isNew: boolean) => void;

/** Runs long tools step by step over the store, takes up what a dead process left, and reports changes. */
export class Engine {
  readonly #store: Store;
  readonly #options: Options;
  readonly #tools: ReadonlyMap<string, LongTool>;
  readonly #confirmationBase: (port: number | undefined) => Promise<string>;
  readonly #owner = randomUUID();
  readonly #listeners = new Set<RunListener>();
  readonly #driving = new Map<string, Promise<void>>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopped = new AbortController();
  /** Last reported revision by run, so that a change is reported once and new runs are known as new. */
  readonly #reported = new Map<string, number>();
  #seenRev: number;
  #dataVersion: number;

  constructor(
    store: Store,
    options: Options,
    tools: readonly LongTool[],
    confirmationBase: (port: number | undefined) => Promise<string>,
  ) {
    this.#store = store;
    this.#options = options;
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#confirmationBase = confirmationBase;
    this.#seenRev = store.currentRev();
    this.#dataVersion = store.dataVersion();
    for (const run of store.list()) this.#reported.set(run.id, run.rev);
  }

  /** Starts taking up unfinished runs; later calls do nothing. */
  wake(): void {
    if (this.#timers.length > 0 || this.#stopped.signal.aborted) return;
    this.#sweep();
    this.#timers.push(
      setInterval(() => this.#sweep(), sweepMs).unref(),
      setInterval(() => this.#watch(), watchMs).unref(),
    );
  }

  /**
   * Starts a run, or returns the one that already has this idempotency key.
   * Rejects with ToolFailure when the arguments cannot work or the key was used with others.
   */
  async start(request: StartRequest): Promise<Run> {
    const state = await this.#tool(request.tool).begin(request.args, request.features);
    this.wake();
    const digest = digestOf(request.args);
    let isReused = false;
    const run = this.#store.insertOrReuse(
      request.tool,
      request.idempotencyKey,
      () => this.#newRun(request, state),
      (known) => {
        if (digestOf(known.args) !== digest) {
          throw new ToolFailure(
            `The idempotency key "${request.idempotencyKey}" was already used with other arguments (run ${known.id}).`,
          );
        }
        isReused = true;
        return { ...known, calls: known.calls + 1, mode: request.mode === 'task' ? 'task' : known.mode };
      },
    );
    this.#emit(run);
    if (!isReused) this.#drive(run.id);
    this.#trim();
    return run;
  }

  get(id: string): Run | undefined {
    return this.#store.get(id);
  }

  list(): Run[] {
    return this.#store.list();
  }

  /** Resolves when the run is finished or asks something; rejects when the signal aborts. */
  async settled(id: string, signal: AbortSignal, onChange?: (run: Run) => void): Promise<Run> {
    return await this.waitUntil(
      id,
      (run) => isTerminal(run) || run.status === 'input_required',
      signal,
      onChange,
    );
  }

  /** Resolves with the first state of the run that `test` accepts; rejects when the signal aborts. */
  async waitUntil(
    id: string,
    test: (run: Run) => boolean,
    signal: AbortSignal,
    onChange?: (run: Run) => void,
  ): Promise<Run> {
    return await new Promise<Run>((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#listeners.delete(listener);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const listener: RunListener = (run) => {
        if (run.id !== id) return;
        onChange?.(run);
        if (test(run)) finish(() => resolve(run));
      };
      const onAbort = () => finish(() => reject(reasonOf(signal)));
      if (signal.aborted) return reject(reasonOf(signal));
      this.#listeners.add(listener);
      signal.addEventListener('abort', onAbort, { once: true });
      const now = this.get(id);
      if (now === undefined) finish(() => reject(new ToolFailure(`Run ${id} is gone.`)));
      else if (test(now)) finish(() => resolve(now));
    });
  }

  /** Delivers an answer; false when the question is not outstanding (any more). */
  answer(id: string, key: string, answer: Answer): boolean {
    const changed = this.#store.change(id, (run) => {
      if (isTerminal(run) || !(key in run.questions)) return undefined;
      const questions = Object.fromEntries(Object.entries(run.questions).filter(([other]) => other !== key));
      const isStillAsking = Object.keys(questions).length > 0;
      return {
        questions,
        answers: { ...run.answers, [key]: answer },
        status: isStillAsking ? run.status : 'working',
        statusMessage: isStillAsking ? run.statusMessage : 'Answer received',
      };
    });
    if (changed !== undefined) this.#emit(changed);
    return changed !== undefined;
  }

  /** Stores an answer nobody was asked for over the protocol, such as a visit to the confirmation page. */
  note(id: string, key: string, answer: Answer): boolean {
    const changed = this.#store.change(id, (run) =>
      isTerminal(run) ? undefined : { answers: { ...run.answers, [key]: answer } },
    );
    if (changed !== undefined) this.#emit(changed);
    return changed !== undefined;
  }

  /** Asks the run to stop, or stops it `now`; undefined when it is unknown or finished. */
  cancel(id: string, when: 'soon' | 'now', reason: string): Run | undefined {
    const changed = this.#store.change(id, (run) => {
      if (isTerminal(run)) return undefined;
      if (when === 'soon' && this.#options.cancel === 'ignore') return { isCancelRequested: true };
      const isImmediate = when === 'now' || run.status === 'input_required';
      return isImmediate
        ? { status: 'cancelled', statusMessage: reason, questions: {}, isCancelRequested: true }
        : { statusMessage: 'Stopping', isCancelRequested: true };
    });
    if (changed !== undefined) this.#emit(changed);
    return changed;
  }

  /** Deletes a finished run; false when it is unknown or still at work. */
  delete(id: string): boolean {
    const run = this.get(id);
    return run !== undefined && isTerminal(run) && this.#store.delete(id);
  }

  onDidChange(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops working and leaves unfinished runs to the next process. */
  async close(): Promise<void> {
    this.#stopped.abort(new Error('the server is stopping'));
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.allSettled(this.#driving.values());
    this.#store.dropOwner(this.#owner);
  }

  #newRun(request: StartRequest, state: JsonObject): Run {
    const now = Date.now();
    return {
      id: randomUUID(),
      tool: request.tool,
      args: request.args,
      idempotencyKey: request.idempotencyKey,
      calls: 1,
      mode: request.mode,
      features: request.features,
      status: 'working',
      statusMessage: 'Started',
      progress: 0,
      total: 0,
      state,
      questions: {},
      answers: {},
      result: undefined,
      error: undefined,
      createdAt: now,
      updatedAt: now,
      ttlMs: request.ttlMs,
      isCancelRequested: false,
      owner: this.#owner,
      rev: 0,
    };
  }

  #tool(name: string): LongTool {
    const tool = this.#tools.get(name);
    if (tool === undefined) throw new ToolFailure(`There is no tool ${name}.`);
    return tool;
  }

  #drive(id: string): void {
    if (this.#driving.has(id) || this.#stopped.signal.aborted) return;
    const work = this.#work(id)
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#fail(id, error);
      })
      .finally(() => this.#driving.delete(id));
    this.#driving.set(id, work);
  }

  async #work(id: string): Promise<void> {
    for (;;) {
      const run = this.get(id);
      if (run === undefined || isTerminal(run) || run.owner !== this.#owner) return;
      if (run.isCancelRequested && this.#options.cancel === 'honour') return await this.#stop(id);
      const step = await this.#tool(run.tool).step(run.state, this.#context(run));
      if (step.kind === 'next') {
        await this.#pause(id, step.ms);
        this.#apply(id, {
          status: 'working',
          questions: {},
          state: step.state,
          progress: step.progress,
          total: step.total,
          statusMessage: step.message,
        });
      } else if (step.kind === 'done') {
        this.#finish(id, step.result);
        return;
      } else {
        await this.#await(run, step);
      }
    }
  }

  /** Parks the run until something it can act on has changed. */
  async #await(run: Run, step: Extract<Step, { kind: 'ask' | 'wait' }>): Promise<void> {
    if (step.kind === 'wait') {
      if (run.statusMessage !== step.message) {
        this.#apply(run.id, { state: step.state, statusMessage: step.message });
      }
    } else if (Object.keys(step.questions).some((key) => !(key in run.questions))) {
      const [first] = Object.values(step.questions);
      this.#apply(run.id, {
        state: step.state,
        status: 'input_required',
        statusMessage: first?.message ?? '',
        questions: step.questions,
      });
    }
    // Compared with what the step saw: an answer that came in meanwhile must not be slept through.
    const known = Object.keys(run.answers).length;
    const mayStop = this.#options.cancel === 'honour';
    await this.waitUntil(
      run.id,
      (next) =>
        isTerminal(next) || (mayStop && next.isCancelRequested) || Object.keys(next.answers).length !== known,
      this.#stopped.signal,
    );
  }

  /** Waits the nominal time at this server's speed; returns early when the run is cancelled. */
  async #pause(id: string, nominalMs: number): Promise<void> {
    const pause = new AbortController();
    const timer = setTimeout(() => pause.abort(), nominalMs / this.#options.speed);
    const mayStop = this.#options.cancel === 'honour';
    await this.waitUntil(
      id,
      (run) => isTerminal(run) || (mayStop && run.isCancelRequested),
      AbortSignal.any([pause.signal, this.#stopped.signal]),
    ).catch(() => undefined);
    clearTimeout(timer);
    this.#stopped.signal.throwIfAborted();
  }

  async #stop(id: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, cancelGraceMs / this.#options.speed));
    this.#apply(id, { status: 'cancelled', statusMessage: 'Cancelled on request', questions: {} });
  }

  /** Changes an unfinished run this process owns; a run cancelled meanwhile stays cancelled. */
  #apply(id: string, patch: Partial<Run>): Run | undefined {
    const changed = this.#store.change(id, (run) =>
      isTerminal(run) || run.owner !== this.#owner ? undefined : patch,
    );
    if (changed !== undefined) this.#emit(changed);
    return changed;
  }

  #finish(id: string, result: ToolResult): void {
    const isBad = result.isError === true;
    this.#apply(id, {
      status: 'completed',
      statusMessage: isBad ? 'Finished with an error' : 'Finished',
      result,
      questions: {},
    });
  }

  #fail(id: string, error: unknown): void {
    if (error instanceof ToolFailure) {
      this.#finish(id, error.toResult());
      return;
    }
    const body: RpcErrorBody = toRpcError(error).toBody();
    this.#apply(id, { status: 'failed', statusMessage: body.message, error: body, questions: {} });
  }

  #context(run: Run) {
    const exportDir = join(this.#store.dir, 'exports');
    mkdirSync(exportDir, { recursive: true });
    return {
      answers: run.answers,
      features: run.features,
      runId: run.id,
      exportDir,
      listRuns: () => this.list(),
      confirmationBase: this.#confirmationBase,
    };
  }

  #sweep(): void {
    this.#store.beat(this.#owner, process.pid);
    for (const run of this.#store.adoptOrphans(this.#owner)) {
      if (run.mode === 'plain' && run.status === 'working') {
        // Its caller was connected to the process that died: nobody is left to give the result to.
        this.#apply(run.id, {
          status: 'failed',
          statusMessage: 'Interrupted: the server stopped while this call was running',
          error: { code: errorCode.internal, message: 'The server stopped while this call was running' },
        });
      } else {
        this.#drive(run.id);
      }
    }
    this.#expireUnfinished();
  }

  #expireUnfinished(): void {
    for (const run of this.#store.unfinished()) {
      const isForgotten = run.status === 'input_required' && Date.now() - run.updatedAt > questionMs;
      if (isForgotten && run.mode === 'plain') this.cancel(run.id, 'now', 'Nobody answered');
      if (run.mode === 'task' && Date.now() > run.createdAt + run.ttlMs) this.#expire(run.id);
    }
  }

  #trim(): void {
    for (const run of this.list().filter(isTerminal).slice(keptRuns)) this.#store.delete(run.id);
  }

  #expire(id: string): void {
    const status: RunStatus = 'failed';
    const error = { code: errorCode.internal, message: 'The task did not finish within its time to live' };
    const changed = this.#store.change(id, () => ({
      status,
      statusMessage: error.message,
      error,
      questions: {},
    }));
    if (changed !== undefined) this.#emit(changed);
  }

  /** Reports what other processes changed. */
  #watch(): void {
    const version = this.#store.dataVersion();
    if (version === this.#dataVersion) return;
    this.#dataVersion = version;
    for (const run of this.#store.changedSince(this.#seenRev)) {
      this.#seenRev = run.rev;
      this.#emit(run);
    }
  }

  #emit(run: Run): void {
    const reported = this.#reported.get(run.id);
    if (reported !== undefined && reported >= run.rev) return;
    this.#reported.set(run.id, run.rev);
    for (const listener of [...this.#listeners]) listener(run, reported === undefined);
  }
}

/** A digest of arguments that does not depend on the order of their keys. */
export function digestOf(args: JsonObject): string {
  return createHash('sha256').update(canonical(args)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
