import { html, nothing, type TemplateResult } from 'lit-html';
import type { EntryFacts, EntryVersionView } from '../../src/core/dashboardEntry.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, link, subsection } from '../components/parts.ts';
import { button } from '../components/components.ts';
import { dateTime } from '../format.ts';
import { t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { dateOf } from './registryWords.ts';

const glance = 8;

/** Every known version with its date; each can be shown, and compared with the shown one. */
export function versionList(view: View, entry: EntryFacts): TemplateResult {
  const { versions, versionsState, versionsOmitted } = entry;
  const key = `entry:versions:${entry.registryId}:${entry.name}`;
  const isAll = view.ui.expanded[key] ?? versions.length <= glance + 2;
  const at = versions.findIndex(({ version }) => version === entry.version);
  const listed = isAll ? versions : versions.filter((_, i) => i < glance || i === at);
  const more = () => view.update((ui) => withEntry(ui, 'expanded', key, true));
  return subsection(
    html`${t('entry.versions')} <span class="count">${versions.length + versionsOmitted}</span>`,
    html`<table class="versions">
        <thead class="sr-only">
          <tr>
            <th scope="col">${t('entry.version')}</th>
            <th scope="col">${t('entry.version.date')}</th>
            <th scope="col">${t('entry.status')}</th>
            <th scope="col">${t('entry.version.actions')}</th>
          </tr>
        </thead>
        <tbody>
          ${listed.map((version) => row(view, entry, version))}
        </tbody>
      </table>
      ${isAll ? nothing : button(t('app.showMore'), more)}
      ${versionsOmitted > 0 ? html`<p class="quiet small">${t('entry.versions.omitted', versionsOmitted)}</p>` : nothing}
      ${
        versionsState === 'complete'
          ? nothing
          : html`<p class="quiet small" role="status">
              ${icon(versionsState === 'loading' ? 'busy' : 'info', 'quiet', versionsState === 'loading')}
              ${t(`entry.versions.${versionsState}`)}
            </p>`
      }`,
  );
}

function row(view: View, entry: EntryFacts, one: EntryVersionView): TemplateResult {
  const isShown = one.version === entry.version;
  const { publishedAt } = one;
  const version = entry.isLatest ? undefined : entry.version;
  return html`<tr class=${isShown ? 'current' : ''} aria-current=${isShown ? 'true' : nothing}>
    <th scope="row">
      ${isShown ? html`<code>${foreign(one.shown)}</code>` : link(html`<code>${foreign(one.shown)}</code>`, () => showVersion(view, entry, one.version), t('entry.version.show', one.shown.text))}
    </th>
    <td class="quiet">
      ${publishedAt === undefined ? nothing : html`<span title=${dateTime(publishedAt)}>${dateOf(publishedAt)}</span>`}
    </td>
    <td>
      ${one.isLatest ? badge(t('registry.badge.latest')) : nothing}
      ${one.status === 'active' ? nothing : badge(t(`registry.badge.${one.status}`), { tone: 'warn' })}
      ${isShown ? badge(t('entry.version.shown')) : nothing}
    </td>
    <td>
      ${isShown ? nothing : link(t('entry.version.compare'), () => showVersion(view, entry, version, one.version), t('entry.version.compareNamed', one.shown.text))}
    </td>
  </tr>`;
}

/** Shows another version of an entry, or another comparison. */
export function showVersion(
  view: View,
  { registryId, name }: Pick<EntryFacts, 'registryId' | 'name'>,
  version: string | undefined,
  compare?: string,
): void {
  view.go({ kind: 'registry', entry: { registryId, name, version, compare } });
}
