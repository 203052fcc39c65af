import { html, type TemplateResult } from 'lit-html';
import type { RequestRow } from '../../src/core/dashboard.ts';
import type { FormDraft } from '../../src/core/forms/draft.ts';
import { formModel } from '../../src/core/forms/formModel.ts';
import { nodeOf, type FormModel } from '../../src/core/forms/model.ts';
import { same } from '../../src/core/forms/emptyValue.ts';
import { withoutSecrets } from '../../src/core/forms/secretFields.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { visibleText } from '../../src/core/util/text.ts';
import type { IntentParams } from '../../src/shared/protocol.ts';
import { button } from '../components/components.ts';
import { code, foreign, rich } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { notice, subsection } from '../components/parts.ts';
import { Form } from '../forms/form.ts';
import { formView, modeSwitch, problemCount } from '../forms/formView.ts';
import { later } from '../forms/later.ts';
import { count, t } from '../strings.ts';
import { withEntry } from '../viewState.ts';
import type { View } from '../view.ts';
import { refusals } from './refusals.ts';

const keepDelay = 300;

/** The form of a server's question: filled in, looked over, then sent. */
export function questionForm(view: View, request: RequestRow): TemplateResult {
  const form = requestForm(view, request);
  return form.isReview ? review(view, request, form) : entry(view, request, form);
}

function requestForm(view: View, request: RequestRow): Form {
  const key = `request:${request.id}`;
  return view.form(key, () => {
    const validate = async (content: JsonObject, signal: AbortSignal) =>
      (await view.call('request.validate', { requestId: request.id, content }, signal)).findings;
    const model = formModel(request.schema ?? { type: 'object' });
    // The host keeps it too: after a reload the question comes back under another id.
    let cancelKeep: (() => void) | undefined;
    const keepInHost = (draft: FormDraft | undefined) => {
      cancelKeep?.();
      const open = draft && withoutSecrets(draft, model);
      if (!open) return;
      cancelKeep = later(keepDelay, () => {
        const params = { requestId: request.id, draft: open as IntentParams<'request.keepDraft'>['draft'] };
        view.call('request.keepDraft', params).catch(() => undefined); // what is typed is still here
      });
    };
    return new Form(key, model, view.ui.drafts[key]?.draft ?? request.draft, undefined, {
      validate,
      keep: (draft, isPrivate) => {
        keepInHost(draft);
        view.update((ui) => withEntry(ui, 'drafts', key, draft && { draft, isPrivate }));
      },
      changed: () => view.redraw(),
      later,
    });
  });
}

function entry(view: View, request: RequestRow, form: Form): TemplateResult {
  const look = () => void openReview(view, form);
  return subsection(
    t('request.answer'),
    html`<p class="quiet small">${t('request.noSecrets')}</p>
      ${request.isSchemaTooLarge ? notice('warn', t('request.schemaTooLarge')) : ''} ${formView(form, look)}
      <div class="form-actions">
        ${button(t('request.review'), look, { kind: 'primary', testId: 'review' })} ${refusals(view, request)}
        ${problemCount(form)}
      </div>`,
    modeSwitch(form),
  );
}

async function openReview(view: View, form: Form): Promise<void> {
  const value = await form.submit();
  if (!value) {
    view.announce(count('announce.problems', form.messages().filter((message) => message.isBlocking).length));
    view.focusFirstProblem();
    return;
  }
  form.isReview = true;
  view.redraw();
  view.focusHeading();
}

function review(view: View, request: RequestRow, form: Form): TemplateResult {
  const value = isJsonObject(form.draft.value) ? form.draft.value : {};
  const send = () => void sendAnswer(view, request, form);
  const change = () => {
    form.isReview = false;
    view.redraw();
  };
  return html`<section class="section" data-testid="review-panel">
    <header class="section-head">
      <h3 tabindex="-1" data-focus>
        ${rich('request.reviewTitle', html`<span class="strong">${foreign(request.serverName)}</span>`)}
      </h3>
    </header>
    ${answerTable(form.model, reviewed(form, value))}
    <div class="form-actions">
      ${button(t('request.send'), send, { kind: 'primary', icon: icon('check'), testId: 'send' })}
      ${button(t('request.edit'), change, { testId: 'change' })} ${refusals(view, request)}
    </div>
  </section>`;
}

/** What is reviewed is what is sent: in JSON mode the parsed text. */
function reviewed(form: Form, value: JsonObject): JsonObject {
  if (form.draft.json === undefined) return value;
  try {
    const parsed = JSON.parse(form.draft.json) as Json;
    return isJsonObject(parsed) ? parsed : value;
  } catch {
    return value;
  }
}

async function sendAnswer(view: View, request: RequestRow, form: Form): Promise<void> {
  // Checked once more: the host refuses anything that does not fit.
  const value = await form.submit();
  if (!value) {
    form.isReview = false;
    view.redraw();
    return;
  }
  const isDone = await view.attempt('request.answer', {
    requestId: request.id,
    answer: { kind: 'accept', content: value },
  });
  if (isDone) view.closeForm(form.key);
}

function answerTable(model: FormModel, value: JsonObject): TemplateResult {
  const root = nodeOf(model, model.root);
  const fields = root.kind === 'object' ? root.fields : [];
  // In the order of the form, then whatever else was given.
  const order = (name: string) => {
    const at = fields.findIndex((one) => one.name === name);
    return at < 0 ? fields.length : at;
  };
  const entries = Object.entries(value).sort(([a], [b]) => order(a) - order(b));
  const rows = entries.map(([name, answer]) => {
    const field = fields.find((one) => one.name === name);
    const node = field && nodeOf(model, field);
    const options = node?.kind === 'enum' || node?.kind === 'multi-enum' ? node.options : [];
    const labelOf = (one: Json) => options.find((option) => same(option.value, one))?.label.text;
    const chosen: readonly Json[] = Array.isArray(answer) ? (answer as readonly Json[]) : [answer];
    const labels = options.length > 0 ? chosen.map((one) => labelOf(one) ?? JSON.stringify(one)) : undefined;
    return html`<tr>
      <th scope="row">${foreign(field?.title ?? visibleText(name, { maxLength: 200 }).text)}</th>
      <td>
        ${node?.kind === 'string' && node.input === 'password' ? '••••' : labels ? foreign(labels.join(', ')) : answerText(answer)}
      </td>
    </tr>`;
  });
  if (rows.length === 0) return html`<p class="quiet">${t('request.reviewEmpty')}</p>`;
  return html`<table class="review">
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function answerText(answer: Json): TemplateResult {
  if (typeof answer === 'string')
    return html`<span class="answer">${foreign(visibleText(answer, { maxLength: 5000 }).text)}</span>`;
  if (typeof answer !== 'object' || answer === null) return html`<code>${String(answer)}</code>`;
  return code(JSON.stringify(answer, null, 2), t('form.json'));
}
