import { html, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { setJson, setNumber, setString, setValue, textAt } from '../../src/core/forms/draft.ts';
import { same } from '../../src/core/forms/emptyValue.ts';
import type {
  BooleanNode,
  ConstNode,
  EnumNode,
  JsonNode,
  MultiEnumNode,
  NumberNode,
  StringNode,
} from '../../src/core/forms/model.ts';
import { getAt, pointer } from '../../src/core/forms/paths.ts';
import { fromLocalDateTime, offsetOf, toLocalDateTime } from '../../src/core/forms/text.ts';
import type { Json } from '../../src/core/json.ts';
import {
  button,
  checkbox,
  dropdown,
  textArea,
  textField,
  type DropdownOption,
} from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { afterPress } from '../components/release.ts';
import { number } from '../format.ts';
import { count, t } from '../strings.ts';
import { fieldFrame, labelText, spokenName, type Place } from './field.ts';
import type { FormMessage } from './form.ts';

/** A string field: one line, several lines, secret, or a picker for dates. */
export function stringField(place: Place, node: StringNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const value = textAt(form.draft, path, node);
  const at = pointer(path);
  const edit = (text: string) => form.edit(path, (draft) => setString(draft, path, text));
  const common = {
    name: spokenName(place, messages),
    value,
    onInput: edit,
    onDone: () => form.touch(path),
    placeholder: node.example?.text,
    isInvalid: isInvalid(messages),
    isRequired: place.isRequired,
  };
  const isPlain = node.input === 'text' || node.input === 'multiline';
  if (node.input === 'date' || node.input === 'date-time') return dateField(place, node, messages);
  if (isPlain && (node.input === 'multiline' || form.multiline.has(at) || value.includes('\n'))) {
    return fieldFrame(
      place,
      textArea({ ...common, rows: Math.min(16, Math.max(4, value.split('\n').length + 1)) }),
      messages,
      lengthHint(node),
    );
  }
  const widen = () => {
    form.multiline.add(at);
    form.touch(path);
  };
  // A one-line input would silently drop the line breaks of pasted text.
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.getData('text/plain') ?? '';
    if (!isPlain || !pasted.includes('\n')) return;
    event.preventDefault();
    widen();
    edit(value + pasted);
  };
  const tools = isPlain
    ? [
        ...(place.tools ?? []),
        button(t('form.multiline', labelText(place.label)), widen, { kind: 'icon', icon: icon('lines') }),
      ]
    : (place.tools ?? []);
  const type =
    node.input === 'uri' ? 'url' : node.input === 'email' || node.input === 'password' ? node.input : 'text';
  return fieldFrame({ ...place, tools }, textField({ ...common, type, onPaste }), messages, lengthHint(node));
}

function dateField(place: Place, node: StringNode, messages: readonly FormMessage[]): TemplateResult {
  const { form, path } = place;
  const value = textAt(form.draft, path, node);
  const isTime = node.input === 'date-time';
  const local = isTime ? toLocalDateTime(value) : value;
  // A value that no picker can hold (a default in another spelling) stays editable as text.
  if (value !== '' && (local === undefined || (!isTime && !/^\d{4}-\d{2}-\d{2}$/.test(value)))) {
    return stringField(place, { ...node, input: 'text' });
  }
  const change = (event: Event) => {
    const typed = (event.currentTarget as HTMLInputElement).value;
    form.edit(path, (draft) => setString(draft, path, isTime ? (fromLocalDateTime(typed) ?? '') : typed));
  };
  const control = html`<input
    class="native"
    type=${isTime ? 'datetime-local' : 'date'}
    step=${isTime ? '1' : 'any'}
    aria-label=${spokenName(place, messages)}
    aria-invalid=${isInvalid(messages)}
    ?data-invalid=${isInvalid(messages)}
    .value=${live(local ?? '')}
    @change=${change}
    @blur=${() => afterPress(() => form.touch(path))}
  />`;
  return fieldFrame(
    place,
    control,
    messages,
    isTime ? t('form.localTime', value === '' ? offsetOf(new Date()) : value) : '',
  );
}

