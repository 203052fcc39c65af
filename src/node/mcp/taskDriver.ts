import type { Progress, TaskSnapshot } from '../../core/connection.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { rpcCode } from '../../core/rpcErrors.ts';
import { AppError } from '../../core/util/errors.ts';
import type { AskRouter } from './askRouter.ts';
import { readTask } from './callResults.ts';
import type { Redact } from './redactor.ts';
import type { Wire } from './wire.ts';
import { rpcErrorOf } from './wireErrors.ts';

export interface TaskDriverDeps {
  readonly wire: Wire;
  readonly asks: AskRouter;
  readonly clock: Clock;
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
  readonly redact: Redact;
  /** Aborted when the connection ends. */
  readonly closed: AbortSignal;
  readonly onChanged: (task: TaskSnapshot) => void;
  readonly onProblem: (text: string) => void;
}

/** The tasks of one connection in one dialect. */
export interface TaskDriver {
  /** True while a task that lives in this session is not known to have ended. */
  readonly hasLiveTasks: boolean;
  /** Notes that a call became a task; its progress goes on until the task ends. */
  began(taskId: string, requestId: number, onProgress: (progress: Progress) => void): void;
  get(taskId: string, signal: AbortSignal): Promise<TaskSnapshot>;
  list(signal: AbortSignal): Promise<readonly TaskSnapshot[]>;
  cancel(taskId: string, signal: AbortSignal): Promise<void>;
  watch(taskId: string, answeredKeys: ReadonlySet<string>): () => void;
  /** A state that the server pushed. */
  pushed(params: JsonObject): void;
}

/** Sends `tasks/<verb>`; a task that the server does not know rejects with `not-found`. */
export async function taskRequest(
  deps: TaskDriverDeps,
  verb: 'get' | 'cancel' | 'result' | 'update',
  params: JsonObject & { readonly taskId: string },
  options: {
    readonly signal: AbortSignal;
    readonly timeoutMs?: number;
    readonly onId?: (id: number) => void;
  },
): Promise<JsonObject> {
  const { wire, timeoutMs } = deps;
  try {
    return await wire.request({ method: `tasks/${verb}`, params, timeoutMs, ...options });
  } catch (error) {
    if (rpcErrorOf(error)?.code !== rpcCode.invalidParams || verb === 'update') throw error;
    throw new AppError('not-found', `the server does not know the task ${params.taskId}`, { cause: error });
  }
}

/** The task in an answer to `tasks/get`; rejects with `server-error` when there is none. */
export function taskOf(raw: JsonObject, deps: TaskDriverDeps): TaskSnapshot {
  const task = readTask(raw, deps.clock.now(), deps.redact);
  if (!task) throw new AppError('server-error', 'the server answered tasks/get without a task');
  return task;
}
