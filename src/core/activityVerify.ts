import type { ActivityFilter, ActivityHead, ActivityRows, StoredLine } from './activity.ts';
import { ChainCheck, type ActivityVerdict } from './activityChain.ts';
import type { Sha256 } from './ports.ts';
import { throwIfAborted } from './util/errors.ts';

/** Lets everything else go on between two slices of work. */
export type Pause = () => Promise<void>;

export interface VerifyOptions {
  readonly sha256: Sha256;
  readonly pause: Pause;
  /** The end as the record kept elsewhere has it. */
  readonly anchor?: ActivityHead | undefined;
  readonly onProgress?: (lines: number) => void;
}

const checkedAtOnce = 250;
const foundAtOnce = 5_000;

/** Checks every line in slices of a few milliseconds; lines written meanwhile are checked too. Rejects `cancelled`. */
export async function verifyActivity(
  rows: Pick<ActivityRows, 'after' | 'head' | 'strays'>,
  { sha256, pause, anchor, onProgress }: VerifyOptions,
  signal: AbortSignal,
): Promise<ActivityVerdict> {
  for (;;) {
    const check = new ChainCheck(sha256, anchor);
    const first = rows.after(undefined, 1)[0]?.seq;
    let head = rows.head();
    for (;;) {
      throwIfAborted(signal);
      const lines = rows.after(check.last?.seq, checkedAtOnce);
      for (const line of lines) check.add(line);
      if (lines.length === 0) {
        // Read after the lines: a line and its head are one commit, so the head can only be further on by now.
        const now = rows.head();
        if (now?.seq === head?.seq) break;
        head = now;
      } else onProgress?.(check.lines);
      await pause();
    }
    // What another window pruned meanwhile is no gap.
    if (rows.after(undefined, 1)[0]?.seq === first) return check.end(head, rows.strays());
  }
}

/** A part of what fits a filter, newest first. */
export interface FoundLines {
  readonly lines: readonly StoredLine[];
  /** Where to go on, below this line; undefined at the oldest. */
  readonly before: number | undefined;
}

/** Looks for lines in slices, so that a filter that few lines fit holds nothing up. Rejects `cancelled`. */
export async function findActivity(
  rows: Pick<ActivityRows, 'find' | 'head' | 'after'>,
  filter: ActivityFilter,
  range: { readonly before?: number | undefined; readonly after?: number | undefined },
  limit: number,
  pause: Pause,
  signal: AbortSignal,
): Promise<FoundLines> {
  const oldest = Math.max(rows.after(undefined, 1)[0]?.seq ?? 1, (range.after ?? 0) + 1);
  let to = Math.min(range.before ?? Number.MAX_SAFE_INTEGER, (rows.head()?.seq ?? 0) + 1) - 1;
  const lines: StoredLine[] = [];
  while (to >= oldest && lines.length < limit) {
    throwIfAborted(signal);
    const from = Math.max(oldest, to - foundAtOnce + 1);
    lines.push(...rows.find(filter, from, to, limit - lines.length));
    to = from - 1;
    if (to >= oldest && lines.length < limit) await pause();
  }
  const last = lines.at(-1)?.seq;
  return { lines, before: lines.length === limit && last !== undefined && last > oldest ? last : undefined };
}
