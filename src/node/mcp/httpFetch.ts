import type { FetchLike } from '@modelcontextprotocol/client';
import type { AppError } from '../../core/util/errors.ts';
import { toAppError } from '../../core/util/errors.ts';
import { tooLarge } from './lineSplitter.ts';
import { patientInit } from './patientFetch.ts';
import { SseScanner } from './sseScanner.ts';
import { requestIdHeader } from './wire.ts';

export interface HttpFetchDeps {
  readonly url: URL;
  /** Headers from the server's entry; sent to the server's own origin only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: FetchLike;
  readonly maxMessageBytes: number;
  /** The server rejected the token of a request. */
  readonly onRejectedToken: () => Promise<void>;
  /** A request's answer broke one of our limits. */
  readonly onBroken: (id: number | undefined, error: AppError) => void;
}

/** The `fetch` of one HTTP connection: bounded bodies, and knowledge of which answer belongs to which request. */
export interface HttpFetch {
  readonly fetch: FetchLike;
  /** How the answer to our request came; forgets it. */
  takeAnswerKind(id: number): 'stream' | 'body' | undefined;
  /** Our request on whose stream the server sent its request; forgets it. */
  takeOrigin(serverRequestId: string): number | undefined;
}

const rememberedOrigins = 200;

export function createHttpFetch(deps: HttpFetchDeps): HttpFetch {
  const answerKinds = new Map<number, 'stream' | 'body'>();
  const origins = new Map<string, number>();
  // Streams that were resumed and broke off before their first event: the SDK forgets from where to resume next.
  const orphans: string[] = [];

  const guardStream = (
    body: ReadableStream<Uint8Array>,
    id: number | undefined,
    resumedFrom: string | undefined,
  ) => {
    let hasEventId = false;
    const scanner = new SseScanner(deps.maxMessageBytes, {
      onEventId: () => {
        hasEventId = true;
      },
      onRequest: (serverRequestId) => {
        if (id === undefined) return;
        origins.set(serverRequestId, id);
        if (origins.size > rememberedOrigins)
          for (const oldest of origins.keys()) if (origins.delete(oldest)) break;
      },
    });
    const onEnd = () => {
      if (resumedFrom !== undefined && !hasEventId) orphans.push(resumedFrom);
    };
    return guarded(
      body,
      (chunk) => scanner.push(chunk),
      onEnd,
      (error) => deps.onBroken(id, error),
    );
  };

  const guardBody = (body: ReadableStream<Uint8Array>) => {
    let size = 0;
    const count = (chunk: Uint8Array) => {
      size += chunk.byteLength;
      if (size > deps.maxMessageBytes) throw tooLarge(deps.maxMessageBytes);
    };
    return guarded(body, count, undefined, () => {});
  };

  const guardedFetch: FetchLike = async (input, init) => {
    const headers = new Headers(init?.headers);
    const id = idOf(headers);
    const isOurs = new URL(input).origin === deps.url.origin;
    if (isOurs) {
      for (const [name, value] of Object.entries(deps.headers))
        if (!headers.has(name)) headers.set(name, value);
    }
    const isStreamRequest =
      (init?.method ?? 'GET') === 'GET' && headers.get('accept')?.includes('text/event-stream') === true;
    if (isStreamRequest && !headers.has('last-event-id')) {
      const orphan = orphans.shift();
      if (orphan !== undefined) headers.set('last-event-id', orphan);
    }
    const response = await deps.fetch(input, patientInit({ ...init, headers }));
    if (isOurs && response.status === 401 && headers.has('authorization')) await deps.onRejectedToken();
    const type = response.headers.get('content-type') ?? '';
    const isStream = type.includes('text/event-stream');
    if (id !== undefined && response.ok) answerKinds.set(id, isStream ? 'stream' : 'body');
    if (!response.body || !response.ok) return response;
    if (isStream) {
      return rewrapped(
        response,
        guardStream(
          response.body,
          id,
          isStreamRequest ? (headers.get('last-event-id') ?? undefined) : undefined,
        ),
      );
    }
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    if (length > deps.maxMessageBytes) {
      await response.body.cancel();
      throw tooLarge(deps.maxMessageBytes);
    }
    const isBounded = length >= 0 && !response.headers.has('content-encoding');
    return isBounded ? response : rewrapped(response, guardBody(response.body));
  };

  return {
    fetch: guardedFetch,
    takeAnswerKind: (id) => take(answerKinds, id),
    takeOrigin: (serverRequestId) => take(origins, serverRequestId),
  };
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

/** The same bytes; `watch` may end them by throwing. */
function guarded(
  body: ReadableStream<Uint8Array>,
  watch: (chunk: Uint8Array) => void,
  onEnd: (() => void) | undefined,
  onBroken: (error: AppError) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let chunk: Awaited<ReturnType<typeof reader.read>>;
        try {
          chunk = await reader.read();
        } catch (error) {
          onEnd?.();
          controller.error(error);
          return;
        }
        if (chunk.done) {
          onEnd?.();
          controller.close();
          return;
        }
        try {
          watch(chunk.value);
        } catch (error) {
          onBroken(toAppError(error));
          controller.error(error);
          await reader.cancel(error).catch(() => {});
          return;
        }
        controller.enqueue(chunk.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
