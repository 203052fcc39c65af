/** Mean of the last `size` values. */
export function rollingMean(values: readonly number[], size: number): number {
  const recent = values.slice(-size);
  return recent.reduce((total, value) => total + value, 0) / Math.max(1, recent.length);
}

/** Standard deviation of the last `size` values. */
export function rollingDeviation(values: readonly number[], size: number): number {
  const mean = rollingMean(values, size);
  const recent = values.slice(-size);
  const squares = recent.reduce((total, value) => total + (value - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, recent.length));
}
