import { AppError } from './errors.ts';

/** Work that several callers wait for: it is aborted when the last of them leaves, unless somebody keeps it. */
export class SharedWork<T> {
  readonly #abort = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #isOver = false;

  /** Begins in a microtask. */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = Promise.resolve()
      .then(() => work(this.#abort.signal))
      .finally(() => {
        this.#isOver = true;
      });
    this.#result.catch(() => {}); // with nobody left to see it, a failure is not unhandled
  }

  /** Aborted when the work was cancelled or everybody left: then it cannot be joined any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Resolves when the work has ended, however it did. */
  get ended(): Promise<void> {
    return this.#result.then(
      () => {},
      () => {},
    );
  }

  /** The result; aborting `signal` leaves at once with `cancelled`, cancelling the work does the same for everybody. */
  join(signal: AbortSignal): Promise<T> {
    this.#waiting++;
    return abortable(this.#result, AbortSignal.any([signal, this.#abort.signal])).finally(() => {
      if (--this.#waiting === 0) this.cancel(new AppError('cancelled', 'nobody waits for it any more'));
    });
  }

  /** Goes on without anybody waiting, until it is cancelled. */
  keep(): void {
    this.#waiting++;
  }

  cancel(reason: AppError): void {
    if (!this.#isOver) this.#abort.abort(reason);
  }
}

/** `promise`, or a rejection with the AppError behind `signal` (else `cancelled`) as soon as that aborts; the promise is not left unhandled. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      signal.removeEventListener('abort', leave);
      reject(abortError(signal));
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    const settled = () => signal.removeEventListener('abort', leave);
    promise.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error: unknown) => {
        settled();
        reject(error instanceof Error ? error : new AppError('internal', String(error)));
      },
    );
  });
}

/** Why a signal was aborted: its reason when that is an AppError, else `cancelled`. */
export function abortError(signal: AbortSignal): AppError {
  const reason: unknown = signal.reason;
  return reason instanceof AppError ? reason : new AppError('cancelled', 'cancelled', { cause: reason });
}
