/** Order statistics of one series, in the series' own unit. */
export interface Series {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Summarises at least one value. */
export function summarise(values: readonly number[]): Series {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { n: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** What a benchmark reports: ours and the yardstick from the same run, and ours divided by it. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly ours: Series;
  readonly yardstick: Series;
  readonly ratioP50: number;
  readonly ratioP95: number;
  readonly aim: string;
}

export function compare(
  name: string,
  unit: string,
  ours: readonly number[],
  yardstick: readonly number[],
  aim: string,
): Comparison {
  const [a, b] = [summarise(ours), summarise(yardstick)];
  return { name, unit, ours: a, yardstick: b, ratioP50: a.p50 / b.p50, ratioP95: a.p95 / b.p95, aim };
}

/** Milliseconds that `fn` took. */
export async function timed(fn: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}
