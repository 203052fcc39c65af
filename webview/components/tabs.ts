import { html, nothing, type TemplateResult } from 'lit-html';

/** One tab. */
export interface Tab<K extends string> {
  readonly key: K;
  readonly label: string;
  readonly count?: number | undefined;
}

/** A row of tabs; arrow keys, Home and End move between them (ARIA tabs pattern). The panel has the id `panel`. */
export function tabs<K extends string>(
  name: string,
  all: readonly Tab<K>[],
  selected: K,
  select: (key: K) => void,
): TemplateResult {
  const onKey = (event: KeyboardEvent) => {
    const at = all.findIndex((tab) => tab.key === (event.target as HTMLElement).dataset['key']);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = all[(to + all.length) % all.length];
    if (!next) return;
    const list = event.currentTarget as HTMLElement;
    list.querySelector<HTMLElement>(`[data-key="${next.key}"]`)?.focus();
    select(next.key);
  };
  return html`<div class="tabs" role="tablist" aria-label=${name} @keydown=${onKey}>
    ${all.map(
      (tab) =>
        html`<button
          type="button"
          role="tab"
          class="tab"
          id="tab-${tab.key}"
          data-key=${tab.key}
          aria-selected=${tab.key === selected}
          aria-controls=${tab.key === selected ? 'panel' : nothing}
          tabindex=${tab.key === selected ? 0 : -1}
          @click=${() => select(tab.key)}
        >
          ${tab.label}${tab.count === undefined ? nothing : html` <span class="count">${tab.count}</span>`}
        </button>`,
    )}
  </div>`;
}