/** A number field; the text stays as typed while it is no number. */
export function numberField(place: Place, node: NumberNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const control = textField({
    name: spokenName(place, messages),
    value: textAt(form.draft, path, node),
    onInput: (text) => form.edit(path, (draft) => setNumber(draft, path, node, text)),
    onDone: () => form.touch(path),
    placeholder: node.example?.text,
    isInvalid: isInvalid(messages),
    isRequired: place.isRequired,
  });
  return fieldFrame(place, html`<div class="short">${control}</div>`, messages, rangeHint(node));
}

/** A check box where a value is required, else a choice that can also be left open. */
export function booleanField(place: Place, _node: BooleanNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const value = getAt(form.draft.value, path);
  const set = (next: Json | undefined) => {
    form.edit(path, (draft) => setValue(draft, path, next));
    form.touch(path);
  };
  if (place.isRequired && typeof value === 'boolean') {
    const control = checkbox({
      label: value ? t('form.true') : t('form.false'),
      name: spokenName(place, messages),
      isChecked: value,
      onChange: set,
    });
    return fieldFrame(place, control, messages);
  }
  const control = dropdown({
    name: spokenName(place, messages),
    value: typeof value === 'boolean' ? String(value) : '',
    options: [
      { value: '', label: place.isRequired ? t('form.choose') : t('form.notSet') },
      { value: 'true', label: t('form.true') },
      { value: 'false', label: t('form.false') },
    ],
    isInvalid: isInvalid(messages),
    onChange: (chosen) => set(chosen === '' ? undefined : chosen === 'true'),
  });
  return fieldFrame(place, html`<div class="short">${control}</div>`, messages);
}

/** One value out of an enumeration. */
export function enumField(place: Place, node: EnumNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const value = getAt(form.draft.value, path);
  const at = value === undefined ? -1 : node.options.findIndex((option) => same(option.value, value));
  // A value that is not on the list is shown, not silently replaced.
  const stray: DropdownOption[] =
    value !== undefined && at < 0 ? [{ value: 'stray', label: foreign(JSON.stringify(value)) }] : [];
  const control = dropdown({
    name: spokenName(place, messages),
    value: at >= 0 ? String(at) : stray.length > 0 ? 'stray' : '',
    options: [
      { value: '', label: place.isRequired ? t('form.choose') : t('form.notSet') },
      ...stray,
      ...node.options.map((option, i) => ({ value: String(i), label: foreign(option.label) })),
    ],
    isInvalid: isInvalid(messages),
    onChange: (chosen) => {
      if (chosen === 'stray') return;
      form.edit(path, (draft) =>
        setValue(draft, path, chosen === '' ? undefined : node.options[Number(chosen)]?.value),
      );
      form.touch(path);
    },
  });
  return fieldFrame(
    place,
    control,
    messages,
    node.omitted > 0 ? count('form.optionsOmitted', node.omitted) : '',
  );
}

