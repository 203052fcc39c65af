import { html, nothing, type TemplateResult } from 'lit-html';
import type { JobView, ResultBlock } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { code, foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, disclosure, facts, link, notice, progressBar, subsection } from '../components/parts.ts';
import { progressChart } from '../components/progressChart.ts';
import { bytes, dateTime, duration, number, span, timeOfDay } from '../format.ts';
import { count, t } from '../strings.ts';
import type { View } from '../view.ts';
import { withEntry } from '../viewState.ts';
import { prettyJson } from '../../src/core/util/text.ts';
import { frameLine } from './traffic.ts';
import { isEnded, progressText, remainingText, statusIcon, statusWord, timeText } from './jobStatus.ts';

/** One job: where it stands, how it got there, what it was asked and what came of it. */
export function jobDetail(view: View, job: JobView): TemplateResult {
  return html`<div class="scroll job" data-testid="job-detail">
    <header class="detail-head">
      <div>
        <h2 tabindex="-1">${foreign(job.tool)}</h2>
        <p class="quiet">${foreign(job.serverName)}</p>
      </div>
      <div class="actions">${actions(view, job)}</div>
    </header>
    ${standing(view, job)}
    ${job.history.length > 1 ? subsection(t('job.progress'), progressChart(job.history)) : nothing}
    ${resultSection(job)} ${subsection(t('job.timeline'), timeline(job))}
    ${subsection(
      t('job.arguments'),
      code(job.argumentsText, t('job.arguments')),
      button(t('job.openArguments'), () => view.act('job.openArguments', { jobId: job.id }), {
        kind: 'icon',
        icon: icon('external'),
      }),
    )}
    ${subsection(t('job.details'), details(view, job))} ${messages(view, job)}
  </div>`;
}

function actions(view: View, job: JobView): TemplateResult {
  const target = { jobId: job.id };
  const app = job.hasApp
    ? button(t('job.openApp'), () => view.act('job.openApp', target), { testId: 'open-app' })
    : nothing;
  if (isEnded(job)) {
    return html`${job.hasResult ? button(t('job.openResult'), () => view.act('job.openResult', target), { kind: 'primary', testId: 'open-result' }) : nothing}
    ${app} ${button(t('job.runAgain'), () => view.act('job.runAgain', target), { icon: icon('retry') })}
    ${button(t('job.forget'), () => view.act('job.forget', target))}`;
  }
  const request = view.state.requests.find((one) => one.jobId === job.id);
  const isCancelling = job.status.kind === 'cancel-requested' || view.isBusy('job.cancel', target);
  return html`${app}${request ? button(t('job.answer'), () => view.go({ kind: 'requests', requestId: request.id }), { kind: 'primary', icon: icon('bell') }) : nothing}
  ${button(t('job.cancel'), () => view.act('job.cancel', target), { icon: icon('stop'), isDisabled: isCancelling, help: t('job.cancelHelp'), testId: 'cancel' })}`;
}

function standing(view: View, job: JobView): TemplateResult {
  const message = 'message' in job.status ? job.status.message : job.statusMessage;
  const { progress } = job;
  return html`<div class="standing">
    <p class="standing-line">
      ${statusIcon(job)}
      <span class="strong">${statusWord(job)}</span>
      ${progress ? html`<span class="number">${progressText(job)}</span>` : nothing}
      <span class="quiet number">${timeText(job, view.now())}</span>
      ${isEnded(job) ? nothing : html`<span class="quiet number">${remainingText(job)}</span>`}
    </p>
    ${
      !isEnded(job) && progress
        ? html`${progressBar(progress.progress, progress.total, t('job.progress'))}
          ${progress.total !== undefined ? html`<p class="quiet small number">${t('job.progressOf', number(progress.progress), number(progress.total))}</p>` : nothing}`
        : nothing
    }
    ${message === undefined ? nothing : html`<p>${foreign(message)}</p>`} ${expiry(view, job)}
  </div>`;
}

function expiry(view: View, { task, endedAt }: JobView): TemplateResult | typeof nothing {
  if (endedAt !== undefined || task?.ttlMs === undefined) return nothing;
  const left = task.createdAt + task.ttlMs - view.now();
  return html`<p class="quiet small">${left > 0 ? t('job.expires', duration(left)) : t('job.expired')}</p>`;
}

