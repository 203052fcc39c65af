import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { IdentityView } from '../../src/core/dashboardIdentity.ts';
import type { IdentityCheck } from '../../src/core/identityCheck.ts';
import { button } from '../components/components.ts';
import { foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { empty, link, section } from '../components/parts.ts';
import { dateTime } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { verdictLine } from './verdict.ts';

type Change = NonNullable<IdentityView['changes']>['checks'][number];

/** What was found within it belongs to one look, whose time stands above. */
const lookMs = 60_000;

/** Who a server is: the verdict, what changed, and every check with its evidence and what it proves. */
export function identityTab(view: View, server: ServerView): TemplateResult {
  const { identityReport: report } = server;
  if (!report) {
    const target = { serverId: server.id, olderCards: false };
    const check = button(t('identity.checkFirst'), () => view.act('identity.check', target), {
      isDisabled: view.isBusy('identity.check', target),
    });
    return html`<div class="scroll">${empty(t('identity.none'), undefined, check)}</div>`;
  }
  return html`<div class="scroll identity" data-testid="identity">
    ${head(view, server, report)} ${report.changes ? changes(report.changes) : nothing}
    ${report.groups.map(({ kind, checks }) =>
      section(
        t(`identity.group.${kind}`),
        html`<ul class="plain-list checks">
          ${checks.map((check) => checkItem(check, report))}
        </ul>`,
      ),
    )}
  </div>`;
}

function head(view: View, server: ServerView, report: IdentityView): TemplateResult {
  const plain = { serverId: server.id, olderCards: false };
  const older = { serverId: server.id, olderCards: true };
  const isBusy = view.isBusy('identity.check', plain) || view.isBusy('identity.check', older);
  const label = isBusy
    ? t('identity.checking')
    : t(report.lookedAt === undefined ? 'identity.checkFirst' : 'identity.check');
  return html`<div class="identity-head">
    ${verdictLine(report.verdict)}
    <p class="quiet">
      ${report.lookedAt === undefined ? t('identity.notLooked') : t('identity.lookedAt', dateTime(report.lookedAt))}
      ${t('verdict.help')}
    </p>
    <div class="actions">
      ${
        report.canAsk
          ? button(label, () => view.act('identity.check', plain), {
              kind: 'primary',
              icon: icon('search'),
              isDisabled: isBusy,
              testId: 'check-identity',
            })
          : nothing
      }
      ${button(
        t('identity.copy'),
        () => {
          view.act('identity.copy', { serverId: server.id });
          view.announce(t('app.copied'));
        },
        { icon: icon('copy') },
      )}
      ${
        report.canAsk && server.launch.kind === 'http' && !isBusy
          ? html`<span title=${t('identity.olderCardsHelp')}
              >${link(t('identity.olderCards'), () => view.act('identity.check', older))}</span
            >`
          : nothing
      }
    </div>
  </div>`;
}

function checkItem(check: IdentityCheck, report: IdentityView): TemplateResult {
  const isOfThisLook = report.lookedAt !== undefined && Math.abs(check.at - report.lookedAt) < lookMs;
  const led = report.because.includes(check.id) ? html` · ${t('identity.because')}` : nothing;
  return html`<li class="check" data-check=${check.id}>
    ${resultIcon(check.result)}
    <div class="check-text">
      <div class="check-title">
        <span class="strong">${check.title}</span>
        <span class="quiet small"
          >${check.number} ·
          ${t(`identity.result.${check.result}`)}${led}${
            isOfThisLook
              ? nothing
              : html`<time datetime=${new Date(check.at).toISOString()} class="check-time"
                  >${dateTime(check.at)}</time
                >`
          }</span
        >
      </div>
      <div>${foreign(check.evidence)}</div>
      ${check.result === 'n/a' ? nothing : html`<div class="quiet small">${check.proves}</div>`}
    </div>
  </li>`;
}

function resultIcon(result: IdentityCheck['result']): TemplateResult {
  switch (result) {
    case 'pass':
      return icon('check', 'good');
    case 'warn':
      return icon('warning', 'warn');
    case 'fail':
      return icon('error', 'bad');
    case 'unknown':
      return icon('question');
    case 'n/a':
      return icon('circle', 'quiet');
  }
}

function changes({ since, verdict, version, checks }: NonNullable<IdentityView['changes']>): TemplateResult {
  return section(
    t('identity.changes', dateTime(since)),
    html`<ul class="plain-list changes" data-testid="identity-changes">
      ${
        verdict
          ? html`<li>
              ${icon('edit')}<span
                >${t('identity.changed.verdict', t(`verdict.${verdict.from}`), t(`verdict.${verdict.to}`))}</span
              >
            </li>`
          : nothing
      }
      ${
        version
          ? html`<li>
              ${icon('edit')}<span
                >${rich('identity.changed.version', foreign(version.from ?? '–'), foreign(version.to ?? '–'))}</span
              >
            </li>`
          : nothing
      }
      ${checks.map(changeItem)}
    </ul>`,
  );
}

function changeItem({ title, kind, from, to }: Change): TemplateResult {
  const shape =
    kind === 'worse' ? icon('warning', 'warn') : kind === 'better' ? icon('check', 'good') : icon('info');
  return html`<li>
    ${shape}
    <div class="check-text">
      <div class="strong">${title}</div>
      <div class="quiet">
        ${rich('identity.changed.was', t(`identity.result.${from.result}`), foreign(from.evidence))}
      </div>
      <div>${rich('identity.changed.is', t(`identity.result.${to.result}`), foreign(to.evidence))}</div>
    </div>
  </li>`;
}
