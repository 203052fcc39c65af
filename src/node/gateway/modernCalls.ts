import type { IncomingHttpHeaders } from 'node:http';
import type { CallerRun, RunQuestion, RunView } from '../../core/callerRuns.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { HumanAnswer } from '../../core/requests.ts';
import { canonicalJson } from '../../core/util/canonicalJson.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import { runAnswer, type GatewayCalls } from './calls.ts';
import { tasksExtension } from './client.ts';
import type { Exchange, GatewayContext } from './context.ts';
import { questionRequest, readAnswer } from './questions.ts';
import { finalResult, modernStatus, modernTask, runFailure, toolResult } from './results.ts';
import { code, missingCapability, objectParam, RpcFailure, textParam, toRpcFailure } from './rpc.ts';
import { createSeal, type Seal } from './seal.ts';

const stateSeconds = 3_600;
const holdMs = 10 * 60_000;

interface Held {
  readonly run: CallerRun;
  readonly timer: Disposable;
}

/** Tool calls of the 2026-07-28 era over runs: answers asked for in rounds (MRTR), and the tasks extension. */
export class ModernCalls implements Disposable {
  readonly #context: GatewayContext;
  readonly #calls: GatewayCalls;
  readonly #seal: Seal;
  /** Runs that wait for their caller to come back with answers. */
  readonly #held = new Map<string, Held>();

  constructor(context: GatewayContext, calls: GatewayCalls) {
    this.#context = context;
    this.#calls = calls;
    this.#seal = createSeal(context.deps.secret, 'call', stateSeconds);
  }

  async call(exchange: Exchange, headers: IncomingHttpHeaders): Promise<JsonObject> {
    const { params, signal, client } = exchange;
    const responses = objectParam(params, 'inputResponses') ?? {};
    let run: CallerRun;
    if (params['requestState'] === undefined) {
      const started = await this.#calls.start(exchange, false, headers);
      if (started.kind === 'own') return toolResult(started.result, started.catalog, undefined, 'modern');
      ({ run } = started);
    } else run = await this.#resume(exchange, responses);
    const relay = this.#calls.relay(run, exchange);
    const isTask = () => client.tasks && run.job?.task !== undefined;
    try {
      const isSettled = () => run.end !== undefined || isTask() || run.questions.length > 0;
      await run.until(isSettled, signal);
      // What a server asks in one round arrives one after the other.
      if (run.questions.length > 0) await new Promise((resolve) => setImmediate(resolve));
      // A caller may know beforehand what it will be asked.
      if (this.#take(run, responses)) await run.until(isSettled, signal);
    } catch (error) {
      run.cancel();
      throw error;
    } finally {
      relay.dispose();
    }
    if (run.end) return this.#answer(exchange, run);
    if (isTask()) {
      run.handOut();
      return { resultType: 'task', ...modernTask(this.#view(exchange, run.id)) };
    }
    return this.#askBack(exchange, run);
  }

  /** The whole state of a task, as `tasks/get` answers and `notifications/tasks` pushes it. */
  detailed(exchange: Exchange, view: RunView): JsonObject {
    const task = modernTask(view);
    const { caller, scope } = exchange;
    switch (modernStatus(view)) {
      case 'input_required':
        return { ...task, inputRequests: inputRequests(view.questions, view.id) };
      case 'completed': {
        const result = finalResult(view);
        const server = this.#context.deps.connections.get(view.serverId);
        const catalog = this.#context.catalog(caller, scope);
        const body = result ? toolResult(result, catalog, server, 'modern') : { content: [] };
        return { ...task, result: { resultType: 'complete', ...body } };
      }
      case 'failed': {
        const { code: errorCode, message, data } = runFailure(view);
        return { ...task, error: { code: errorCode, message, ...(data === undefined ? {} : { data }) } };
      }
      default:
        return task;
    }
  }

  get(exchange: Exchange): JsonObject {
    return this.detailed(exchange, this.task(exchange));
  }

  /** Takes answers; everything is read first, so that a malformed one changes nothing. */
  update(exchange: Exchange): JsonObject {
    const view = this.task(exchange);
    const run = this.#context.runs.run(exchange.caller, view.id);
    if (run) this.#take(run, objectParam(exchange.params, 'inputResponses') ?? {});
    return {};
  }

  cancel(exchange: Exchange): JsonObject {
    const view = this.task(exchange);
    this.#context.runs.cancel(exchange.caller, view.id);
    return {};
  }

  /** The task that a request names; rejects for one that is not this caller's, and for a client without the extension. */
  task(exchange: Exchange): RunView {
    if (!exchange.client.tasks) throw missingCapability({ extensions: { [tasksExtension]: {} } });
    return this.#view(exchange, textParam(exchange.params, 'taskId'));
  }

  dispose(): void {
    for (const { timer } of this.#held.values()) timer.dispose();
    this.#held.clear();
  }

  #view({ caller }: Exchange, id: string): RunView {
    const view = this.#context.runs.view(caller, id);
    if (!view) throw new RpcFailure(code.invalidParams, 'Task not found');
    return view;
  }

  #answer({ caller, scope }: Exchange, run: CallerRun): JsonObject {
    const server = this.#context.deps.connections.get(run.request.serverId);
    try {
      return toolResult(runAnswer(run), this.#context.catalog(caller, scope), server, 'modern');
    } catch (error) {
      throw toRpcFailure(error);
    }
  }

  /** Ends this request with the questions; the call goes on, and waits for its caller to come back. */
  async #askBack({ params }: Exchange, run: CallerRun): Promise<JsonObject> {
    this.#held.get(run.id)?.timer.dispose();
    const timer = this.#context.deps.clock.setTimer(holdMs, () => {
      this.#held.delete(run.id);
      run.cancel();
    });
    this.#held.set(run.id, { run, timer });
    const round = this.#context.deps.newId();
    const requestState = await this.#seal.seal({ run: run.id, round, call: this.#digest(params) });
    return {
      resultType: 'input_required',
      inputRequests: inputRequests(run.questions, run.id),
      requestState,
    };
  }

  async #resume(exchange: Exchange, responses: JsonObject): Promise<CallerRun> {
    const { params, caller } = exchange;
    const invalid = new RpcFailure(code.invalidParams, 'The requestState is not valid for this request');
    const state = await this.#seal.open(textParam(params, 'requestState'));
    if (!state || state['call'] !== this.#digest(params)) throw invalid;
    const id = textParam(state, 'run');
    const held = this.#held.get(id);
    if (held?.run.request.caller.name !== caller.name) throw invalid;
    this.#take(held.run, responses);
    held.timer.dispose();
    this.#held.delete(id);
    return held.run;
  }

  /** Gives the answers that fit a question; false when there was none. */
  #take(run: CallerRun, responses: JsonObject): boolean {
    const answers = run.questions.flatMap((question): [string, HumanAnswer][] => {
      const given = Object.hasOwn(responses, question.key) ? responses[question.key] : undefined;
      return given === undefined ? [] : [[question.key, readAnswer(question, given)]];
    });
    for (const [key, answer] of answers) run.answer(key, answer);
    return answers.length > 0;
  }

  /** What of a request must be the same when it comes again. */
  #digest({ name, arguments: args }: JsonObject): string {
    return this.#context.deps.sha256(canonicalJson([name ?? null, isJsonObject(args) ? args : {}]));
  }
}

function inputRequests(questions: readonly RunQuestion[], runId: string): JsonObject {
  return Object.fromEntries(
    questions.map((question): [string, JsonObject] => [
      question.key,
      { ...questionRequest(question, runId, false) },
    ]),
  );
}
