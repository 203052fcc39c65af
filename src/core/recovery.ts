import { LossCounter, retryDelay } from './backoff.ts';
import type { Clock } from './ports.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';
import { AppError } from './util/errors.ts';

const stableAfterMs = 60_000; // what lasts this long is no crash loop

/** What one server's failures add up to: how long to wait before the next try, and when to stop trying. */
export class Recovery {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #losses = new LossCounter();
  #attempt = 0;
  #lastExpiry: number | undefined;
  #timer: Disposable = toDisposable(() => {});

  /** `random` gives [0, 1). */
  constructor({ clock, random }: { readonly clock: Clock; readonly random: () => number }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A connection ended that was up for this long; one that was stable starts the pauses over. */
  lived(ms: number): void {
    if (ms >= stableAfterMs) this.#attempt = 0;
  }

  /** Does `again` after a pause, in place of what waits for one now; tells the number of the try and the milliseconds until it. */
  retry(again: () => void): { readonly attempt: number; readonly delay: number } {
    const attempt = ++this.#attempt;
    const delay = retryDelay(attempt, this.#random);
    this.#timer.dispose();
    this.#timer = this.#clock.setTimer(delay, again);
    return { attempt, delay };
  }

  /** Notes a crash; the reason to give up when that makes it a crash loop. */
  crashLoop(error: AppError): AppError | undefined {
    const { limit, windowMs } = this.#losses;
    if (!this.#losses.add(this.#clock.now())) return undefined;
    const message = `given up after ${limit} failures within ${windowMs / 60_000} minutes: ${error.message}`;
    const nextStep = error.nextStep ?? "Read the server's log, mend the server, then start it again.";
    return new AppError('connect-failed', message, { cause: error, nextStep });
  }

  /** Whether to connect anew at once after a session expired: not when that happened just before. */
  isFirstExpiry(): boolean {
    const now = this.#clock.now();
    const isFirst = this.#lastExpiry === undefined || now - this.#lastExpiry >= stableAfterMs;
    this.#lastExpiry = now;
    return isFirst;
  }

  /** Somebody starts the server before the pause is over. */
  stopWaiting(): void {
    this.#timer.dispose();
  }

  /** Nothing is retried, and what failed is forgotten. */
  reset(): void {
    this.#timer.dispose();
    this.#attempt = 0;
    this.#losses.reset();
  }
}
