import { html, nothing, type TemplateResult } from 'lit-html';
import type { FileDiff } from '../../src/core/installFileDiff.ts';
import type { InstallNoteView, VersionDiffView } from '../../src/core/installPage.ts';
import type { ShownText } from '../../src/core/dashboard.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, notice, section } from '../components/parts.ts';
import { t } from '../strings.ts';

/** Dangers, each with its sign. */
export function dangerList(dangers: readonly InstallNoteView[]): TemplateResult {
  return html`<ul class="plain-list dangers">
    ${dangers.map(({ text }) => html`<li>${icon('warning', 'warn')}<span>${foreign(text)}</span></li>`)}
  </ul>`;
}

/** Things to know about an entry. */
export function noteList(notes: readonly ShownText[]): TemplateResult {
  return html`<ul class="plain-list">
    ${notes.map((text) => html`<li>${icon('info', 'quiet')}<span>${foreign(text)}</span></li>`)}
  </ul>`;
}

/** What changes between two versions of a server. */
export function versionChanges(diff: VersionDiffView): TemplateResult {
  const { members, lines, dangersAdded, dangersRemoved } = diff;
  const title = html`${t('install.changes')}
    <span class="quiet">${foreign(diff.from)} → ${foreign(diff.to)}</span>`;
  if (diff.isGone) return section(title, notice('warn', t('install.gone')));
  if (!diff.isChanged) return section(title, html`<p class="quiet">${t('install.sameLaunch')}</p>`);
  const hasArguments = lines.some((line) => line.kind !== 'same');
  return section(
    title,
    html`<div data-testid="version-diff">
      ${
        hasArguments
          ? html`<p class="field-label">${t('install.change.arguments')}</p>
              ${diffBlock(lines, t('install.change.arguments'))}`
          : nothing
      }
      ${
        members.length === 0
          ? nothing
          : html`<table class="review changes">
              <thead>
                <tr>
                  <th scope="col">${t('install.change.what')}</th>
                  <th scope="col">${t('install.change.before')}</th>
                  <th scope="col">${t('install.change.after')}</th>
                </tr>
              </thead>
              <tbody>
                ${members.map(
                  (member) =>
                    html`<tr>
                      <th scope="row">
                        ${t(`install.change.${member.kind}`)}${member.kind === 'command' || member.kind === 'url' ? nothing : html` <code>${foreign(member.name)}</code>`}
                      </th>
                      <td>
                        ${member.before ? html`<del>${foreign(member.before)}</del>` : html`<span class="quiet">${t('install.change.none')}</span>`}
                      </td>
                      <td>
                        ${member.after ? html`<ins>${foreign(member.after)}</ins>` : html`<span class="quiet">${t('install.change.none')}</span>`}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>`
      }
      ${
        dangersAdded.length === 0
          ? nothing
          : html`<p class="field-label">
                ${badge(t('install.new'), { tone: 'warn' })} ${t('install.dangers')}
              </p>
              ${dangerList(dangersAdded.map((text) => ({ kind: '', text })))}`
      }
      ${
        dangersRemoved.length === 0
          ? nothing
          : html`<p class="field-label">${t('install.dangersGone')}</p>
              ${noteList(dangersRemoved)}`
      }
    </div>`,
  );
}

/** The lines of a change in a file, signs instead of colours alone. */
export function fileChange(diff: FileDiff, label: string): TemplateResult {
  return diffBlock(
    diff.lines.map((line) => ({ ...line, text: { text: line.text, hidden: 0, isTruncated: false } })),
    label,
    diff.above,
    diff.below,
  );
}

function diffBlock(
  lines: readonly {
    readonly kind: 'same' | 'added' | 'removed';
    readonly text: ShownText;
    readonly number?: number | undefined;
  }[],
  label: string,
  above = 0,
  below = 0,
): TemplateResult {
  const sign = { same: ' ', added: '+', removed: '−' } as const;
  const spoken = {
    same: '',
    added: t('install.change.added'),
    removed: t('install.change.removed'),
  } as const;
  const more = (n: number) =>
    n > 0 ? html`<div class="file-diff-line more" aria-hidden="true">⋯</div>` : nothing;
  return html`<div class="file-diff" dir="ltr" tabindex="0" role="group" aria-label=${label}>
    ${more(above)}${lines.map(
      (line) =>
        html`<div class="file-diff-line ${line.kind}">
          <span class="file-diff-number" aria-hidden="true">${line.number ?? ''}</span
          ><span class="file-diff-sign" aria-hidden="true">${sign[line.kind]}</span
          >${spoken[line.kind] === '' ? nothing : html`<span class="sr-only">${spoken[line.kind]}</span>`}<span
            class="file-diff-text"
            >${foreign(line.text)}</span
          >
        </div>`,
    )}${more(below)}
  </div>`;
}
