import type { IncomingHttpHeaders } from 'node:http';
import type { CallerRun } from '../../core/callerRuns.ts';
import type { CallResult, LogLevel } from '../../core/connection.ts';
import type { GatewayCatalog, OfferedTool } from '../../core/gatewayCatalog.ts';
import { isDiscovered } from '../../core/gatewaySettings.ts';
import { jobToolNames, problem, runResult, type GatewayTool } from '../../core/gatewayTools.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { isLogged } from '../../core/logLevel.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import { toAppError } from '../../core/util/errors.ts';
import { headerParams, paramHeaders } from '../mcp/paramHeaders.ts';
import { rpcErrorOf } from '../mcp/wireErrors.ts';
import { canAnswer, passedMeta, progressTokenOf, tasksExtension } from './client.ts';
import type { Exchange, GatewayContext } from './context.ts';
import { decodedHeader } from './door.ts';
import {
  code,
  missingCapability,
  notification,
  objectParam,
  RpcFailure,
  textParam,
  toRpcFailure,
} from './rpc.ts';

/** A `tools/call` that was understood: one of our own tools, done, or a run of a server's. */
export type Started =
  | { readonly kind: 'own'; readonly result: CallResult; readonly catalog: GatewayCatalog }
  | { readonly kind: 'run'; readonly run: CallerRun; readonly entry: OfferedTool };

const patienceMs = 5_000;

/** What both eras do with `tools/call` before they differ. */
export class GatewayCalls {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Starts the call; rejects for a tool that is not offered. */
  async start(exchange: Exchange, isTask: boolean, headers?: IncomingHttpHeaders): Promise<Started> {
    const { caller, scope, params, client } = exchange;
    let name = textParam(params, 'name');
    let args = objectParam(params, 'arguments') ?? {};
    const catalog = await this.#catalog(exchange, name);
    const own = this.#ownTool(exchange, catalog, name);
    const called = own?.name === 'call_tool' ? args['tool'] : undefined;
    const isKnown = typeof called === 'string' && catalog.tools.has(called);
    // What `call_tool` runs is a call like any other; a name that it does not know is for the model to correct.
    if (own && !isKnown) return { kind: 'own', result: await this.#runOwn(own, args, exchange), catalog };
    if (isKnown) {
      name = called;
      args = objectParam(args, 'arguments') ?? {};
    }
    const entry = catalog.tools.get(name);
    if (!entry) throw new RpcFailure(code.invalidParams, `Unknown tool: ${name}`);
    if (isTask && !entry.isTask) throw new RpcFailure(code.methodNotFound, `${name} cannot run as a task`);
    if (headers && !own) checkParamHeaders(entry, args, headers);
    const meta = passedMeta(params);
    const { server, tool } = entry;
    const isPlain = !isTask && !client.tasks;
    // One server alone is shown as it is, with what it asks of its clients; behind the common door we wait in the caller's place.
    const isMirror = scope.kind === 'server';
    if (isPlain && isMirror && tool.taskSupport === 'required') throw this.#needsTask(exchange, name);
    const plain = tool.taskSupport === 'required' ? 'auto' : 'plain';
    const run = this.#context.runs.start({
      caller,
      serverId: server.definition.id,
      serverName: server.definition.name,
      tool: tool.name,
      arguments: args,
      mode: isPlain ? plain : 'auto',
      ...(meta ? { meta } : {}),
      ...(isPlain && isMirror && exchange.era === 'modern' ? { refusesTask: true } : {}),
      takes: (ask) => this.#context.asksCaller(caller) && canAnswer(client, ask),
    });
    return { kind: 'run', run, entry };
  }

  /** Passes progress on while a request waits for its run; while the approval is out, a sign of life at times. */
  relay(run: CallerRun, exchange: Exchange): Disposable {
    const token = progressTokenOf(exchange.params);
    const progress = token === undefined ? undefined : this.#relayProgress(run, exchange, token);
    const server = run.request.serverName;
    const logs = this.#context.deps.reports.subscribe((report) => {
      if (report.kind !== 'log' || report.serverId !== run.request.serverId) return;
      if (exchange.era === 'modern') sendLog(exchange, server, report.level, report.text);
    });
    return {
      dispose: () => {
        progress?.dispose();
        logs.dispose();
      },
    };
  }

  #relayProgress(run: CallerRun, exchange: Exchange, progressToken: string | number): Disposable {
    const { clock } = this.#context.deps;
    let last = 0;
    let beats = 0;
    const send = (progress: number, more: JsonObject) => {
      if (progress <= last && last > 0) return; // it must increase
      last = progress;
      exchange.notify(notification('notifications/progress', { progressToken, progress, ...more }));
    };
    const reports = run.onProgress(({ progress, total, message }) =>
      send(progress, {
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      }),
    );
    let said = '';
    // A task of the 2026-07-28 era reports in words, not in progress.
    const words = run.onDidChange(() => {
      const message = run.job?.task && run.job.statusMessage;
      if (!message || message === said) return;
      said = message;
      send(last + 1e-6, { message });
    });
    let timer = clock.setTimer(patienceMs, function beat() {
      if (run.job || run.end) return;
      // Far below what any server counts in, so that its own progress still increases.
      send(++beats * 1e-9, { message: `${run.request.tool} waits for approval` });
      timer = clock.setTimer(patienceMs, beat);
    });
    return {
      dispose: () => {
        reports.dispose();
        words.dispose();
        timer.dispose();
      },
    };
  }

  #needsTask({ era }: Exchange, name: string): RpcFailure {
    if (era === 'legacy') return new RpcFailure(code.methodNotFound, `${name} can only run as a task`);
    return missingCapability({ extensions: { [tasksExtension]: {} } });
  }

  async #catalog(exchange: Exchange, name: string): Promise<GatewayCatalog> {
    const { caller, scope, signal } = exchange;
    const catalog = this.#context.catalog(caller, scope);
    const own = this.#ownTool(exchange, catalog, name);
    const { arguments: args } = exchange.params;
    const called = own?.name === 'call_tool' && isJsonObject(args) ? args['tool'] : undefined;
    const wanted = typeof called === 'string' ? called : name;
    if (catalog.tools.has(wanted) || (own && called === undefined)) return catalog;
    return this.#context.settled(caller, scope, signal);
  }

  #ownTool({ scope }: Exchange, catalog: GatewayCatalog, name: string): GatewayTool | undefined {
    const tool = scope.kind === 'all' ? this.#context.tools.get(name) : undefined;
    if (!tool) return undefined;
    const settings = this.#context.deps.settings.get();
    const isJobTool = jobToolNames.some((known) => known === name);
    return (isJobTool ? settings.jobTools : isDiscovered(catalog, settings)) ? tool : undefined;
  }

  /** What is wrong with the arguments is for the model to read, and to do better. */
  async #runOwn(
    tool: GatewayTool,
    args: JsonObject,
    { caller, signal, params }: Exchange,
  ): Promise<CallResult> {
    const meta = passedMeta(params);
    try {
      return await tool.run(args, { caller, signal, ...(meta ? { meta } : {}) });
    } catch (error) {
      const { message, nextStep } = toAppError(error);
      if (toAppError(error).code === 'internal') throw error;
      return problem(nextStep === undefined ? message : `${message}. ${nextStep}`);
    }
  }
}

