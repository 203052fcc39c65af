import { html, nothing, type TemplateResult } from 'lit-html';
import type { ShownText } from '../../src/core/dashboard.ts';
import type {
  ChangedView,
  ComparePartView,
  CompareView,
  DiffLineView,
} from '../../src/core/dashboardCompare.ts';
import type { EntryFacts } from '../../src/core/dashboardEntry.ts';
import { button } from '../components/components.ts';
import { foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, notice, subsection } from '../components/parts.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { showVersion } from './registryVersions.ts';

/** What would change if the newer of two versions took the place of the older one. */
export function compareSection(view: View, entry: EntryFacts, compare: CompareView): TemplateResult {
  const offers = [...compare.packages, ...compare.remotes];
  const close = () => showVersion(view, entry, entry.isLatest ? undefined : entry.version);
  return html`<div class="compare" data-testid="compare">
    ${subsection(
      rich(
        'compare.title',
        html`<code>${foreign(compare.from)}</code>`,
        html`<code>${foreign(compare.to)}</code>`,
      ),
      html`${compare.parts.map(part)}
      ${
        offers.every(({ kind }) => kind === 'same')
          ? nothing
          : html`<h4>${t('compare.offers')}</h4>
              ${lines(offers, t('compare.offers'))}`
      }`,
      button(t('compare.close'), close, { kind: 'icon', icon: icon('close') }),
    )}
  </div>`;
}

function part(view: ComparePartView): TemplateResult {
  const hasArgs = view.args.some(({ kind }) => kind !== 'same');
  const states = { runnable: 'planned', 'needs-input': 'needs', refused: 'refused' } as const;
  return html`<article class="compare-part" aria-label=${view.subject.text}>
    <header class="entry-part-head">
      ${badge(t(`entry.part.${view.kind}`))}<code class="entry-subject">${foreign(view.subject)}</code>
    </header>
    ${
      view.isGone
        ? notice('warn', t('compare.gone'))
        : !view.isChanged
          ? html`<p class="quiet">${t('compare.same')}</p>`
          : html`${
              view.after === undefined || view.before === view.after
                ? nothing
                : html`<p>
                    ${t('compare.plan', t(`entry.part.${states[view.before]}`), t(`entry.part.${states[view.after]}`))}
                  </p>`
            }
            ${dangers('compare.dangersAdded', view.dangersAdded)}
            ${
              hasArgs
                ? html`<h4>${t('compare.arguments')}</h4>
                    ${lines(view.args, t('compare.arguments'))}`
                : nothing
            }
            ${view.members.length === 0 ? nothing : members(view.members)}
            ${dangers('compare.dangersRemoved', view.dangersRemoved)}`
    }
  </article>`;
}

function dangers(
  key: 'compare.dangersAdded' | 'compare.dangersRemoved',
  texts: readonly ShownText[],
): TemplateResult | typeof nothing {
  if (texts.length === 0) return nothing;
  const isNew = key === 'compare.dangersAdded';
  return html`<h4>${t(key)}</h4>
    <ul class="plain-list">
      ${texts.map((text) => html`<li>${icon(isNew ? 'warning' : 'check', isNew ? 'warn' : 'quiet')}<span>${foreign(text)}</span></li>`)}
    </ul>`;
}

/** Lines laid side by side; the sign and the words say what the colour says. */
function lines(all: readonly DiffLineView[], label: string): TemplateResult {
  const signs = { same: ' ', added: '+', removed: '−' } as const;
  return html`<ul class="diff" aria-label=${label}>
    ${all.map(
      ({ kind, text }) =>
        html`<li class="diff-line ${kind}">
          <span class="diff-sign" aria-hidden="true">${signs[kind]}</span
          >${kind === 'same' ? nothing : html`<span class="sr-only">${t(`compare.${kind}`)}: </span>`}<code
            >${foreign(text)}</code
          >
        </li>`,
    )}
  </ul>`;
}

function members(all: readonly ChangedView[]): TemplateResult {
  const value = (text: ShownText | undefined, kind: 'added' | 'removed') =>
    text === undefined
      ? html`<span class="quiet">${t('compare.none')}</span>`
      : html`<code class="diff-value ${kind}">${foreign(text)}</code>`;
  return html`<table class="review compare-table">
    <thead>
      <tr>
        <th scope="col">${t('compare.what')}</th>
        <th scope="col">${t('compare.before')}</th>
        <th scope="col">${t('compare.after')}</th>
      </tr>
    </thead>
    <tbody>
      ${all.map(
        ({ kind, name, before, after }) =>
          html`<tr>
            <th scope="row">
              ${t(`compare.kind.${kind}`)}${kind === 'command' || kind === 'url' ? nothing : html` <code>${foreign(name)}</code>`}
            </th>
            <td>${value(before, 'removed')}</td>
            <td>${value(after, 'added')}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
