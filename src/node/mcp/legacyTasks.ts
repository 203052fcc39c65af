import type { CallResult, Progress, TaskSnapshot } from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { toAppError } from '../../core/util/errors.ts';
import { isTerminal, readCallResult, readTask } from './callResults.ts';
import { taskOf, taskRequest, type TaskDriver, type TaskDriverDeps } from './taskDriver.ts';
import { rpcErrorOf } from './wireErrors.ts';

/** What `tasks/result` gave: the original result, or the original JSON-RPC error. */
type Outcome =
  | { readonly kind: 'result'; readonly result: CallResult }
  | { readonly kind: 'error'; readonly error: { readonly code: number; readonly message: string } };

const maxPages = 16;

/**
 * Tasks of revision 2025-11-25. `tasks/result` is opened as soon as a watched task needs input, because the server's question
 * arrives on that stream only; the same request later gives the result.
 */
export class LegacyTasks implements TaskDriver {
  readonly #deps: TaskDriverDeps;
  readonly #watched = new Map<string, AbortController>();
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #progress = new Map<string, () => void>();
  readonly #live = new Set<string>();

  constructor(deps: TaskDriverDeps) {
    this.#deps = deps;
  }

  /** True while a task of this session is not known to have ended: ending the session may end it. */
  get hasLiveTasks(): boolean {
    return this.#live.size > 0;
  }

  began(taskId: string, requestId: number, onProgress: (progress: Progress) => void): void {
    this.#live.add(taskId);
    this.#progress.set(taskId, this.#deps.wire.keepProgress(requestId, onProgress));
  }

  async get(taskId: string, signal: AbortSignal): Promise<TaskSnapshot> {
    const task = taskOf(await taskRequest(this.#deps, 'get', { taskId }, { signal }), this.#deps);
    this.#note(task);
    if (task.status !== 'completed' && task.status !== 'failed') return task;
    const outcome = await (this.#outcomes.get(taskId) ?? this.#fetch(taskId, signal, this.#deps.timeoutMs));
    return outcome.kind === 'result'
      ? { ...task, result: outcome.result }
      : { ...task, error: outcome.error };
  }

  async list(signal: AbortSignal): Promise<readonly TaskSnapshot[]> {
    const { wire, capabilities, timeoutMs, clock } = this.#deps;
    const tasks = capabilities['tasks'];
    if (!isJsonObject(tasks) || tasks['list'] === undefined) return [];
    const found: TaskSnapshot[] = [];
    const seen = new Set<string>();
    let cursor: string | undefined;
    for (let page = 0; page < maxPages; page++) {
      const result = await wire.request({
        method: 'tasks/list',
        params: cursor === undefined ? {} : { cursor },
        signal,
        timeoutMs,
      });
      const items: readonly Json[] = Array.isArray(result['tasks']) ? result['tasks'] : [];
      for (const item of items) {
        const task = isJsonObject(item) ? readTask(item, clock.now(), this.#deps.redact) : undefined;
        if (task) found.push(task);
      }
      const { nextCursor } = result;
      if (typeof nextCursor !== 'string' || seen.has(nextCursor)) break;
      cursor = nextCursor;
      seen.add(cursor);
    }
    return found;
  }

  async cancel(taskId: string, signal: AbortSignal): Promise<void> {
    await taskRequest(this.#deps, 'cancel', { taskId }, { signal });
  }

  watch(taskId: string): () => void {
    const abort = new AbortController();
    this.#watched.get(taskId)?.abort();
    this.#watched.set(taskId, abort);
    this.#live.add(taskId);
    return () => {
      abort.abort();
      if (this.#watched.get(taskId) !== abort) return;
      this.#watched.delete(taskId);
      this.#outcomes.delete(taskId);
      this.#endProgress(taskId);
    };
  }

  pushed(params: JsonObject): void {
    const task = readTask(params, this.#deps.clock.now(), this.#deps.redact);
    if (!task) return;
    this.#note(task);
    this.#deps.onChanged(task);
  }

  #note(task: TaskSnapshot): void {
    if (isTerminal(task)) {
      this.#endProgress(task.taskId);
      this.#live.delete(task.taskId);
    }
    if (task.status === 'input-required') this.#openResult(task.taskId);
  }

  #openResult(taskId: string): void {
    const watch = this.#watched.get(taskId);
    if (!watch || this.#outcomes.has(taskId)) return;
    const signal = AbortSignal.any([watch.signal, this.#deps.closed]);
    const outcome = this.#fetch(taskId, signal, 0);
    this.#outcomes.set(taskId, outcome);
    const show = async () => this.#deps.onChanged(await this.get(taskId, signal));
    outcome.then(show).catch((error: unknown) => {
      // The next poll that still finds it waiting opens it again.
      if (this.#outcomes.get(taskId) === outcome) this.#outcomes.delete(taskId);
      if (!signal.aborted)
        this.#deps.onProblem(`waiting for the task ${taskId} broke off: ${toAppError(error).message}`);
    });
  }

  async #fetch(taskId: string, signal: AbortSignal, timeoutMs: number): Promise<Outcome> {
    const ended = new AbortController();
    let leave: (() => void) | undefined;
    const onId = (id: number) => {
      leave = this.#deps.asks.enter(id, { callId: undefined, taskId, ended: ended.signal });
    };
    try {
      const raw = await taskRequest(this.#deps, 'result', { taskId }, { signal, timeoutMs, onId });
      return { kind: 'result', result: readCallResult(raw) };
    } catch (error) {
      const rpc = rpcErrorOf(error);
      if (!rpc) throw error;
      return { kind: 'error', error: { code: rpc.code, message: rpc.message } };
    } finally {
      leave?.();
      ended.abort();
    }
  }

  #endProgress(taskId: string): void {
    this.#progress.get(taskId)?.();
    this.#progress.delete(taskId);
  }
}
