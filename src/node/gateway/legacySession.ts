import type { Caller } from '../../core/caller.ts';
import type { LogLevel } from '../../core/connection.ts';
import type { GatewayScope } from '../../core/gatewayCatalog.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { AppError } from '../../core/util/errors.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import type { ClientFacts } from './client.ts';
import type { Reply } from './reply.ts';
import { code, notification, RpcFailure, type RpcId, type RpcMessage } from './rpc.ts';

/** What a session is made of; its id carries it, so that it outlives this process. */
export interface SessionFacts {
  readonly id: string;
  readonly caller: Caller;
  readonly scope: GatewayScope;
  readonly protocolVersion: string;
  readonly client: ClientFacts;
}

/** One client of the 2025-11-25 era: requests in both directions, notifications, cancellation. */
export class LegacySession {
  readonly facts: SessionFacts;
  logLevel: LogLevel = 'info';
  /** Ends what was subscribed, by the URI that the caller knows. */
  readonly subscriptions = new Map<string, Disposable>();
  readonly #running = new Map<RpcId, AbortController>();
  readonly #asked = new Map<string, (response: JsonObject) => void>();
  /** Streams for messages that answer nothing: the ones opened with GET. */
  readonly #standing = new Set<Reply>();
  /** Streams of calls under way, by server. */
  readonly #calls = new Set<{ readonly serverId: string; readonly reply: Reply }>();
  readonly #onEnd = new Set<() => void>();
  #questions = 0;

  constructor(facts: SessionFacts) {
    this.facts = facts;
  }

  /** Nothing is lost when it is dropped from memory: its id brings it back. */
  get isIdle(): boolean {
    const isStill = this.#running.size === 0 && this.#standing.size === 0;
    return isStill && this.subscriptions.size === 0 && this.#asked.size === 0;
  }

  /** Runs a request until it is answered or cancelled; a second one with the same id is refused. */
  async run<T>(id: RpcId, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#running.has(id))
      throw new RpcFailure(code.invalidRequest, `the request ${JSON.stringify(id)} is under way already`);
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#running.delete(id);
    }
  }

  /** A notification or a response of the client. */
  receive(message: JsonObject): void {
    const { method, id, params } = message;
    if (method === undefined) {
      if (typeof id === 'string') this.#asked.get(id)?.(message);
    } else if (method === 'notifications/cancelled' && isJsonObject(params)) {
      const { requestId } = params;
      if (typeof requestId === 'string' || typeof requestId === 'number')
        this.#running.get(requestId)?.abort(new AppError('cancelled', 'the caller cancelled the request'));
    }
  }

  /** Asks the client on `reply`, else on a stream that stands open; undefined when nothing is open or the stream ends first. */
  async ask(
    reply: Reply,
    method: string,
    params: JsonObject,
    signal: AbortSignal,
  ): Promise<JsonObject | undefined> {
    const stream = reply.isOpen ? reply : [...this.#standing].at(-1);
    if (!stream) return undefined;
    const id = `switchboard-${++this.#questions}`;
    return new Promise((resolve, reject) => {
      const leave = () => {
        stream.signal.removeEventListener('abort', gone);
        signal.removeEventListener('abort', stop);
        this.#asked.delete(id);
      };
      const gone = () => {
        leave();
        resolve(undefined);
      };
      const stop = () => {
        leave();
        // Without this the client would go on showing a question that nobody needs answered.
        const note = { requestId: id, reason: 'no longer needed' };
        stream.send(notification('notifications/cancelled', note));
        reject(new AppError('cancelled', 'the question is over'));
      };
      if (signal.aborted) return reject(new AppError('cancelled', 'the question is over'));
      stream.signal.addEventListener('abort', gone, { once: true });
      signal.addEventListener('abort', stop, { once: true });
      this.#asked.set(id, (response) => {
        leave();
        const { result, error } = response;
        if (isJsonObject(result)) return resolve(result);
        const { code: errorCode, message } = isJsonObject(error) ? error : {};
        reject(
          new RpcFailure(
            typeof errorCode === 'number' ? errorCode : code.internal,
            typeof message === 'string' ? message : 'the client refused',
          ),
        );
      });
      stream.send({ jsonrpc: '2.0', id, method, params });
    });
  }

  /** Offers a stream for messages that answer nothing, until it closes. */
  addStanding(reply: Reply): void {
    this.#standing.add(reply);
    reply.signal.addEventListener('abort', () => this.#standing.delete(reply), { once: true });
  }

  /** Offers the stream of a call for what its server says meanwhile; returns the end. */
  addCall(serverId: string, reply: Reply): Disposable {
    const entry = { serverId, reply };
    this.#calls.add(entry);
    return { dispose: () => this.#calls.delete(entry) };
  }

  /** Sends a notification once: on the stream of a call of that server, else on one that stands open; dropped when there is none. */
  notify(message: RpcMessage, serverId?: string): void {
    const ofServer = [...this.#calls].filter((call) => call.serverId === serverId && call.reply.isOpen);
    const stream = ofServer.at(-1)?.reply ?? [...this.#standing].at(-1);
    stream?.send(message);
  }

  onEnd(listener: () => void): void {
    this.#onEnd.add(listener);
  }

  /** Gives up every running request and closes its streams. */
  end(): void {
    for (const controller of this.#running.values())
      controller.abort(new AppError('cancelled', 'the session was ended'));
    for (const listener of this.#onEnd) listener();
    for (const subscription of this.subscriptions.values()) subscription.dispose();
    this.subscriptions.clear();
    for (const reply of this.#standing) reply.endEmpty(200);
    this.#standing.clear();
  }
}
