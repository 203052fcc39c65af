import type { ProgressPoint } from '../../src/core/jobs.ts';

/** Progress as points of a drawing: time to the right, progress upwards; the total is the top where all reports agree on one. */
export function chartPoints(
  history: readonly ProgressPoint[],
  width: number,
  height: number,
): {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly top: number;
  readonly total: number | undefined;
} {
  const first = history[0];
  const last = history.at(-1);
  if (!first || !last) return { points: [], top: 0, total: undefined };
  const total =
    last.total !== undefined && last.total > 0 && history.every((point) => point.total === last.total)
      ? last.total
      : undefined;
  const finite = history.map((point) => ({
    at: point.at,
    progress: Number.isFinite(point.progress) ? Math.max(0, point.progress) : 0,
  }));
  const top = total ?? Math.max(1, ...finite.map((point) => point.progress));
  const span = Math.max(1, last.at - first.at);
  const points = finite.map((point) => ({
    x: ((point.at - first.at) / span) * width,
    y: height - Math.min(1, point.progress / top) * height,
  }));
  return { points, top, total };
}
