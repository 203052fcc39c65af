import { ProtocolError } from '@modelcontextprotocol/client';
import type { ClientFeatures } from '../../core/connection.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import { AppError } from '../../core/util/errors.ts';
import type { RpcId } from './frameTap.ts';

/** What tasks that we hold for a server need. */
export interface HeldTasksDeps {
  readonly features: ClientFeatures;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Aborted when the connection ends: what is held ends with it. */
  readonly closed: AbortSignal;
  /** Asks as a plain request of the server would be asked; rejects when it was refused. */
  readonly ask: (
    method: AskMethod,
    params: JsonObject,
    id: string,
    signal: AbortSignal,
  ) => Promise<JsonObject>;
  readonly reply: (id: RpcId, answer: Reply) => void;
}

/** A request of the server that may be made a task. */
export type AskMethod = 'elicitation/create' | 'sampling/createMessage';
/** The answer to a request, without its frame. */
export type Reply = { readonly result: JsonObject } | { readonly error: JsonObject };

type Status = 'working' | 'completed' | 'failed' | 'cancelled';

interface Held {
  readonly taskId: string;
  readonly createdAt: number;
  readonly ttl: number;
  readonly abort: AbortController;
  readonly over: PromiseWithResolvers<Reply>;
  status: Status;
  changedAt: number;
  expiry: Disposable | undefined;
}

const relatedTask = 'io.modelcontextprotocol/related-task';
const defaultTtlMs = 3_600_000;
const longestTtlMs = 24 * 3_600_000;
const pollMs = 1000;
const mostHeld = 32;
const invalidParams = -32602;
const internalError = -32603;

/** What is declared beside the rest to a 2025-11-25 server (`ClientCapabilities.tasks`); nothing where nothing can be asked. */
export function heldTaskCapabilities(features: ClientFeatures): JsonObject | undefined {
  if (!features.tasks || (!features.elicitation && !features.sampling)) return undefined;
  return {
    list: {},
    cancel: {},
    requests: {
      ...(features.elicitation ? { elicitation: { create: {} } } : {}),
      ...(features.sampling ? { sampling: { createMessage: {} } } : {}),
    },
  };
}

/**
 * Questions that a 2025-11-25 server asks with `task` (tasks utility, receiver side): it gets a handle at once, polls, and fetches the
 * answer when the human gave it. A held task lives as long as its connection and its `ttl` (milliseconds).
 */
export class HeldTasks {
  readonly #deps: HeldTasksDeps;
  readonly #held = new Map<string, Held>();

  constructor(deps: HeldTasksDeps) {
    this.#deps = deps;
    deps.closed.addEventListener('abort', () => this.#endAll(), { once: true });
  }

  /** True when the request is about a task of ours and is or will be answered. */
  request(id: RpcId, method: string, params: JsonObject): boolean {
    const { reply, features } = this.#deps;
    switch (method) {
      case 'elicitation/create':
      case 'sampling/createMessage': {
        const isDeclared = method === 'elicitation/create' ? features.elicitation : features.sampling;
        if (!isDeclared || !isJsonObject(params['task'])) return false;
        reply(id, this.#begin(method, params, params['task'], String(id)));
        return true;
      }
      case 'tasks/list':
        reply(id, { result: { tasks: [...this.#held.values()].map(taskOf) } });
        return true;
      case 'tasks/get':
        reply(
          id,
          this.#of(params, (held) => ({ result: taskOf(held) })),
        );
        return true;
      case 'tasks/cancel':
        reply(
          id,
          this.#of(params, (held) => this.#cancel(held)),
        );
        return true;
      case 'tasks/result': {
        const held = this.#find(params);
        if (held) void held.over.promise.then((answer) => reply(id, answer));
        else reply(id, unknownTask);
        return true;
      }
      default:
        return false;
    }
  }

  #begin(method: AskMethod, params: JsonObject, task: JsonObject, id: string): Reply {
    if (this.#held.size >= mostHeld)
      return { error: { code: internalError, message: `more than ${mostHeld} tasks at once are not held` } };
    const { clock, newId } = this.#deps;
    const now = clock.now();
    const wanted = task['ttl'];
    const ttl = typeof wanted === 'number' && wanted > 0 ? Math.min(wanted, longestTtlMs) : defaultTtlMs;
    const held: Held = {
      ...{ taskId: newId(), createdAt: now, ttl, changedAt: now, status: 'working', expiry: undefined },
      abort: new AbortController(),
      over: Promise.withResolvers<Reply>(),
    };
    held.expiry = clock.setTimer(ttl, () => this.#forget(held));
    this.#held.set(held.taskId, held);
    const { task: _, ...plain } = params;
    this.#deps.ask(method, plain, id, held.abort.signal).then(
      (result) => this.#end(held, 'completed', { result: { ...result, _meta: relation(result, held) } }),
      (error: unknown) => this.#end(held, 'failed', { error: errorOf(error) }),
    );
    return { result: { task: taskOf(held) } };
  }

  #of(params: JsonObject, answer: (held: Held) => Reply): Reply {
    const held = this.#find(params);
    return held ? answer(held) : unknownTask;
  }

  #find(params: JsonObject): Held | undefined {
    const { taskId } = params;
    return typeof taskId === 'string' ? this.#held.get(taskId) : undefined;
  }

  #cancel(held: Held): Reply {
    if (held.status !== 'working')
      return { error: { code: invalidParams, message: `the task is ${held.status} already` } };
    this.#end(held, 'cancelled', { error: { code: internalError, message: 'the task was cancelled' } });
    held.abort.abort(new AppError('cancelled', 'the server cancelled its question'));
    return { result: taskOf(held) };
  }

  #end(held: Held, status: Status, answer: Reply): void {
    if (held.status !== 'working') return;
    held.status = status;
    held.changedAt = this.#deps.clock.now();
    held.over.resolve(answer);
  }

  #forget(held: Held): void {
    this.#held.delete(held.taskId);
    held.expiry?.dispose();
    this.#end(held, 'cancelled', { error: { code: internalError, message: 'the task has expired' } });
    held.abort.abort(new AppError('cancelled', 'the time of the question is over'));
  }

  #endAll(): void {
    for (const held of [...this.#held.values()]) this.#forget(held);
  }
}

const unknownTask: Reply = { error: { code: invalidParams, message: 'no such task is held here' } };

/** A `Task` of the 2025-11-25 schema. */
function taskOf({ taskId, status, createdAt, changedAt, ttl }: Held): JsonObject {
  return {
    taskId,
    status,
    ...(status === 'working' ? { statusMessage: 'Waiting for the user' } : {}),
    createdAt: new Date(createdAt).toISOString(),
    lastUpdatedAt: new Date(changedAt).toISOString(),
    ttl,
    pollInterval: pollMs,
  };
}

function relation(result: JsonObject, { taskId }: Held): JsonObject {
  return { ...(isJsonObject(result['_meta']) ? result['_meta'] : {}), [relatedTask]: { taskId } };
}

function errorOf(error: unknown): JsonObject {
  if (error instanceof ProtocolError) return { code: error.code, message: error.message };
  return { code: internalError, message: error instanceof AppError ? error.message : 'the question failed' };
}
