import { html, nothing, type TemplateResult } from 'lit-html';
import type { EntryFacts, EntryLinkView, EntryView } from '../../src/core/dashboardEntry.ts';
import { button, ring } from '../components/components.ts';
import { code, foreign, foreignBlock, hiddenNote, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, disclosure, empty, facts, link, notice, subsection } from '../components/parts.ts';
import { dateTime } from '../format.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { compareSection } from './registryCompare.ts';
import { entryParts } from './registryParts.ts';
import { showVersion, versionList } from './registryVersions.ts';
import { dateOf } from './registryWords.ts';
import { verdictLine } from './verdict.ts';

/** What its publisher and the registry say about a server: all of it is text, none of it is checked. */
export function entryView(view: View, entry: EntryView): TemplateResult {
  if (entry.kind !== 'entry') {
    return html`<div class="scroll">
      ${
        entry.kind === 'missing'
          ? empty(
              t('entry.missing', entry.name.text),
              undefined,
              button(t('entry.close'), () => view.go({ kind: 'registry', entry: undefined })),
            )
          : html`<div class="empty" role="status">
              ${ring(t('app.loading'))}
              <p>${rich('entry.loading', foreign(entry.name))}</p>
            </div>`
      }
    </div>`;
  }
  return html`<div class="scroll" data-testid="entry">
    ${head(view, entry)} ${standing(view, entry)} ${standsBehind(entry)}
    ${entry.compare ? compareSection(view, entry, entry.compare) : nothing}
    ${entry.description.text === '' ? nothing : html`<div class="entry-description">${foreignBlock(entry.description)}</div>`}
    ${about(view, entry)} ${entryParts(entry)} ${versionList(view, entry)} ${advice(view, entry)}
    ${raw(view, entry)}
  </div>`;
}

function head(view: View, entry: EntryFacts): TemplateResult {
  const canInstall = entry.status !== 'deleted' && entry.parts.some(({ plan }) => plan !== 'refused');
  const { repository, installed } = entry;
  const url = repository?.url;
  const target = { registry: entry.registryId, name: entry.name, version: entry.version };
  const label = entry.isLatest ? t('entry.install') : t('entry.installVersion', entry.shownVersion.text);
  return html`<div class="detail-head">
      <div>
        <h2 tabindex="-1">${foreign(entry.title ?? entry.shownName)}</h2>
        <code class="entry-name">${foreign(entry.shownName)}</code> ${hiddenNote(entry.shownName)}
        ${entry.title ? hiddenNote(entry.title) : nothing}
      </div>
      <div class="actions">
        ${url === undefined ? nothing : button(t('entry.openRepository'), () => view.act('link.open', { url }), { icon: icon('external') })}
        ${
          installed?.update.kind === 'update' && entry.isLatest
            ? button(t('entry.update'), () => view.act('install.update', { serverId: installed.serverId }), {
                kind: 'primary',
                isDisabled: !canInstall || view.isBusy('install.update', { serverId: installed.serverId }),
                testId: 'update',
              })
            : button(label, () => view.act('install.open', target), {
                kind: 'primary',
                isDisabled: !canInstall || view.isBusy('install.open', target),
                testId: 'install',
              })
        }
      </div>
    </div>
    <div class="badges">
      ${badge(foreign(entry.shownVersion))} ${entry.isLatest ? badge(t('registry.badge.latest')) : nothing}
      ${entry.status === 'active' ? nothing : badge(t(`registry.badge.${entry.status}`), { tone: 'warn' })}
      ${installed ? badge(html`${icon('check')}${t('registry.badge.installed')}`, { tone: 'good' }) : nothing}
    </div>
    ${canInstall || entry.status === 'deleted' ? nothing : html`<p class="quiet">${t('entry.cannotInstall')}</p>`}`;
}

/** What speaks against this version, and what is installed of it. */
function standing(view: View, entry: EntryFacts): TemplateResult {
  const { status, statusMessage, unknownStatus, installed, isLatest } = entry;
  const message = statusMessage ? html` ${foreign(statusMessage)} ${hiddenNote(statusMessage)}` : nothing;
  const show = installed
    ? link(t('entry.showServer'), () =>
        view.go({ kind: 'server', serverId: installed.serverId, tab: 'overview', tool: undefined }),
      )
    : nothing;
  return html`${
    unknownStatus
      ? notice('warn', html`<span>${rich('entry.unknownStatus', foreign(unknownStatus))}${message}</span>`)
      : status === 'active'
        ? nothing
        : notice(status === 'deleted' ? 'bad' : 'warn', html`<span>${t(`entry.${status}`)}${message}</span>`)
  }
  ${
    isLatest
      ? nothing
      : notice(
          'info',
          html`<span>${t('entry.notLatest')}</span>
            ${link(t('entry.showLatest'), () => showVersion(view, entry, undefined))}`,
        )
  }
  ${
    !installed
      ? nothing
      : installed.update.kind === 'update'
        ? notice(
            'info',
            html`<span
                >${rich('entry.updateTo', foreign(installed.version), foreign(installed.update.to))}</span
              >
              ${show}`,
          )
        : installed.update.kind === 'withdrawn'
          ? notice('bad', html`<span>${rich('entry.withdrawn', foreign(installed.version))}</span> ${show}`)
          : notice(
              'info',
              html`<span>${rich('entry.installedVersion', foreign(installed.version))}</span> ${show}`,
            )
  }`;
}

