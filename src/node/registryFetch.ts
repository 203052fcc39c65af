import { retryDelay } from '../core/backoff.ts';
import type { Clock } from '../core/ports.ts';
import { errorTextOf } from '../core/registryParse.ts';
import { AppError, throwIfAborted, toAppError, type ErrorCode } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';

/** What a registry request needs from outside. */
export interface RegistryFetchDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  readonly version: string;
}

/** Bounds of one request. */
export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** The longest wait that a registry may ask for. */
  readonly maxWaitMs: number;
}

/** The usual bounds. */
export const defaultLimits: FetchLimits = {
  timeoutMs: 30_000,
  maxBytes: 32 * 1024 * 1024,
  attempts: 4,
  maxWaitMs: 120_000,
};

/** A request to one origin. */
export interface JsonRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Starts every message: which registry, and what was tried. */
  readonly what: string;
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
}

/** A JSON answer. */
export interface JsonAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly serverTime: number | undefined;
}

/** How a request failed; the message starts with the request's `what` and never holds markup. */
export class RequestError extends AppError {
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The challenge of a 401. */
  readonly challenge: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; nextStep?: string; status?: number; challenge?: string | undefined } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
    this.challenge = options.challenge;
  }
}

type Attempt =
  | { readonly kind: 'done'; readonly answer: JsonAnswer }
  | { readonly kind: 'retry'; readonly error: RequestError; readonly waitMs: number | undefined };

/**
 * GETs JSON. Sends again after 429, 5xx and lost connections, waiting as `Retry-After` says or ever longer. Follows
 * redirects only within the origin and only when no header of the caller is sent. Rejects with a `RequestError`, or
 * `cancelled`.
 */
export async function fetchJson(deps: RegistryFetchDeps, request: JsonRequest): Promise<JsonAnswer> {
  const { limits, signal, what } = request;
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    const result = await tryOnce(deps, request);
    if (result.kind === 'done') return result.answer;
    const { error, waitMs = retryDelay(attempt, deps.random) } = result;
    if (attempt >= limits.attempts) throw error;
    if (waitMs > limits.maxWaitMs) {
      throw new RequestError(
        error.code,
        `${error.message}; asks to wait ${Math.ceil(waitMs / 1000)} seconds`,
        {
          cause: error,
          nextStep: `Try again in ${Math.ceil(waitMs / 60_000)} minutes.`,
          ...(error.status === undefined ? {} : { status: error.status }),
        },
      );
    }
    await wait(deps.clock, waitMs, signal, what);
  }
}

async function tryOnce(deps: RegistryFetchDeps, request: JsonRequest): Promise<Attempt> {
  const { what, limits, signal } = request;
  const timeout = new AbortController();
  const timer = deps.clock.setTimer(limits.timeoutMs, () => timeout.abort());
  try {
    const response = await send(deps, request, AbortSignal.any([signal, timeout.signal]));
    const body = await readBody(response, limits.maxBytes, what);
    const serverTime = Date.parse(response.headers.get('date') ?? '');
    if (response.ok) {
      const json = parseJson(body, what, response);
      return {
        kind: 'done',
        answer: {
          status: response.status,
          json,
          serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
        },
      };
    }
    const error = statusError(response, body, what);
    const isWorthAgain = response.status === 429 || response.status >= 500;
    if (!isWorthAgain || response.status === 501) throw error;
    return {
      kind: 'retry',
      error,
      waitMs: retryAfter(response.headers.get('retry-after'), deps.clock.now()),
    };
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', `${what}: cancelled`, { cause: error });
    if (error instanceof AppError) throw error;
    if (timeout.signal.aborted) {
      const seconds = Math.round(limits.timeoutMs / 1000);
      throw new RequestError('timeout', `${what}: no complete answer within ${seconds} seconds`, {
        cause: error,
      });
    }
    return {
      kind: 'retry',
      error: new RequestError('connect-failed', `${what}: ${reasonOf(error)}`, { cause: error }),
      waitMs: undefined,
    };
  } finally {
    timer.dispose();
  }
}

