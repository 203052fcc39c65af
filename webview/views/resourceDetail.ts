import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { ResourceRow, TemplateRow } from '../../src/core/dashboardResources.ts';
import { expandTemplate } from '../../src/core/forms/uriTemplate.ts';
import { shown } from '../../src/core/shown.ts';
import { button } from '../components/components.ts';
import { completedField } from '../components/completedField.ts';
import { foldedBlock, foreign, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { facts, subsection } from '../components/parts.ts';
import { bytes, dateTime } from '../format.ts';
import { t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';

const maxUri = 8192; // of what the protocol takes

/** What is known of a resource, and what can be done with it. */
export function resourceDetail(view: View, server: ServerView, row: ResourceRow): TemplateResult {
  return html`<div class="scroll tool resource-detail" data-testid="resource-detail">
    ${head(row)} ${description(view, server, row)}
    <div class="form-actions">${actions(view, server, row.uri, row.name.text)}</div>
    ${facts([
      [t('resources.address'), html`<code>${foreign(row.shownUri)}</code> ${hiddenNote(row.shownUri)}`],
      ...claims(row),
      [t('resources.size'), row.size === undefined ? undefined : bytes(row.size)],
    ])}
    <p class="quiet small">${t('resources.openHelp')}</p>
  </div>`;
}

/** A template, the form of its variables with what the server suggests, and the resource they lead to. */
export function templateDetail(view: View, server: ServerView, row: TemplateRow): TemplateResult {
  const values = view.resources.valuesOf(server.id, row);
  const uri = expandTemplate(row.uriTemplate, values);
  const isFilled = row.variables.every(({ name }) => (values[name] ?? '') !== '');
  const open = () => isFilled && view.act('resource.open', { serverId: server.id, uri });
  return html`<div class="scroll tool resource-detail" data-testid="template-detail">
    ${head(row)} ${description(view, server, row)}
    ${facts([[t('resources.address'), html`<code>${foreign(row.shownTemplate)}</code>`], ...claims(row)])}
    ${subsection(
      t('resources.variables'),
      html`${row.variables.map((variable, at) => field(view, server, row, variable, at, open))}
        <p class="template-result">${t('resources.result')} <code>${foreign(shown(uri, 2000))}</code></p>
        <div class="form-actions">${actions(view, server, uri, row.name.text, !isFilled)}</div>`,
    )}
    <p class="quiet small">${t('resources.openHelp')}</p>
  </div>`;
}

function head(row: ResourceRow | TemplateRow): TemplateResult {
  return html`<header class="detail-head">
      <h2 class="tool-name" tabindex="-1">${foreign(row.name)}</h2>
    </header>
    ${hiddenNote(row.name)}`;
}

function description(
  view: View,
  server: ServerView,
  row: ResourceRow | TemplateRow,
): TemplateResult | typeof nothing {
  if (!row.description) return nothing;
  const key = `text:${server.id}/${row.kind === 'resource' ? row.uri : row.uriTemplate}`;
  return foldedBlock(row.description, view.ui.expanded[key] ?? false, (isOpen) =>
    view.update((ui) => withEntry(ui, 'expanded', key, isOpen || undefined)),
  );
}

function claims(
  row: ResourceRow | TemplateRow,
): readonly (readonly [string, TemplateResult | string | undefined])[] {
  const { audience, priority, lastModified, mimeType } = row;
  return [
    [t('resources.type'), mimeType === undefined ? undefined : foreign(mimeType)],
    [
      t('resources.audience'),
      audience.length === 0 ? undefined : audience.map((role) => t(`resources.audience.${role}`)).join(', '),
    ],
    [
      t('resources.priority'),
      priority === undefined
        ? undefined
        : html`<span title=${t('resources.priorityHelp')}>${Math.round(priority * 100)}</span>`,
    ],
    [t('resources.lastModified'), lastModified === undefined ? undefined : dateTime(lastModified)],
  ];
}

function actions(
  view: View,
  server: ServerView,
  uri: string,
  name: string,
  isIncomplete = false,
): TemplateResult {
  const target = { serverId: server.id, uri };
  const isDisabled = isIncomplete || uri === '' || uri.length > maxUri;
  return html`${button(t('resources.open'), () => view.act('resource.open', target), { kind: 'primary', icon: icon('external'), isDisabled: isDisabled || view.isBusy('resource.open', target), name: t('resources.openNamed', name), testId: 'open-resource' })}
  ${button(t('resources.save'), () => view.act('resource.save', target), { isDisabled: isDisabled || view.isBusy('resource.save', target) })}
  ${button(t('resources.copy'), () => view.copy(uri), { kind: 'icon', icon: icon('copy'), isDisabled })}`;
}

function field(
  view: View,
  server: ServerView,
  row: TemplateRow,
  { name, shownName }: TemplateRow['variables'][number],
  at: number,
  open: () => void,
): TemplateResult {
  const { resources } = view;
  const id = `template-field-${at}`;
  const { [name]: value = '', ...context } = resources.valuesOf(server.id, row);
  return html`<div class="field">
    <div class="field-head"><label class="field-label" for=${id}>${foreign(shownName)}</label></div>
    <div class="field-control">
      ${completedField({
        key: `template ${server.id} ${row.uriTemplate} ${name}`,
        id,
        name: shownName.text,
        value,
        isRequired: true,
        onInput: (text) => resources.setValue(server.id, row, name, text),
        suggest: async (text, signal) => {
          const ref = { kind: 'template', uriTemplate: row.uriTemplate } as const;
          const query = { serverId: server.id, ref, argument: { name, value: text }, context };
          return (await view.call('completion.ask', query, signal)).values;
        },
        redraw: () => view.redraw(),
        onEnter: open,
      })}
    </div>
  </div>`;
}
