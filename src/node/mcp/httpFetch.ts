import type { FetchLike } from '@modelcontextprotocol/client';
import type { HttpFacts } from '../../core/connection.ts';
import type { Clock } from '../../core/ports.ts';
import type { AppError } from '../../core/util/errors.ts';
import { httpFacts } from './httpFacts.ts';
import { guardedStream } from './guardedStream.ts';
import { tooLarge } from './lineSplitter.ts';
import { patientInit } from './patientFetch.ts';
import type { Redact } from './redactor.ts';
import { SseScanner } from './sseScanner.ts';
import { requestIdHeader } from './wire.ts';

export interface HttpFetchDeps {
  readonly url: URL;
  /** Headers from the server's entry; sent to the server's own origin only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  /** A GET stream carries notifications only, which are slowed down when they flood. */
  readonly isGetForNotifications: boolean;
  readonly redact: Redact;
  /** False while nobody wants to know. */
  readonly isWanted?: (() => boolean) | undefined;
  /** A request was answered with a status that is no success. */
  readonly onRefused: (id: number, facts: HttpFacts, statusText: string) => void;
  /** A request's answer broke one of our limits. */
  readonly onBroken: (id: number | undefined, error: AppError) => void;
}

const rememberedOrigins = 200;
// Thousands of notifications; what is beyond waits in the network, where it costs the server.
const floodBytesPerSecond = 2 ** 20;

/** The `fetch` of one HTTP connection: bounded bodies, and knowledge of which answer belongs to which request. */
export class HttpFetch {
  readonly #deps: HttpFetchDeps;
  readonly #answerKinds = new Map<number, 'stream' | 'body'>();
  readonly #facts = new Map<number, HttpFacts>();
  readonly #origins = new Map<string, number>();
  // Streams that were resumed and broke off before their first event: the SDK forgets from where to resume next.
  readonly #orphans: string[] = [];

  constructor(deps: HttpFetchDeps) {
    this.#deps = deps;
  }

  /** How the answer to our request came; forgets it. */
  takeAnswerKind(id: number): 'stream' | 'body' | undefined {
    return take(this.#answerKinds, id);
  }

  /** What HTTP said beside the answer to our request; forgets it. */
  takeFacts(id: unknown): HttpFacts | undefined {
    return typeof id === 'number' ? take(this.#facts, id) : undefined;
  }

  /** Our request on whose stream the server sent its request; forgets it. */
  takeOrigin(serverRequestId: string): number | undefined {
    return take(this.#origins, serverRequestId);
  }

  readonly fetch: FetchLike = async (input, init) => {
    const { url, fetch } = this.#deps;
    const headers = new Headers(init?.headers);
    const id = idOf(headers);
    const isOurs = new URL(input).origin === url.origin;
    if (isOurs) this.#addConfigured(headers);
    const isGet =
      (init?.method ?? 'GET') === 'GET' && headers.get('accept')?.includes('text/event-stream') === true;
    if (isGet && !headers.has('last-event-id')) {
      const orphan = this.#orphans.shift();
      if (orphan !== undefined) headers.set('last-event-id', orphan);
    }
    const response = await fetch(input, patientInit({ ...init, headers }));
    const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
    if (id !== undefined && this.#deps.isWanted?.() !== false) this.#note(id, headers, response);
    if (id !== undefined && response.ok) this.#answerKinds.set(id, isStream ? 'stream' : 'body');
    if (!response.body || !response.ok) return response;
    if (!isStream) return await this.#bounded(response, response.body);
    return rewrapped(
      response,
      this.#watched(response.body, id, isGet, headers.get('last-event-id') ?? undefined),
    );
  };

  #note(id: number, request: Headers, response: Response): void {
    const facts = httpFacts(request, response, this.#deps.redact);
    if (!response.ok) return this.#deps.onRefused(id, facts, response.statusText.slice(0, 60));
    this.#facts.set(id, facts);
    const [oldest] = this.#facts.keys();
    if (this.#facts.size > rememberedOrigins && oldest !== undefined) this.#facts.delete(oldest);
  }

  #addConfigured(headers: Headers): void {
    for (const [name, value] of Object.entries(this.#deps.headers))
      if (!headers.has(name)) headers.set(name, value);
  }

  #watched(
    body: ReadableStream<Uint8Array>,
    id: number | undefined,
    isGet: boolean,
    resumedFrom: string | undefined,
  ): ReadableStream<Uint8Array> {
    const { maxMessageBytes, isGetForNotifications, onBroken } = this.#deps;
    let hasEventId = false;
    const scanner = new SseScanner(maxMessageBytes, {
      onEventId: () => {
        hasEventId = true;
      },
      onRequest: (serverRequestId) => {
        if (id !== undefined) this.#remember(serverRequestId, id);
      },
    });
    const isPaced = isGet && isGetForNotifications && resumedFrom === undefined;
    return guardedStream(body, {
      watch: (chunk) => scanner.push(chunk),
      ...(isPaced ? { pace: this.#pace() } : {}),
      onEnd: () => {
        if (isGet && resumedFrom !== undefined && !hasEventId) this.#orphans.push(resumedFrom);
      },
      onBroken: (error) => onBroken(id, error),
    });
  }

  async #bounded(response: Response, body: ReadableStream<Uint8Array>): Promise<Response> {
    const { maxMessageBytes } = this.#deps;
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    if (length > maxMessageBytes) {
      await body.cancel();
      throw tooLarge(maxMessageBytes);
    }
    if (length >= 0 && !response.headers.has('content-encoding')) return response;
    let size = 0;
    const watch = (chunk: Uint8Array) => {
      size += chunk.byteLength;
      if (size > maxMessageBytes) throw tooLarge(maxMessageBytes);
    };
    return rewrapped(response, guardedStream(body, { watch }));
  }

  #pace(): (bytes: number) => Promise<void> | undefined {
    const { clock } = this.#deps;
    let since = clock.now();
    let sum = 0;
    return (bytes) => {
      sum += bytes;
      const left = since + 1_000 - clock.now();
      if (left > 0 && sum < floodBytesPerSecond) return undefined;
      const isFlood = left > 0;
      since = clock.now() + (isFlood ? left : 0);
      sum = 0;
      return isFlood ? new Promise((resolve) => clock.setTimer(left, resolve)) : undefined;
    };
  }

  #remember(serverRequestId: string, id: number): void {
    this.#origins.set(serverRequestId, id);
    if (this.#origins.size <= rememberedOrigins) return;
    for (const oldest of this.#origins.keys()) if (this.#origins.delete(oldest)) break;
  }
}

function take<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

function idOf(headers: Headers): number | undefined {
  const id = headers.get(requestIdHeader);
  headers.delete(requestIdHeader);
  return id === null ? undefined : Number(id);
}

function rewrapped(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
