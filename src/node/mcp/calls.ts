import type { Ask, CallReply, CallRequest, Progress, TaskSnapshot, Tool } from '../../core/connection.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { rpcCode } from '../../core/rpcErrors.ts';
import { AppError } from '../../core/util/errors.ts';
import { abortReason } from './abortReason.ts';
import type { AskRouter } from './askRouter.ts';
import { readCallResult, readTask } from './callResults.ts';
import { headerParams, paramHeaders } from './paramHeaders.ts';
import type { TaskDriver } from './taskDriver.ts';
import type { Redact } from './redactor.ts';
import type { Wire, WireRequest } from './wire.ts';
import { dataOf, rpcErrorOf } from './wireErrors.ts';

export interface CallsDeps {
  readonly wire: Wire;
  readonly asks: AskRouter;
  readonly tasks: TaskDriver;
  readonly clock: Clock;
  readonly capabilities: JsonObject;
  /** Parameters are repeated in headers: modern era over Streamable HTTP. */
  readonly hasParamHeaders: boolean;
  readonly redact: Redact;
  readonly knownTool: (name: string) => Tool | undefined;
  /** Told the id of each request of a call before it goes out. */
  readonly onSent?: (callId: string, requestId: number) => void;
  readonly listTools: (signal: AbortSignal) => Promise<unknown>;
  /** Resolves when the server says that the user has finished with this URL. */
  readonly urlCompleted: (elicitationId: string, signal: AbortSignal) => Promise<void>;
}

/** A request whose answer may have to wait for the user. */
export type InputRequest = WireRequest & { readonly params: JsonObject };

type Turn =
  | { readonly kind: 'answer'; readonly raw: JsonObject }
  | { readonly kind: 'input'; readonly raw: JsonObject }
  | { readonly kind: 'url'; readonly elicitations: readonly Json[] }
  | { readonly kind: 'headers'; readonly error: AppError };

const maxRounds = 10;
const urlWaitMs = 10 * 60_000;

/** Calls of tools, and the other requests that may ask the user something before they are answered. */
export class Calls {
  readonly #deps: CallsDeps;

  constructor(deps: CallsDeps) {
    this.#deps = deps;
  }

