import type { ProgressPoint } from './jobs.ts';

const minPoints = 3;
const minShare = 0.02;
const minMs = 2000;

/** How long a job will still take, from the pace of its later half; undefined when its progress is no basis for a guess. */
export function remainingMs(history: readonly ProgressPoint[], now: number): number | undefined {
  const last = history.at(-1);
  const total = last?.total;
  if (!last || total === undefined || !Number.isFinite(total) || total <= 0 || history.length < minPoints)
    return undefined;
  if (
    history.some(
      (point, i) => point.total !== total || (i > 0 && point.progress < (history[i - 1]?.progress ?? 0)),
    )
  )
    return undefined;
  const left = total - last.progress;
  if (left <= 0) return undefined;
  const from = history[Math.floor((history.length - 1) / 2)];
  if (!from) return undefined;
  const done = last.progress - from.progress;
  const ms = last.at - from.at;
  if (done / total < minShare || ms < minMs) return undefined;
  // A job that has been silent for longer than a step usually takes is not on the pace it was.
  const idle = now - last.at;
  if (idle > 3 * (ms / Math.max(1, history.length / 2))) return undefined;
  return Math.max(0, (left * ms) / done - idle);
}
