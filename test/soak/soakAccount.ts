import type { ActivityProblem } from '../../src/core/activityChain.ts';

/** What one minute of a soak run looked like, after a garbage collection. */
export interface Sample {
  readonly minute: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** Connected servers. */
  readonly ready: number;
  /** Jobs so far. */
  readonly calls: number;
}

/** What a soak run leaves behind. */
export interface Account {
  readonly samples: readonly Sample[];
  /** How the calls ended for their callers. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Jobs of this run by their status. */
  readonly jobs: Readonly<Record<string, number>>;
  /** Jobs that were sent and are not stored. */
  readonly lostJobs: readonly string[];
  /** Calls that never got an answer. */
  readonly waiting: readonly string[];
  readonly rejections: readonly string[];
  /** What the activity log says of its own chain. */
  readonly chain: readonly ActivityProblem[];
  /** Server processes and handles that are left after the host closed. */
  readonly processes: number;
  readonly handles: number;
}

const finals = new Set(['completed', 'failed', 'cancelled', 'interrupted', 'lost']);
const mostGrowth = 1.15;

/** What is wrong with a run; empty when it is as it should be. */
export function problemsOf(account: Account): readonly string[] {
  const problems: string[] = [];
  const open = Object.keys(account.jobs).filter((kind) => !finals.has(kind));
  if (open.length > 0) problems.push(`jobs are left in ${open.join(', ')}`);
  if (account.lostJobs.length > 0) problems.push(`${account.lostJobs.length} jobs are not stored`);
  if (account.waiting.length > 0) problems.push(`calls without an answer: ${account.waiting.join('; ')}`);
  const { done = 0, failed = 0, cancelled = 0 } = account.outcomes;
  const jobs = Object.values(account.jobs).reduce((sum, count) => sum + count, 0);
  if (done + failed + cancelled < jobs)
    problems.push(`${jobs} jobs, ${done + failed + cancelled} answers to callers`);
  if (done === 0) problems.push('no call was answered');
  for (const rejection of account.rejections.slice(0, 5))
    problems.push(`a rejection nobody handled: ${rejection}`);
  const [broken] = account.chain;
  if (broken) problems.push(`the activity log breaks at line ${broken.seq}: ${broken.kind}`);
  if (account.processes > 0) problems.push(`${account.processes} server processes are left`);
  if (account.handles > 0) problems.push(`${account.handles} handles are left`);
  const growth = growthOf(account.samples);
  if (growth !== undefined && growth > mostGrowth)
    problems.push(`the heap grew ${growth.toFixed(2)} times between the second and the last quarter`);
  return problems;
}

/** The heap of the last quarter against that of the second one (the first is warm-up), by medians; undefined for too few samples. */
export function growthOf(samples: readonly Sample[]): number | undefined {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 2) return undefined;
  const heap = (from: number) => median(samples.slice(from, from + quarter).map(({ heapMb }) => heapMb));
  return heap(samples.length - quarter) / heap(quarter);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
