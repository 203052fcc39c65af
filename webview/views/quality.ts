import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { section } from '../components/parts.ts';
import { count, t } from '../strings.ts';
import type { View } from '../view.ts';
import { notConnected } from './emptyStates.ts';

/** What a server's metadata leaves out: findings with what they were seen in, and what was not looked at. */
export function qualityTab(view: View, server: ServerView): TemplateResult {
  const { quality } = server;
  if (!quality || server.toolCount === undefined) return notConnected(view, server);
  const target = { serverId: server.id };
  const copy = (format: 'json' | 'markdown') =>
    button(
      t(`quality.copy.${format}`),
      () => {
        view.act('quality.copy', { ...target, format });
        view.announce(t('app.copied'));
      },
      { icon: icon('copy') },
    );
  return html`<div class="scroll" data-testid="quality">
    <div class="detail-head">
      <p>
        <span class="strong"
          >${quality.findings.length === 0 ? t('quality.none') : count('quality.findings', quality.findings.length)}</span
        >
        <span class="quiet">${t('quality.help')}</span>
      </p>
      <div class="actions">
        ${server.launch.kind === 'http' ? button(t('quality.look'), () => view.act('quality.look', target), { icon: icon('search'), isDisabled: view.isBusy('quality.look', target) }) : nothing}
        ${copy('markdown')} ${copy('json')}
      </div>
    </div>
    ${quality.findings.map((finding) =>
      section(
        finding.title,
        html`<p class="quiet">${finding.advice}</p>
          <ul class="plain-list">
            ${finding.evidence.map(
              ({ subject, detail }) =>
                html`<li>
                  ${icon('info')}<span
                    ><code>${foreign(subject)}</code> <span class="quiet">${foreign(detail)}</span></span
                  >
                </li>`,
            )}
          </ul>
          ${finding.more > 0 ? html`<p class="quiet small">${t('quality.more', finding.more)}</p>` : nothing}`,
      ),
    )}
    ${
      quality.inOrder.length === 0
        ? nothing
        : section(
            t('quality.inOrder'),
            html`<ul class="plain-list">
              ${quality.inOrder.map(({ title }) => html`<li>${icon('check', 'good')}<span>${title}</span></li>`)}
            </ul>`,
          )
    }
    ${
      quality.notLooked.length === 0
        ? nothing
        : section(
            t('quality.notLooked'),
            html`<ul class="plain-list">
              ${quality.notLooked.map(
                ({ title, why }) =>
                  html`<li>
                    ${icon('circle')}<span>${title}: <span class="quiet">${why}</span></span>
                  </li>`,
              )}
            </ul>`,
          )
    }
  </div>`;
}
