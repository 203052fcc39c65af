import { html, nothing, type TemplateResult } from 'lit-html';
import type { JobRow, RequestRow, ServerView, ToolDetail } from '../../src/core/dashboard.ts';
import { button, ring } from '../components/components.ts';
import { foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { link } from '../components/parts.ts';
import type { Run } from '../runs.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { progressText, statusIcon, statusWord, timeText } from './jobStatus.ts';

const maxJobs = 3;

/**
 * The runs of a tool: approvals that wait, then its newest jobs, from the state, so that they are there again when the
 * editor comes back from the approval; besides them only what left no trace there (sent just now, denied, not sent).
 */
export function toolRuns(view: View, server: ServerView, tool: ToolDetail, key: string): TemplateResult {
  const isOurs = (row: { readonly serverId: string; readonly toolName: string | undefined }) =>
    row.serverId === server.id && row.toolName === tool.name;
  const approvals = view.state.requests.filter((request) => request.kind === 'approval' && isOurs(request));
  const { open, finished } = view.state.jobs;
  const jobs = [...open, ...finished].filter(isOurs).toSorted((a, b) => b.createdAt - a.createdAt);
  const isTraced = ({ outcome }: Run) => {
    if (!outcome) return approvals.length > 0 || jobs.some((job) => job.endedAt === undefined);
    return 'jobId' in outcome && jobs.some((job) => job.id === outcome.jobId);
  };
  return html`<div class="runs">
    ${view.runs.of(key).map((run) => (isTraced(run) ? nothing : untraced(view, key, run)))}
    ${approvals.map((approval) => waiting(view, approval))}
    ${jobs.slice(0, maxJobs).map((job) => jobLine(view, job, tool.hasApp ?? false))}
  </div>`;
}

function waiting(view: View, approval: RequestRow): TemplateResult {
  return html`<div class="run-line">
    ${icon('shield', 'warn')}<span>${t('run.waiting')}</span>
    ${link(t('run.showApproval'), () => view.act('request.openApproval', { requestId: approval.id }))}
  </div>`;
}

function jobLine(view: View, job: JobRow, hasApp: boolean): TemplateResult {
  const progress = job.endedAt === undefined ? progressText(job) : '';
  return html`<div class="run-line">
    ${statusIcon(job)}<span>${statusWord(job)}</span>
    <span class="quiet number"
      >${progress === '' ? nothing : `${progress} · `}${timeText(job, view.now())}</span
    >
    ${job.hasResult ? link(t('run.openResult'), () => view.act('job.openResult', { jobId: job.id })) : nothing}
    ${hasApp && job.hasResult ? link(t('job.openApp'), () => view.act('job.openApp', { jobId: job.id })) : nothing}
    ${link(t('run.openJob'), () => view.go({ kind: 'jobs', jobId: job.id }))}
  </div>`;
}

function untraced(view: View, key: string, { id, outcome }: Run): TemplateResult {
  if (!outcome)
    return html`<div class="run-line">${ring(t('run.sending'))}<span>${t('run.sending')}</span></div>`;
  const dismiss = button(t('app.dismiss'), () => view.runs.dismiss(key, id), {
    kind: 'icon',
    icon: icon('close'),
  });
  return html`<div class="run-line" role="status">
    ${outcomeText(outcome)}<span class="spacer"></span>${dismiss}
  </div>`;
}

function outcomeText(outcome: NonNullable<Run['outcome']>): TemplateResult {
  switch (outcome.kind) {
    case 'done':
      return html`${icon('check', 'good')}<span>${t('run.done')}</span>`;
    case 'failed':
      return html`${icon('error', 'bad')}<span>${rich('run.failed', foreign(outcome.message ?? ''))}</span>`;
    case 'denied':
      return html`${icon('blocked', 'warn')}<span
          >${t('run.denied')}${outcome.message === undefined ? nothing : html` ${foreign(outcome.message)}`}</span
        >`;
    case 'cancelled':
      return html`${icon('circle', 'quiet')}<span>${t('run.cancelled')}</span>`;
    case 'error':
      return html`${icon('error', 'bad')}<span>${rich('run.error', foreign(outcome.message))}</span>`;
  }
}
