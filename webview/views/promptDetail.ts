import { html, nothing, type TemplateResult } from 'lit-html';
import type { ServerView } from '../../src/core/dashboard.ts';
import type { PromptArgumentView, PromptDetail } from '../../src/core/dashboardPrompts.ts';
import { button } from '../components/components.ts';
import { completedField } from '../components/completedField.ts';
import { foldedBlock, foreign, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { link, notice, subsection } from '../components/parts.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { promptPreview } from './promptPreview.ts';
import { promptValues, type PromptValues } from './promptValues.ts';

/** A prompt, the form of its arguments, and what the server answered. */
export function promptDetail(view: View, server: ServerView, prompt: PromptDetail): TemplateResult {
  const textKey = `prompt:${server.id}/${prompt.name}`;
  return html`<div class="scroll tool" data-testid="prompt-detail">
    <header class="detail-head">
      <h2 class="tool-name" tabindex="-1"><code>${foreign(prompt.shownName)}</code></h2>
    </header>
    ${prompt.title ? html`<p class="tool-title">${foreign(prompt.title)}</p>` : nothing}
    ${standing(view, server, prompt)} ${hiddenNote(prompt.shownName)}
    ${prompt.description ? foldedBlock(prompt.description, view.ui.expanded[textKey] ?? false, (isOpen) => view.update((ui) => withEntry(ui, 'expanded', textKey, isOpen || undefined))) : nothing}
    ${form(view, server, prompt)} ${promptPreview(view, server, prompt)}
  </div>`;
}

function standing(view: View, server: ServerView, prompt: PromptDetail): TemplateResult | typeof nothing {
  if (prompt.standing === 'accepted') return nothing;
  const isNew = prompt.standing === 'new';
  const changes = prompt.changes.filter((one) => one !== 'added').map((one) => t(`change.${one}`));
  return notice(
    'warn',
    html`<div class="state-notice">
      <span>${t(isNew ? 'prompt.new' : 'prompt.setAside')}</span>
      ${changes.length > 0 ? html`<span>${t('tool.changes', changes.join(', '))}</span>` : nothing}
      ${button(t('tool.review'), () => view.act('prompt.review', { serverId: server.id, prompt: prompt.name }), { kind: isNew ? 'secondary' : 'primary', icon: icon('external'), testId: 'review' })}
    </div>`,
  );
}

function form(view: View, server: ServerView, prompt: PromptDetail): TemplateResult {
  const target = { serverId: server.id, prompt: prompt.name };
  const values = promptValues(view, server.id, prompt);
  const isFetching = prompt.use?.kind === 'fetching';
  const preview = () => submit(view, prompt, values, target);
  return subsection(
    t('prompt.arguments'),
    html`${prompt.fields.length === 0 ? html`<p class="quiet">${t('prompt.noArguments')}</p>` : nothing}
      ${prompt.fields.map((field, at) => fieldView(view, server, prompt, field, at, values, preview))}
      ${prompt.fieldsOmitted > 0 ? html`<p class="quiet small">${t('prompt.argumentsOmitted', prompt.fieldsOmitted)}</p>` : nothing}
      <div class="form-actions">
        ${button(t(prompt.use?.kind === 'ready' ? 'prompt.previewAgain' : 'prompt.preview'), preview, { kind: 'primary', icon: icon('play'), isDisabled: prompt.standing === 'set-aside' || isFetching, testId: 'preview' })}
        ${
          isFetching
            ? html`${button(t('prompt.stop'), () => view.act('prompt.stop', target), { icon: icon('stop') })}
                <span class="prompt-waiting" role="status"
                  >${icon('busy', 'plain', true)} ${t('prompt.fetching')}</span
                >`
            : nothing
        }
      </div>
      ${asking(view, server, isFetching)}
      <p class="quiet small">
        ${t('prompt.help')}${server.state === 'ready' ? nothing : ` ${t('prompt.notConnected')}`}
      </p>`,
  );
}

/** A question that the server asks before it answers is answered elsewhere. */
function asking(view: View, server: ServerView, isFetching: boolean): TemplateResult | typeof nothing {
  const question = view.state.requests.find(
    ({ serverId, kind, jobId }) =>
      serverId === server.id && jobId === undefined && kind !== 'definition-change' && kind !== 'sign-in',
  );
  if (!isFetching || !question) return nothing;
  return notice(
    'info',
    html`<div class="state-notice">
      <span>${t('prompt.asks')}</span>
      ${link(t('prompt.openInbox'), () => view.go({ kind: 'requests', requestId: question.id }))}
    </div>`,
  );
}

function fieldView(
  view: View,
  server: ServerView,
  prompt: PromptDetail,
  field: PromptArgumentView,
  at: number,
  values: PromptValues,
  preview: () => void,
): TemplateResult {
  const value = values.of(field.name);
  const isMissing = values.isTried && field.isRequired && value === '';
  const id = `prompt-field-${at}`;
  const spoken = [
    field.shownName.text,
    field.isRequired ? t('form.required') : '',
    isMissing ? t('prompt.required') : '',
    field.description?.text.slice(0, 300) ?? '',
  ];
  return html`<div class="field ${isMissing ? 'invalid' : ''}" data-testid="prompt-field">
    <div class="field-head">
      <label class="field-label" for=${id}>${foreign(field.shownName)}</label>
      ${field.isRequired ? html`<span class="required">${t('form.required')}</span>` : nothing}
    </div>
    ${field.description ? html`<div class="field-help">${foreign(field.description)} ${hiddenNote(field.description)}</div>` : nothing}
    <div class="field-control">
      ${completedField({
        key: `prompt ${server.id} ${prompt.name} ${at}`,
        id,
        name: spoken.filter((part) => part !== '').join(', '),
        value,
        isRequired: field.isRequired,
        isInvalid: isMissing,
        onInput: (text) => values.set(field.name, text),
        suggest: (text, signal) => suggestions(view, server.id, prompt, field.name, text, values, signal),
        redraw: () => view.redraw(),
        onEnter: preview,
      })}
    </div>
    ${
      isMissing
        ? html`<ul class="messages">
            <li class="bad">${icon('error', 'bad')}<span>${t('prompt.required')}</span></li>
          </ul>`
        : nothing
    }
  </div>`;
}

const maxName = 1024; // of what the protocol takes
const maxContext = 8192;

async function suggestions(
  view: View,
  serverId: string,
  prompt: PromptDetail,
  name: string,
  value: string,
  values: PromptValues,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (prompt.standing === 'set-aside' || name === '' || name.length > maxName) return [];
  const others = values.filled().filter((one) => {
    return one.name !== name && one.name.length <= maxName && one.value.length <= maxContext;
  });
  const found = await view.call(
    'completion.ask',
    {
      serverId,
      ref: { kind: 'prompt', name: prompt.name },
      argument: { name, value },
      context: Object.fromEntries(others.map((one) => [one.name, one.value])),
    },
    signal,
  );
  return found.values;
}

function submit(
  view: View,
  prompt: PromptDetail,
  values: PromptValues,
  target: { readonly serverId: string; readonly prompt: string },
): void {
  if (prompt.standing === 'set-aside' || prompt.use?.kind === 'fetching') return;
  const missing = prompt.fields.filter(({ name, isRequired }) => isRequired && values.of(name) === '');
  values.tried(missing.length > 0);
  if (missing.length > 0) {
    view.announce(count('announce.problems', missing.length));
    view.focusFirstProblem();
    return;
  }
  view.act('prompt.fetch', { ...target, arguments: [...values.filled()] });
}
