import { html, nothing, type TemplateResult } from 'lit-html';
import type { RequestRow } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { foreign, foreignBlock } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { empty, facts, link, subsection } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { timeOfDay } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { questionForm } from './questionForm.ts';
import { masterDetail } from './page.ts';
import { urlQuestion } from './urlQuestion.ts';

/** Everything that waits for the user, and the one that is chosen. */
export function requestsView(view: View, requestId: string | undefined): TemplateResult {
  const { requests } = view.state;
  const chosen = requests.find((request) => request.id === requestId);
  const close = () => view.go({ kind: 'requests', requestId: undefined });
  const detail = chosen
    ? requestDetail(view, chosen)
    : html`<div class="scroll">
        ${empty(requestId === undefined ? t('requests.select') : t('requests.gone'))}
      </div>`;
  return html`<div class="page-column">
    <div class="toolbar"><h1 tabindex="-1">${t('requests.title')}</h1></div>
    ${
      requests.length === 0 && requestId === undefined
        ? empty(
            t('requests.none'),
            t('requests.noneHelp'),
            button(t('requests.connect'), () => view.go({ kind: 'agents' })),
          )
        : masterDetail(list(view, requestId), detail, requestId !== undefined, close)
    }
  </div>`;
}

function list(view: View, requestId: string | undefined): TemplateResult {
  if (view.state.requests.length === 0) return empty(t('requests.none'));
  return windowedList(view.list('requests'), {
    label: t('requests.title'),
    items: view.state.requests,
    key: (request) => request.id,
    rowHeight: 46,
    selected: requestId,
    open: (request) => view.go({ kind: 'requests', requestId: request.id }),
    row: (request) =>
      html`<div class="row-icon">${icon(iconOf(request.kind), 'warn')}</div>
        <div class="row-main">
          <div class="row-title">
            <span class="ellipsis"
              >${foreign(request.tool ?? request.serverName)}${request.tool ? html`<span class="quiet"> · ${foreign(request.serverName)}</span>` : nothing}</span
            >
          </div>
          <div class="row-sub ellipsis quiet">
            ${request.message ? foreign(firstLine(request.message.text)) : t(`request.${request.kind}`)}
          </div>
        </div>
        <div class="row-end"><span class="quiet number">${timeOfDay(request.createdAt)}</span></div>`,
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}

function iconOf(kind: RequestRow['kind']): Parameters<typeof icon>[0] {
  switch (kind) {
    case 'approval':
      return 'shield';
    case 'elicitation-form':
      return 'question';
    case 'elicitation-url':
      return 'external';
    case 'sampling':
      return 'sparkle';
    case 'definition-change':
      return 'edit';
    case 'sign-in':
      return 'key';
  }
}

function requestDetail(view: View, request: RequestRow): TemplateResult {
  return html`<div class="scroll request" data-testid="request-detail">
    <header class="detail-head"><h2 tabindex="-1">${t(`request.${request.kind}`)}</h2></header>
    ${origin(view, request)}
    ${
      request.message
        ? subsection(
            request.kind === 'approval'
              ? request.callerKind === 'user'
                ? t('request.youAsk')
                : t('request.asks', request.callerName ?? request.serverName)
              : t(request.kind === 'definition-change' ? 'request.changed' : 'request.message'),
            html`<blockquote class="message">${foreignBlock(request.message)}</blockquote>`,
          )
        : nothing
    }
    ${body(view, request)}
  </div>`;
}

/** Who asks: always on screen with the question. */
function origin(view: View, request: RequestRow): TemplateResult {
  const { jobId, toolName } = request;
  const toTool = () => view.go({ kind: 'server', serverId: request.serverId, tab: 'tools', tool: toolName });
  return html`<div class="origin" role="group" aria-label=${t('request.origin')}>
    ${facts([
      [
        t('request.server'),
        link(html`<span class="strong">${foreign(request.serverName)}</span>`, () =>
          view.go({ kind: 'server', serverId: request.serverId, tab: 'overview', tool: undefined }),
        ),
      ],
      [
        t('request.tool'),
        request.tool === undefined
          ? html`<span class="quiet">${t('request.unknown')}</span>`
          : link(foreign(request.tool), toTool),
      ],
      [
        t('request.job'),
        jobId === undefined
          ? html`<span class="quiet">${t('request.unknown')}</span>`
          : link(t('request.openJob'), () => view.go({ kind: 'jobs', jobId })),
      ],
      [
        t('request.caller'),
        request.callerName === undefined
          ? html`<span class="quiet">${t('request.unknown')}</span>`
          : request.callerKind === 'user'
            ? t('job.caller.you')
            : foreign(request.callerName),
      ],
    ])}
  </div>`;
}

const helpOf = {
  approval: 'request.approvalHelp',
  sampling: 'request.samplingHelp',
  'definition-change': 'request.definitionHelp',
  'sign-in': 'request.signInHelp',
} as const;

function body(view: View, request: RequestRow): TemplateResult {
  switch (request.kind) {
    case 'elicitation-form':
      return questionForm(view, request);
    case 'elicitation-url':
      return urlQuestion(view, request);
    case 'approval':
    case 'sampling':
    case 'definition-change':
    case 'sign-in':
      return html`<p class="quiet">${t(helpOf[request.kind])}</p>
        <div class="form-actions">
          ${button(t(request.kind === 'sign-in' ? 'request.signIn' : 'request.openApproval'), () => view.act('request.openApproval', { requestId: request.id }), { kind: 'primary', icon: icon('external'), testId: 'open-approval' })}
        </div>`;
  }
}
