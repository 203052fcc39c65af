import { html, nothing, type TemplateResult } from 'lit-html';
import type { ActivityProblem } from '../../src/core/activityChain.ts';
import type { ActivityView } from '../../src/core/dashboardActivity.ts';
import { button } from '../components/components.ts';
import { icon } from '../components/icons.ts';
import { link, notice, progressBar } from '../components/parts.ts';
import { dateTime, elapsed, number } from '../format.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';

/** Where the check of the chain stands and what to do about it; nothing before the first one. */
export function verifyNotice(view: View, { verify }: ActivityView): TemplateResult | typeof nothing {
  switch (verify.kind) {
    case 'never':
      return nothing;
    case 'running': {
      const text = t('activity.verify.running', number(verify.lines), number(verify.of));
      return notice(
        'info',
        html`<div class="activity-check">
          <span>${text}</span>${progressBar(verify.lines, verify.of, text)}
          ${button(t('activity.verify.stop'), () => view.act('activity.stopVerify', {}), { icon: icon('stop') })}
        </div>`,
      );
    }
    case 'done':
      if (verify.verdict.problemCount > 0) return broken(view, verify);
      return view.ui.filters[dismissedKey] === String(verify.at) ? nothing : intact(view, verify);
  }
}

type Done = Extract<ActivityView['verify'], { readonly kind: 'done' }>;

const dismissedKey = 'activity:dismissed';

function intact(view: View, { at, ms, verdict }: Done): TemplateResult {
  return notice(
    'info',
    html`<div class="activity-verdict">
      ${icon('check', 'good')}
      <div>
        <p class="strong">${t('activity.verify.intact', number(verdict.lines))}</p>
        <p class="quiet small">
          ${t('activity.verify.checked', dateTime(at), elapsed(ms))}
          ${verdict.pruned > 0 ? t('activity.verify.pruned', number(verdict.pruned)) : nothing}
          ${verdict.anchored === undefined ? t('activity.verify.unanchored') : t('activity.verify.anchored', number(verdict.anchored))}
        </p>
      </div>
      ${button(t('app.dismiss'), () => view.update((ui) => withEntry(ui, 'filters', dismissedKey, String(at))), { kind: 'icon', icon: icon('close') })}
    </div>`,
  );
}

function broken(view: View, { verdict }: Done): TemplateResult {
  const { problems, problemCount } = verdict;
  const canAccept = problems.some(({ kind }) => kind === 'replaced' || kind === 'rewritten');
  return notice(
    'bad',
    html`<div class="activity-verdict" data-testid="activity-broken">
      ${icon('warning', 'bad')}
      <div>
        <p class="strong">${count('activity.verify.broken', problemCount)}</p>
        <ul class="plain-list">
          ${problems.map((problem) => html`<li>${problemText(problem)} ${lineLink(view, problem)}</li>`)}
          ${problemCount > problems.length ? html`<li>${t('activity.verify.more', number(problemCount - problems.length))}</li>` : nothing}
        </ul>
        <p>${t('activity.verify.what')}</p>
        ${canAccept ? button(t('activity.verify.accept'), () => view.act('activity.accept', {})) : nothing}
      </div>
    </div>`,
    'alert',
  );
}

function problemText({ kind, seq, to }: ActivityProblem): string {
  if (kind === 'missing')
    return to === undefined || to === seq
      ? t('activity.problem.missingOne', seq)
      : t('activity.problem.missing', seq, to);
  return t(`activity.problem.${kind}`, seq);
}

function lineLink(view: View, { kind, seq }: ActivityProblem): TemplateResult | typeof nothing {
  if (kind !== 'changed' && kind !== 'unlinked' && kind !== 'end-changed') return nothing;
  return link(t('activity.verify.show', seq), () => view.go({ kind: 'activity', seq }));
}
