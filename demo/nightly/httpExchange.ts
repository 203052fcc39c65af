import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcId, RpcMessage } from './jsonRpc.ts';
import { errorCode, failure, RpcError } from './jsonRpc.ts';

const maxBody = 4 * 1024 * 1024;
const keepAliveMs = 15_000;
const patienceMs = 2_000;

/** Rejects requests that a web page in a browser could have made, and bodies that are no JSON message. */
export function checkCaller(request: IncomingMessage): void {
  const host = request.headers.host ?? '';
  const origin = request.headers.origin;
  const isLocal = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  const isForeign =
    origin !== undefined && !/^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(origin);
  if (!isLocal || isForeign) {
    throw new RpcError(errorCode.invalidRequest, 'Only callers of this machine are served', undefined, 403);
  }
}

/** The JSON body of a POST; rejects what is not JSON, too large or of the wrong type. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new RpcError(errorCode.invalidRequest, 'Content-Type must be application/json', undefined, 415);
  }
  const accept = request.headers.accept ?? '';
  const isAccepting =
    accept.includes('*/*') || (accept.includes('application/json') && accept.includes('text/event-stream'));
  if (!isAccepting) {
    const message = 'Accept must list application/json and text/event-stream';
    throw new RpcError(errorCode.invalidRequest, message, undefined, 406);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new RpcError(errorCode.invalidRequest, 'The body is too large', undefined, 413);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RpcError(errorCode.parse, 'The body is not JSON', undefined, 400);
  }
}

/** The response to one request: a JSON object, or an event stream once something is sent before the end. */
export class ReplyStream {
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  #keepAlive: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => {
      clearInterval(this.#keepAlive);
      clearTimeout(this.#patience);
      if (!response.writableFinished)
        this.#gone.abort(new RpcError(errorCode.cancelled, 'The client went away'));
    });
  }

  /** Aborted when the client closes the stream before its end. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Opens the stream by itself when there is no answer soon: clients give up on silent responses. */
  openWhenSlow(): void {
    this.#patience = setTimeout(() => this.open(), patienceMs).unref();
  }

  /** Turns the response into an event stream. */
  open(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#response.headersSent || !this.isOpen) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.#response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#response.write(': keep-alive\n\n'), keepAliveMs).unref();
  }

  /** Sends a message ahead of the end. */
  send(message: RpcMessage): void {
    if (!this.isOpen) return;
    this.open();
    this.#response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** Sends the last message: as an event when the stream is open, else as JSON with the status. */
  end(message: RpcMessage, status: number, headers: Readonly<Record<string, string>> = {}): void {
    if (!this.isOpen) return;
    if (this.#response.headersSent) {
      this.send(message);
      this.#response.end();
      return;
    }
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.#response.end(JSON.stringify(message));
  }

  /** Ends an event stream without a last message. */
  close(): void {
    if (this.isOpen) this.#response.end();
  }

  /** Ends with the error response for anything thrown. */
  fail(id: RpcId | null, error: unknown): void {
    this.end(failure(id, error), statusOf(error));
  }
}

/** Answers without a body. */
export function endEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers);
  response.end();
}

/** One header as a trimmed string. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

function statusOf(error: unknown): number {
  if (!(error instanceof RpcError)) return 200;
  if (error.httpStatus !== undefined) return error.httpStatus;
  const table: Readonly<Record<number, number>> = {
    [errorCode.parse]: 400,
    [errorCode.invalidRequest]: 400,
    [errorCode.methodNotFound]: 404,
    [errorCode.headerMismatch]: 400,
    [errorCode.missingClientCapability]: 400,
    [errorCode.unsupportedProtocolVersion]: 400,
  };
  return table[error.code] ?? 200;
}
