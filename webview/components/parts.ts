import { html, nothing, type TemplateResult } from 'lit-html';
import { percent } from '../format.ts';
import { sized } from './sized.ts';

/** Something that can stand in a template. */
export type Content = TemplateResult | string | typeof nothing;

/** A titled part of a page. */
export function section(title: Content, content: unknown, actions: Content = nothing): TemplateResult {
  return html`<section class="section">
    <header class="section-head">
      <h2>${title}</h2>
      ${actions}
    </header>
    ${content}
  </section>`;
}

/** A titled part of what is chosen in a list. */
export function subsection(title: Content, content: unknown, actions: Content = nothing): TemplateResult {
  return html`<section class="section">
    <header class="section-head">
      <h3>${title}</h3>
      ${actions}
    </header>
    ${content}
  </section>`;
}

/** Pairs of a name and a value; pairs without a value are left out. */
export function facts(rows: readonly (readonly [string, Content | undefined])[]): TemplateResult {
  return html`<dl class="facts">
    ${rows.map(([name, value]) =>
      value === undefined || value === nothing
        ? nothing
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** A small label. */
export function badge(
  text: Content,
  options: { readonly tone?: 'plain' | 'good' | 'bad' | 'warn' | 'claim'; readonly help?: string } = {},
): TemplateResult {
  return html`<span class="badge ${options.tone ?? 'plain'}" title=${options.help ?? nothing}>${text}</span>`;
}

/** A page or list that has nothing to show, and the one thing to do about it. */
export function empty(title: Content, help?: string, action: Content = nothing): TemplateResult {
  return html`<div class="empty">
    <p>${title}</p>
    ${help === undefined ? nothing : html`<p class="quiet">${help}</p>`}
    ${action === nothing ? nothing : html`<p class="empty-action">${action}</p>`}
  </div>`;
}

/** A box that tells something about the page. */
export function notice(
  tone: 'info' | 'warn' | 'bad',
  content: unknown,
  role: 'note' | 'alert' = 'note',
): TemplateResult {
  return html`<div class="notice ${tone}" role=${role}>${content}</div>`;
}

/** A link within the dashboard. */
export function link(label: Content, onClick: () => void, name?: string): TemplateResult {
  return html`<button type="button" class="link" aria-label=${name ?? nothing} @click=${onClick}>
    ${label}
  </button>`;
}

/** A progress bar; without a total it only shows that something happens. */
export function progressBar(progress: number, total: number | undefined, name: string): TemplateResult {
  const share = total !== undefined && total > 0 ? Math.min(1, Math.max(0, progress / total)) : undefined;
  if (share === undefined)
    return html`<div class="bar unknown" role="progressbar" aria-label=${name}><span></span></div>`;
  const now = Math.floor(share * 100);
  return html`<div
    class="bar"
    role="progressbar"
    aria-label=${name}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${now}
    aria-valuetext=${percent(share)}
  >
    <span ${sized({ width: `${share * 100}%` })}></span>
  </div>`;
}

/** A part that can be opened and closed; its content is made only while it is open. */
export function disclosure(
  label: Content,
  isOpen: boolean,
  onToggle: (isOpen: boolean) => void,
  content: () => unknown,
): TemplateResult {
  return html`<details
    class="disclosure"
    ?open=${isOpen}
    @toggle=${(event: Event) => {
      const now = (event.currentTarget as HTMLDetailsElement).open;
      if (now !== isOpen) onToggle(now);
    }}
  >
    <summary>${label}</summary>
    ${isOpen ? content() : nothing}
  </details>`;
}

/** A small switch in a row of a list; Right leads to it, Space turns it. */
export function toggle(isOn: boolean, name: string, onChange: (isOn: boolean) => void): TemplateResult {
  return html`<button
    type="button"
    class="toggle"
    role="switch"
    aria-checked=${isOn}
    aria-label=${name}
    title=${name}
    tabindex="-1"
    data-in-row
    @click=${() => onChange(!isOn)}
  >
    <span></span>
  </button>`;
}
