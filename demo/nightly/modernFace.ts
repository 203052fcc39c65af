import { digestOf } from './engine.ts';
import type { JsonObject, RpcNotification, RpcRequest } from './jsonRpc.ts';
import { errorCode, notification, objectOr, RpcError, stringOr } from './jsonRpc.ts';
import { isWanted } from './logLevels.ts';
import { listen } from './modernListen.ts';
import type { ClientFacts, RequestState } from './modernWire.ts';
import {
  inputRequest,
  metaKey,
  missingCapability,
  modernVersion,
  openState,
  readEnvelope,
  sealState,
  taskOf,
  tasksExtension,
} from './modernWire.ts';
import { getPrompt, promptDefinitions } from './prompts.ts';
import { listResources, page, readResource, resourceTemplates } from './resources.ts';
import type { Run, ToolResult } from './runs.ts';
import { isTerminal, MissingFeature, ToolFailure } from './runs.ts';
import type { Service } from './service.ts';
import { instructions, rootsOf, serverInfo } from './service.ts';
import type { ToolDefinition } from './tools.ts';

/** One request in flight: where its notifications go, and whether the client gave it up. */
export interface Exchange {
  notify(message: RpcNotification): void;
  readonly signal: AbortSignal;
}

/** What this face offers, as `server/discover` says it. */
export const modernCapabilities: JsonObject = {
  tools: {},
  resources: { subscribe: true, listChanged: true },
  prompts: {},
  completions: {},
  logging: {},
  extensions: { [tasksExtension]: {} },
};

/** How long a list may be reused: fixed lists for long, lists of runs not at all. */
const fixed = { ttlMs: 3_600_000, cacheScope: 'public' };
const changing = { ttlMs: 0, cacheScope: 'private' };

type Method = (
  params: JsonObject,
  client: ClientFacts,
  exchange: Exchange,
  id: RpcRequest['id'],
) => Promise<JsonObject> | JsonObject;

/** The 2026-07-28 semantics, the same over stdio and HTTP: stateless requests, MRTR and the tasks extension. */
export class ModernFace {
  readonly #service: Service;
  readonly #secret: Buffer;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #closing = new AbortController();

