import { html, nothing, type TemplateResult } from 'lit-html';
import { button, textField } from '../components/components.ts';
import { icon } from '../components/icons.ts';
import { t, type StringKey } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';

/** A list beside what is chosen in it; on a narrow page the one or the other. */
export function masterDetail(
  list: TemplateResult,
  detail: TemplateResult,
  isChosen: boolean,
  back: () => void,
): TemplateResult {
  return html`<div class="master-detail ${isChosen ? 'chosen' : ''}">
    <div class="master">${list}</div>
    <div class="detail">
      ${isChosen ? html`<div class="back">${button(t('app.back'), back, { kind: 'secondary', icon: icon('left') })}</div>` : nothing}
      ${detail}
    </div>
  </div>`;
}

/** A field that filters a list; the text is kept for the list. */
export function filterField(view: View, key: string, label: StringKey): TemplateResult {
  const text = filterOf(view, key);
  const set = (value: string) =>
    view.update((ui) => withEntry(ui, 'filters', key, value === '' ? undefined : value));
  return html`<div class="filter">
    ${textField({
      name: t(label),
      placeholder: t(label),
      value: text,
      onInput: set,
      start: icon('search', 'quiet'),
    })}
    ${text === '' ? nothing : clearButton(() => set(''))}
  </div>`;
}

/** Empties the field that it stands in, and leaves the focus there. */
export function clearButton(clear: () => void): TemplateResult {
  const onClick = (event: Event) => {
    toFilterField(event);
    clear();
  };
  return button(t('app.clearFilter'), onClick, { kind: 'icon', icon: icon('close') });
}

/** Puts the focus into the filter field nearest to what was pressed, which is about to go. */
export function toFilterField({ currentTarget }: Event): void {
  for (let at = currentTarget as Element | null; at; at = at.parentElement) {
    const field = at.querySelector<HTMLElement>('.filter vscode-text-field');
    if (field) return field.focus();
  }
}

/** The filter text of a list. */
export function filterOf(view: View, key: string): string {
  return view.ui.filters[key] ?? '';
}

/** True when every word of the filter occurs in one of the texts. */
export function matches(filter: string, texts: readonly (string | undefined)[]): boolean {
  if (filter === '') return true;
  const whole = texts.join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}
