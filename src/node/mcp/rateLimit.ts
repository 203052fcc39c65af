import type { Clock } from '../../core/ports.ts';

/** Lets a number of events through per period and counts the others. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #periodMs: number;
  readonly #onDropped: (count: number) => void;
  #start = Number.NEGATIVE_INFINITY;
  #passed = 0;
  #dropped = 0;

  /** `onDropped` is told how many were left out, once the flood pauses or at the next period. */
  constructor(clock: Clock, max: number, periodMs: number, onDropped: (count: number) => void) {
    this.#clock = clock;
    this.#max = max;
    this.#periodMs = periodMs;
    this.#onDropped = onDropped;
  }

  /** True when the event may pass. */
  allow(): boolean {
    const now = this.#clock.now();
    if (now - this.#start >= this.#periodMs) {
      this.#start = now;
      this.#passed = 0;
      this.#report();
    }
    if (this.#passed < this.#max) {
      this.#passed++;
      return true;
    }
    if (this.#dropped++ === 0) this.#clock.setTimer(this.#periodMs, () => this.#report());
    return false;
  }

  #report(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.#onDropped(count);
  }
}