  /** Sends `tools/call`. It goes out again only when the server said that it has not run and what it waits for. */
  async call(
    callId: string,
    request: CallRequest,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<CallReply> {
    const tool = this.#deps.knownTool(request.tool);
    let requestId = 0;
    const raw = await this.withInput(callId, {
      method: 'tools/call',
      params: {
        name: request.tool,
        arguments: request.arguments,
        ...(this.#becomesTask(request, tool) ? { task: {} } : {}),
        ...(request.meta ? { _meta: request.meta } : {}),
      },
      signal,
      timeoutMs: request.timeoutMs,
      refusesTask: request.refusesTask,
      onProgress,
      headers: this.#headers(tool, request.arguments),
      onId: (id) => {
        requestId = id;
      },
    });
    const task = this.#taskIn(raw);
    if (!task) return { kind: 'done', result: readCallResult(raw) };
    this.#deps.tasks.began(task.taskId, requestId, onProgress);
    return { kind: 'task', task };
  }

  /** Sends a request and lets the user answer what the server asks, at most ten times. */
  async withInput(callId: string | undefined, original: InputRequest): Promise<JsonObject> {
    const { signal } = original;
    const openedUrls = new Set<string>();
    let request = original;
    for (let round = 1; ; round++) {
      const turn = await this.#turn(callId, request);
      if (turn.kind === 'answer') return turn.raw;
      if (round > maxRounds) {
        throw new AppError(
          'server-error',
          `the server asked ${maxRounds} times for input and still did not answer ${original.method}`,
        );
      }
      switch (turn.kind) {
        case 'input':
          request = {
            ...request,
            params: { ...original.params, ...(await this.#answers(callId, turn.raw, round, signal)) },
          };
          break;
        case 'url':
          for (const elicitation of turn.elicitations)
            await this.#openUrl(callId, elicitation, openedUrls, signal);
          break;
        case 'headers':
          if (round > 1) throw turn.error;
          request = await this.#withNewHeaders(request);
      }
    }
  }

  async #turn(callId: string | undefined, request: InputRequest): Promise<Turn> {
    const ended = new AbortController();
    let leave: (() => void) | undefined;
    const onId = (id: number) => {
      if (callId !== undefined) this.#deps.onSent?.(callId, id);
      leave = this.#deps.asks.enter(id, { callId, taskId: undefined, ended: ended.signal });
      request.onId?.(id);
    };
    try {
      const raw = await this.#deps.wire.request({ ...request, onId });
      return { kind: raw['resultType'] === 'input_required' ? 'input' : 'answer', raw };
    } catch (error) {
      const rpc = rpcErrorOf(error);
      if (!(error instanceof AppError) || !rpc) throw error;
      if (
        rpc.code === rpcCode.headerMismatch &&
        this.#deps.hasParamHeaders &&
        request.method === 'tools/call'
      ) {
        return { kind: 'headers', error };
      }
      const elicitations =
        rpc.code === rpcCode.urlElicitationRequired ? dataOf(rpc)?.['elicitations'] : undefined;
      if (!Array.isArray(elicitations) || elicitations.length === 0) throw error;
      return { kind: 'url', elicitations: elicitations as readonly Json[] };
    } finally {
      leave?.();
      ended.abort();
    }
  }

  async #answers(
    callId: string | undefined,
    raw: JsonObject,
    round: number,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { inputRequests, requestState } = raw;
    if (inputRequests !== undefined && !isJsonObject(inputRequests)) {
      throw new AppError('server-error', 'the server asked for input in a form we do not know');
    }
    const origin = { callId, taskId: undefined };
    const inputResponses = await this.#deps.asks.answerInputs(
      inputRequests ?? {},
      origin,
      `round:${round}:`,
      signal,
    );
    return {
      ...(inputRequests === undefined ? {} : { inputResponses }),
      ...(requestState === undefined ? {} : { requestState }),
    };
  }

  /** Resolves when the user accepted, or the server said that it is done; for a URL that was opened before, the latter only. */
  async #openUrl(
    callId: string | undefined,
    elicitation: Json,
    opened: Set<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const ask = readUrlElicitation(elicitation);
    const { elicitationId } = ask;
    const done = new AbortController();
    const until = AbortSignal.any([signal, done.signal]);
    const isCompleted =
      elicitationId === undefined
        ? undefined
        : this.#deps.urlCompleted(elicitationId, until).then(() => true);
    isCompleted?.catch(() => {});
    try {
      if (opened.has(ask.url)) {
        await Promise.race([isCompleted ?? new Promise<never>(() => {}), this.#tooLong(until)]);
        return;
      }
      opened.add(ask.url);
      const origin = { callId, taskId: undefined, key: `url:${elicitationId ?? ask.url}` };
      const isAccepted = this.#deps.asks.askUrl(ask, origin, until);
      isAccepted.catch(() => {});
      if (!(await Promise.race(isCompleted ? [isAccepted, isCompleted] : [isAccepted]))) {
        throw new AppError(
          'denied',
          'the server needs a web page to be opened before this call, and that was declined',
        );
      }
    } finally {
      done.abort();
    }
  }

  #tooLong(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const timer = this.#deps.clock.setTimer(urlWaitMs, () => {
        reject(new AppError('timeout', 'the server still waits for the web page that was opened'));
      });
      signal.addEventListener('abort', () => {
        timer.dispose();
        reject(abortReason(signal));
      });
    });
  }

  async #withNewHeaders(request: InputRequest): Promise<InputRequest> {
    await this.#deps.listTools(request.signal);
    const { name, arguments: args } = request.params;
    const tool = typeof name === 'string' ? this.#deps.knownTool(name) : undefined;
    return { ...request, headers: this.#headers(tool, isJsonObject(args) ? args : {}) };
  }

  #headers(tool: Tool | undefined, args: JsonObject): Readonly<Record<string, string>> | undefined {
    if (!tool || !this.#deps.hasParamHeaders) return undefined;
    const declared = headerParams(tool.inputSchema);
    return declared.kind === 'valid' ? paramHeaders(declared.params, args) : undefined;
  }

  /** 2025-11-25: the caller decides within what server and tool allow. 2026-07-28: the server alone decides. */
  #becomesTask(request: CallRequest, tool: Tool | undefined): boolean {
    const { wire, capabilities } = this.#deps;
    if (wire.era !== 'legacy' || !hasTaskCalls(capabilities) || !tool) return false;
    return tool.taskSupport === 'required' || (tool.taskSupport === 'optional' && request.mode === 'task');
  }

  #taskIn(raw: JsonObject): TaskSnapshot | undefined {
    const isTask =
      this.#deps.wire.era === 'modern'
        ? raw['resultType'] === 'task'
        : isJsonObject(raw['task']) && raw['content'] === undefined;
    if (!isTask) return undefined;
    const task = readTask(raw, this.#deps.clock.now(), this.#deps.redact);
    if (!task) throw new AppError('server-error', 'the server answered with a task without an id');
    return task;
  }
}

function hasTaskCalls(capabilities: JsonObject): boolean {
  const { tasks } = capabilities;
  const requests = isJsonObject(tasks) ? tasks['requests'] : undefined;
  const tools = isJsonObject(requests) ? requests['tools'] : undefined;
  return isJsonObject(tools) && tools['call'] !== undefined;
}

function readUrlElicitation(value: Json): Extract<Ask, { kind: 'elicit-url' }> {
  const { url, message, elicitationId } = isJsonObject(value) ? value : {};
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new AppError('server-error', 'the server needs a web page to be opened but gave no valid URL');
  }
  return {
    kind: 'elicit-url',
    message: typeof message === 'string' ? message : '',
    url,
    elicitationId: typeof elicitationId === 'string' ? elicitationId : undefined,
  };
}
