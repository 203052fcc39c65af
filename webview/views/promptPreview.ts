import { html, nothing, type TemplateResult } from 'lit-html';
import type { ResultBlock, ServerView } from '../../src/core/dashboard.ts';
import type { PromptDetail, PromptMessageView, PromptPreview } from '../../src/core/dashboardPrompts.ts';
import { button } from '../components/components.ts';
import { code, foreign, foreignBlock, hiddenNote, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge, notice, subsection } from '../components/parts.ts';
import { bytes } from '../format.ts';
import { t } from '../strings.ts';
import type { View } from '../view.ts';
import { promptValues } from './promptValues.ts';

/** What the server answered when the open prompt was used last. */
export function promptPreview(
  view: View,
  server: ServerView,
  prompt: PromptDetail,
): TemplateResult | typeof nothing {
  const { use } = prompt;
  if (use?.kind === 'failed') {
    return notice(
      'bad',
      html`<div class="state-notice">
        <span><span class="strong">${t('prompt.failed')}</span>: ${foreign(use.message)}</span>
        ${use.nextStep === undefined ? nothing : html`<span class="quiet">${foreign(use.nextStep)}</span>`}
      </div>`,
      'alert',
    );
  }
  if (use?.kind !== 'ready') return nothing;
  const { preview } = use;
  const isStale = !isSame(use.arguments, promptValues(view, server.id, prompt).filled());
  return subsection(
    t('prompt.messages'),
    html`<div data-testid="prompt-preview">
      <p class="quiet small">${t('prompt.untrusted')}</p>
      ${isStale ? notice('info', t('prompt.stale')) : nothing}
      ${
        preview.problems.length > 0
          ? notice(
              'warn',
              html`<ul class="plain-list">
                ${preview.problems.map((problem) => html`<li>${foreign(problem)}</li>`)}
              </ul>`,
            )
          : nothing
      }
      ${preview.hidden > 0 ? html`<p class="small">${t('prompt.hidden')}</p>` : nothing}
      ${prompt.canSend && preview.chatWords !== '' ? notice('warn', html`<span>${rich('prompt.chatWords', html`<code>${foreign(preview.chatWords)}</code>`)}</span>`) : nothing}
      ${preview.description ? html`<div class="prompt-description">${foreignBlock(preview.description)}</div>` : nothing}
      ${preview.messages.length === 0 ? html`<p class="quiet">${t('prompt.empty')}</p>` : messages(preview)}
      ${preview.omitted > 0 ? html`<p class="quiet">${t('prompt.messagesOmitted', preview.omitted)}</p>` : nothing}
    </div>`,
    actions(view, server, prompt),
  );
}

function actions(view: View, server: ServerView, prompt: PromptDetail): TemplateResult {
  const target = { serverId: server.id, prompt: prompt.name };
  const copy = async () => {
    if (await view.attempt('prompt.copy', target)) view.announce(t('prompt.copied'));
  };
  return html`<div class="actions">
    ${button(t('prompt.copy'), () => void copy(), { icon: icon('copy'), testId: 'copy' })}
    ${button(t('prompt.open'), () => view.act('prompt.open', target), { icon: icon('external'), testId: 'open-document' })}
    ${prompt.canSend ? button(t('prompt.send'), () => view.act('prompt.send', target), { icon: icon('sent'), help: t('prompt.sendHelp'), testId: 'send-to-chat' }) : nothing}
  </div>`;
}

function messages({ messages: all }: PromptPreview): TemplateResult {
  return html`<ol class="prompt-messages">
    ${all.map((message, at) => {
      const role =
        message.role === 'other' && message.shownRole !== ''
          ? `${t('prompt.role.other')}: ${message.shownRole}`
          : t(`prompt.role.${message.role}`);
      return html`<li class="prompt-message" aria-label=${t('prompt.message', at + 1, role)}>
        <div class="prompt-role">
          ${badge(foreign(role), message.role === 'other' ? { tone: 'warn' } : {})}
        </div>
        ${blocks(message)}
      </li>`;
    })}
  </ol>`;
}

function blocks({ blocks: all, omitted }: PromptMessageView): TemplateResult {
  return html`${all.map(block)}
  ${omitted > 0 ? html`<p class="quiet">${t('prompt.blocksOmitted', omitted)}</p>` : nothing}`;
}

function block(one: ResultBlock): TemplateResult {
  if (one.kind === 'text' || one.kind === 'json') return one.text ? foreignBlock(one.text) : html``;
  const isAlone = one.kind === 'image' || one.kind === 'audio' || (one.kind === 'resource' && !one.text);
  const label = t(`prompt.block.${one.kind}`);
  return html`<div class="block">
    <p class="block-label">
      ${label} ${one.label ? html`<code>${foreign(one.label)}</code> ${hiddenNote(one.label)}` : nothing}
      ${one.mimeType === undefined ? nothing : badge(foreign(one.mimeType))}
      ${one.bytes === undefined ? nothing : html`<span class="quiet number">${bytes(one.bytes)}</span>`}
      ${isAlone ? html`<span class="quiet">${t('prompt.opensAlone')}</span>` : nothing}
    </p>
    ${one.text ? html`${code(one.text, label)} ${hiddenNote(one.text)}` : nothing}
  </div>`;
}

function isSame(
  a: readonly { readonly name: string; readonly value: string }[],
  b: readonly { readonly name: string; readonly value: string }[],
): boolean {
  const values = new Map(b.map(({ name, value }) => [name, value]));
  return a.length === b.length && a.every(({ name, value }) => values.get(name) === value);
}