/** What an ended run answers; rejects with what the server's protocol answered, or with what is wrong with the request. */
export function runAnswer(run: CallerRun): CallResult {
  const { end } = run;
  const error =
    end?.kind === 'error' ? end.error : end?.outcome.kind === 'failed' ? end.outcome.error : undefined;
  if (error && rpcErrorOf(error)) throw toRpcFailure(error);
  if (end?.kind === 'error' && (end.error.code === 'not-found' || end.error.code === 'invalid-input'))
    throw toRpcFailure(end.error);
  return runResult(run);
}

/** Sends a server's message along where it is wanted. */
function sendLog({ logLevel, notify }: Exchange, logger: string, level: LogLevel, data: string): void {
  if (logLevel !== undefined && isLogged(level, logLevel))
    notify(notification('notifications/message', { level, logger, data }));
}

/** Parameters that a schema repeats in headers must say the same there (2026-07-28, SEP-2243). */
function checkParamHeaders({ tool }: OfferedTool, args: JsonObject, headers: IncomingHttpHeaders): void {
  const declared = headerParams(tool.inputSchema);
  if (declared.kind !== 'valid' || declared.params.length === 0) return;
  const expected = paramHeaders(declared.params, args);
  for (const { header } of declared.params) {
    const given = headers[`mcp-param-${header.toLowerCase()}`];
    const text = decodedHeader(typeof given === 'string' ? given.trim() : undefined);
    if (text === decodedHeader(expected[`Mcp-Param-${header}`])) continue;
    throw new RpcFailure(
      code.headerMismatch,
      `Header mismatch: Mcp-Param-${header} does not say what the body says`,
    );
  }
}
