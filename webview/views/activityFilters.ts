import { html, nothing, type TemplateResult } from 'lit-html';
import type { ActivityView } from '../../src/core/dashboardActivity.ts';
import { button, dropdown, type DropdownOption } from '../components/components.ts';
import { icon } from '../components/icons.ts';
import { visibleText } from '../../src/core/util/text.ts';
import { t } from '../strings.ts';
import { withEntry, type ViewState } from '../viewState.ts';
import type { View } from '../view.ts';
import { filterField, toFilterField } from './page.ts';
import type { ActivityFilter } from './activityResults.ts';

const searchKey = 'activity';
const groups = [
  'calls',
  'decisions',
  'definitions',
  'servers',
  'sign-ins',
  'policy',
  'callers',
  'log',
  'other',
] as const;
const outcomes = [
  'sent',
  'completed',
  'failed',
  'cancelled',
  'interrupted',
  'lost',
  'denied',
  'refused',
  'withdrawn',
] as const;
const spans = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const;
type Span = keyof typeof spans;

const names = ['server', 'caller', 'group', 'outcome', 'time', 'tool'] as const;
type Name = (typeof names)[number];
const keyOf = (name: Name) => `activity:${name}`;
const chosen = (ui: ViewState, name: Name) => ui.filters[keyOf(name)];

/** The same text for the same choice. */
export function filterKey(ui: ViewState): string {
  return JSON.stringify([ui.filters[searchKey] ?? '', ...names.map((name) => chosen(ui, name) ?? '')]);
}

/** What the choices ask for now: times are counted back from `now`. */
export function filterOf(ui: ViewState, now: number): ActivityFilter {
  const text = (ui.filters[searchKey] ?? '').trim().slice(0, 300);
  const [serverId, caller, tool] = [chosen(ui, 'server'), chosen(ui, 'caller'), chosen(ui, 'tool')];
  const group = groups.find((one) => one === chosen(ui, 'group'));
  const outcome = outcomes.find((one) => one === chosen(ui, 'outcome'));
  const time = Object.keys(spans).find((one) => one === chosen(ui, 'time')) as Span | undefined;
  return {
    ...(text === '' ? {} : { text }),
    ...(serverId === undefined ? {} : { serverId }),
    ...(caller === undefined ? {} : { caller }),
    ...(tool === undefined ? {} : { tool }),
    ...(group === undefined ? {} : { group }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(time === undefined ? {} : { from: Math.round(now) - spans[time] }),
  };
}

/** True while anything narrows the list. */
export function isFiltered(ui: ViewState): boolean {
  return (ui.filters[searchKey] ?? '') !== '' || names.some((name) => chosen(ui, name) !== undefined);
}

/** Narrows the list to one tool of a server. */
export function filterByTool(view: View, serverId: string, tool: string): void {
  view.update((ui) =>
    withEntry(withEntry(ui, 'filters', keyOf('server'), serverId), 'filters', keyOf('tool'), tool),
  );
}

/** The fields that narrow the list. */
export function filterBar(view: View, activity: ActivityView): TemplateResult {
  const { ui } = view;
  const field = (name: Exclude<Name, 'tool'>, options: readonly DropdownOption[]) => {
    const label = t(`activity.filter.${name}`);
    const value = chosen(ui, name) ?? '';
    return html`<label class="activity-filter"
      ><span class="quiet small" aria-hidden="true">${label}</span>${dropdown({
        name: label,
        value: options.some((option) => option.value === value) ? value : '',
        options: [{ value: '', label: t('activity.filter.any') }, ...options],
        onChange: (choice) => set(view, name, choice),
      })}</label
    >`;
  };
  const tool = chosen(ui, 'tool');
  return html`<div class="activity-filters" role="search" aria-label=${t('activity.search')}>
    ${filterField(view, searchKey, 'activity.search')}
    ${field(
      'server',
      activity.servers.map(({ id, name }) => ({ value: id, label: name })),
    )}
    ${field(
      'caller',
      activity.callers.map((name) => ({ value: name, label: visibleText(name, { maxLength: 100 }).text })),
    )}
    ${field(
      'group',
      groups.map((one) => ({ value: one, label: t(`activity.group.${one}`) })),
    )}
    ${field(
      'outcome',
      outcomes.map((one) => ({ value: one, label: t(`activity.outcome.${one}`) })),
    )}
    ${field(
      'time',
      (Object.keys(spans) as Span[]).map((one) => ({ value: one, label: t(`activity.time.${one}`) })),
    )}
    ${
      tool === undefined
        ? nothing
        : html`<button
            type="button"
            class="registry-chip"
            aria-label=${t('activity.filter.removeTool', visibleText(tool, { maxLength: 100 }).text)}
            @click=${() => set(view, 'tool', '')}
          >
            ${visibleText(tool, { maxLength: 100 }).text}${icon('close')}
          </button>`
    }
    ${
      isFiltered(ui)
        ? button(t('activity.filter.clear'), (event) => {
            toFilterField(event);
            clearFilters(view);
          })
        : nothing
    }
  </div>`;
}

function set(view: View, name: Name, value: string): void {
  view.update((ui) => withEntry(ui, 'filters', keyOf(name), value === '' ? undefined : value));
}

/** Takes everything away that narrows the list. */
export function clearFilters(view: View): void {
  view.update((ui) =>
    [searchKey, ...names.map(keyOf)].reduce((so, key) => withEntry(so, 'filters', key, undefined), ui),
  );
}
