import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { badge, empty } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { bytes } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';

type Resource = ServerView['resources'][number];
type Template = ServerView['templates'][number];
type Row =
  | { readonly kind: 'heading'; readonly title: string }
  | { readonly kind: 'resource'; readonly resource: Resource; readonly at: number }
  | { readonly kind: 'template'; readonly template: Template; readonly at: number };

/** Resources and resource templates; a resource opens as a document. */
export function resourcesTab(view: View, server: ServerView): TemplateResult {
  if (server.toolCount === undefined)
    return html`<div class="scroll">${empty(t('server.notConnected'))}</div>`;
  const { resources, templates } = server;
  if (resources.length + templates.length === 0)
    return html`<div class="scroll">${empty(t('resources.none'))}</div>`;
  const open = (resource: Resource) =>
    view.act('resource.open', { serverId: server.id, uri: resource.rawUri });
  const rows: Row[] = [
    ...resources.map((resource, at): Row => ({ kind: 'resource', resource, at })),
    ...(templates.length > 0 ? [{ kind: 'heading', title: t('resources.templates') } as const] : []),
    ...templates.map((template, at): Row => ({ kind: 'template', template, at })),
  ];
  return windowedList(view.list(`resources:${server.id}`), {
    label: t('resources.title'),
    items: rows,
    key: (row) => (row.kind === 'heading' ? 'heading' : `${row.kind}${row.at}`),
    rowHeight: 44,
    selected: undefined,
    isHeading: (row) => row.kind === 'heading',
    open: (row) => row.kind === 'resource' && open(row.resource),
    row: (row) => {
      if (row.kind === 'heading') return html`<span class="strong">${row.title}</span>`;
      const item =
        row.kind === 'resource'
          ? { ...row.resource, address: row.resource.uri }
          : { ...row.template, address: row.template.uriTemplate };
      return html`<div class="row-main">
          <div class="row-title"><span class="ellipsis">${foreign(item.name)}</span></div>
          <div class="row-sub ellipsis quiet">
            <code>${foreign(item.address)}</code
            >${item.description ? html` · ${foreign(item.description)}` : nothing}
          </div>
        </div>
        <div class="row-end">
          ${row.kind === 'resource' && row.resource.mimeType !== undefined ? badge(foreign(row.resource.mimeType)) : nothing}
          ${row.kind === 'resource' && row.resource.size !== undefined ? html`<span class="quiet number">${bytes(row.resource.size)}</span>` : nothing}
          ${row.kind === 'resource' ? button(t('resources.open'), () => open(row.resource), { isInList: true, name: t('resources.openNamed', row.resource.name.text) }) : nothing}
        </div>`;
    },
  });
}