  constructor(service: Service) {
    this.#service = service;
    this.#secret = service.store.secret();
    const { engine, options } = service;
    this.#methods = {
      'server/discover': () => ({
        supportedVersions: [modernVersion],
        capabilities: modernCapabilities,
        instructions,
        ...fixed,
      }),
      'tools/list': (params) => ({
        ...page('tools', service.definitions.map(listedTool), stringOr(params['cursor'])),
        ...fixed,
      }),
      'tools/call': (params, client, exchange) => this.#call(params, client, exchange),
      'resources/list': (params) => ({ ...listResources(engine, stringOr(params['cursor'])), ...changing }),
      'resources/templates/list': () => ({ resourceTemplates, ...fixed }),
      'resources/read': (params) => ({
        ...readResource(engine, options.state, String(params['uri']), errorCode.invalidParams),
        ...changing,
      }),
      'prompts/list': (params) => ({
        ...page('prompts', promptDefinitions, stringOr(params['cursor'])),
        ...fixed,
      }),
      'prompts/get': (params) => getPrompt(engine, String(params['name']), objectOr(params['arguments'])),
      'completion/complete': (params) => service.complete(params),
      'tasks/get': (params, client) => this.detailedTask(this.#task(params, client)),
      'tasks/update': (params, client) => this.#update(params, client),
      'tasks/cancel': (params, client) => this.#cancel(params, client),
      'subscriptions/listen': (params, client, exchange, id) =>
        listen(this, service, { params, client, exchange, id, closing: this.#closing.signal }),
    };
  }

  /** Answers one request with its result; rejects with RpcError. */
  async handle(request: RpcRequest, exchange: Exchange): Promise<JsonObject> {
    const client = readEnvelope(request);
    const method = Object.hasOwn(this.#methods, request.method) ? this.#methods[request.method] : undefined;
    if (method === undefined)
      throw new RpcError(errorCode.methodNotFound, `Method not found: ${request.method}`);
    if (request.method !== 'server/discover') this.#service.engine.wake();
    const result = await method(objectOr(request.params), client, exchange, request.id);
    const { name, title, version } = serverInfo;
    const who = request.method === 'server/discover' ? serverInfo : { name, title, version };
    const meta = { ...objectOr(result['_meta']), [metaKey.serverInfo]: who };
    return { resultType: 'complete', ...result, _meta: meta };
  }

  /** The whole state of a task, as `tasks/get` answers and `notifications/tasks` pushes it. */
  detailedTask(run: Run): JsonObject {
    const task = taskOf(run, this.#service.options.pollMs);
    if (run.status === 'input_required') return { ...task, inputRequests: inputRequestsOf(run) };
    if (run.status === 'completed') {
      return { ...task, result: { resultType: 'complete', ...this.#service.deliver(run) } };
    }
    return run.status === 'failed' ? { ...task, error: run.error } : task;
  }

  /** The unexpired task with this id. */
  findTask(taskId: unknown): Run | undefined {
    const run = typeof taskId === 'string' ? this.#service.engine.get(taskId) : undefined;
    const isExpired = run !== undefined && isTerminal(run) && Date.now() > run.createdAt + run.ttlMs;
    return run?.mode === 'task' && !isExpired ? run : undefined;
  }

  /** Ends every subscription with its final result. */
  close(): void {
    this.#closing.abort();
  }

  async #call(params: JsonObject, client: ClientFacts, exchange: Exchange): Promise<JsonObject> {
    const tool = this.#service.tool(params['name']);
    const args = digestOf(objectOr(params['arguments']));
    const isRetry = params['requestState'] !== undefined;
    const state = isRetry ? openState(this.#secret, params['requestState'], tool.name, args) : undefined;
    if (!isRetry) this.#service.journal.call(tool.name, { arguments: params['arguments'], era: 'modern' });
    if (tool.isTaskOnly && !client.hasTasks)
      throw missingCapability({ extensions: { [tasksExtension]: {} } });
    try {
      if (state?.runId !== undefined) return await this.#goOn(state.runId, state, params, client, exchange);
      const roots = isRetry ? rootsOf(objectOr(params['inputResponses'])['roots']) : undefined;
      const asked = await this.#service.prepare(
        tool,
        params['arguments'],
        roots ?? (client.hasRoots ? undefined : []),
      );
      if (asked.kind === 'needs-roots') {
        const requestState = sealState(this.#secret, { tool: tool.name, args });
        return {
          resultType: 'input_required',
          inputRequests: { roots: { method: 'roots/list' } },
          requestState,
        };
      }
      if (!tool.isLong) return { ...this.#service.quick(tool.name, asked.args) };
      const run = await this.#service.engine.start({
        tool: tool.name,
        args: asked.args,
        idempotencyKey: asked.idempotencyKey,
        mode: client.hasTasks ? 'task' : 'plain',
        features: client.features,
        ttlMs: this.#service.options.ttlMs,
      });
      log(client, exchange, 'info', `${tool.name} is run ${run.id}`);
      if (client.hasTasks) return { resultType: 'task', ...taskOf(run, this.#service.options.pollMs) };
      return await this.#follow(run, { tool: tool.name, args, runId: run.id }, client, exchange);
    } catch (error) {
      if (error instanceof MissingFeature) throw missingCapability({ elicitation: { [error.feature]: {} } });
      if (error instanceof ToolFailure) return { ...error.toResult() };
      throw error;
    }
  }

  /** Takes the answers of a retried call and follows its run again. */
  async #goOn(
    runId: string,
    state: RequestState,
    params: JsonObject,
    client: ClientFacts,
    exchange: Exchange,
  ): Promise<JsonObject> {
    this.#answer(runId, objectOr(params['inputResponses']));
    const run = this.#service.engine.get(runId);
    if (run === undefined) throw new ToolFailure(`Run ${runId} is gone.`);
    return await this.#follow(run, state, client, exchange);
  }

  async #follow(run: Run, state: RequestState, client: ClientFacts, exchange: Exchange): Promise<JsonObject> {
    const report = progressReporter(client, exchange);
    report(run);
    let settled: Run;
    try {
      settled = await this.#service.engine.settled(run.id, exchange.signal, report);
    } catch (error) {
      const isOnlyOurs = run.mode === 'plain' && run.calls === 1;
      // A stopping server breaks streams too, and that is nobody's wish to cancel.
      if (exchange.signal.aborted && isOnlyOurs && !this.#closing.signal.aborted) {
        this.#service.journal.cancel(run.id);
        this.#service.engine.cancel(run.id, 'now', 'The client gave the call up');
      }
      throw error;
    }
    if (settled.status === 'input_required') {
      const requestState = sealState(this.#secret, state);
      return { resultType: 'input_required', inputRequests: inputRequestsOf(settled), requestState };
    }
    return { ...outcomeOf(this.#service, settled) };
  }

  #task(params: JsonObject, client: ClientFacts): Run {
    if (!client.hasTasks) throw missingCapability({ extensions: { [tasksExtension]: {} } });
    const run = this.findTask(params['taskId']);
    if (run === undefined) throw new RpcError(errorCode.invalidParams, 'Task not found');
    return run;
  }

  #update(params: JsonObject, client: ClientFacts): JsonObject {
    const run = this.#task(params, client);
    this.#answer(run.id, objectOr(params['inputResponses']));
    return {};
  }

  #cancel(params: JsonObject, client: ClientFacts): JsonObject {
    const run = this.#task(params, client);
    this.#service.journal.cancel(run.id);
    this.#service.engine.cancel(run.id, 'soon', 'Cancelled on request');
    return {};
  }

  /** Applies what is still asked; everything is checked first, so a bad answer changes nothing. */
  #answer(runId: string, responses: JsonObject): void {
    const { engine, journal } = this.#service;
    const questions = engine.get(runId)?.questions ?? {};
    const wanted = Object.entries(questions).filter(([key]) => responses[key] !== undefined);
    const answers = wanted.map(([key, question]) => ({
      key,
      answer: this.#service.readAnswer(question, responses[key]),
    }));
    for (const { key, answer } of answers) {
      journal.answer(runId, key, { action: answer.action, isApplied: engine.answer(runId, key, answer) });
    }
    for (const key of Object.keys(responses).filter((given) => !(given in questions))) {
      journal.answer(runId, key, { isApplied: false });
    }
  }
}

/** The result of a finished run; rejects with its error when it failed or was cancelled. */
export function outcomeOf(service: Service, run: Run): ToolResult {
  if (run.status === 'failed' && run.error !== undefined)
    throw new RpcError(run.error.code, run.error.message, run.error.data);
  if (run.status === 'cancelled') throw new RpcError(errorCode.cancelled, run.statusMessage);
  return service.deliver(run);
}

function listedTool(tool: ToolDefinition): JsonObject {
  const { isLong: _isLong, isTaskOnly: _isTaskOnly, ...listed } = tool;
  return listed;
}

function inputRequestsOf(run: Run): JsonObject {
  return Object.fromEntries(
    Object.entries(run.questions).map(([key, question]) => [key, inputRequest(question)]),
  );
}

function progressReporter(client: ClientFacts, exchange: Exchange): (run: Run) => void {
  let last = 0;
  return (run) => {
    if (run.progress <= last) return;
    last = run.progress;
    log(client, exchange, 'debug', run.statusMessage);
    if (client.progressToken === undefined) return;
    const { progress, total, statusMessage: message } = run;
    exchange.notify(
      notification('notifications/progress', {
        progressToken: client.progressToken,
        progress,
        total,
        message,
      }),
    );
  };
}

function log(client: ClientFacts, exchange: Exchange, level: string, data: string): void {
  if (client.logLevel === undefined || !isWanted(level, client.logLevel)) return;
  exchange.notify(notification('notifications/message', { level, logger: 'nightly', data }));
}
