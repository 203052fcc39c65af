import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { ResourceRow, TemplateRow } from '../../src/core/dashboardResources.ts';
import { button } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { badge, empty, link, notice } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { bytes, number } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { noMatch, notConnected, offersNone } from './emptyStates.ts';
import { filterField, filterOf, masterDetail } from './page.ts';
import { resourceDetail, templateDetail } from './resourceDetail.ts';
import type { ResourceLine } from './resourceResults.ts';

/** The resources and templates of a server, and the one that is chosen. */
export function resourcesTab(view: View, server: ServerView): TemplateResult {
  if (server.toolCount === undefined) return notConnected(view, server);
  if (server.counts.resources === 0) return offersNone(view, server, 'resources.none');
  const { resources } = view;
  resources.follow(server.id, filterOf(view, listKey(server)), server.resourceRevision);
  const chosen = resources.chosen.get(server.id);
  const detail =
    chosen === undefined
      ? html`<div class="scroll">${empty(t('resources.select'))}</div>`
      : chosen.kind === 'resource'
        ? resourceDetail(view, server, chosen)
        : templateDetail(view, server, chosen);
  const close = () => {
    resources.chosen.delete(server.id);
    view.redraw();
  };
  return masterDetail(list(view, server, chosen), detail, chosen !== undefined, close);
}

function listKey(server: ServerView): string {
  return `resources:${server.id}`;
}

function keyOf(row: ResourceRow | TemplateRow): string {
  return row.kind === 'resource' ? `r ${row.uri}` : `t ${row.uriTemplate}`;
}

function list(view: View, server: ServerView, chosen: ResourceRow | TemplateRow | undefined): TemplateResult {
  const { lines, isAnswered, error } = view.resources;
  const filter = filterOf(view, listKey(server));
  const choose = (line: ResourceLine) => {
    if (line.kind === 'pending') return;
    view.resources.chosen.set(server.id, line.row);
    view.redraw();
  };
  return html`<div class="list-head">
      ${filterField(view, listKey(server), 'resources.filter')}
      <span class="quiet" aria-live="polite"
        >${filter === '' || !isAnswered ? nothing : t('resources.found', number(lines.length), number(server.counts.resources))}</span
      >
    </div>
    ${error === undefined ? nothing : notice('bad', html`${t('resources.failed', error)} ${link(t('resources.retry'), () => view.resources.retry())}`, 'alert')}
    ${
      lines.length === 0
        ? isAnswered && error === undefined
          ? noMatch(view, t('resources.noMatch', filter), [listKey(server)])
          : nothing
        : windowedList(view.list(listKey(server)), {
            label: t('resources.list', server.name.text),
            items: lines,
            key: (line) => (line.kind === 'row' ? keyOf(line.row) : `p ${line.index}`),
            rowHeight: 44,
            selected: chosen && keyOf(chosen),
            open: choose,
            row: (line) => row(view, server, line),
          })
    }`;
}

function row(view: View, server: ServerView, line: ResourceLine): TemplateResult {
  if (line.kind === 'pending') {
    view.resources.need(line.index);
    return html`<span class="quiet">${t('resources.pending')}</span>`;
  }
  const one = line.row;
  const address = one.kind === 'resource' ? one.shownUri : one.shownTemplate;
  return html`<div class="row-main">
      <div class="row-title">
        <span class="ellipsis">${foreign(one.name)}</span
        >${one.kind === 'template' ? badge(t('resources.template')) : nothing}
      </div>
      <div class="row-sub ellipsis quiet"><code>${foreign(address)}</code></div>
    </div>
    <div class="row-end">
      ${one.kind === 'resource' && one.size !== undefined ? html`<span class="quiet number">${bytes(one.size)}</span>` : nothing}
      ${one.kind === 'resource' ? button(t('resources.open'), () => view.act('resource.open', { serverId: server.id, uri: one.uri }), { isInList: true, name: t('resources.openNamed', one.name.text) }) : nothing}
    </div>`;
}
