import type { Failure } from '../core/doctorFacts.ts';
import { toAppError } from '../core/util/errors.ts';
import { ProcessEnded, rpcErrorOf, statusOf } from './mcp/wireErrors.ts';

/** An error as facts: codes instead of words, as far as they go. */
export function failureOf(error: unknown): Failure {
  const { code, message, nextStep } = toAppError(error, 'connect-failed');
  return {
    code,
    message,
    nextStep,
    status: statusOf(error),
    rpcCode: rpcErrorOf(error)?.code,
    system: systemCode(error),
  };
}

/** How the process behind an error ended, if that is what happened. */
export function exitOf(error: unknown): ProcessEnded | undefined {
  for (const cause of causesOf(error)) if (cause instanceof ProcessEnded) return cause;
  return undefined;
}

function systemCode(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    if ('code' in cause && typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]{3,}$/.test(cause.code))
      return cause.code;
  }
  return undefined;
}

function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; depth++) {
    yield cause;
    cause = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  }
}
