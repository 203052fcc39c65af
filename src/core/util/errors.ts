/** The closed set of reasons a caller may branch on. */
export type ErrorCode =
  | 'cancelled'
  | 'timeout'
  | 'denied'
  | 'blocked'
  | 'invalid-config'
  | 'invalid-input'
  | 'invalid-frame'
  | 'not-found'
  | 'not-connected'
  | 'needs-sign-in'
  | 'needs-trust'
  | 'connect-failed'
  | 'server-error'
  | 'session-expired'
  | 'unsupported'
  | 'storage'
  | 'too-large'
  | 'conflict'
  | 'internal';

/** An error whose message says what failed and where; `code` is what callers branch on, never the text. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** One sentence that tells the user what to do next, where we know it. */
  readonly nextStep: string | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; nextStep?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.nextStep = options.nextStep;
  }
}

/** True for an `AppError`, with that code when one is given. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** Any thrown value as an `AppError`; an `AppError` is returned as it is. */
export function toAppError(error: unknown, code: ErrorCode = 'internal'): AppError {
  if (error instanceof AppError) return error;
  return new AppError(code, error instanceof Error ? error.message : String(error), { cause: error });
}

/** Throws `AppError('cancelled')` when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('cancelled', 'cancelled', { cause: signal.reason });
}

/** Marks a branch that the types rule out. */
export function assertNever(value: never): never {
  throw new AppError('internal', `unexpected value ${JSON.stringify(value)}`);
}
