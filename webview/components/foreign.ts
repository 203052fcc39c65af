import { html, nothing, type TemplateResult } from 'lit-html';
import type { ShownText } from '../../src/core/dashboard.ts';
import { visibleText } from '../../src/core/util/text.ts';
import { count, t, type StringKey } from '../strings.ts';
import { icon } from './icons.ts';

const mark = /(<U\+[0-9A-F]{4,6}>)/;

/** Text from outside, already visible, as text nodes of its own direction; its marks stand out. */
export function foreign(text: ShownText | string): TemplateResult {
  const whole = typeof text === 'string' ? text : text.text;
  return html`<bdi class="foreign" dir="auto"
    >${parts(whole)}${typeof text !== 'string' && text.isTruncated ? '…' : nothing}</bdi
  >`;
}

function parts(text: string): unknown {
  if (!mark.test(text)) return text;
  return text
    .split(mark)
    .map((part, i) =>
      i % 2 === 0
        ? part
        : html`<span class="mark" title=${t('foreign.mark', part.slice(1, -1))}>${part}</span>`,
    );
}

/** A text of the interface with templates in the places of its placeholders. */
export function rich(key: StringKey, ...contents: readonly unknown[]): TemplateResult {
  return html`${t(key)
    .split(/\{(\d)\}/)
    .map((part, i) => (i % 2 === 0 ? part : contents[Number(part)]))}`;
}

/** Foreign text of several lines. */
export function foreignBlock(text: ShownText | string): TemplateResult {
  return html`<div class="foreign-block">
    ${foreign(text)}${typeof text === 'string' ? nothing : hiddenNote(text)}
  </div>`;
}

const glance = 700;

/** Foreign text of several lines of which a long one is shown in part at first. */
export function foldedBlock(
  text: ShownText,
  isOpen: boolean,
  onToggle: (isOpen: boolean) => void,
): TemplateResult {
  if (text.text.length <= glance * 1.3) return foreignBlock(text);
  const part = isOpen
    ? text
    : {
        ...text,
        text: text.text.slice(0, glance).replace(/<U?\+?[0-9A-F]*$|[\uD800-\uDBFF]$/, ''),
        isTruncated: true,
      };
  return html`${foreignBlock(part)}<button
      type="button"
      class="link"
      aria-expanded=${isOpen}
      @click=${() => onToggle(!isOpen)}
    >
      ${t(isOpen ? 'app.showLess' : 'app.showMore')}
    </button>`;
}

/** Code or JSON from outside, with its marks; scrolls by itself. */
export function code(text: ShownText | string, label: string): TemplateResult {
  const shown = typeof text === 'string' ? visibleText(text, { maxLength: 200_000 }) : text;
  return html`<pre class="code" dir="ltr" tabindex="0" role="group" aria-label=${label}>
${parts(shown.text)}${shown.isTruncated ? '\n…' : nothing}</pre>`;
}

/** Says that a text hides something, and what it spells. */
export function hiddenNote(text: ShownText | undefined): TemplateResult | typeof nothing {
  if (!text || text.hidden === 0) return nothing;
  return html`<span class="note warn" title=${t('foreign.hiddenHelp')}
    >${icon('warning', 'warn')}
    ${count('foreign.hidden', text.hidden)}${(text.spelled ?? []).map(
      (spelled) => html` · ${rich('foreign.spelled', foreign(spelled))}`,
    )}</span
  >`;
}
