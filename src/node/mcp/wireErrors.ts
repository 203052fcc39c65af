import {
  InsufficientScopeError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  SseError,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { rpcCode } from '../../core/rpcErrors.ts';
import { AppError } from '../../core/util/errors.ts';
import { oneLine } from '../../core/util/text.ts';
import type { Redact } from './redactor.ts';

/** A JSON-RPC error as the server sent it; the cause of a `server-error`. */
export class RpcError extends Error {
  readonly code: number;
  readonly #data: Json | undefined;

  constructor(code: number, message: string, data: Json | undefined) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.#data = data;
  }

  /** As received: no member, so that a log of the error does not carry it. */
  get data(): Json | undefined {
    return this.#data;
  }
}

/** An HTTP error status; what the server wrote with it stays out, because it may repeat a secret. */
export class HttpFailure extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.name = 'HttpFailure';
    this.status = status;
  }
}

/** How a local server's process ended by itself. */
export class ProcessEnded extends Error {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;

  constructor(exitCode: number | undefined, signal: string | undefined) {
    super(signal === undefined ? `exit code ${exitCode ?? 'unknown'}` : `ended by ${signal}`);
    this.name = 'ProcessEnded';
    this.exitCode = exitCode;
    this.signal = signal;
  }
}

const maxMessage = 400;

/** The `error` member of a JSON-RPC response; anything malformed still becomes an error. */
export function parseRpcError(error: unknown, redact: Redact): RpcError {
  if (!isJsonObject(error)) return new RpcError(0, 'the server sent an error without content', undefined);
  const { code, message, data } = error;
  const text =
    typeof message === 'string' && message !== ''
      ? oneLine(redact(message.slice(0, 4_000)), maxMessage)
      : 'no reason given';
  return new RpcError(typeof code === 'number' ? code : 0, text, data);
}

/** The RpcError behind an error, if there is one. */
export function rpcErrorOf(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error;
  return error instanceof AppError ? rpcErrorOf(error.cause) : undefined;
}

/** A JSON-RPC error answer as what callers see. */
export function serverError(method: string, error: RpcError): AppError {
  if (error.code === rpcCode.methodNotFound) {
    return new AppError('unsupported', `the server does not support ${method}: ${error.message}`, {
      cause: error,
    });
  }
  if (error.code === rpcCode.resourceNotFound)
    return new AppError('not-found', error.message, { cause: error });
  return new AppError(
    'server-error',
    `the server answered ${method} with error ${error.code}: ${error.message}`,
    { cause: error },
  );
}

/** Where an error happened, for its words and its code. */
export interface ErrorPlace {
  readonly isConnecting: boolean;
  readonly hasSession: boolean;
  readonly method: string;
  /** Name of the server's address or command. */
  readonly target: string;
  readonly redact: Redact;
  /** Why the server has no usable token, where it has a sign-in. */
  readonly signInProblem: (() => AppError) | undefined;
}

/** Any error of the SDK, `fetch` or a transport as an AppError that says what failed and what to do. */
export function toWireError(error: unknown, place: ErrorPlace): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof RpcError) return serverError(place.method, error);
  if (UnauthorizedError.isInstance(error)) return needsSignIn(place);
  if (InsufficientScopeError.isInstance(error)) return needsSignIn(place, 403);
  if (SdkHttpError.isInstance(error)) return httpError(error, place);
  if (SseError.isInstance(error) && error.code !== undefined) return sseError(error.code, place);
  const network = networkCode(error);
  if (network !== undefined) return unreachable(network, place, error);
  if (SdkError.isInstance(error)) return sdkError(error, place);
  const rpc = protocolErrorOf(error, place.redact);
  if (rpc && place.isConnecting)
    return failed(place, `${place.target} refused to start a session: ${rpc.message}`, { cause: rpc });
  if (rpc) return serverError(place.method, rpc);
  if (error instanceof Error && ['ZodError', '$ZodError', 'SyntaxError'].includes(error.name)) {
    return failed(
      place,
      `${place.target} answered ${place.method} with something that is no JSON-RPC message`,
    );
  }
  return failed(place, shown(error instanceof Error ? error.message : String(error), place));
}

