import { html, type TemplateResult } from 'lit-html';
import type { RequestRow } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';

/** Decline and dismiss: two different answers, never one button. */
export function refusals(view: View, request: RequestRow): TemplateResult {
  const answer = (kind: 'decline' | 'cancel') => () => {
    void view.attempt('request.answer', { requestId: request.id, answer: { kind } }).then((isDone) => {
      if (isDone) view.closeForm(`request:${request.id}`);
    });
  };
  return html`${button(t('request.decline'), answer('decline'), { help: t('request.declineHelp'), testId: 'decline' })}
  ${button(t('request.cancel'), answer('cancel'), { help: t('request.cancelHelp'), testId: 'dismiss' })}`;
}
