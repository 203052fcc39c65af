import { html, nothing, type TemplateResult } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import type { Page } from '../../src/core/dashboard.ts';
import type { RegistryItem, RegistryView } from '../../src/core/dashboardRegistry.ts';
import { button, ring, textField } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, disclosure, empty, link, notice } from '../components/parts.ts';
import { windowedList } from '../components/windowedList.ts';
import { number } from '../format.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { nothingLeft } from './emptyStates.ts';
import { clearButton, masterDetail } from './page.ts';
import { entryView } from './registryEntry.ts';
import {
  clearFilters,
  filterChips,
  filterCount,
  filterFields,
  questionOf,
  searchKey,
  sortField,
} from './registryFilters.ts';
import type { RegistryLine, RegistryQuestion } from './registryResults.ts';
import { sourceList, sourcesState } from './registrySources.ts';
import { kindWord } from './registryWords.ts';
import { tellingVerdict } from './verdict.ts';

type RegistryPage = Extract<Page, { readonly kind: 'registry' }>;
type OpenEntry = NonNullable<RegistryPage['entry']>;

const listKey = 'registry';
const rowHeight = 66;

/** Every server that the registries in use know, and the one that is chosen. */
export function registryView(view: View, page: RegistryPage): TemplateResult {
  const { registry } = view.state;
  if (!registry) return html`<div class="empty">${ring(t('app.loading'))}</div>`;
  const question = questionOf(view.ui, registry);
  follow(view, registry, question);
  const detail = registry.entry
    ? entryView(view, registry.entry)
    : html`<div class="scroll">${empty(t('entry.select'))}</div>`;
  return html`<div class="page-column registry" ${ref(shortcuts)}>
    <div class="toolbar">
      <h1 tabindex="-1">${t('registry.title')}</h1>
    </div>
    ${registry.failure === undefined ? nothing : notice('bad', rich(t('registry.failure', registry.failure)), 'alert')}
    ${registry.problems.map((problem) =>
      notice(
        'warn',
        html`<span>${foreign(problem)}</span>
          ${link(t('registry.source.edit'), () => view.act('registry.openSettings', {}))}`,
      ),
    )}
    ${registry.hidden > 0 ? notice('info', count('registry.hidden', registry.hidden)) : nothing}
    ${sources(view, registry)}
    ${masterDetail(list(view, registry, question, page.entry), detail, page.entry !== undefined, () => go(view, undefined))}
  </div>`;
}

/** While somebody reads down the list it stands still; it follows the contents at its top, and when everything is read. */
function follow(view: View, registry: RegistryView, question: RegistryQuestion): void {
  const { element, scrollTop } = view.list(listKey);
  const isBusy = registry.registries.some(({ sync }) => sync.kind === 'running' || sync.kind === 'elsewhere');
  const isHeld = scrollTop > 0 || element?.contains(document.activeElement) === true;
  view.results.follow(question, registry.revision, !isBusy || !isHeld || view.results.lines.length === 0);
}

/** The state of the registries in one line, which opens to all of them. */
function sources(view: View, registry: RegistryView): TemplateResult {
  const key = 'registry:sources';
  const used = registry.registries.filter(({ isEnabled }) => isEnabled);
  // Nothing can be shown: what went wrong, or the switches, are the page.
  const mustOpen = used.every(({ sync, servers }) => sync.kind === 'failed' && servers === 0);
  return html`<div class="registry-sources">
    ${disclosure(
      sourcesState(registry, view.now()),
      view.ui.expanded[key] ?? mustOpen,
      (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen)),
      () => sourceList(view, registry),
    )}
  </div>`;
}

function list(
  view: View,
  registry: RegistryView,
  question: RegistryQuestion,
  open: OpenEntry | undefined,
): TemplateResult {
  const filters = filterCount(question);
  const isOpen = view.ui.expanded['registry:filters'] ?? false;
  const toggle = () =>
    view.update((ui) => withEntry(ui, 'expanded', 'registry:filters', isOpen ? undefined : true));
  return html`<div class="list-head registry-head">
      ${searchField(view)}
      <button
        type="button"
        class="registry-toggle"
        aria-expanded=${isOpen}
        aria-controls="registry-filters"
        @click=${toggle}
      >
        ${filters === 0 ? t('registry.filters') : t('registry.filtersCount', filters)}${icon(isOpen ? 'up' : 'down')}
      </button>
    </div>
    ${isOpen ? filterFields(view, registry) : nothing}
    ${filters === 0 ? nothing : filterChips(view, registry, question)}
    <div class="registry-count">
      <span class="quiet" role="status">${countText(view)}</span>
      <span class="spacer"></span>
      ${sortField(view, question)}
    </div>
    ${remarks(view)} ${rows(view, registry, open)}`;
}