/** Who stands behind the name, as far as it is known. */
function standsBehind({ owner, publisher, verdict }: EntryFacts): TemplateResult {
  const text =
    owner.kind === 'unknown'
      ? rich('entry.verdict.unknown', html`<code>${foreign(publisher)}</code>`)
      : rich(`entry.verdict.${owner.kind}`, html`<code>${foreign(publisher)}</code>`, foreign(owner.name));
  return html`<div class="entry-verdict" role="group" aria-label=${t('entry.verdict')}>
    ${verdictLine(verdict)}
    <p class="quiet small">${text}</p>
  </div>`;
}

function about(view: View, entry: EntryFacts): TemplateResult {
  const { statusChangedAt, publishedAt, updatedAt, subfolder, schema } = entry;
  const time = (at: number | undefined) =>
    at === undefined ? undefined : html`<span title=${dateTime(at)}>${dateOf(at)}</span>`;
  const schemaText =
    schema.kind === 'unknown'
      ? t('entry.schema.unknown')
      : rich(`entry.schema.${schema.kind}`, html`<code>${foreign(schema.schema ?? '')}</code>`);
  return subsection(
    t('entry.about'),
    facts([
      [
        t('entry.registry'),
        html`${foreign(entry.registryLabel)} <span class="quiet">${foreign(entry.registryHost)}</span>`,
      ],
      [
        t('entry.status'),
        html`${t(`entry.status.${entry.status}`)}${
          entry.status !== 'active' && statusChangedAt !== undefined
            ? html` <span class="quiet">${t('entry.statusSince', dateOf(statusChangedAt))}</span>`
            : nothing
        }`,
      ],
      [t('entry.published'), time(publishedAt)],
      [t('entry.updated'), updatedAt === publishedAt ? undefined : time(updatedAt)],
      [
        t('entry.repository'),
        entry.repository &&
          html`<span class="url">${foreign(entry.repository.text)}</span>
            ${hiddenNote(entry.repository.text)}${
              subfolder
                ? html` <span class="quiet">${rich('entry.subfolder', foreign(subfolder))}</span>`
                : nothing
            }`,
      ],
      [t('entry.website'), entry.website && address(view, entry.website)],
      [t('entry.schema'), schemaText],
    ]),
  );
}

/** An address as text; it opens after the editor has asked, with its host set apart. */
function address(view: View, { text, url }: EntryLinkView): TemplateResult {
  const isPlain = url !== undefined && text.hidden === 0 && !text.isTruncated;
  return html`<span class="url">${foreign(text)}</span>
    ${isPlain ? link(t('entry.open'), () => view.act('link.open', { url }), `${t('entry.open')} ${text.text}`) : hiddenNote(text)}`;
}

/** What could not be read, and what the schema that the entry declares says. */
function advice(view: View, { schema, problems, registryId, name }: EntryFacts): TemplateResult {
  const key = `entry:schema:${registryId}:${name}`;
  const lines = (texts: typeof problems) =>
    html`<ul class="plain-list">
      ${texts.map((text) => html`<li>${icon('info', 'quiet')}<span>${foreign(text)}</span></li>`)}
    </ul>`;
  return html`${problems.length === 0 ? nothing : subsection(t('entry.problems'), lines(problems))}
  ${
    schema.findings.length === 0
      ? nothing
      : disclosure(
          html`${t('entry.schema')}
            <span class="quiet">${count('entry.findings', schema.findings.length)}</span>`,
          view.ui.expanded[key] ?? false,
          (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen || undefined)),
          () => lines(schema.findings),
        )
  }`;
}

function raw(view: View, { raw: text, registryId, name }: EntryFacts): TemplateResult {
  const key = `entry:raw:${registryId}:${name}`;
  return disclosure(
    t('entry.raw'),
    view.ui.expanded[key] ?? false,
    (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen || undefined)),
    () =>
      html`<div class="entry-raw">
        ${button(t('entry.copyRaw'), () => view.copy(text.text), { kind: 'icon', icon: icon('copy') })}
        ${code(text, t('entry.raw'))}
      </div>`,
  );
}
