import type { ServerResponse } from 'node:http';
import type { Clock } from '../../core/ports.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import { AppError } from '../../core/util/errors.ts';
import { code, failure, toRpcFailure, type RpcId, type RpcMessage } from './rpc.ts';

const keepAliveMs = 15_000;
const patienceMs = 2_000;
/** A caller that does not read what it asked for is cut off: nothing may pile up without end. */
const maxUnread = 64 * 1024 * 1024;

/** The response to one request: one JSON object, or an event stream once something is sent before the end. */
export class Reply {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  #timer: Disposable | undefined;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
    response.once('close', () => {
      this.#timer?.dispose();
      if (!response.writableFinished)
        this.#gone.abort(new AppError('cancelled', 'the caller closed the stream'));
    });
    response.on('error', () => {}); // 'close' follows
  }

  /** Aborted when the caller closes the stream before its end. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Becomes an event stream by itself when there is no answer soon: callers give up on silent responses. */
  openWhenSlow(headers: Readonly<Record<string, string>> = {}): void {
    this.#timer?.dispose();
    this.#timer = this.#clock.setTimer(patienceMs, () => this.open(headers));
  }

  /** Becomes an event stream. */
  open(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#response.headersSent || !this.isOpen) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.#response.flushHeaders();
    this.#keepAlive();
  }

  /** Sends a message ahead of the end. */
  send(message: RpcMessage): void {
    if (!this.isOpen) return;
    this.open();
    this.#response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    if (this.#response.writableLength > maxUnread) this.#response.destroy();
  }

  /** Sends the last message: as an event when the stream is open, else as JSON with the status. */
  end(message: RpcMessage, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    if (!this.isOpen) return;
    this.#timer?.dispose();
    if (this.#response.headersSent) {
      this.#response.end(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
      return;
    }
    // As a text, head and body leave in one write.
    const body = JSON.stringify(message);
    const length = Buffer.byteLength(body);
    this.#response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': length,
      ...headers,
    });
    this.#response.end(body);
  }

  /** Ends with the error response for anything thrown. */
  fail(id: RpcId | null, error: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.end(failure(id, error), statusOf(error), headers);
  }

  /** Ends without a body, or an open stream without a last message. */
  endEmpty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    if (!this.isOpen) return;
    this.#timer?.dispose();
    if (!this.#response.headersSent) this.#response.writeHead(status, headers);
    this.#response.end();
  }

  #keepAlive(): void {
    this.#timer?.dispose();
    this.#timer = this.#clock.setTimer(keepAliveMs, () => {
      if (!this.isOpen) return;
      this.#response.write(': keep-alive\n\n');
      this.#keepAlive();
    });
  }
}

const statuses: Readonly<Record<number, number>> = {
  [code.parse]: 400,
  [code.invalidRequest]: 400,
  [code.methodNotFound]: 404,
  [code.headerMismatch]: 400,
  [code.missingCapability]: 400,
  [code.unsupportedVersion]: 400,
};

function statusOf(error: unknown): number {
  const { httpStatus, code: errorCode } = toRpcFailure(error);
  return httpStatus ?? statuses[errorCode] ?? 200;
}