function countText(view: View): string {
  const { answer, isBehind, error } = view.results;
  if (!answer || error !== undefined) return '';
  return isBehind && answer.total === 0
    ? ''
    : answer.total === 1
      ? t('registry.count.one')
      : t('registry.count.other', number(answer.total));
}

/** What the search made of the words, where that is not plain. */
function remarks(view: View): unknown {
  const { answer } = view.results;
  if (!answer || answer.total === 0) return nothing;
  return html`${answer.corrections.map(
    ({ from, to }) =>
      html`<p class="registry-remark quiet small">${t('registry.corrected', from, to.join(', '))}</p>`,
  )}${answer.isPartial ? html`<p class="registry-remark quiet small">${t('registry.partial')}</p>` : nothing}`;
}

function searchField(view: View): TemplateResult {
  const text = view.ui.filters[searchKey] ?? '';
  const set = (value: string) =>
    view.update((ui) => withEntry(ui, 'filters', searchKey, value === '' ? undefined : value));
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      set('');
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      const first = view.results.lines[0];
      if (event.key === 'Enter' && first?.kind === 'entry' && !view.results.isBehind) openLine(view, first);
      else view.list(listKey).element?.querySelector<HTMLElement>('.row[tabindex="0"]')?.focus();
    }
  };
  return html`<div class="filter" role="search" @keydown=${onKey}>
    ${textField({
      id: 'registry-search',
      name: t('registry.searchHelp'),
      placeholder: t('registry.search'),
      value: text,
      onInput: set,
      start: icon('search', 'quiet'),
    })}
    ${text === '' ? nothing : clearButton(() => set(''))}
  </div>`;
}

function rows(view: View, registry: RegistryView, open: OpenEntry | undefined): TemplateResult {
  const { results } = view;
  if (results.error !== undefined) {
    return empty(
      t('registry.searchFailed', results.error),
      undefined,
      button(t('registry.source.retry'), () => results.retry()),
    );
  }
  if (!results.answer) return html`<div class="empty">${ring(t('app.loading'))}</div>`;
  if (results.answer.total === 0) return nothingFound(view, registry);
  const state = view.list(listKey);
  if (state.lastKey !== results.key) {
    // Another question: the list begins at its top.
    if (state.lastKey !== undefined) {
      state.scrollTop = 0;
      state.active = undefined;
      if (state.element) state.element.scrollTop = 0;
    }
    state.lastKey = results.key;
  }
  const at = open === undefined ? -1 : results.lines.findIndex((line) => isOpen(line, open));
  return windowedList<RegistryLine>(state, {
    label: t('registry.list'),
    items: results.lines,
    // By place, not by name: rows that come in later keep the keyboard where it is.
    key: (line) => String(line.index),
    rowHeight,
    selected: at < 0 ? undefined : String(at),
    open: (line) => openLine(view, line),
    row: (line) => row(view, registry, line),
  });
}

function isOpen(line: RegistryLine, open: OpenEntry): boolean {
  return line.kind === 'entry' && line.item.name === open.name && line.item.registryId === open.registryId;
}

function nothingFound(view: View, registry: RegistryView): TemplateResult {
  const used = registry.registries.filter(({ isEnabled }) => isEnabled);
  if (used.length === 0) return noneInUse(view, registry);
  const reading = used.filter(({ sync }) => sync.kind === 'running');
  if (used.every(({ servers }) => servers === 0)) {
    return reading.length > 0
      ? html`<div class="empty">
          <p>${ring(t('registry.reading'))}</p>
          <p>${t('registry.reading')}</p>
        </div>`
      : notRead(view, used);
  }
  const unread = reading.find(({ completedAt }) => completedAt === undefined);
  return unread
    ? nothingLeft(t('registry.noMatchYet', unread.label), () => clearFilters(view))
    : nothingLeft(t('registry.noMatch'), () => clearFilters(view), t('registry.noMatchHelp'));
}

