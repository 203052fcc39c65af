import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerRow } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { empty } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { count, t } from '../strings.ts';
import type { View } from '../view.ts';
import { noMatch } from './emptyStates.ts';
import { filterField, filterOf, matches } from './page.ts';
import { eraBadge, stateIcon, stateWord } from './serverState.ts';
import { tellingVerdict } from './verdict.ts';

/** The list of all configured servers. */
export function serversView(view: View): TemplateResult {
  const { servers } = view.state;
  const filter = filterOf(view, 'servers');
  const shown = servers.filter((row) =>
    matches(filter, [row.name.text, row.source, t(`state.${row.state}`)]),
  );
  const add = button(t('servers.add'), () => view.act('servers.add', {}), {
    kind: servers.length === 0 ? 'primary' : 'secondary',
    icon: icon('plus'),
  });
  return html`<div class="page-column">
    <div class="toolbar">
      <h1 tabindex="-1">${t('servers.title')}</h1>
      <span class="quiet"
        >${shown.length === servers.length ? count('servers.count', servers.length) : t('tools.count', shown.length, servers.length)}</span
      >
      <span class="spacer"></span>
      ${servers.length === 0 ? nothing : html`${filterField(view, 'servers', 'servers.filter')} ${add}`}
    </div>
    ${
      servers.length === 0
        ? empty(t('servers.none'), t('servers.noneHelp'), add)
        : shown.length === 0
          ? noMatch(view, t('servers.noMatch', filter), ['servers'])
          : list(view, shown)
    }
  </div>`;
}

function list(view: View, rows: readonly ServerRow[]): TemplateResult {
  return windowedList(view.list('servers'), {
    label: t('servers.title'),
    items: rows,
    key: (row) => row.id,
    rowHeight: 48,
    selected: undefined,
    open: (row) => view.go({ kind: 'server', serverId: row.id, tab: 'overview', tool: undefined }),
    row: (row) =>
      html`<div class="row-icon">${stateIcon(row.state)}</div>
        <div class="row-main">
          <div class="row-title">
            <span class="ellipsis strong">${foreign(row.name)}</span
            >${tellingVerdict(row.verdict)}${eraBadge(row.era)}
          </div>
          <div class="row-sub ellipsis">
            ${stateWord(row)}${row.stateText === '' ? nothing : html`<span class="quiet"> · ${foreign(row.stateText)}</span>`}<span
              class="quiet"
            >
              · ${foreign(row.source)}</span
            >
          </div>
        </div>
        <div class="row-end">
          ${row.openRequests > 0 ? html`<span class="waiting">${icon('bell', 'warn')}${count('servers.requests', row.openRequests)}</span>` : nothing}
          ${row.openJobs > 0 ? html`<span class="quiet">${count('servers.jobs', row.openJobs)}</span>` : nothing}
          ${row.toolCount === undefined ? nothing : html`<span class="quiet">${count('servers.tools', row.toolCount)}</span>`}
        </div>`,
  });
}
