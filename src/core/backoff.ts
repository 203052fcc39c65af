const firstMs = 2_000;
const longestMs = 60_000;

/**
 * Milliseconds to wait before retry number `attempt` (from 1): a random point in [1 s, 2 s), then [2 s, 4 s), … up to
 * [30 s, 60 s), so that many servers lost together do not come back together. `random` gives [0, 1).
 */
export function retryDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 16));
  return (ceiling / 2) * (1 + random());
}

/** Counts losses within a window of time, to tell a hiccup from a crash loop. */
export class LossCounter {
  readonly limit: number;
  readonly windowMs: number;
  #times: readonly number[] = [];

  constructor(limit = 5, windowMs = 3 * 60_000) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** Notes a loss; true when that makes it a crash loop. */
  add(now: number): boolean {
    this.#times = [...this.#times.filter((at) => now - at < this.windowMs), now];
    return this.#times.length >= this.limit;
  }

  reset(): void {
    this.#times = [];
  }
}