async function send(deps: RegistryFetchDeps, request: JsonRequest, signal: AbortSignal): Promise<Response> {
  let url = request.url;
  const isPrivate = Object.keys(request.headers).length > 0;
  for (let hop = 0; ; hop++) {
    const response = await deps.fetch(url, {
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        'user-agent': `mcp-switchboard/${deps.version}`,
        ...request.headers,
      },
      signal,
    });
    if (![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get('location') ?? '';
    const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (target === undefined)
      throw new RequestError('server-error', `${request.what}: sent a redirect to nowhere`, {
        status: response.status,
      });
    if (target.origin !== url.origin) {
      throw new RequestError(
        'blocked',
        `${request.what}: leads to another place, ${target.host}, which was not followed`,
        {
          status: response.status,
          nextStep: `If you trust ${target.host}, add it as a registry of its own.`,
        },
      );
    }
    if (isPrivate) {
      throw new RequestError('blocked', `${request.what}: was redirected, and your key is not sent along`, {
        status: response.status,
        nextStep: `Set the registry's address to ${target.origin}${target.pathname}.`,
      });
    }
    if (hop >= 3)
      throw new RequestError('server-error', `${request.what}: too many redirects`, {
        status: response.status,
      });
    url = target;
  }
}

/** The body as text, refused as soon as it is too large. */
async function readBody(response: Response, maxBytes: number, what: string): Promise<string> {
  const tooLarge = () =>
    new RequestError('too-large', `${what}: the answer is larger than ${Math.round(maxBytes / 1048576)} MB`);
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  if (response.body === null) return text;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(body: string, what: string, response: Response): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    const isPage =
      /^\s*<|text\/html/i.test(`${response.headers.get('content-type') ?? ''}\n${body.slice(0, 200)}`) ||
      body.trimStart().startsWith('<');
    throw new RequestError(
      'server-error',
      `${what}: ${isPage ? 'answered with a web page instead of data' : 'answered with something that is not JSON'}`,
      {
        cause: error,
        status: response.status,
      },
    );
  }
}

function statusError(response: Response, body: string, what: string): RequestError {
  const { status } = response;
  const said = errorTextOf(body);
  const codes: Readonly<Record<number, ErrorCode>> = {
    400: 'invalid-input',
    401: 'needs-sign-in',
    403: 'denied',
    404: 'not-found',
    422: 'invalid-input',
    501: 'unsupported',
  };
  const meanings: Readonly<Record<number, string>> = {
    401: 'wants you to sign in',
    403: 'refuses access',
    404: 'has nothing there',
    429: 'was asked too often',
  };
  const meaning = meanings[status] ?? (status >= 500 ? 'has a problem of its own' : 'refused the request');
  return new RequestError(
    codes[status] ?? 'server-error',
    `${what}: ${meaning} (${status}${said === undefined ? '' : `: ${said}`})`,
    {
      status,
      challenge: status === 401 ? (response.headers.get('www-authenticate') ?? undefined) : undefined,
    },
  );
}

/** Milliseconds that a `Retry-After` asks to wait; undefined when it says nothing usable. */
export function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // RFC 9110: else an HTTP date; `Date.parse` alone would take far too much for one.
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function wait(clock: Clock, ms: number, signal: AbortSignal, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.dispose();
      reject(new AppError('cancelled', `${what}: cancelled`, { cause: signal.reason }));
    };
    const timer = clock.setTimer(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: 'the host is not known',
    EAI_AGAIN: 'the host cannot be looked up now',
    ECONNREFUSED: 'nobody answers there',
    ECONNRESET: 'the connection broke off',
    ETIMEDOUT: 'nobody answered in time',
    UND_ERR_SOCKET: 'the connection broke off',
  };
  const known = code === undefined ? undefined : words[code];
  return known ?? oneLine(cause?.message ?? toAppError(error).message, 200);
}