/** HTTP status behind an error, if any. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpFailure) return error.status;
  return error instanceof AppError ? statusOf(error.cause) : undefined;
}

function failed(
  place: ErrorPlace,
  message: string,
  options: { cause?: unknown; nextStep?: string } = {},
): AppError {
  return new AppError(place.isConnecting ? 'connect-failed' : 'server-error', message, options);
}

function shown(text: string, place: ErrorPlace): string {
  return oneLine(place.redact(text.slice(0, 4_000)), maxMessage);
}

function needsSignIn(place: ErrorPlace, status: 401 | 403 = 401): AppError {
  const { message, nextStep } =
    place.signInProblem?.() ??
    new AppError('needs-sign-in', `${place.target} wants you to sign in`, {
      nextStep: 'Sign in to this server.',
    });
  const cause = new HttpFailure(status);
  return new AppError('needs-sign-in', message, { cause, ...(nextStep === undefined ? {} : { nextStep }) });
}

function httpError(error: SdkHttpError, place: ErrorPlace): AppError {
  const { status } = error;
  const rpc = rpcErrorInBody(error, place.redact);
  const cause = rpc ?? new HttpFailure(status);
  if (status === 401) return needsSignIn(place);
  if (!place.isConnecting && place.hasSession && (status === 404 || isUnknownSession(status, rpc))) {
    return new AppError('session-expired', `${place.target} does not know this session any more`, { cause });
  }
  if (status === 403) {
    return failed(place, `${place.target} denied access (HTTP 403)`, {
      cause,
      nextStep: "Check the headers in the server's entry, or sign in with an account that may use it.",
    });
  }
  if (rpc && !place.isConnecting) return serverError(place.method, rpc);
  const reason = rpc?.message ?? bodyOf(error) ?? error.statusText ?? '';
  const text = `${place.target} answered ${place.method} with HTTP ${status}${reason === '' ? '' : `: ${reason}`}`;
  return failed(place, shown(text, place), {
    cause: new HttpFailure(status),
    ...(status === 404 && place.isConnecting ? { nextStep: "Check the URL in the server's entry." } : {}),
  });
}

/** Servers built on the official examples say 400 instead of the specified 404; they do so in these words only. */
function isUnknownSession(status: number, rpc: RpcError | undefined): boolean {
  return status === 400 && rpc?.code === -32000 && /\bsession\b/i.test(rpc.message);
}

function sseError(status: number, place: ErrorPlace): AppError {
  if (status === 401) return needsSignIn(place);
  return failed(place, `${place.target} answered the request for an event stream with HTTP ${status}`, {
    cause: new HttpFailure(status),
    nextStep: "Check the URL in the server's entry.",
  });
}

function bodyOf(error: SdkHttpError): string | undefined {
  const { text } = error.data;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function rpcErrorInBody(error: SdkHttpError, redact: Redact): RpcError | undefined {
  const text = bodyOf(error);
  if (text === undefined) return undefined;
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) && isJsonObject(body['error'])
      ? parseRpcError(body['error'], redact)
      : undefined;
  } catch {
    return undefined;
  }
}

function sdkError(error: SdkError, place: ErrorPlace): AppError {
  switch (error.code) {
    case SdkErrorCode.NotConnected:
    case SdkErrorCode.ConnectionClosed:
      return new AppError(
        place.isConnecting ? 'connect-failed' : 'not-connected',
        'the connection was closed',
      );
    case SdkErrorCode.RequestTimeout:
      return new AppError('timeout', `${place.target} did not answer ${place.method} in time`);
    case SdkErrorCode.ClientHttpUnexpectedContent:
      return failed(place, `${place.target} answered with neither JSON nor an event stream`, {
        nextStep: "Check that the URL is the server's MCP endpoint.",
      });
    default:
      return failed(place, shown(error.message, place));
  }
}

function protocolErrorOf(error: unknown, redact: Redact): RpcError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') return undefined;
  const { data } = error as { data?: Json };
  return parseRpcError(
    { code: error.code, message: error.message, ...(data === undefined ? {} : { data }) },
    redact,
  );
}

/** The system's code for a network failure (`ECONNREFUSED`, …) behind `fetch failed`. */
export function networkCode(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (
      'code' in cause &&
      typeof cause.code === 'string' &&
      /^(?:E[A-Z]{3,}|UND_ERR_|CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(cause.code)
    ) {
      return cause.code;
    }
    if (cause instanceof AggregateError && cause.errors.length > 0) return networkCode(cause.errors[0]);
  }
  return undefined;
}

function unreachable(code: string, place: ErrorPlace, cause: unknown): AppError {
  const why = networkReasons[code] ?? `the network failed (${code})`;
  return new AppError(place.isConnecting ? 'connect-failed' : 'not-connected', `${place.target}: ${why}`, {
    cause,
    nextStep: 'Check that the server runs and that its URL is right.',
  });
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  EPIPE: 'the other side no longer reads',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

/** True for failures that say the server is not there at all. */
export function isGone(error: AppError): boolean {
  const code = networkCode(error.cause);
  return (
    error.code === 'not-connected' &&
    (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH')
  );
}

/** `value` as the data of a JSON-RPC error. */
export function dataOf(error: RpcError): JsonObject | undefined {
  return isJsonObject(error.data) ? error.data : undefined;
}
