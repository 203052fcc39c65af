import { html, nothing, type TemplateResult } from 'lit-html';
import type { VerdictView } from '../../src/core/dashboardIdentity.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge } from '../components/parts.ts';
import { t } from '../strings.ts';

/** The icon of a verdict; every verdict has its own shape. */
export function verdictIcon(kind: VerdictView['kind']): TemplateResult {
  switch (kind) {
    case 'blocked':
      return icon('blocked', 'bad');
    case 'conflict':
      return icon('error', 'bad');
    case 'verified source':
      return icon('shield', 'good');
    case 'consistent':
      return icon('check');
    case 'unverified':
      return icon('question', 'quiet');
  }
}

/** A verdict in one or two words, with its icon. */
export function verdictBadge({ kind, sentence }: VerdictView): TemplateResult {
  const tone =
    kind === 'blocked' || kind === 'conflict' ? 'bad' : kind === 'verified source' ? 'good' : 'plain';
  return badge(html`${verdictIcon(kind)} ${t(`verdict.${kind}`)}`, { tone, help: sentence });
}

/** The badge of a verdict that says more than that nobody knows; for lists. */
export function tellingVerdict(verdict: VerdictView | undefined): TemplateResult | typeof nothing {
  if (!verdict || verdict.kind === 'unverified' || verdict.kind === 'consistent') return nothing;
  return verdictBadge(verdict);
}

/** A verdict as one line: icon, words, sentence. */
export function verdictLine(verdict: VerdictView): TemplateResult {
  return html`<p class="verdict ${verdict.kind.replace(' ', '-')}" data-testid="verdict">
    ${verdictIcon(verdict.kind)}<span
      ><span class="strong">${t(`verdict.${verdict.kind}`)}.</span> ${foreign(verdict.sentence)}</span
    >
  </p>`;
}
