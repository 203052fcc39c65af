/** Repeatable pseudo-random choices for fuzz and property tests. */
export interface Random {
  /** 0 ≤ value < 1 */
  next(): number;
  /** An integer 0 ≤ value < limit. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** The same seed gives the same choices (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => {
      if (items.length === 0) throw new Error('nothing to pick from');
      return items[below(items.length)] as (typeof items)[number];
    },
  };
}
