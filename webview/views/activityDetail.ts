import { html, nothing, type TemplateResult } from 'lit-html';
import type { ActivityDetail } from '../../src/core/dashboardActivity.ts';
import { button } from '../components/components.ts';
import { code, foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { disclosure, facts, link, subsection } from '../components/parts.ts';
import { dateTime, elapsed, timeOfDay } from '../format.ts';
import { t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { filterByTool } from './activityFilters.ts';
import { kindIcon, kindWord, outcomeWord } from './activityWords.ts';

const markKey = 'activity:marked';

/** One line: what happened, in which order, and what it hangs on. */
export function activityDetail(view: View, line: ActivityDetail): TemplateResult {
  const rawKey = 'activity:raw';
  return html`<div class="scroll" data-testid="activity-detail">
    <header class="detail-head">
      <div>
        <h2 tabindex="-1" class="activity-heading">
          ${kindIcon(line)} <span>${line.tool === undefined ? kindName(line) : foreign(line.tool)}</span>
        </h2>
        <p class="quiet">
          ${line.tool === undefined ? nothing : html`${kindName(line)} · `}${line.serverName === undefined ? nothing : html`${foreign(line.serverName)} · `}${t('activity.line', line.seq)}
        </p>
      </div>
      <div class="actions">${line.isCall ? actions(view, line) : nothing}</div>
    </header>
    ${line.timeline.length > 0 ? subsection(t('activity.timeline'), timeline(line)) : nothing}
    ${
      line.preview === undefined
        ? nothing
        : subsection(
            t('activity.preview'),
            html`${code(line.preview, t('activity.preview'))}
              <p class="quiet small">${t('activity.previewHelp')}</p>`,
          )
    }
    ${subsection(t('activity.facts'), details(view, line))}
    ${subsection(
      t('activity.chain'),
      facts([
        [t('activity.fact.hash'), html`<code class="activity-hash">${line.hash}</code>`],
        [t('activity.fact.previous'), html`<code class="activity-hash">${line.previous}</code>`],
      ]),
    )}
    ${disclosure(
      t('activity.raw'),
      view.ui.expanded[rawKey] ?? line.state !== 'known',
      (isOpen) => view.update((ui) => withEntry(ui, 'expanded', rawKey, isOpen)),
      () => code(line.raw, t('activity.raw')),
    )}
  </div>`;
}

function kindName(line: ActivityDetail): unknown {
  return line.state === 'unknown' ? foreign(line.kind) : kindWord(line);
}

function actions(view: View, line: ActivityDetail): TemplateResult {
  const { job, before, seq } = line;
  const marked = Number(view.ui.filters[markKey] ?? NaN);
  const mark = (value: number | undefined) =>
    view.update((ui) => withEntry(ui, 'filters', markKey, value === undefined ? undefined : String(value)));
  return html`${
    job?.isOver
      ? button(t('activity.runAgain'), () => view.act('job.runAgain', { jobId: job.id }), {
          icon: icon('retry'),
        })
      : nothing
  }
  ${job ? button(t('activity.openJob'), () => view.go({ kind: 'jobs', jobId: job.id })) : nothing}
  ${before === undefined ? nothing : button(t('activity.compareBefore'), () => view.act('activity.compare', { seq, other: before }))}
  ${
    Number.isNaN(marked)
      ? button(t('activity.mark'), () => mark(seq))
      : marked === seq
        ? button(t('activity.unmark', marked), () => mark(undefined), { icon: icon('close') })
        : button(t('activity.compareMarked', marked), () => {
            view.act('activity.compare', { seq, other: marked });
            mark(undefined);
          })
  }`;
}

function timeline({ timeline: steps }: ActivityDetail): TemplateResult {
  const [first] = steps;
  const isOpen = steps.some(({ step }) => step === 'sent') && !steps.some(({ step }) => step === 'ended');
  return html`<ol class="timeline activity-steps">
    ${steps.map(
      ({ at, step, text }) =>
        html`<li class="step-${step}">
          <span class="quiet number" title=${dateTime(at)}
            >${first?.at === at && step === first.step ? timeOfDay(at) : t('activity.stepAfter', elapsed(at - (first?.at ?? at)))}</span
          >
          <span class="strong">${t(`activity.step.${step}`)}</span>
          ${text === undefined ? nothing : html`<span class="timeline-message">${foreign(text)}</span>`}
        </li>`,
    )}
    ${isOpen ? html`<li><span class="quiet">…</span> <span class="quiet">${t('activity.notEnded')}</span></li>` : nothing}
  </ol>`;
}

function details(view: View, line: ActivityDetail): TemplateResult {
  const { serverId, tool } = line;
  const hash = (text: string | undefined) =>
    text === undefined ? undefined : html`<code class="activity-hash">${foreign(text)}</code>`;
  return facts([
    [t('activity.fact.time'), dateTime(line.at)],
    [
      t('activity.fact.server'),
      line.serverName === undefined ? undefined : html`${foreign(line.serverName)}`,
    ],
    [
      t('activity.fact.serverId'),
      serverId === undefined ? undefined : html`<code>${foreign(serverId)}</code>`,
    ],
    [
      t('activity.fact.tool'),
      tool === undefined
        ? undefined
        : html`${foreign(tool)}${
            serverId === undefined
              ? nothing
              : html` ·
                ${link(t('activity.filter.sameTool'), () => filterByTool(view, serverId, line.toolName ?? tool))}`
          }`,
    ],
    [
      t('activity.fact.caller'),
      line.caller === undefined
        ? undefined
        : html`${foreign(line.caller)}${line.callerKind === undefined ? nothing : html` <span class="quiet">(${foreign(line.callerKind)})</span>`}`,
    ],
    [t('activity.fact.rule'), line.rule === undefined ? undefined : html`${foreign(line.rule)}`],
    [t('activity.fact.outcome'), line.outcome === undefined ? undefined : outcomeWord(line.outcome)],
    [t('activity.fact.duration'), line.ms === undefined ? undefined : elapsed(line.ms)],
    [t('activity.fact.launch'), hash(line.launchHash)],
    [t('activity.fact.definition'), hash(line.definitionHash)],
    [t('activity.fact.arguments'), hash(line.argumentsHash)],
  ]);
}
