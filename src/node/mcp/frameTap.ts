import type { JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/client';
import type { HttpFacts } from '../../core/connection.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { isDeeperThan } from './depth.ts';
import type { FrameRecorder } from './frames.ts';

const deepest = 500;
const tooDeepCode = -32603; // internal error

export type RpcId = string | number;

/** Takes the messages that are not the SDK's. */
export interface TapListener {
  /** True when it answers one of our requests. */
  response(id: RpcId, message: JsonObject): boolean;
  /** True when it was handled; the SDK gets the others. */
  notification(method: string, params: JsonObject): boolean;
  /** True when a request of the server is or will be answered; the SDK gets the others. */
  serverRequest(id: RpcId, method: string, params: JsonObject): boolean;
  /** A response that neither we nor the SDK asked for. */
  stray(id: RpcId): void;
}

/**
 * Sits between a transport and the SDK's client. Every message passes here in the order of the wire and synchronously, which
 * the SDK's own dispatch does not do (its notifications lag behind responses, so progress is lost). It is a property on the
 * transport and no wrapper, because the SDK looks at the transport's own class and members.
 */
export class FrameTap {
  readonly #transport: Transport;
  readonly #send: Transport['send'];
  readonly #recorder: FrameRecorder;
  readonly #textOfCurrent: () => string | undefined;
  readonly #httpOf: (id: unknown) => HttpFacts | undefined;
  readonly #sdkRequests = new Set<RpcId>();
  #listener: TapListener | undefined;
  #amend: ((message: JSONRPCMessage) => JSONRPCMessage) | undefined;
  #hasModernAnswer = false;
  #sdk: Transport['onmessage'];

  constructor(
    transport: Transport,
    recorder: FrameRecorder,
    textOfCurrent: () => string | undefined,
    httpOf: (id: unknown) => HttpFacts | undefined = () => undefined,
  ) {
    this.#httpOf = httpOf;
    this.#transport = transport;
    this.#recorder = recorder;
    this.#textOfCurrent = textOfCurrent;
    this.#send = transport.send.bind(transport);
    transport.send = (message, options) => {
      const { method, id } = message as { method?: unknown; id?: RpcId };
      if (method !== undefined && id !== undefined) this.#sdkRequests.add(id);
      return this.send(this.#amend?.(message) ?? message, options);
    };
    const deliver: NonNullable<Transport['onmessage']> = (message, extra) => this.#deliver(message, extra);
    Object.defineProperty(transport, 'onmessage', {
      configurable: true,
      enumerable: true,
      get: () => this.#sdk && deliver,
      set: (handler: Transport['onmessage']) => {
        this.#sdk = handler;
      },
    });
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** True once the server answered `server/discover`, also when that came too late for the SDK's probe. */
  get hasModernAnswer(): boolean {
    return this.#hasModernAnswer;
  }

  /** From now on `listener` sees every message first. */
  listen(listener: TapListener): void {
    this.#listener = listener;
  }

  /** From now on the SDK's own messages leave as `amend` has them. */
  amend(amend: (message: JSONRPCMessage) => JSONRPCMessage): void {
    this.#amend = amend;
  }

  /** Sends past the SDK. */
  send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    this.#recorder.message('sent', message as unknown as JsonObject, undefined, true);
    return this.#send(message, options);
  }

  #deliver(message: JSONRPCMessage, extra: Parameters<NonNullable<Transport['onmessage']>>[1]): void {
    const text = this.#textOfCurrent();
    const raw = withoutDepth(message as unknown as JsonObject, text);
    const { method, id } = raw;
    const isCall = typeof method === 'string';
    if (!isCall && isRpcId(id)) {
      if (isJsonObject(raw['result']) && Array.isArray(raw['result']['supportedVersions']))
        this.#hasModernAnswer = true;
      const isAsked = this.#listener?.response(id, raw) === true;
      const isForSdk = !isAsked && this.#sdkRequests.delete(id);
      this.#recorder.message('received', raw, text, isAsked || isForSdk, this.#httpOf(id));
      if (isForSdk) this.#sdk?.(raw as unknown as JSONRPCMessage, extra);
      else if (!isAsked) this.#listener?.stray(id);
      return;
    }
    this.#recorder.message('received', raw, text, false);
    if (isCall) {
      const params = isJsonObject(raw['params']) ? raw['params'] : {};
      if (id === undefined && this.#listener?.notification(method, params) === true) return;
      if (isRpcId(id) && this.#listener?.serverRequest(id, method, params) === true) return;
    }
    this.#sdk?.(raw as unknown as JSONRPCMessage, extra);
  }
}

/** A message nested so deep that working on it overflows the stack becomes an error answer, or loses its contents. */
function withoutDepth(message: JsonObject, text: string | undefined): JsonObject {
  if ((text !== undefined && text.length < deepest) || !isDeeperThan(message, deepest)) return message;
  const { jsonrpc, id, method } = message;
  const head = { ...(jsonrpc === undefined ? {} : { jsonrpc }), ...(id === undefined ? {} : { id }) };
  if (method !== undefined) return { ...head, method, params: {} };
  return {
    ...head,
    error: { code: tooDeepCode, message: `the answer is nested deeper than ${deepest} levels` },
  };
}

function isRpcId(id: unknown): id is RpcId {
  return typeof id === 'string' || typeof id === 'number';
}
