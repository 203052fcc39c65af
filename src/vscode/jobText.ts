import type { Progress } from '../core/connection.ts';
import { remainingMs } from '../core/forecast.ts';
import type { Job, JobStatus } from '../core/jobs.ts';
import { dotted, icon, type NodeIcon } from './nodeView.ts';
import { forTree } from './plainText.ts';
import type { Translate } from './translate.ts';

/** A job's status in words. */
export function statusText(status: JobStatus, t: Translate): string {
  switch (status.kind) {
    case 'running':
      return t('running');
    case 'needs-input':
      return t('needs you');
    case 'cancel-requested':
      return t('cancel requested');
    case 'completed':
      return t('completed');
    case 'failed':
      return status.code === 'tool-error' ? t('the tool reported an error') : t('failed');
    case 'cancelled':
      return t('cancelled');
    case 'interrupted':
      return t('interrupted');
    case 'lost':
      return t('lost');
  }
}

/** A job's status as an icon; every status has its own shape. */
export function statusIcon(status: JobStatus): NodeIcon {
  switch (status.kind) {
    case 'running':
      return icon('loading~spin');
    case 'needs-input':
      return icon('bell-dot', 'problemsWarningIcon.foreground');
    case 'cancel-requested':
      return icon('stop-circle');
    case 'completed':
      return icon('pass', 'testing.iconPassed');
    case 'failed':
      return icon('error', 'problemsErrorIcon.foreground');
    case 'cancelled':
      return icon('circle-slash', 'disabledForeground');
    case 'interrupted':
      return icon('debug-disconnect', 'problemsWarningIcon.foreground');
    case 'lost':
      return icon('question', 'problemsWarningIcon.foreground');
  }
}

const cells = 8;

/** Progress as a bar with a percentage, as a bare number when the total is unknown; empty when there is none. */
export function progressText(progress: Progress | undefined): string {
  if (!progress || !Number.isFinite(progress.progress)) return '';
  const { progress: done, total } = progress;
  if (total === undefined || !Number.isFinite(total) || total <= 0) return String(done);
  const share = Math.min(1, Math.max(0, done / total));
  const full = Math.floor(share * cells);
  return `${'▰'.repeat(full)}${'▱'.repeat(cells - full)} ${Math.floor(share * 100)} %`;
}

/** A span of time as `0:07`, `12:30` or `1:02:03`. */
export function elapsedText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** How long an open job will still take, where its pace says so, and how long its server keeps it. */
export function outlookText(job: Job, now: number, t: Translate): string {
  const left = remainingMs(job.history, now);
  const kept = job.task?.ttlMs === undefined ? undefined : job.task.createdAt + job.task.ttlMs - now;
  return dotted(
    left === undefined ? undefined : t('about {0} left', elapsedText(left)),
    kept === undefined || kept > shownTtlMs
      ? undefined
      : kept > 0
        ? t('expires in {0}', elapsedText(kept))
        : t('expired on the server'),
  );
}

const shownTtlMs = 3_600_000; // further off it says nothing that anybody would act on

/** How many jobs ended after a moment. */
export function finishedSince(finished: readonly Job[], at: number): number {
  return finished.filter((job) => (job.endedAt ?? 0) > at).length;
}

/** The tool and server of a job, for messages and pickers. */
export function jobTitle(job: Pick<Job, 'tool' | 'serverName'>, t: Translate): string {
  return t('{0} of {1}', forTree(job.tool, 80), forTree(job.serverName, 80));
}
