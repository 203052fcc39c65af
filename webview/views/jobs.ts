import { html, nothing, type TemplateResult } from 'lit-html';
import type { JobRow } from '../../src/core/dashboard.ts';
import { button, dropdown } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { empty, progressBar } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { count, t } from '../strings.ts';
import { withEntry, type ViewState } from '../viewState.ts';
import type { View } from '../view.ts';
import { nothingLeft } from './emptyStates.ts';
import { jobDetail } from './jobDetail.ts';
import { groupJobs, type JobLine } from './jobGroups.ts';
import { isEnded, progressText, statusIcon, statusWord, timeText } from './jobStatus.ts';
import { filterField, filterOf, masterDetail, matches } from './page.ts';

/** All jobs, and the one that is chosen. */
export function jobsView(view: View, jobId: string | undefined): TemplateResult {
  const { jobs, job } = view.state;
  const all = [...jobs.open, ...jobs.finished, ...view.olderJobs];
  const detail = job
    ? jobDetail(view, job)
    : html`<div class="scroll">${empty(jobId === undefined ? t('jobs.select') : t('jobs.gone'))}</div>`;
  return html`<div class="page-column">
    <div class="toolbar">
      <h1 tabindex="-1">${t('jobs.title')}</h1>
      <span class="spacer"></span>
      ${jobs.finishedTotal > 0 ? forgetFinished(view) : nothing}
    </div>
    ${
      all.length === 0
        ? empty(
            t('jobs.none'),
            t('jobs.noneHelp'),
            button(t('jobs.start'), () => view.go({ kind: 'servers' })),
          )
        : masterDetail(list(view, all, jobId), detail, jobId !== undefined, () =>
            view.go({ kind: 'jobs', jobId: undefined }),
          )
    }
  </div>`;
}

/** Deleting is asked for twice: there is no way back. */
function forgetFinished(view: View): TemplateResult {
  const key = 'jobs.forget';
  const ask = (isAsking: boolean) =>
    view.update((ui) => withEntry(ui, 'expanded', key, isAsking || undefined));
  if (!view.ui.expanded[key]) return button(t('jobs.forgetFinished'), () => ask(true));
  const forget = () => {
    ask(false);
    view.act('jobs.forgetFinished', {});
  };
  return html`<span>${count('jobs.forgetAsk', view.state.jobs.finishedTotal)}</span>
    ${button(t('jobs.forgetYes'), forget, { kind: 'primary' })}
    ${button(t('jobs.forgetNo'), () => ask(false))}`;
}

function list(view: View, all: readonly JobRow[], jobId: string | undefined): TemplateResult {
  const filter = filterOf(view, 'jobs');
  const { jobsShown } = view.ui;
  const shown = all.filter(
    (job) =>
      isShown(job, jobsShown) && matches(filter, [job.tool, job.serverName, job.callerName, statusWord(job)]),
  );
  const hasMore = view.state.jobs.finished.length + view.olderJobs.length < view.state.jobs.finishedTotal;
  const kinds = ['all', 'open', 'finished', 'failed'] as const;
  return html`<div class="list-head">
      ${filterField(view, 'jobs', 'jobs.filter')}
      ${dropdown({
        name: t('jobs.show'),
        value: jobsShown,
        options: kinds.map((kind) => ({ value: kind, label: t(`jobs.show.${kind}`) })),
        onChange: (chosen) =>
          view.update((ui) => ({ ...ui, jobsShown: kinds.find((kind) => kind === chosen) ?? 'all' })),
      })}
    </div>
    ${
      shown.length === 0
        ? nothingLeft(t('jobs.noMatch'), () =>
            view.update((ui) => withEntry({ ...ui, jobsShown: 'all' }, 'filters', 'jobs', undefined)),
          )
        : windowedList<JobLine>(view.list('jobs'), {
            label: t('jobs.title'),
            items: groupJobs(shown, view.now()),
            key: (line) => (line.kind === 'job' ? line.job.id : line.title),
            rowHeight: 46,
            selected: jobId,
            isHeading: (line) => line.kind === 'heading',
            open: (line) => line.kind === 'job' && view.go({ kind: 'jobs', jobId: line.job.id }),
            row: (line) =>
              line.kind === 'heading' ? html`<span class="strong">${line.title}</span>` : row(view, line.job),
          })
    }
    ${hasMore ? html`<div class="pad">${button(t('jobs.more'), () => view.loadOlderJobs())}</div>` : nothing}`;
}

function isShown(job: JobRow, kind: ViewState['jobsShown']): boolean {
  if (kind === 'open') return !isEnded(job);
  if (kind === 'finished') return isEnded(job);
  return kind === 'all' || (isEnded(job) && job.status.kind !== 'completed');
}

function row(view: View, job: JobRow): TemplateResult {
  const progress = isEnded(job) ? '' : progressText(job);
  return html`<div class="row-icon">${statusIcon(job)}</div>
    <div class="row-main">
      <div class="row-title">
        <span class="ellipsis"
          >${foreign(job.tool)}<span class="quiet"> · ${foreign(job.serverName)}</span></span
        >
      </div>
      <div class="row-sub ellipsis quiet">
        ${statusWord(job)}${progress === '' ? nothing : html` · <span class="number">${progress}</span>`} ·
        <span class="number">${timeText(job, view.now())}</span
        >${job.statusMessage && !isEnded(job) ? html` · ${foreign(job.statusMessage)}` : nothing}
      </div>
      ${!isEnded(job) && job.progress ? html`<div class="row-bar">${progressBar(job.progress.progress, job.progress.total, t('job.progress'))}</div>` : nothing}
    </div>`;
}