/** Any number of values out of an enumeration, as check boxes. */
export function multiEnumField(place: Place, node: MultiEnumNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const value = getAt(form.draft.value, path);
  const chosen: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [];
  const stray = chosen.filter((one) => !node.options.some((option) => same(option.value, one)));
  const flip = (option: Json, isOn: boolean) => {
    const rest = chosen.filter((one) => !same(one, option));
    // In the order of the list, so that the answer does not depend on the order of clicks.
    const next = isOn
      ? [
          ...node.options
            .map((one) => one.value)
            .filter((one) => same(one, option) || rest.some((other) => same(other, one))),
          ...stray,
        ]
      : rest;
    form.edit(path, (draft) =>
      setValue(draft, path, next.length === 0 && !place.isRequired ? undefined : next),
    );
    form.touch(path);
  };
  const all = [...node.options, ...stray.map((one) => ({ value: one, label: JSON.stringify(one) }))];
  const shownCount = form.shown.get(pointer(path)) ?? 50;
  const control = html`<div
    class="choices"
    role="group"
    aria-label=${spokenName(place, messages)}
    ?data-invalid=${isInvalid(messages)}
    tabindex="-1"
  >
    ${all.slice(0, shownCount).map((option) =>
      checkbox({
        label: foreign(option.label),
        isChecked: chosen.some((one) => same(one, option.value)),
        onChange: (isOn) => flip(option.value, isOn),
      }),
    )}
    ${
      all.length > shownCount
        ? button(count('form.showItems', all.length - shownCount), () => {
            form.shown.set(pointer(path), shownCount + 200);
            form.touch([...path, shownCount]);
          })
        : ''
    }
  </div>`;
  return fieldFrame(
    place,
    control,
    messages,
    node.omitted > 0 ? count('form.optionsOmitted', node.omitted) : itemsHint(node.minItems, node.maxItems),
  );
}

/** A value that the schema fixes. */
export function constField(place: Place, node: ConstNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const value = getAt(form.draft.value, path);
  if (value !== undefined && same(value, node.value))
    return fieldFrame(place, html`<code>${foreign(node.label)}</code>`, messages, t('form.fixedValue'));
  const set = button(
    t('form.add', node.label.text),
    () => form.edit(path, (draft) => setValue(draft, path, node.value)),
    { icon: icon('plus') },
  );
  return fieldFrame(place, set, messages);
}

/** A subtree as JSON text. */
export function jsonField(place: Place, node: JsonNode): TemplateResult {
  const { form, path } = place;
  const messages = form.messagesAt(path, 'leaf');
  const value = textAt(form.draft, path, { kind: 'json' });
  const control = textArea({
    name: `${spokenName(place, messages)}, ${t('form.json')}`,
    value,
    onInput: (text) => form.edit(path, (draft) => setJson(draft, path, text)),
    onDone: () => form.touch(path),
    isInvalid: isInvalid(messages),
    rows: Math.min(16, Math.max(2, value.split('\n').length)),
    isCode: true,
  });
  return fieldFrame(place, control, messages, t(`form.json.${node.reason}`));
}

function isInvalid(messages: readonly FormMessage[]): boolean {
  return messages.some((message) => message.isBlocking);
}

function lengthHint({ minLength, maxLength, format, input }: StringNode): string {
  const isTold = format !== undefined && input === 'text';
  return [isTold ? format : '', rangeText(minLength, maxLength, (range) => t('form.characters', range))]
    .filter((part) => part !== '')
    .join(' · ');
}

function rangeHint(node: NumberNode): string {
  const whole = node.isInteger ? t('form.wholeNumber') : '';
  const { minimum, maximum, isMinimumExclusive, isMaximumExclusive } = node;
  if (!isMinimumExclusive && !isMaximumExclusive)
    return [whole, rangeText(minimum, maximum, (range) => range)].filter((part) => part !== '').join(' · ');
  const low =
    minimum === undefined ? '' : t(isMinimumExclusive ? 'form.moreThan' : 'form.atLeast', number(minimum));
  const high =
    maximum === undefined ? '' : t(isMaximumExclusive ? 'form.lessThan' : 'form.atMost', number(maximum));
  return [whole, low, high].filter((part) => part !== '').join(' · ');
}

/** Bounds on the number of items, in words. */
export function itemsHint(minItems: number, maxItems: number | undefined): string {
  return rangeText(minItems === 0 ? undefined : minItems, maxItems, (range) => range);
}

function rangeText(
  low: number | undefined,
  high: number | undefined,
  wrap: (range: string) => string,
): string {
  if (low !== undefined && high !== undefined)
    return wrap(low === high ? number(low) : t('form.range', number(low), number(high)));
  if (low !== undefined) return wrap(t('form.atLeast', number(low)));
  return high === undefined ? '' : wrap(t('form.atMost', number(high)));
}
