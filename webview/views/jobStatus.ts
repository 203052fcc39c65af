import { html, nothing, type TemplateResult } from 'lit-html';
import type { JobRow } from '../../src/core/dashboard.ts';
import { icon } from '../components/icons.ts';
import { duration, elapsed, number, percent } from '../format.ts';
import { t } from '../strings.ts';

/** The icon of a job's status; every status has its own shape. */
export function statusIcon({ status }: Pick<JobRow, 'status'>): TemplateResult {
  switch (status.kind) {
    case 'running':
      return icon('busy', 'plain', true);
    case 'needs-input':
      return icon('bell', 'warn');
    case 'cancel-requested':
      return icon('stop', 'warn');
    case 'completed':
      return icon('check', 'good');
    case 'failed':
      return icon('error', 'bad');
    case 'cancelled':
      return icon('blocked', 'quiet');
    case 'interrupted':
      return icon('warning', 'warn');
    case 'lost':
      return icon('question', 'warn');
  }
}

/** A job's status in words. */
export function statusWord({ status }: Pick<JobRow, 'status'>): string {
  return status.kind === 'failed' ? t(`status.failed.${status.code}`) : t(`status.${status.kind}`);
}

/** True when a job can change no more. */
export function isEnded(job: Pick<JobRow, 'endedAt'>): boolean {
  return job.endedAt !== undefined;
}

/** Progress in figures; empty when none was reported. */
export function progressText({ progress }: Pick<JobRow, 'progress'>): string {
  if (!progress) return '';
  const { progress: done, total } = progress;
  return total !== undefined && total > 0 ? percent(done / total) : number(done);
}

/** How long a job has been running, or ran. */
export function timeText(job: JobRow, now: number): string {
  return isEnded(job)
    ? t('job.took', elapsed((job.endedAt ?? now) - job.createdAt))
    : t('job.elapsed', duration(now - job.createdAt));
}

/** The honest guess of what is left; nothing where there is no basis. */
export function remainingText(job: JobRow): TemplateResult | typeof nothing {
  return job.remainingMs === undefined
    ? nothing
    : html`<span>${t('job.remaining', duration(job.remainingMs))}</span>`;
}
