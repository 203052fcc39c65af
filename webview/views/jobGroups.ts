import type { JobRow } from '../../src/core/dashboard.ts';
import { day, daysBetween } from '../format.ts';
import { t } from '../strings.ts';

/** A row of the list of jobs. */
export type JobLine =
  { readonly kind: 'heading'; readonly title: string } | { readonly kind: 'job'; readonly job: JobRow };

/** Jobs under headings: those that need the user, those that run, then the ended ones by day, newest first. */
export function groupJobs(jobs: readonly JobRow[], now: number): readonly JobLine[] {
  const groups = new Map<string, JobRow[]>();
  const add = (title: string, job: JobRow) => {
    const group = groups.get(title);
    if (group) group.push(job);
    else groups.set(title, [job]);
  };
  const open = jobs.filter((job) => job.endedAt === undefined).toSorted((a, b) => b.createdAt - a.createdAt);
  const ended = jobs
    .filter((job) => job.endedAt !== undefined)
    .toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  for (const job of open) if (job.status.kind === 'needs-input') add(t('jobs.needsYou'), job);
  for (const job of open) if (job.status.kind !== 'needs-input') add(t('jobs.running'), job);
  for (const job of ended) add(dayTitle(job.endedAt ?? 0, now), job);
  return [...groups].flatMap(([title, group]): JobLine[] => [
    { kind: 'heading', title },
    ...group.map((job): JobLine => ({ kind: 'job', job })),
  ]);
}

function dayTitle(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return t('jobs.today');
  return days === 1 ? t('jobs.yesterday') : day(at);
}
