import { html, nothing, type TemplateResult } from 'lit-html';
import type { FormUse } from '../../src/core/forms/model.ts';
import { nodeOf } from '../../src/core/forms/model.ts';
import { textArea } from '../components/components.ts';
import { notice } from '../components/parts.ts';
import { count, t } from '../strings.ts';
import { messageList, type Place } from './field.ts';
import { choiceView, objectFields, placeView } from './containers.ts';
import type { Form } from './form.ts';

/** The fields of a form, or its JSON text. Enter in a one-line field and Ctrl/Cmd+Enter anywhere submit. */
export function formView(form: Form, submit: () => void): TemplateResult {
  return html`<div class="form" @keydown=${(event: KeyboardEvent) => onKey(event, submit)}>
    ${form.model.limits.map((limit) => notice('info', t(`form.limit.${limit}`)))}
    ${form.draft.json === undefined ? fields(form) : jsonEditor(form, form.draft.json)}
  </div>`;
}

/** The switch between fields and JSON. */
export function modeSwitch(form: Form): TemplateResult {
  const mode = form.draft.json === undefined ? 'form' : 'json';
  const isStuck =
    mode === 'json' && form.messages().some((message) => message.path === '' && message.isBlocking);
  const option = (one: 'form' | 'json') =>
    html`<button
      type="button"
      class="segment"
      aria-pressed=${mode === one}
      title=${one === 'form' && isStuck ? t('form.jsonStuck') : nothing}
      @click=${() => mode !== one && form.setMode(one)}
    >
      ${t(`form.mode.${one}`)}
    </button>`;
  return html`<div class="segments" role="group" aria-label=${t('form.mode')}>
    ${option('form')}${option('json')}
  </div>`;
}

/** How many things are left to correct, among those shown. */
export function problemCount(form: Form): TemplateResult | typeof nothing {
  const problems = form.messages().filter((message) => message.isBlocking).length;
  return problems === 0 ? nothing : html`<span class="bad-text">${count('form.problems', problems)}</span>`;
}

function fields(form: Form): TemplateResult {
  const root: FormUse = form.model.root;
  const node = nodeOf(form.model, root);
  const place: Place = {
    form,
    use: root,
    path: [],
    label: root.title ?? t('form.root'),
    name: undefined,
    isRequired: true,
  };
  if (node.kind === 'object') {
    if (node.fields.length === 0 && node.extra === undefined && node.omitted === 0)
      return html`<p class="quiet">${t('form.noFields')}</p>`;
    return objectFields(form, node, []);
  }
  return node.kind === 'choice' ? choiceView(place, node) : placeView(place);
}

function jsonEditor(form: Form, json: string): TemplateResult {
  const messages = form.messages();
  return html`<div class="field ${messages.some((message) => message.isBlocking) ? 'invalid' : ''}">
    ${textArea({
      name: [t('form.jsonLabel'), ...messages.map((message) => message.text)].join(', '),
      value: json,
      onInput: (text) => form.edit([], (draft) => ({ ...draft, json: text })),
      onDone: () => form.touch([]),
      isInvalid: messages.some((message) => message.isBlocking),
      rows: Math.min(30, Math.max(8, json.split('\n').length + 1)),
      isCode: true,
    })}
    ${messageList(messages.map((message) => (message.path === '' ? message : { ...message, text: t('problem.at', message.path, message.text) })))}
  </div>`;
}

function onKey(event: KeyboardEvent, submit: () => void): void {
  if (event.key !== 'Enter' || event.isComposing || event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  const isOneLine =
    target.localName === 'vscode-text-field' ||
    (target instanceof HTMLInputElement && target.type !== 'checkbox');
  if (!(event.ctrlKey || event.metaKey) && !isOneLine) return;
  event.preventDefault();
  submit();
}
