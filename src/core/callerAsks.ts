import type { Ask, AskOrigin } from './connection.ts';
import type { HumanAnswer } from './requests.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';

/**
 * Takes a question of a job to the caller that started it. Undefined, at once or later, leaves the question to the inbox;
 * rejects when `signal` ends it.
 */
export type AskTaker = (
  ask: Ask,
  origin: AskOrigin,
  signal: AbortSignal,
) => Promise<HumanAnswer | undefined> | undefined;

/** Which callers answer the questions of their own jobs. */
export class CallerAsks {
  readonly #takers = new Map<string, AskTaker>();

  /** From now on `taker` is asked first about this job; returns the end. */
  take(jobId: string, taker: AskTaker): Disposable {
    this.#takers.set(jobId, taker);
    return toDisposable(() => {
      if (this.#takers.get(jobId) === taker) this.#takers.delete(jobId);
    });
  }

  /** Undefined where nobody takes the question. */
  offer(
    jobId: string,
    ask: Ask,
    origin: AskOrigin,
    signal: AbortSignal,
  ): Promise<HumanAnswer | undefined> | undefined {
    return this.#takers.get(jobId)?.(ask, origin, signal);
  }
}
