import { html, nothing, type TemplateResult } from 'lit-html';
import type { InstallReviewView, InstallView } from '../../src/core/installPage.ts';
import { button, ring } from '../components/components.ts';
import { code, foreign, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { facts, notice, section } from '../components/parts.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { verdictLine } from './verdict.ts';
import { dangerList, fileChange, noteList, versionChanges } from './installParts.ts';

/** The last look before consent: what runs or is contacted, whole, and what is written where. */
export function installReview(view: View, install: InstallView, review: InstallReviewView): TemplateResult {
  const { launch } = review;
  const names = (list: InstallReviewView['secrets']) =>
    list.length === 0
      ? t('install.noneSet')
      : html`<span class="names">${list.map((name) => html`<code>${foreign(name)}</code>`)}</span>`;
  return html`<div data-testid="install-review">
    ${review.verdict ? verdictLine(review.verdict) : nothing}
    ${section(
      html`<span tabindex="-1" data-focus
        >${t(launch.kind === 'stdio' ? 'install.runs' : 'install.contacts')}</span
      >`,
      launch.kind === 'stdio'
        ? html`${code(launch.commandLine, t('install.runs'))} ${hiddenNote(launch.commandLine)}
            ${facts([
              [t('overview.cwd'), html`<code>${foreign(launch.cwd)}</code>`],
              [t('install.environment'), names(launch.env)],
              [t('install.secrets'), review.secrets.length === 0 ? undefined : names(review.secrets)],
            ])}
            <p class="quiet small">${t('install.rights')}</p>`
        : html`${code(launch.url, t('install.contacts'))} ${hiddenNote(launch.url)}
          ${facts([
            [t('overview.headers'), names(launch.headers)],
            [t('install.secrets'), review.secrets.length === 0 ? undefined : names(review.secrets)],
          ])}`,
    )}
    ${install.versionDiff ? versionChanges(install.versionDiff) : nothing}
    ${
      install.missing
        ? notice(
            'warn',
            html`<span
              ><strong>${t('install.missing', install.missing.command.text)}</strong>
              ${foreign(install.missing.hint)}</span
            >`,
          )
        : nothing
    }
    ${section(
      t('install.dangers'),
      review.dangers.length === 0
        ? html`<p class="quiet">${t('install.noDangers')}</p>`
        : dangerList(review.dangers),
    )}
    ${section(t('install.checks'), checks(install))}
    ${section(
      t('install.file'),
      html`<p>
          <span class="path">${foreign(review.file)}</span>
          <span class="quiet">${t(review.isNewFile ? 'install.fileIsNew' : 'install.fileChanges')}</span>
        </p>
        ${review.isUnchanged ? html`<p class="quiet">${t('install.fileSame')}</p>` : fileChange(review.diff, t('install.file'))}`,
    )}
    ${review.blocked ? notice('bad', html`<strong>${t('install.blocked')}</strong> ${foreign(review.blocked)}`, 'alert') : nothing}
    ${actions(view, install, review)}
  </div>`;
}

function sign(verdict: InstallView['checks'][number]['verdict']): TemplateResult {
  switch (verdict) {
    case 'pass':
      return icon('check', 'good');
    case 'warn':
      return icon('warning', 'warn');
    case 'fail':
      return icon('error', 'bad');
    case 'unknown':
      return icon('question', 'quiet');
  }
}

function checks({ checks: all, reviews }: InstallView): TemplateResult {
  if (all.length + reviews.length === 0) return html`<p class="quiet">${t('install.noChecks')}</p>`;
  return html`<ul class="plain-list">
      ${all.map(
        (check) =>
          html`<li>
            ${sign(check.verdict)}<span
              ><span class="sr-only">${t(`install.verdict.${check.verdict}`)}: </span
              >${foreign(check.text)}</span
            >
          </li>`,
      )}
    </ul>
    ${reviews.length === 0 ? nothing : noteList(reviews.map(({ text }) => text))}`;
}

function actions(view: View, install: InstallView, review: InstallReviewView): TemplateResult {
  const isBusy = install.busy !== undefined;
  const { id: flowId } = install;
  return html`<div class="form-actions sticky">
    ${button(
      t(`install.confirm.${install.purpose}`),
      () => view.act('install.confirm', { flowId, reviewId: review.id }),
      { kind: 'primary', isDisabled: isBusy || review.blocked !== undefined, testId: 'confirm' },
    )}
    ${button(t('app.back'), () => view.act('install.back', { flowId }), { isDisabled: isBusy })}
    ${install.busy === 'write' ? html`${ring(t('install.asking'))}<span class="quiet">${t('install.asking')}</span>` : html`<span class="quiet small">${t('install.consentHelp')}</span>`}
  </div>`;
}

/** What was done, how to take it back, and where to go on. */
export function installDone(view: View, install: InstallView): TemplateResult | typeof nothing {
  const { done } = install;
  if (!done) return nothing;
  const { serverId } = done;
  const row = view.state.servers.find((server) => server.id === serverId);
  const isUp = row !== undefined && row.state !== 'stopped' && row.state !== 'failed';
  return html`<div data-testid="install-done">
    ${notice('info', html`${icon('check', 'good')}<span tabindex="-1" data-focus>${t(`install.done.${install.purpose}`)}</span>`)}
    <p>
      <span class="path">${foreign(done.file)}</span>
    </p>
    ${row ? html`<p class="quiet" role="status">${t('install.state')} ${t(`state.${row.state}`)}</p>` : nothing}
    <div class="form-actions">
      ${button(
        t(isUp ? 'server.restart' : 'server.start'),
        () => view.act(isUp ? 'server.restart' : 'server.start', { serverId }),
        {
          kind: 'primary',
          isDisabled:
            view.isBusy('server.start', { serverId }) || view.isBusy('server.restart', { serverId }),
          testId: 'start-installed',
        },
      )}
      ${button(t('install.openServer'), () => view.go({ kind: 'server', serverId, tab: 'overview', tool: undefined }), { testId: 'open-server' })}
      ${button(t('install.openFile'), () => view.act('install.openFile', { flowId: install.id }))}
      ${done.canUndo ? button(t('install.undo'), () => view.act('install.undo', {}), { testId: 'undo' }) : nothing}
    </div>
  </div>`;
}
