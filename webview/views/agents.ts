import { html, nothing, type TemplateResult } from 'lit-html';
import type { AgentRow, AgentsView } from '../../src/core/dashboardAgents.ts';
import { button } from '../components/components.ts';
import { code, foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, empty } from '../components/parts.ts';
import { dateTime, span } from '../format.ts';
import { count, t } from '../strings.ts';
import type { View } from '../view.ts';
import { ago } from './registryWords.ts';

/** Who uses our servers through the gateway, and how that stands. */
export function agentsPage(view: View): TemplateResult {
  const { agents } = view.state;
  if (!agents) return html``;
  const connect = button(t('agents.connect'), () => view.act('agents.connect', {}), {
    kind: 'primary',
    icon: icon('plus'),
  });
  return html`<div class="page-column">
    <div class="toolbar">
      <h1 tabindex="-1">${t('agents.title')}</h1>
      <span class="quiet"
        >${agents.agents.length === 0 ? nothing : count('agents.count', agents.agents.length)}</span
      >
      <span class="spacer"></span>
      ${agents.agents.length === 0 ? nothing : connect}
    </div>
    <div class="agents">
      <p class="quiet">${t('agents.help')}</p>
      ${gateway(view, agents.gateway)}
      ${
        agents.agents.length === 0
          ? empty(t('agents.none'), t('agents.noneHelp'), connect)
          : html`<ul class="agent-list" aria-label=${t('agents.list')}>
              ${agents.agents.map((row) => html`<li>${agent(view, row)}</li>`)}
            </ul>`
      }
    </div>
  </div>`;
}

function gateway(view: View, { mode, state, port, url, message }: AgentsView['gateway']): TemplateResult {
  const isBad = state === 'failed' || state === 'port-taken';
  const help =
    state === 'off'
      ? t(mode === 'off' ? 'agents.stateHelp.off.off' : 'agents.stateHelp.off.auto')
      : state === 'elsewhere'
        ? t('agents.stateHelp.elsewhere')
        : state === 'port-taken'
          ? t('agents.stateHelp.port-taken', port ?? '')
          : undefined;
  return html`<section class="agent-gateway" aria-label=${t('agents.gateway')}>
    <div class="agent-line">
      <h2>${t('agents.gateway')}</h2>
      ${badge(t(`agents.state.${state}`), { tone: state === 'serving' ? 'good' : isBad ? 'bad' : 'plain' })}
      ${
        url === undefined
          ? nothing
          : html`<span class="agent-address">${code(url, t('agents.address'))}</span>${button(
                t('app.copy'),
                () => view.copy(url),
                { kind: 'icon', icon: icon('copy') },
              )}`
      }
      <span class="spacer"></span>
      ${
        state === 'port-taken'
          ? button(t('agents.moveGateway'), () => view.act('agents.moveGateway', {}))
          : nothing
      }
      ${button(t('agents.setGateway'), () => view.act('agents.setGateway', {}), {
        name: t('agents.setGatewayNamed'),
      })}
    </div>
    ${help === undefined ? nothing : html`<p class="quiet">${help}</p>`}
    ${message === undefined ? nothing : html`<p>${icon('error', 'bad')} ${foreign(message)}</p>`}
  </section>`;
}

function agent(view: View, row: AgentRow): TemplateResult {
  const { id, name, lastUsedAt, issuedAt, callsToday } = row;
  const caller = { callerId: id };
  const now = view.now();
  return html`<div class="agent-line">
      <span class="strong ellipsis">${foreign(name)}</span>
      <span class="quiet">${t(`agents.kind.${row.agent}`)}</span>
      ${row.isActive ? badge(t('agents.active'), { tone: 'good', help: t('agents.activeHelp') }) : nothing}
      <span class="spacer"></span>
      ${button(t('agents.configure'), () => view.act('agents.configure', caller), {
        name: t('agents.configureNamed', name),
      })}
      ${button(t('agents.rename'), () => view.act('agents.rename', caller), {
        name: t('agents.renameNamed', name),
      })}
      ${button(t('agents.revoke'), () => view.act('agents.revoke', caller), {
        name: t('agents.revokeNamed', name),
      })}
    </div>
    <p class="agent-facts">
      <span
        >${
          lastUsedAt === undefined
            ? t('agents.neverUsed')
            : html`<span title=${dateTime(lastUsedAt)}>${t('agents.lastUsed', ago(lastUsedAt, now))}</span>`
        }</span
      >
      <span>${callsToday === 0 ? t('agents.todayNone') : count('agents.today', callsToday)}</span>
      ${given(row)}
      <span class="quiet" title=${dateTime(issuedAt)}>${t('agents.issued', ago(issuedAt, now))}</span>
    </p>`;
}

/** What is not as it is for everybody. */
function given({ offers, callsPerMinute, approvalTimeoutMs, questions }: AgentRow): TemplateResult {
  const what =
    offers.kind === 'all'
      ? t('agents.offers.all')
      : offers.kind === 'servers'
        ? count('agents.offers.servers', offers.count)
        : rich('agents.offers.preset', foreign(offers.name));
  return html`<span>${what}</span>
    ${callsPerMinute === 0 ? nothing : html`<span>${t('agents.limit', callsPerMinute)}</span>`}
    ${approvalTimeoutMs === 0 ? nothing : html`<span>${t('agents.timeout', span(approvalTimeoutMs))}</span>`}
    ${questions === 'inbox' ? nothing : html`<span>${t('agents.questions.caller')}</span>`}`;
}
