import { AppError } from '../../core/util/errors.ts';

/** Why a signal was aborted, as an AppError: its own reason when it is one, else `cancelled`. */
export function abortReason(signal: AbortSignal): AppError {
  const reason: unknown = signal.reason;
  return reason instanceof AppError ? reason : new AppError('cancelled', 'cancelled', { cause: reason });
}