/** No registry is in use: the first that may be is one click away. */
function noneInUse(view: View, { registries }: RegistryView): TemplateResult {
  const first = registries.find(({ isPolicy }) => !isPolicy);
  return empty(
    t('registry.none'),
    t(first ? 'registry.noneHelp' : 'registry.noneKnownHelp'),
    first
      ? button(t('registry.use', first.label), () =>
          view.act('registry.setEnabled', { registryId: first.id, on: true }),
        )
      : button(t('registry.source.edit'), () => view.act('registry.openSettings', {})),
  );
}

/** Nothing was read so far: reading was stopped, failed, or goes on in another window. */
function notRead(view: View, used: RegistryView['registries']): TemplateResult {
  const idle = used.filter(({ sync }) => sync.kind !== 'elsewhere');
  if (idle.length === 0) return empty(t('registry.empty'), t('registry.emptyElsewhere'));
  const hasFailed = idle.some(({ sync }) => sync.kind === 'failed');
  return empty(
    t('registry.empty'),
    t(hasFailed ? 'registry.emptyFailed' : 'registry.emptyHelp'),
    button(t(hasFailed ? 'registry.source.retry' : 'registry.read'), () => {
      for (const { id } of idle) view.act('registry.sync', { registryId: id });
    }),
  );
}

function openLine(view: View, line: RegistryLine): void {
  if (line.kind !== 'entry') return;
  const { registryId, name } = line.item;
  go(view, { registryId, name, version: undefined, compare: undefined });
}

function go(view: View, entry: OpenEntry | undefined): void {
  view.go({ kind: 'registry', entry });
}

function row(view: View, registry: RegistryView, line: RegistryLine): TemplateResult {
  if (line.kind === 'pending') {
    view.results.need(line.index);
    return html`<div class="row-main quiet">${t('registry.pending')}</div>`;
  }
  const { item } = line;
  const isOne = registry.registries.filter(({ isEnabled }) => isEnabled).length <= 1;
  const source = registry.registries.find(({ id }) => id === item.registryId);
  return html`<div class="row-main registry-row">
    <div class="row-title">
      <span class="ellipsis strong">${foreign(item.title ?? shortName(item))}</span>
      <span class="spacer"></span>
      ${marks(item)}
    </div>
    <div class="row-sub ellipsis quiet">
      ${foreign(item.shownName)} ·
      ${foreign(item.version)}${isOne || !source ? nothing : html` · ${foreign(source.label)}`}
    </div>
    <div class="row-sub ellipsis">${foreign(item.description)}</div>
  </div>`;
}

function shortName(item: RegistryItem): RegistryItem['shownName'] {
  const { text } = item.shownName;
  return { ...item.shownName, text: text.slice(text.indexOf('/') + 1) || text };
}

/** What matters most first: there is little room. */
function marks(item: RegistryItem): unknown {
  const update = item.installed?.update;
  return html`${tellingVerdict({ kind: item.verdict, sentence: t('verdict.help') })}${item.status === 'active' ? nothing : badge(t(`registry.badge.${item.status}`), { tone: 'warn' })}
  ${
    item.installed === undefined
      ? nothing
      : update?.kind === 'update'
        ? badge(html`${icon('up')}${t('registry.badge.update', update.to.text)}`, { tone: 'good' })
        : badge(html`${icon('check')}${t('registry.badge.installed')}`, { tone: 'good' })
  }
  ${item.hasRemote ? badge(t('registry.badge.remote'), { help: t('registry.badge.remoteHelp') }) : nothing}
  ${item.packageKinds.slice(0, 2).map((kind) => badge(foreign(kindWord(kind))))}
  ${item.packageKinds.length > 2 ? badge(`+${item.packageKinds.length - 2}`) : nothing}`;
}

function rich(text: string): TemplateResult {
  return html`<span>${foreign(text)}</span>`;
}

let stopShortcuts: (() => void) | undefined;

/** `/` and Ctrl+F lead to the search from anywhere on the page; a second Ctrl+F is the editor's own. */
function shortcuts(element: Element | undefined): void {
  stopShortcuts?.();
  stopShortcuts = undefined;
  if (!element) return;
  const page = element.ownerDocument;
  const onKey = (event: KeyboardEvent) => {
    const field = page.querySelector<HTMLElement>('#registry-search');
    const isFind =
      event.key.toLowerCase() === 'f' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    const isSlash =
      event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event);
    if (!field?.checkVisibility() || page.activeElement === field || (!isFind && !isSlash)) return;
    event.preventDefault();
    event.stopPropagation();
    field.focus();
  };
  page.addEventListener('keydown', onKey);
  stopShortcuts = () => page.removeEventListener('keydown', onKey);
}

function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