function resultSection(job: JobView): TemplateResult {
  const { result } = job;
  if (!result)
    return subsection(
      t('job.result'),
      html`<p class="quiet">${t(isEnded(job) ? 'job.noResult' : 'job.resultPending')}</p>`,
    );
  return subsection(
    t('job.result'),
    html`${result.isError ? notice('bad', t('job.isError')) : nothing}
    ${
      job.schemaProblems.length > 0
        ? notice(
            'warn',
            html`${t('job.schemaProblems')}
              <ul class="plain-list">
                ${job.schemaProblems.map((problem) => html`<li>${foreign(problem)}</li>`)}
              </ul>`,
          )
        : nothing
    }
    ${result.blocks.map(block)}
    ${result.omitted > 0 ? html`<p class="quiet">${t('job.blocksOmitted', result.omitted)}</p>` : nothing}`,
  );
}

function block(one: ResultBlock): TemplateResult {
  const label =
    one.kind === 'text' || one.kind === 'json'
      ? nothing
      : html`<p class="block-label">
          ${t(`job.block.${one.kind}`)} ${one.label ? html`<code>${foreign(one.label)}</code>` : nothing}
          ${one.mimeType ? badge(foreign(one.mimeType)) : nothing}
          ${one.bytes === undefined ? nothing : html`<span class="quiet number">${bytes(one.bytes)}</span>`}
        </p>`;
  return html`<div class="block">${label}${one.text ? code(one.text, t('job.result')) : nothing}</div>`;
}

function timeline(job: JobView): TemplateResult {
  return html`<ol class="timeline">
    ${job.timeline.map(
      (event) =>
        html`<li>
          <span class="quiet number">${timeOfDay(event.at)}</span>
          <span class="strong">${t(`status.${event.status}`)}</span>
          ${event.message === undefined ? nothing : html`<span class="timeline-message">${foreign(event.message)}</span>`}
        </li>`,
    )}
  </ol>`;
}

/** What went over the wire for this job, while its connection remembers it. */
function messages(view: View, { id, frames }: JobView): TemplateResult | typeof nothing {
  if (frames.length === 0) return nothing;
  const key = `frames:${id}`;
  return subsection(
    t('job.frames'),
    disclosure(
      count('job.framesCount', frames.length),
      view.ui.expanded[key] ?? false,
      (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen || undefined)),
      () =>
        html`<ol class="job-frames">
          ${frames.map(
            (frame) =>
              html`<li>
                ${frameLine(frame)}
                ${code(prettyJson(frame.text), `${t('job.frames')}, ${frame.method ?? frame.kind}`)}
              </li>`,
          )}
        </ol>`,
    ),
  );
}

function details(view: View, job: JobView): TemplateResult {
  const toServer = (tab: 'tools' | 'traffic') => () =>
    view.go({
      kind: 'server',
      serverId: job.serverId,
      tab,
      tool: tab === 'tools' ? job.toolName : undefined,
    });
  return facts([
    [t('job.server'), html`${foreign(job.serverName)} · ${link(t('job.traffic'), toServer('traffic'))}`],
    [t('job.tool'), link(foreign(job.tool), toServer('tools'))],
    [t('job.caller'), job.callerKind === 'user' ? t('job.caller.you') : foreign(job.callerName)],
    [t('job.approval'), foreign(job.approval)],
    [t('job.mode'), t(`job.mode.${job.mode}`)],
    [t('job.taskId'), job.task && html`<code>${foreign(job.task.taskId)}</code>`],
    [t('job.poll'), job.task?.pollIntervalMs === undefined ? undefined : span(job.task.pollIntervalMs)],
    [t('job.created'), dateTime(job.createdAt)],
    [t('job.ended'), job.endedAt === undefined ? undefined : dateTime(job.endedAt)],
    [
      t('job.rerunOf'),
      job.rerunOf === undefined
        ? undefined
        : link(t('job.earlier'), () => view.go({ kind: 'jobs', jobId: job.rerunOf })),
    ],
  ]);
}
