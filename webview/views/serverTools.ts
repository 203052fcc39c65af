import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView, ToolView } from '../../src/core/dashboard.ts';
import { foreign } from '../components/foreign.ts';
import { badge, empty, toggle } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { noMatch, notConnected, offersNone } from './emptyStates.ts';
import { filterField, filterOf, masterDetail, matches } from './page.ts';
import { toolDetail } from './toolDetail.ts';
import { standingBadge } from './toolStanding.ts';

/** The tools of a server and the one that is open. */
export function toolsTab(view: View, server: ServerView, open: string | undefined): TemplateResult {
  if (server.toolCount === undefined) return notConnected(view, server);
  if (server.counts.tools === 0) return offersNone(view, server, 'tools.none');
  const close = () => view.go({ kind: 'server', serverId: server.id, tab: 'tools', tool: undefined });
  const detail = server.openTool
    ? toolDetail(view, server, server.openTool)
    : html`<div class="scroll">${empty(open === undefined ? t('tools.select') : t('tools.gone'))}</div>`;
  return masterDetail(list(view, server, open), detail, open !== undefined, close);
}

function list(view: View, server: ServerView, open: string | undefined): TemplateResult {
  const key = `tools:${server.id}`;
  const filter = filterOf(view, key);
  const tools = filtered(server.tools, filter);
  return html`<div class="list-head">
      ${filterField(view, key, 'tools.filter')}
      <span class="quiet" aria-live="polite"
        >${filter === '' ? nothing : t('tools.count', tools.length, server.tools.length)}</span
      >
    </div>
    ${
      tools.length === 0
        ? noMatch(view, t('tools.noMatch', filter), [key])
        : windowedList(view.list(key), {
            label: t('tools.list', server.name.text),
            items: tools,
            key: (tool) => tool.name,
            rowHeight: 44,
            selected: open,
            open: (tool) => view.go({ kind: 'server', serverId: server.id, tab: 'tools', tool: tool.name }),
            row: (tool) => row(view, server, tool),
          })
    }
    ${server.counts.tools > server.tools.length ? html`<p class="quiet small pad">${t('tools.omitted', server.tools.length)}</p>` : nothing}`;
}

function row(view: View, server: ServerView, tool: ToolView): TemplateResult {
  return html`<div class="row-main ${tool.isEnabled ? '' : 'off'}">
      <div class="row-title">
        <code class="ellipsis">${foreign(tool.shownName)}</code
        >${tool.isEnabled ? nothing : badge(t('tools.off'))}${standingBadge(tool)}
      </div>
      <div class="row-sub ellipsis quiet">${foreign(firstLine(tool))}</div>
    </div>
    <div class="row-end">
      ${toggle(tool.isEnabled, t('tools.enable', tool.shownName.text), (on) => view.act('tool.setEnabled', { serverId: server.id, tool: tool.name, on }))}
    </div>`;
}

function firstLine(tool: ToolView): string {
  const text = tool.description?.text ?? tool.title?.text ?? '';
  return text.split('\n', 1)[0] ?? '';
}

const memo = new WeakMap<
  readonly ToolView[],
  { readonly filter: string; readonly tools: readonly ToolView[] }
>();

/** The tools that a filter leaves; kept, because a list is drawn far more often than it changes. */
function filtered(tools: readonly ToolView[], filter: string): readonly ToolView[] {
  const known = memo.get(tools);
  if (known?.filter === filter) return known.tools;
  const left =
    filter === ''
      ? tools
      : tools.filter((tool) => matches(filter, [tool.name, tool.title?.text, tool.description?.text]));
  memo.set(tools, { filter, tools: left });
  return left;
}
