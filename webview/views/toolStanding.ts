import { pageLocale } from '../format.ts';
import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView, ToolDetail, ToolView } from '../../src/core/dashboard.ts';
import { button } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, notice, subsection } from '../components/parts.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';

/** Marks a tool that is not as it was accepted. */
export function standingBadge({ standing }: ToolView): TemplateResult | typeof nothing {
  return standing === 'accepted' ? nothing : badge(t(`tools.standing.${standing}`), { tone: 'warn' });
}

/** Says what a tool that is not as accepted may do, and leads to the review. */
export function standingNotice(
  view: View,
  server: ServerView,
  tool: ToolDetail,
): TemplateResult | typeof nothing {
  if (tool.standing === 'accepted') return nothing;
  const isNew = tool.standing === 'new';
  const changes = tool.changes.filter((one) => one !== 'added').map((one) => t(`change.${one}`));
  return notice(
    'warn',
    html`<div class="state-notice">
      <span>${t(isNew ? 'tool.new' : 'tool.setAside')}</span>
      ${changes.length > 0 ? html`<span>${t('tool.changes', changes.join(', '))}</span>` : nothing}
      ${button(t('tool.review'), () => view.act('tool.review', { serverId: server.id, tool: tool.name }), { kind: isNew ? 'secondary' : 'primary', icon: icon('external'), testId: 'review' })}
    </div>`,
  );
}

/** When the definition was accepted. */
export function acceptedBadge({ accepted }: ToolDetail): TemplateResult | typeof nothing {
  if (!accepted) return nothing;
  const date = new Date(accepted.at).toLocaleDateString(pageLocale());
  return badge(t(`tool.accepted.${accepted.how}`, date), { help: t('tool.acceptedHelp') });
}

/** What the definition's texts hold that deserves a look, each with its words. */
export function flagList({ flags }: ToolDetail): TemplateResult | typeof nothing {
  if (flags.length === 0) return nothing;
  return subsection(
    t('tool.flags'),
    html`<p class="quiet small">${t('tool.flagsHelp')}</p>
      <ul class="plain-list" data-testid="flags">
        ${flags.map(
          (flag) =>
            html`<li>
              ${icon('warning', 'warn')}<span
                >${t(`flag.${flag.rule}`)}: “${foreign(flag.quote)}”
                ${flag.path === '' ? nothing : html`<code class="quiet">${foreign(flag.path)}</code>`}</span
              >
            </li>`,
        )}
      </ul>`,
  );
}
