import { randomUUID } from 'node:crypto';
import type { JsonObject, RpcId, RpcMessage, RpcNotification, RpcRequest, RpcResponse } from './jsonRpc.ts';
import {
  errorCode,
  failure,
  isNotification,
  isRequest,
  notification,
  objectOr,
  RpcError,
  success,
} from './jsonRpc.ts';

/** Where messages of one HTTP response, or of stdio as a whole, go. */
export interface Stream {
  send(message: RpcMessage): void;
  /** Aborted when nothing can be sent any more. */
  readonly signal: AbortSignal;
}

/** What of a session outlives the process. */
export interface SessionRecord {
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly logLevel: string;
  readonly subscriptions: readonly string[];
}

/** Answers the requests of a session. */
export interface SessionHandler {
  request(
    session: LegacySession,
    request: RpcRequest,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<JsonObject>;
}

/** One client of the 2025-11-25 face: requests in both directions, notifications, cancellation. */
export class LegacySession {
  readonly id: string;
  readonly #handler: SessionHandler;
  readonly #save: (record: SessionRecord) => void;
  readonly #running = new Map<RpcId, AbortController>();
  readonly #asked = new Map<RpcId, (response: RpcResponse) => void>();
  /** Streams for messages that answer nothing: the GET stream, or stdio. */
  readonly #standing = new Set<Stream>();
  /** Streams opened for `tasks/result`, by task. */
  readonly #taskStreams = new Map<string, Set<Stream>>();
  /** Tasks whose status this client is told. */
  readonly watched = new Set<string>();
  #record: SessionRecord;

  constructor(
    id: string,
    record: SessionRecord,
    handler: SessionHandler,
    save: (record: SessionRecord) => void,
  ) {
    this.id = id;
    this.#record = record;
    this.#handler = handler;
    this.#save = save;
  }

  get record(): SessionRecord {
    return this.#record;
  }

  /** Changes what is remembered of the client. */
  update(patch: Partial<SessionRecord>): void {
    this.#record = { ...this.#record, ...patch };
    this.#save(this.#record);
  }

  /** Takes one message; resolves when a request has been answered on `stream`. */
  async receive(message: RpcMessage, stream: Stream): Promise<void> {
    if (isRequest(message)) await this.#answer(message, stream);
    else if (isNotification(message)) this.#notified(message);
    else if (message.id !== null) this.#asked.get(message.id)?.(message);
  }

  /** Sends a request to the client on `stream`; rejects when the client refuses, the stream ends or `signal` aborts. */
  async ask(stream: Stream, method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const id = `nightly-${randomUUID()}`;
    const ended = AbortSignal.any([stream.signal, signal]);
    try {
      return await new Promise<JsonObject>((resolve, reject) => {
        const stop = () => {
          // Without this the client would go on showing a question that nobody needs answered.
          if (!stream.signal.aborted && this.#asked.has(id)) {
            stream.send(
              notification('notifications/cancelled', { requestId: id, reason: 'No longer needed' }),
            );
          }
          reject(new RpcError(errorCode.cancelled, 'The question could not be answered any more'));
        };
        if (ended.aborted) return stop();
        ended.addEventListener('abort', stop, { once: true });
        this.#asked.set(id, (response) => {
          ended.removeEventListener('abort', stop);
          if (response.error === undefined) resolve(objectOr(response.result));
          else reject(new RpcError(response.error.code, response.error.message, response.error.data));
        });
        stream.send({ jsonrpc: '2.0', id, method, params });
      });
    } finally {
      this.#asked.delete(id);
    }
  }

  /** Offers a stream for messages that answer nothing; returns the undo. */
  addStanding(stream: Stream): () => void {
    this.#standing.add(stream);
    return () => this.#standing.delete(stream);
  }

  /** Offers the stream of a `tasks/result` for what belongs to the task; returns the undo. */
  addTaskStream(taskId: string, stream: Stream): () => void {
    const streams = this.#taskStreams.get(taskId) ?? new Set<Stream>();
    this.#taskStreams.set(taskId, streams.add(stream));
    return () => {
      streams.delete(stream);
      if (streams.size === 0) this.#taskStreams.delete(taskId);
    };
  }

  /** Sends a notification once, on the newest stream that fits; drops it when there is none. */
  notify(message: RpcNotification, taskId?: string): void {
    const ofTask = taskId === undefined ? [] : [...(this.#taskStreams.get(taskId) ?? [])];
    const stream = [...ofTask, ...this.#standing].at(-1);
    stream?.send(message);
  }

  /** Gives up every running request. */
  end(): void {
    for (const controller of this.#running.values())
      controller.abort(new RpcError(errorCode.cancelled, 'Session ended'));
  }

  async #answer(request: RpcRequest, stream: Stream): Promise<void> {
    const controller = new AbortController();
    this.#running.set(request.id, controller);
    try {
      const result = await this.#handler.request(this, request, stream, controller.signal);
      if (!controller.signal.aborted) stream.send(success(request.id, result));
    } catch (error) {
      if (!controller.signal.aborted) stream.send(failure(request.id, error));
    } finally {
      this.#running.delete(request.id);
    }
  }

  #notified(message: RpcNotification): void {
    if (message.method !== 'notifications/cancelled') return;
    const id = objectOr(message.params)['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#running.get(id)?.abort(new RpcError(errorCode.cancelled, 'The client cancelled the request'));
  }
}
