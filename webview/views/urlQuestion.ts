import { html, nothing, type TemplateResult } from 'lit-html';
import type { RequestRow } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { foreign, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { notice, subsection } from '../components/parts.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { refusals } from './refusals.ts';

/** A page that a server wants opened: the whole address, its host set apart, what to be wary of, and three answers. */
export function urlQuestion(view: View, request: RequestRow): TemplateResult {
  const url = request.urlView;
  if (!url) return html`${nothing}`;
  const target = { requestId: request.id };
  return subsection(
    t('request.url'),
    html`${
        url.canOpen
          ? html`<p class="host-line">
              <span class="quiet">${t('request.hostIs')}</span>
              <span class="host" data-testid="host">${foreign(url.host)}</span>
            </p>`
          : nothing
      }
      <p class="whole-url" dir="ltr" data-testid="url">
        ${foreign(url.before)}<span class="url-host">${foreign(url.host)}</span>${foreign(url.after)}
      </p>
      ${hiddenNote(request.url)}
      ${url.warnings.map((warning) => notice(warning === 'not-a-page' ? 'bad' : 'warn', t(`url.${warning}`)))}
      <p class="quiet small">${t('request.openUrlHelp')}</p>
      <div class="form-actions">
        ${
          url.canOpen
            ? button(t('request.openUrl'), () => view.act('request.openUrl', target), {
                kind: 'primary',
                icon: icon('external'),
                isDisabled: view.isBusy('request.openUrl', target),
                testId: 'open-url',
              })
            : nothing
        }
        ${refusals(view, request)}
      </div>`,
  );
}
