import { html, nothing, type TemplateResult } from 'lit-html';
import type { AuthPageView, AuthStepView } from '../../src/core/dashboardAuth.ts';
import { foreign } from '../components/foreign.ts';
import { resultIcon } from '../components/icons.ts';
import { disclosure, section } from '../components/parts.ts';
import { dateTime } from '../format.ts';
import { count, t } from '../strings.ts';
import type { View } from '../view.ts';
import { withEntry } from '../viewState.ts';
import { address } from './authState.ts';

/** The steps of a sign-in as they were last seen. */
export function authTrail(view: View, { lookedAt, steps }: AuthPageView): TemplateResult {
  return section(
    t('auth.trail'),
    html`<p class="quiet small">
        ${lookedAt === undefined ? t('auth.notLooked') : t('auth.lookedAt', dateTime(lookedAt))}
      </p>
      ${
        steps.length === 0
          ? nothing
          : html`<ol class="plain-list checks" data-testid="auth-steps">
              ${steps.map((step, i) => stepItem(view, step, i + 1))}
            </ol>`
      }`,
  );
}

function stepItem(view: View, step: AuthStepView, number: number): TemplateResult {
  const { id, result, found, where, tried } = step;
  const key = `auth:${id}`;
  return html`<li class="check" data-step=${id} data-result=${result}>
    ${resultIcon(result)}
    <div class="check-text">
      <div class="check-title">
        <span class="strong">${number}. ${t(`auth.step.${id}`)}</span>
        <span class="quiet small">${t(`auth.result.${result}`)}</span>
      </div>
      ${result === 'skipped' ? nothing : html`<div>${foreign(found)}</div>`}
      ${where ? html`<div class="quiet small">${address(where)}</div>` : nothing}
      ${
        tried.length > 0
          ? disclosure(
              count('auth.tried', tried.length),
              view.ui.expanded[key] === true,
              (isOpen) => view.update((ui) => withEntry(ui, 'expanded', key, isOpen)),
              () =>
                html`<ul class="plain-list tried">
                  ${tried.map(
                    (attempt) =>
                      html`<li>
                        <span
                          >${address(attempt.address)}
                          <span class="quiet">${foreign(attempt.outcome)}</span></span
                        >
                      </li>`,
                  )}
                </ul>`,
            )
          : nothing
      }
    </div>
  </li>`;
}
