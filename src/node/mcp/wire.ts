import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  LOG_LEVEL_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type JSONRPCMessage,
} from '@modelcontextprotocol/client';
import type { Era, LogLevel, Progress } from '../../core/connection.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import { AppError } from '../../core/util/errors.ts';
import { abortReason } from './abortReason.ts';
import type { FrameTap, RpcId, TapListener } from './frameTap.ts';
import type { Reply } from './heldTasks.ts';
import type { Redact } from './redactor.ts';
import { parseRpcError, serverError, toWireError } from './wireErrors.ts';

/** One request of ours. */
export interface WireRequest {
  readonly method: string;
  readonly params?: JsonObject;
  readonly signal: AbortSignal;
  /** Milliseconds without an answer or progress until it fails with `timeout`; 0 = none. */
  readonly timeoutMs: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The tasks extension is not declared for this request. */
  readonly refusesTask?: boolean | undefined;
  /** Told the id before the request is sent. */
  readonly onId?: (id: number) => void;
}

export interface WireDeps {
  readonly tap: FrameTap;
  readonly clock: Clock;
  readonly era: Era;
  readonly protocolVersion: string;
  readonly clientInfo: JsonObject;
  readonly capabilities: JsonObject;
  /** Name of the server's address or command, for messages. */
  readonly target: string;
  readonly redact: Redact;
  readonly signInProblem?: (() => AppError) | undefined;
  /** Takes a notification that is not progress of a request; true when it was handled. */
  readonly onNotification: (method: string, params: JsonObject) => boolean;
  /** Takes a request of the server; true when it is or will be answered. */
  readonly onRequest: (id: RpcId, method: string, params: JsonObject) => boolean;
  /** Something odd that the user may want to read in the server's log. */
  readonly onProblem: (text: string) => void;
  /** Told of every failed request before its caller is. */
  readonly onError: (error: AppError) => void;
  /** How the HTTP answer to a request came, once its head was there. */
  readonly takeAnswerKind?: (id: number) => 'stream' | 'body' | undefined;
}

/** Header that carries a request's id to our `fetch`; it never leaves the process. */
export const requestIdHeader = 'x-switchboard-request-id';

interface Pending {
  readonly request: WireRequest;
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: AppError) => void;
  readonly stream: AbortController;
  readonly onAbort: () => void;
  timer: Disposable | undefined;
  paused: number;
}

// The SDK numbers its own requests from 0 and sends one or two.
const firstId = 100;
const rememberedLate = 256;

/**
 * Our requests over the SDK's transport. Results come back untouched and in the order of the wire: the SDK's own request
 * layer loses progress that arrives with the answer, whole lists for one bad item, task handles and unknown content.
 */
export class Wire implements TapListener {
  readonly #deps: WireDeps;
  readonly #pending = new Map<string, Pending>();
  readonly #late = new Set<string>();
  readonly #taskProgress = new Map<string, (progress: Progress) => void>();
  #nextId = firstId;
  #closed: AppError | undefined;
  #logLevel: LogLevel | undefined;
  #strays = 0;

  constructor(deps: WireDeps) {
    this.#deps = deps;
    deps.tap.listen(this);
  }

  get era(): Era {
    return this.#deps.era;
  }

  /** Stamped on every later request of a modern connection. */
  setLogLevel(level: LogLevel | undefined): void {
    this.#logLevel = level;
  }

  /** Sends a request once and resolves with its `result` as received; rejects with an AppError. */
  request(request: WireRequest): Promise<JsonObject> {
    if (this.#closed) return Promise.reject(this.#closed);
    const { signal } = request;
    if (signal.aborted) return Promise.reject(abortReason(signal));
    const id = this.#nextId++;
    const key = String(id);
    const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
    const onAbort = () => this.#giveUp(key, id, abortReason(signal));
    const pending: Pending = {
      request,
      resolve,
      reject,
      stream: new AbortController(),
      onAbort,
      timer: undefined,
      paused: 0,
    };
    this.#pending.set(key, pending);
    signal.addEventListener('abort', onAbort, { once: true });
    request.onId?.(id);
    this.#arm(key, id, pending);
    void this.#send(key, id, pending);
    return promise;
  }

  /** Sends a notification; a failure is only reported as a problem. */
  async notify(method: string, params: JsonObject = {}): Promise<void> {
    try {
      await this.#deps.tap.send({
        jsonrpc: '2.0',
        method,
        params: this.#enveloped(params),
      });
    } catch (error) {
      if (!this.#closed)
        this.#deps.onProblem(`${method} could not be sent: ${this.#map(error, method).message}`);
    }
  }

