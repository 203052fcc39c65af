import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerRow } from '../../src/core/dashboard.ts';
import { icon } from '../components/icons.ts';
import { badge } from '../components/parts.ts';
import { t } from '../strings.ts';

/** The icon of a server's state; every state has its own shape. */
export function stateIcon(state: ServerRow['state']): TemplateResult {
  switch (state) {
    case 'ready':
      return icon('filled', 'good');
    case 'starting':
      return icon('busy', 'plain', true);
    case 'needs-sign-in':
      return icon('key', 'warn');
    case 'retrying':
      return icon('retry', 'warn');
    case 'failed':
      return icon('error', 'bad');
    case 'blocked':
      return icon('blocked', 'bad');
    case 'stopped':
      return icon('circle', 'quiet');
  }
}

/** The era as a badge; nothing while it is not known. */
export function eraBadge(era: ServerRow['era']): TemplateResult | typeof nothing {
  return era ? badge(t(`era.${era}`), { help: t(`era.help.${era}`) }) : nothing;
}

/** The state in words. */
export function stateWord(row: Pick<ServerRow, 'state'>): TemplateResult {
  return html`<span class="state ${row.state}">${t(`state.${row.state}`)}</span>`;
}
