import type { Progress, TaskSnapshot } from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { isAppError, toAppError } from '../../core/util/errors.ts';
import { isTerminal, readTask } from './callResults.ts';
import { taskOf, taskRequest, type TaskDriver, type TaskDriverDeps } from './taskDriver.ts';
import { rpcErrorOf } from './wireErrors.ts';

export interface ModernTasksDeps extends TaskDriverDeps {
  /** Asks the server to push the states of these tasks from now on; false when it refuses. */
  readonly subscribe: (taskIds: readonly string[]) => Promise<boolean>;
}

interface Watched {
  readonly abort: AbortController;
  /** Keys that were answered or are being answered: each once in the life of the task. */
  readonly keys: Set<string>;
  /** How often the server refused the answer to a key. */
  readonly refusals: Map<string, number>;
}

const updateTries = 4;
const updateRetryMs = 1_000;
const maxRefusals = 5;
const gatherMs = 50;
const spareTasks = 32;

/** Tasks of the extension `io.modelcontextprotocol/tasks` (2026-07-28): results and questions come inlined in the task. */
export class ModernTasks implements TaskDriver {
  readonly #deps: ModernTasksDeps;
  readonly #watched = new Map<string, Watched>();
  #subscribed: ReadonlySet<string> = new Set();
  #isGathering = false;
  #isRefused = false;
  /** The extension has no sessions. */
  readonly hasLiveTasks = false;

  constructor(deps: ModernTasksDeps) {
    this.#deps = deps;
  }

  /** The extension has no progress notifications for tasks. */
  began(_taskId: string, _requestId: number, _onProgress: (progress: Progress) => void): void {}

  async get(taskId: string, signal: AbortSignal): Promise<TaskSnapshot> {
    const raw = await taskRequest(this.#deps, 'get', { taskId }, { signal });
    const task = taskOf(raw, this.#deps);
    this.#answer(task, raw);
    return task;
  }

  /** The extension has no listing. */
  async list(): Promise<readonly TaskSnapshot[]> {
    return [];
  }

  async cancel(taskId: string, signal: AbortSignal): Promise<void> {
    await taskRequest(this.#deps, 'cancel', { taskId }, { signal });
  }

  watch(taskId: string, answeredKeys: ReadonlySet<string>): () => void {
    const abort = new AbortController();
    const watched: Watched = { abort, keys: new Set(answeredKeys), refusals: new Map() };
    this.#watched.get(taskId)?.abort.abort();
    this.#watched.set(taskId, watched);
    this.#subscribe();
    return () => {
      watched.abort.abort();
      if (this.#watched.get(taskId) !== watched) return;
      this.#watched.delete(taskId);
      this.#subscribe();
    };
  }

  pushed(params: JsonObject): void {
    const task = readTask(params, this.#deps.clock.now(), this.#deps.redact);
    if (!task) return;
    this.#answer(task, params);
    this.#deps.onChanged(task);
  }

  /** One subscription for all that begin at about the same time; tasks that ended stay in it while they are not the most. */
  #subscribe(): void {
    if (this.#isGathering || this.#isRefused) return;
    this.#isGathering = true;
    this.#deps.clock.setTimer(gatherMs, () => {
      this.#isGathering = false;
      const wanted = [...this.#watched.keys()];
      const isCovered = wanted.length > 0 && wanted.every((taskId) => this.#subscribed.has(taskId));
      const isLean = this.#subscribed.size <= 2 * wanted.length + spareTasks;
      if (this.#deps.closed.aborted || (isCovered && isLean)) return;
      if (wanted.length === 0 && this.#subscribed.size === 0) return;
      this.#subscribed = new Set(wanted);
      void this.#deps.subscribe(wanted).then((isHeard) => {
        this.#isRefused ||= !isHeard && !this.#deps.closed.aborted;
      });
    });
  }

  #answer(task: TaskSnapshot, raw: JsonObject): void {
    const watched = this.#watched.get(task.taskId);
    const inputs = isJsonObject(raw['task']) ? raw['task']['inputRequests'] : raw['inputRequests'];
    if (!watched || isTerminal(task) || !isJsonObject(inputs)) return;
    for (const [key, input] of Object.entries(inputs)) {
      if (watched.keys.has(key)) continue;
      watched.keys.add(key);
      void this.#answerOne(task.taskId, key, input, watched).catch((error: unknown) => {
        if (!watched.abort.signal.aborted && !this.#deps.closed.aborted)
          this.#notAnswered(task.taskId, key, watched, error);
      });
    }
  }

  /** The next state that still has the question brings it up again: with the same answer when that got lost, else the human is asked anew. */
  #notAnswered(taskId: string, key: string, watched: Watched, error: unknown): void {
    const refusals = (watched.refusals.get(key) ?? 0) + (rpcErrorOf(error) ? 1 : 0);
    watched.refusals.set(key, refusals);
    const isDeclined = isAppError(error, 'denied');
    const what = isDeclined
      ? 'was declined, so the task waits until it is cancelled'
      : 'could not be answered';
    this.#deps.onProblem(`a question of the task ${taskId} ${what}: ${toAppError(error).message}`);
    if (!isDeclined && refusals < maxRefusals) watched.keys.delete(key);
  }

  async #answerOne(taskId: string, key: string, input: Json, watched: Watched): Promise<void> {
    const signal = AbortSignal.any([watched.abort.signal, this.#deps.closed]);
    const refusals = watched.refusals.get(key) ?? 0;
    const inputResponses = await this.#deps.asks.answerInputs(
      { [key]: input },
      { callId: undefined, taskId, isLasting: true },
      refusals === 0 ? '' : `${refusals + 1}:`,
      signal,
    );
    for (let attempt = 1; ; attempt++) {
      try {
        await taskRequest(this.#deps, 'update', { taskId, inputResponses }, { signal });
        break;
      } catch (error) {
        // The same answer to the same key may arrive twice; another answer may not.
        if (attempt >= updateTries || !isAppError(error, 'timeout')) throw error;
        await this.#wait(updateRetryMs * attempt, signal);
      }
    }
    this.#deps.onChanged(await this.get(taskId, signal));
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.clock.setTimer(ms, resolve);
      signal.addEventListener('abort', () => {
        timer.dispose();
        resolve();
      });
    });
  }
}
