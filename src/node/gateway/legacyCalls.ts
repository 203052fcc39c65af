import { RELATED_TASK_META_KEY } from '@modelcontextprotocol/server';
import type { CallerRun, RunQuestion, RunView } from '../../core/callerRuns.ts';
import { isFinal } from '../../core/jobs.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { HumanAnswer } from '../../core/requests.ts';
import { toDisposable, type Disposable } from '../../core/util/disposables.ts';
import { runAnswer, type GatewayCalls } from './calls.ts';
import { progressTokenOf } from './client.ts';
import type { Exchange, GatewayContext } from './context.ts';
import type { LegacySession } from './legacySession.ts';
import { questionRequest, readAnswer } from './questions.ts';
import type { Reply } from './reply.ts';
import { finalResult, legacyStatus, legacyTask, runFailure, toolResult } from './results.ts';
import { code, notification, RpcFailure, textParam } from './rpc.ts';

const maxListed = 100;

/** Tool calls and the tasks utility of the 2025-11-25 era, over runs. */
export class LegacyCalls {
  readonly #context: GatewayContext;
  readonly #calls: GatewayCalls;

  constructor(context: GatewayContext, calls: GatewayCalls) {
    this.#context = context;
    this.#calls = calls;
  }

  /** `tools/call`, plain or with `task`. */
  async call(session: LegacySession, exchange: Exchange, reply: Reply): Promise<JsonObject> {
    const { task } = exchange.params;
    const isTask = isJsonObject(task);
    const started = await this.#calls.start(exchange, isTask);
    if (started.kind === 'own') return toolResult(started.result, started.catalog, undefined, 'legacy');
    const { run, entry } = started;
    if (isTask) {
      run.handOut();
      this.#watch(session, exchange, run);
      return { task: legacyTask(this.#view(exchange, run.id)) };
    }
    const relay = this.#calls.relay(run, exchange);
    const open = session.addCall(run.request.serverId, reply);
    try {
      await this.#serve(session, run, reply, exchange.signal, undefined);
    } catch (error) {
      run.cancel();
      throw error;
    } finally {
      relay.dispose();
      open.dispose();
    }
    const { caller, scope } = exchange;
    return toolResult(runAnswer(run), this.#context.catalog(caller, scope), entry.server, 'legacy');
  }

  get(exchange: Exchange): JsonObject {
    return legacyTask(this.#view(exchange, textParam(exchange.params, 'taskId')));
  }

  /** The newest tasks of this caller. */
  list({ caller }: Exchange): JsonObject {
    return { tasks: this.#context.runs.list(caller, maxListed).map((view) => legacyTask(view)) };
  }

  /** Answers what is outstanding on its own stream, then gives exactly what the call would have given. */
  async result(session: LegacySession, exchange: Exchange, reply: Reply): Promise<JsonObject> {
    const { caller, scope, signal } = exchange;
    const id = textParam(exchange.params, 'taskId');
    const meta = { [RELATED_TASK_META_KEY]: { taskId: id } };
    const first = this.#view(exchange, id);
    const run = this.#context.runs.run(caller, id);
    const open = session.addCall(first.serverId, reply);
    try {
      if (run) await this.#serve(session, run, reply, signal, meta);
      else await this.#ended(exchange, id);
    } finally {
      open.dispose();
    }
    const view = this.#view(exchange, id);
    const result = legacyStatus(view) === 'cancelled' ? undefined : finalResult(view);
    if (!result) throw runFailure(view);
    const server = this.#context.deps.connections.get(view.serverId);
    const answer = toolResult(result, this.#context.catalog(caller, scope), server, 'legacy');
    return { ...answer, _meta: { ...(isJsonObject(answer['_meta']) ? answer['_meta'] : {}), ...meta } };
  }

  /** The task counts as cancelled when this returns; rejects when it had ended before. */
  cancel(exchange: Exchange): JsonObject {
    const view = this.#view(exchange, textParam(exchange.params, 'taskId'));
    const status = legacyStatus(view);
    if (view.isFinal || status === 'cancelled')
      throw new RpcFailure(code.invalidParams, `Cannot cancel task: it is already ${status}`);
    this.#context.runs.cancel(exchange.caller, view.id);
    return { ...legacyTask(this.#view(exchange, view.id)), status: 'cancelled' };
  }

  #view({ caller }: Exchange, id: string): RunView {
    const view = this.#context.runs.view(caller, id);
    if (!view) throw new RpcFailure(code.invalidParams, 'Task not found');
    return view;
  }

  /** Asks each question of the run once, until it has ended. */
  async #serve(
    session: LegacySession,
    run: CallerRun,
    reply: Reply,
    signal: AbortSignal,
    meta: JsonObject | undefined,
  ): Promise<void> {
    const asked = new Map<string, AbortController>();
    const isNew = ({ key }: RunQuestion) => !asked.has(key);
    try {
      for (;;) {
        await run.until(() => run.end !== undefined || run.questions.some(isNew), signal);
        if (run.end) return;
        for (const question of run.questions.filter(isNew)) {
          const over = new AbortController();
          asked.set(question.key, over);
          void this.#ask(session, run, question, reply, AbortSignal.any([signal, over.signal]), meta);
        }
      }
    } finally {
      for (const over of asked.values()) over.abort();
    }
  }

  /** A caller that cannot answer leaves the question to the inbox; one that refuses has dismissed it. */
  async #ask(
    session: LegacySession,
    run: CallerRun,
    question: RunQuestion,
    reply: Reply,
    signal: AbortSignal,
    meta: JsonObject | undefined,
  ): Promise<void> {
    const { method, params } = questionRequest(question, run.id, true);
    const gone = new AbortController();
    const watch = run.onDidChange(() => {
      if (!run.questions.some(({ key }) => key === question.key)) gone.abort();
    });
    let answer: HumanAnswer | undefined;
    try {
      const until = AbortSignal.any([signal, gone.signal]);
      const given = await session.ask(reply, method, { ...params, ...(meta ? { _meta: meta } : {}) }, until);
      answer = given && readAnswer(question, given);
    } catch (error) {
      if (signal.aborted) return; // the run goes on: it is asked again where somebody waits for it
      const isUnable = error instanceof RpcFailure && error.code === code.methodNotFound;
      answer = isUnable ? undefined : { kind: question.ask.kind === 'sampling' ? 'decline' : 'cancel' };
    } finally {
      watch.dispose();
    }
    run.answer(question.key, answer);
  }

  /** Waits for a job that an earlier process began. */
  #ended(exchange: Exchange, id: string): Promise<void> {
    const { jobs } = this.#context.deps;
    return new Promise((resolve, reject) => {
      const look = () => {
        const job = jobs.get(id);
        if (!job || isFinal(job.status)) leave(resolve);
      };
      const stop = () => leave(() => reject(new RpcFailure(code.cancelled, 'The request was cancelled')));
      const leave = (then: () => void) => {
        changes.dispose();
        exchange.signal.removeEventListener('abort', stop);
        then();
      };
      const changes = jobs.open.subscribe(look);
      exchange.signal.addEventListener('abort', stop, { once: true });
      look();
    });
  }

  /** Progress and states of a task, for as long as it runs and the session listens. */
  #watch(session: LegacySession, exchange: Exchange, run: CallerRun): void {
    const { serverId } = run.request;
    const related = { _meta: { [RELATED_TASK_META_KEY]: { taskId: run.id } } };
    const progressToken = progressTokenOf(exchange.params);
    let last = -Infinity;
    let told = '';
    const watches: Disposable[] = [];
    const end = toDisposable(() => {
      for (const watch of watches) watch.dispose();
    });
    if (progressToken !== undefined) {
      watches.push(
        run.onProgress(({ progress, total, message }) => {
          if (progress <= last) return;
          last = progress;
          const more = {
            ...(total === undefined ? {} : { total }),
            ...(message === undefined ? {} : { message }),
          };
          session.notify(
            notification('notifications/progress', { progressToken, progress, ...more, ...related }),
            serverId,
          );
        }),
      );
    }
    watches.push(
      run.onDidChange(() => {
        const view = this.#context.runs.view(exchange.caller, run.id);
        const status = view && legacyStatus(view);
        if (view && status !== undefined && status !== told) {
          told = status;
          session.notify(notification('notifications/tasks/status', legacyTask(view)), serverId);
        }
        if (run.end) end.dispose();
      }),
    );
    session.onEnd(() => end.dispose());
  }
}
