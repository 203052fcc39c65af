const firstMs = 1_000;
const longestMs = 60_000;

/** Milliseconds to wait before try number `attempt` (from 1): doubling from 1 s to 60 s, each with up to half taken off by chance so that many never retry together. */
export function retryDelay(attempt: number, random: () => number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 16));
  return Math.round(full * (0.5 + random() / 2));
}

/** Counts losses within a window of time, to tell a hiccup from a crash loop. */
export class LossCounter {
  readonly #limit: number;
  readonly #windowMs: number;
  #times: number[] = [];

  constructor(limit = 5, windowMs = 3 * 60_000) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Notes a loss; true when that makes it a crash loop. */
  add(now: number): boolean {
    this.#times = [...this.#times.filter((at) => now - at < this.#windowMs), now];
    return this.#times.length >= this.#limit;
  }

  reset(): void {
    this.#times = [];
  }
}