  /** Answers a request of the server; a failure is only reported as a problem. */
  async reply(id: RpcId, answer: Reply): Promise<void> {
    try {
      await this.#deps.tap.send({ jsonrpc: '2.0', id, ...answer } as unknown as JSONRPCMessage);
    } catch (error) {
      if (!this.#closed)
        this.#deps.onProblem(`an answer could not be sent: ${this.#map(error, 'answer').message}`);
    }
  }

  /** Stops the time-out of a request (of all, without an id) while a human is asked; the returned function starts it anew. */
  pause(id: number | undefined): () => void {
    const held = [...this.#pending].filter(([key]) => id === undefined || key === String(id));
    for (const [, pending] of held) {
      pending.paused++;
      pending.timer?.dispose();
    }
    return () => {
      for (const [key, pending] of held) {
        pending.paused--;
        if (this.#pending.get(key) === pending) this.#arm(key, Number(key), pending);
      }
    };
  }

  /** Keeps the progress of an answered request going, for the task it became; returns the end. */
  keepProgress(id: number, onProgress: (progress: Progress) => void): () => void {
    this.#taskProgress.set(String(id), onProgress);
    return () => this.#taskProgress.delete(String(id));
  }

  /** Rejects everything under way and everything to come with `error`. */
  close(error: AppError): void {
    this.#closed ??= error;
    for (const key of [...this.#pending.keys()]) this.#settle(key)?.reject(error);
    this.#taskProgress.clear();
  }

  /** Ends one request with an error that was noticed elsewhere. */
  fail(id: number, error: AppError): void {
    const pending = this.#settle(String(id));
    if (!pending) return;
    pending.stream.abort();
    this.#reject(pending, error);
  }

  response(id: RpcId, message: JsonObject): boolean {
    const key = String(id);
    const pending = this.#settle(key);
    if (!pending) return this.#late.delete(key);
    const { result, error } = message;
    const { method } = pending.request;
    if (isJsonObject(result)) pending.resolve(result);
    else if (error !== undefined)
      this.#reject(pending, serverError(method, parseRpcError(error, this.#deps.redact)));
    else
      this.#reject(pending, new AppError('server-error', `the server answered ${method} without a result`));
    return true;
  }

  notification(method: string, params: JsonObject): boolean {
    if (method !== 'notifications/progress') return this.#deps.onNotification(method, params);
    const { progressToken } = params;
    if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return true;
    const key = String(progressToken);
    const pending = this.#pending.get(key);
    const progress = readProgress(params, this.#deps.redact);
    if (!progress) return true;
    if (pending) {
      this.#arm(key, Number(key), pending);
      pending.request.onProgress?.(progress);
    } else this.#taskProgress.get(key)?.(progress);
    return true;
  }

  serverRequest(id: RpcId, method: string, params: JsonObject): boolean {
    return this.#deps.onRequest(id, method, params);
  }

  stray(id: RpcId): void {
    if (this.#strays++ === 0) {
      this.#deps.onProblem(
        `the server answered a request that was never sent (id ${JSON.stringify(id).slice(0, 80)})`,
      );
    }
  }

  async #send(key: string, id: number, pending: Pending): Promise<void> {
    const { method, params, onProgress, headers, refusesTask } = pending.request;
    const message = {
      jsonrpc: '2.0',
      id,
      method,
      params: this.#enveloped(params, onProgress ? id : undefined, refusesTask),
    };
    try {
      await this.#deps.tap.send(message as JSONRPCMessage, {
        requestSignal: pending.stream.signal,
        headers: { ...headers, [requestIdHeader]: key },
        onRequestStreamEnd: () => this.#endedUnanswered(key),
      });
      if (this.#deps.takeAnswerKind?.(id) === 'body') this.#endedUnanswered(key);
    } catch (error) {
      this.#deps.takeAnswerKind?.(id);
      const failed = this.#settle(key);
      if (failed) this.#reject(failed, this.#map(error, method));
    }
  }

  #endedUnanswered(key: string): void {
    const pending = this.#settle(key);
    if (!pending) return;
    const { method } = pending.request;
    this.#reject(
      pending,
      new AppError('server-error', `${this.#deps.target} ended its answer to ${method} without a result`, {
        nextStep: 'It is not known whether the request took effect: check before you run it again.',
      }),
    );
  }

  #arm(key: string, id: number, pending: Pending): void {
    const { timeoutMs, method } = pending.request;
    pending.timer?.dispose();
    if (timeoutMs <= 0 || pending.paused > 0) return;
    pending.timer = this.#deps.clock.setTimer(timeoutMs, () => {
      const hint = this.#strays > 0 ? `; it did answer ${this.#strays} requests that were never sent` : '';
      this.#giveUp(
        key,
        id,
        new AppError('timeout', `no answer to ${method} within ${timeoutMs / 1000} s${hint}`),
      );
    });
  }

  /** Ends a request from our side and tells the server; its late answer is ignored. */
  #giveUp(key: string, id: number, error: AppError): void {
    const pending = this.#settle(key);
    if (!pending) return;
    this.#late.add(key);
    if (this.#late.size > rememberedLate)
      for (const oldest of this.#late) if (this.#late.delete(oldest)) break;
    const isClosingEnough =
      this.#deps.era === 'modern' && this.#deps.tap.transport.hasPerRequestStream === true;
    if (!isClosingEnough) {
      const reason = error.code === 'timeout' ? 'timeout' : 'cancelled';
      void this.notify('notifications/cancelled', { requestId: id, reason });
    }
    pending.stream.abort();
    this.#reject(pending, error);
  }

  #settle(key: string): Pending | undefined {
    const pending = this.#pending.get(key);
    if (!pending) return undefined;
    this.#pending.delete(key);
    pending.timer?.dispose();
    pending.request.signal.removeEventListener('abort', pending.onAbort);
    return pending;
  }

  #reject(pending: Pending, error: AppError): void {
    this.#deps.onError(error);
    pending.reject(error);
  }

  #map(error: unknown, method: string): AppError {
    const { tap, target, redact, signInProblem } = this.#deps;
    const hasSession = tap.transport.sessionId !== undefined;
    return toWireError(error, { isConnecting: false, hasSession, method, target, redact, signInProblem });
  }

  #enveloped(params: JsonObject = {}, progressToken?: number, refusesTask?: boolean): JsonObject {
    const given = isJsonObject(params['_meta']) ? params['_meta'] : undefined;
    const progress = progressToken === undefined ? {} : { progressToken };
    if (this.#deps.era === 'legacy') {
      return given || progressToken !== undefined ? { ...params, _meta: { ...given, ...progress } } : params;
    }
    return {
      ...params,
      _meta: {
        ...given,
        [PROTOCOL_VERSION_META_KEY]: this.#deps.protocolVersion,
        [CLIENT_INFO_META_KEY]: this.#deps.clientInfo,
        [CLIENT_CAPABILITIES_META_KEY]: refusesTask
          ? withoutTasks(this.#deps.capabilities)
          : this.#deps.capabilities,
        ...(this.#logLevel ? { [LOG_LEVEL_META_KEY]: this.#logLevel } : {}),
        ...progress,
      },
    };
  }
}

function withoutTasks(capabilities: JsonObject): JsonObject {
  const { extensions } = capabilities;
  if (!isJsonObject(extensions)) return capabilities;
  const { 'io.modelcontextprotocol/tasks': _refused, ...rest } = extensions;
  return { ...capabilities, extensions: rest };
}

function readProgress(params: JsonObject, redact: Redact): Progress | undefined {
  const { progress, total, message } = params;
  if (typeof progress !== 'number' || !Number.isFinite(progress)) return undefined;
  return {
    progress,
    total: typeof total === 'number' && Number.isFinite(total) ? total : undefined,
    message: typeof message === 'string' ? redact(message) : undefined,
  };
}
