import { html, nothing, type TemplateResult } from 'lit-html';
import type { RegistryView } from '../../src/core/dashboardRegistry.ts';
import { button, dropdown, type DropdownOption } from '../components/components.ts';
import { icon } from '../components/icons.ts';
import { t, type StringKey } from '../strings.ts';
import { withEntry, type ViewState } from '../viewState.ts';
import type { View } from '../view.ts';
import { kindWord } from './registryWords.ts';
import type { RegistryQuestion } from './registryResults.ts';

const kinds = ['npm', 'pypi', 'nuget', 'oci', 'mcpb', 'cargo', 'go'] as const;
const transports = ['stdio', 'streamable-http', 'sse'] as const;
const statuses = ['active', 'deprecated'] as const;
const sorts = ['relevance', 'name', 'updated', 'published'] as const;
const places = ['remote', 'local'] as const;
const mines = ['installed', 'update'] as const;
const sources = ['verified'] as const;

/** Where the texts and choices of the list are kept in the view state. */
export const searchKey = 'registry';
const keyOf = (name: FilterName | 'sort') => `registry:${name}`;
type FilterName = 'registry' | 'place' | 'kind' | 'transport' | 'status' | 'source' | 'mine';
const names: readonly FilterName[] = ['registry', 'place', 'kind', 'transport', 'status', 'source', 'mine'];

/** What the view state asks the registries for; a choice that is no longer there counts as none. */
export function questionOf(ui: ViewState, registry: RegistryView): RegistryQuestion {
  const pick = <T extends string>(name: FilterName, all: readonly T[]): T | undefined =>
    all.find((one) => one === ui.filters[keyOf(name)]);
  const source = pick(
    'registry',
    registry.registries.map(({ id }) => id),
  );
  const [place, kind, transport, status, verified, mine] = [
    pick('place', places),
    pick('kind', kinds),
    pick('transport', transports),
    pick('status', statuses),
    pick('source', sources),
    pick('mine', mines),
  ];
  return {
    text: (ui.filters[searchKey] ?? '').slice(0, 300),
    filters: {
      ...(source === undefined ? {} : { registries: [source] }),
      ...(place === undefined ? {} : { place }),
      ...(kind === undefined ? {} : { packageKinds: [kind] }),
      ...(transport === undefined ? {} : { transports: [transport] }),
      ...(status === undefined ? {} : { statuses: [status] }),
      ...(verified === undefined ? {} : { isVerified: true as const }),
    },
    ...(mine === undefined ? {} : { mine }),
    sort: sorts.find((one) => one === ui.filters[keyOf('sort')]) ?? 'relevance',
  };
}

/** How many filters are set. */
export function filterCount({ filters, mine }: RegistryQuestion): number {
  return Object.keys(filters).length + (mine === undefined ? 0 : 1);
}

/** The choice of an order. */
export function sortField(view: View, { sort }: RegistryQuestion): TemplateResult {
  return dropdown({
    name: t('registry.sort'),
    value: sort,
    options: sorts.map((one) => ({ value: one, label: t(`registry.sort.${one}`) })),
    onChange: (value) => set(view, 'sort', value === 'relevance' ? '' : value),
  });
}

/** The fields of the filters. */
export function filterFields(view: View, registry: RegistryView): TemplateResult {
  const field = (name: FilterName, options: readonly DropdownOption[]) => {
    const label = t(`registry.filter.${name}` as StringKey);
    return html`<div class="registry-filter">
      <span class="quiet small" aria-hidden="true">${label}</span>
      ${dropdown({
        name: label,
        value: chosen(view.ui, name, options),
        options: [{ value: '', label: t('registry.any') }, ...options],
        onChange: (value) => set(view, name, value),
      })}
    </div>`;
  };
  const labelled = (all: readonly string[], label: (one: string) => string): readonly DropdownOption[] =>
    all.map((one) => ({ value: one, label: label(one) }));
  const enabled = registry.registries.filter(({ isEnabled }) => isEnabled);
  return html`<div class="registry-filters" id="registry-filters">
    ${
      enabled.length > 1
        ? field(
            'registry',
            enabled.map(({ id, label }) => ({ value: id, label })),
          )
        : nothing
    }
    ${field(
      'place',
      labelled(places, (one) => t(`registry.filter.place.${one}` as StringKey)),
    )}
    ${field('kind', labelled(kinds, kindWord))} ${field('transport', labelled(transports, kindWord))}
    ${field(
      'status',
      labelled(statuses, (one) => t(`entry.status.${one}` as StringKey)),
    )}
    ${field(
      'source',
      labelled(sources, () => t('verdict.verified source')),
    )}
    ${field(
      'mine',
      labelled(mines, (one) => t(`registry.filter.mine.${one}` as StringKey)),
    )}
  </div>`;
}

/** The filters that are set, each to be taken away. */
export function filterChips(view: View, registry: RegistryView, question: RegistryQuestion): TemplateResult {
  const { filters, mine } = question;
  const chip = (name: FilterName, label: string | undefined) =>
    label === undefined
      ? nothing
      : html`<button
          type="button"
          class="registry-chip"
          aria-label=${t('registry.filter.removed', label)}
          @click=${() => set(view, name, '')}
        >
          ${label}${icon('close')}
        </button>`;
  const source = registry.registries.find(({ id }) => id === filters.registries?.[0]);
  const [kind, transport, status] = [
    filters.packageKinds?.[0],
    filters.transports?.[0],
    filters.statuses?.[0],
  ];
  return html`<div class="registry-chips">
    ${chip('registry', source?.label)}
    ${chip('place', filters.place && t(`registry.filter.place.${filters.place}`))}
    ${chip('kind', kind && kindWord(kind))} ${chip('transport', transport && kindWord(transport))}
    ${chip('status', status && t(`entry.status.${status}`))}
    ${chip('source', filters.isVerified && t('verdict.verified source'))}
    ${chip('mine', mine && t(`registry.filter.mine.${mine}`))}
    ${button(t('registry.clearFilters'), () => clear(view, names.map(keyOf)))}
  </div>`;
}

/** Takes the words and every filter away. */
export function clearFilters(view: View): void {
  clear(view, [searchKey, ...names.map(keyOf)]);
}

function clear(view: View, keys: readonly string[]): void {
  view.update((ui) => keys.reduce((so, key) => withEntry(so, 'filters', key, undefined), ui));
}

function chosen(ui: ViewState, name: FilterName, options: readonly DropdownOption[]): string {
  const value = ui.filters[keyOf(name)] ?? '';
  return options.some((option) => option.value === value) ? value : '';
}

function set(view: View, name: FilterName | 'sort', value: string): void {
  view.update((ui) => withEntry(ui, 'filters', keyOf(name), value === '' ? undefined : value));
}
