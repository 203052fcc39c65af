import { html, nothing, type TemplateResult } from 'lit-html';
import type { ShownText } from '../../src/core/dashboard.ts';
import { setValue } from '../../src/core/forms/draft.ts';
import type { FormField, FormUse } from '../../src/core/forms/model.ts';
import type { Path } from '../../src/core/forms/paths.ts';
import { getAt, pointer } from '../../src/core/forms/paths.ts';
import { button } from '../components/components.ts';
import { foreign, hiddenNote } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { badge } from '../components/parts.ts';
import { t } from '../strings.ts';
import type { Form, FormMessage } from './form.ts';

/** One place of a form while it is drawn. */
export interface Place {
  readonly form: Form;
  readonly use: FormUse;
  readonly path: Path;
  /** What the place is called: the schema's title, else the property name, else its position. */
  readonly label: ShownText | string;
  /** The property name, when the label is something else. */
  readonly name: ShownText | undefined;
  readonly isRequired: boolean;
  /** Takes the place away altogether (an array item, a free property). */
  readonly remove?: (() => void) | undefined;
  /** Further buttons beside the label. */
  readonly tools?: readonly TemplateResult[];
}

/** The place of a property. */
export function fieldPlace(form: Form, field: FormField, path: Path): Place {
  return {
    form,
    use: field,
    path: [...path, field.name],
    label: field.title ?? field.shownName,
    // A name that only repeats the title is noise.
    name:
      field.title && field.title.text.toLowerCase() !== field.shownName.text.toLowerCase()
        ? field.shownName
        : undefined,
    isRequired: field.isRequired,
  };
}

/** The plain text of a label. */
export function labelText(label: ShownText | string): string {
  return typeof label === 'string' ? label : label.text;
}

/** What a screen reader reads for a control: the label, whether it is required, what is wrong and what it is for. */
export function spokenName(place: Place, messages: readonly FormMessage[]): string {
  return [
    labelText(place.label),
    place.isRequired ? t('form.required') : '',
    ...messages.map((message) => message.text),
    place.use.description?.text.slice(0, 300) ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** The frame of a control: label, help, control, hint and messages. */
export function fieldFrame(
  place: Place,
  control: unknown,
  messages: readonly FormMessage[],
  hint = '',
): TemplateResult {
  return html`<div
    class="field ${messages.some((message) => message.isBlocking) ? 'invalid' : ''}"
    data-path=${pointer(place.path)}
  >
    ${fieldHead(place)}
    ${place.use.description ? html`<div class="field-help">${foreign(place.use.description)} ${hiddenNote(place.use.description)}</div>` : nothing}
    <div class="field-control">${control}</div>
    ${hint === '' ? nothing : html`<div class="field-hint">${foreign(hint)}</div>`} ${messageList(messages)}
  </div>`;
}

/** The line with the label of a place. */
export function fieldHead(place: Place): TemplateResult {
  return html`<div class="field-head">
    <span class="field-label" @click=${focusControl}>${foreign(place.label)}</span>${
      place.name ? html` <code class="field-name">${foreign(place.name)}</code>` : nothing
    }
    ${place.isRequired ? html`<span class="required">${t('form.required')}</span>` : nothing}
    ${place.use.isDeprecated ? badge(t('form.deprecated'), { tone: 'warn' }) : nothing}
    <span class="field-tools">${nullTool(place)}${place.tools ?? nothing}${removeTool(place)}</span>
  </div>`;
}

/** Messages of one place. */
export function messageList(messages: readonly FormMessage[]): TemplateResult | typeof nothing {
  if (messages.length === 0) return nothing;
  return html`<ul class="messages">
    ${messages.map(
      (message) =>
        html`<li class=${message.isBlocking ? 'bad' : 'warn'}>
          ${icon(message.isBlocking ? 'error' : 'warning', message.isBlocking ? 'bad' : 'warn')}<span
            >${foreign(message.text)}</span
          >
        </li>`,
    )}
  </ul>`;
}

function nullTool({ form, use, path, label }: Place): TemplateResult | typeof nothing {
  if (!use.isNullable) return nothing;
  const isNull = getAt(form.draft.value, path) === null && form.draft.texts[pointer(path)] === undefined;
  const toggle = () => {
    form.edit(path, (draft) => setValue(draft, path, isNull ? undefined : null));
    form.touch(path);
  };
  return html`<button
    type="button"
    class="chip"
    aria-pressed=${isNull}
    aria-label="${labelText(label)}: ${isNull ? t('form.unsetNull') : t('form.setNull')}"
    title=${isNull ? t('form.unsetNull') : t('form.setNull')}
    @click=${toggle}
  >
    ${t('form.null')}
  </button>`;
}

function removeTool({ form, path, label, remove, isRequired }: Place): TemplateResult | typeof nothing {
  const name = labelText(label);
  if (remove) return button(t('form.remove', name), remove, { kind: 'icon', icon: icon('close') });
  const isSet = getAt(form.draft.value, path) !== undefined || form.draft.texts[pointer(path)] !== undefined;
  if (isRequired || !isSet || path.length === 0) return nothing;
  return button(t('form.clear', name), () => form.edit(path, (draft) => setValue(draft, path, undefined)), {
    kind: 'icon',
    icon: icon('close'),
  });
}

function focusControl(event: Event): void {
  const field = (event.currentTarget as HTMLElement).closest('.field');
  field
    ?.querySelector<HTMLElement>(
      '.field-control :is(vscode-text-field, vscode-text-area, vscode-dropdown, vscode-checkbox, input)',
    )
    ?.focus();
}
