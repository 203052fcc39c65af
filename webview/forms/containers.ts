import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import {
  addItem,
  branchAt,
  chooseBranch,
  moveItem,
  removeItem,
  setValue,
} from '../../src/core/forms/draft.ts';
import { newItem } from '../../src/core/forms/emptyValue.ts';
import type { ArrayNode, ChoiceNode, FormUse, ObjectNode } from '../../src/core/forms/model.ts';
import { nodeOf } from '../../src/core/forms/model.ts';
import { getAt, pointer, type Path } from '../../src/core/forms/paths.ts';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { shown } from '../../src/core/shown.ts';
import { button, dropdown, textField } from '../components/components.ts';
import { foreign } from '../components/foreign.ts';
import { icon } from '../components/icons.ts';
import { count, t } from '../strings.ts';
import {
  fieldFrame,
  fieldHead,
  fieldPlace,
  labelText,
  messageList,
  spokenName,
  type Place,
} from './field.ts';
import type { Form } from './form.ts';
import {
  booleanField,
  constField,
  enumField,
  itemsHint,
  jsonField,
  multiEnumField,
  numberField,
  stringField,
} from './scalars.ts';

const fieldsAtOnce = 40;
const itemsAtOnce = 30;

/** The control of a place, whatever its schema. */
export function placeView(place: Place): TemplateResult {
  const node = nodeOf(place.form.model, place.use);
  const isNull =
    place.use.isNullable &&
    getAt(place.form.draft.value, place.path) === null &&
    place.form.draft.texts[pointer(place.path)] === undefined;
  if (isNull) return fieldFrame(place, html`<code>null</code>`, place.form.messagesAt(place.path, 'leaf'));
  switch (node.kind) {
    case 'string':
      return stringField(place, node);
    case 'number':
      return numberField(place, node);
    case 'boolean':
      return booleanField(place, node);
    case 'enum':
      return enumField(place, node);
    case 'multi-enum':
      return multiEnumField(place, node);
    case 'const':
      return constField(place, node);
    case 'json':
      return jsonField(place, node);
    case 'choice':
      return choiceView(place, node);
    case 'object':
      return optional(place, () => objectGroup(place, node));
    case 'array':
      return optional(place, () => arrayGroup(place, node));
  }
}

/** A container that is not there yet is one button; required ones are there from the start. */
function optional(place: Place, group: () => TemplateResult): TemplateResult {
  const { form, path, use, label } = place;
  if (getAt(form.draft.value, path) !== undefined) return group();
  const add = () => form.edit(path, (draft) => setValue(draft, path, newItem(form.model, use)));
  return fieldFrame(
    place,
    button(t('form.add', labelText(label)), add, { icon: icon('plus') }),
    form.messagesAt(path, 'leaf'),
  );
}

function group(place: Place, content: unknown, hint = ''): TemplateResult {
  if (place.path.length === 0) return html`${content}`;
  return html`<div
    class="group field"
    role="group"
    aria-label=${labelText(place.label)}
    data-path=${pointer(place.path)}
  >
    ${fieldHead(place)}
    ${place.use.description ? html`<div class="field-help">${foreign(place.use.description)}</div>` : nothing}
    ${hint === '' ? nothing : html`<div class="field-hint">${hint}</div>`}
    <div class="group-body">${content}</div>
  </div>`;
}

function objectGroup(place: Place, node: ObjectNode): TemplateResult {
  return group(place, objectFields(place.form, node, place.path));
}

/** The fields of an object, then its free properties. */
export function objectFields(form: Form, node: ObjectNode, path: Path): TemplateResult {
  const at = pointer(path);
  const limit = Math.max(form.shown.get(at) ?? fieldsAtOnce, lastProblem(form, node, at) + 1);
  const value = getAt(form.draft.value, path);
  const known = new Set(node.fields.map((field) => field.name));
  const isStray =
    isJsonObject(value) && node.omitted === 0 && Object.keys(value).some((name) => !known.has(name));
  return html`${repeat(
    node.fields.slice(0, limit),
    (field) => field.name,
    (field) => placeView(fieldPlace(form, field, path)),
  )}
  ${
    node.fields.length > limit
      ? button(count('form.showAll', node.fields.length - limit), () => {
          form.shown.set(at, limit + 100);
          form.redraw();
        })
      : nothing
  }
  ${node.omitted > 0 ? html`<p class="quiet">${count('form.omitted', node.omitted)}</p>` : nothing}
  ${node.extra || isStray ? freeProperties(form, node, path, known) : nothing}
  ${messageList(form.messagesAt(path, 'exact'))}`;
}

/** The index of the last field that something is wrong with, so that it is never hidden behind a button. */
function lastProblem(form: Form, node: ObjectNode, at: string): number {
  const paths = form.messages().map((message) => message.path);
  if (paths.length === 0 || node.fields.length <= fieldsAtOnce) return -1;
  return node.fields.findLastIndex((field) =>
    paths.some((path) => path.startsWith(`${at}${pointer([field.name])}`)),
  );
}

function freeProperties(
  form: Form,
  node: ObjectNode,
  path: Path,
  known: ReadonlySet<string>,
): TemplateResult {
  const value = getAt(form.draft.value, path);
  const names = isJsonObject(value) ? Object.keys(value).filter((name) => !known.has(name)) : [];
  const at = pointer(path);
  const use: FormUse = node.extra ?? {
    node: -1,
    title: undefined,
    description: undefined,
    default: undefined,
    isNullable: false,
    isDeprecated: false,
  };
  const typed = form.newNames.get(at) ?? '';
  const isTaken = isJsonObject(value) && Object.hasOwn(value, typed);
  const add = () => {
    if (typed === '' || isTaken) return;
    form.newNames.delete(at);
    form.edit([...path, typed], (draft) => setValue(draft, [...path, typed], newItem(form.model, use)));
  };
  return html`${names.slice(0, form.shown.get(`${at}/`) ?? fieldsAtOnce).map((name) =>
    placeView({
      form,
      use,
      path: [...path, name],
      label: shown(name, 200),
      name: undefined,
      isRequired: true,
      remove: () => form.edit([...path, name], (draft) => setValue(draft, [...path, name], undefined)),
    }),
  )}
  ${
    node.extra
      ? html`<div
          class="add-property"
          @keydown=${(event: KeyboardEvent) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            event.stopPropagation();
            add();
          }}
        >
          ${textField({
            name: isTaken ? t('form.propertyExists') : t('form.propertyName'),
            value: typed,
            placeholder: t('form.propertyName'),
            isInvalid: false,
            onInput: (text) => {
              form.newNames.set(at, text);
              form.redraw();
            },
          })}
          ${button(t('form.addProperty'), add, { icon: icon('plus'), isDisabled: typed === '' || isTaken })}
          ${isTaken ? html`<span class="quiet">${t('form.propertyExists')}</span>` : nothing}
        </div>`
      : nothing
  }`;
}

function arrayGroup(place: Place, node: ArrayNode): TemplateResult {
  const { form, path } = place;
  const value = getAt(form.draft.value, path);
  const items: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [];
  const at = pointer(path);
  const problems = form.messages().map((message) => message.path);
  const broken = items.findLastIndex((_, i) => problems.some((problem) => problem.startsWith(`${at}/${i}`)));
  const limit = Math.max(form.shown.get(at) ?? itemsAtOnce, broken + 1);
  const { item } = node;
  const canAdd = item !== undefined && (node.maxItems === undefined || items.length < node.maxItems);
  const add = () => {
    const use = node.prefix[items.length] ?? item;
    if (!use) return;
    form.shown.set(at, Math.max(limit, items.length + 1));
    form.edit(path, (draft) => addItem(draft, path, form.model, use));
  };
  return group(
    place,
    html`${items.slice(0, limit).map((_, i) => itemView(place, node, items.length, i))}
    ${
      items.length > limit
        ? button(count('form.showItems', items.length - limit), () => {
            form.shown.set(at, limit + 100);
            form.redraw();
          })
        : nothing
    }
    ${messageList(form.messagesAt(path, 'exact'))}
    ${canAdd || items.length < node.prefix.length ? html`<div>${button(t('form.addItem'), add, { icon: icon('plus'), name: `${labelText(place.label)}: ${t('form.addItem')}` })}</div>` : nothing}`,
    itemsHint(node.minItems, node.maxItems),
  );
}

function itemView(place: Place, node: ArrayNode, total: number, i: number): TemplateResult {
  const { form, path } = place;
  const use = node.prefix[i] ?? node.item;
  const label = use?.title ?? t('form.item', i + 1);
  const name = `${labelText(place.label)} ${i + 1}`;
  const move = (to: number) => () => form.edit(path, (draft) => moveItem(draft, path, i, to));
  const isFixed = i < node.prefix.length;
  return placeView({
    form,
    use: use ?? {
      node: -1,
      title: undefined,
      description: undefined,
      default: undefined,
      isNullable: false,
      isDeprecated: false,
    },
    path: [...path, i],
    label,
    name: undefined,
    isRequired: true,
    remove: () => form.edit(path, (draft) => removeItem(draft, path, i)),
    tools: isFixed
      ? []
      : [
          button(t('form.moveUp', name), move(i - 1), {
            kind: 'icon',
            icon: icon('up'),
            isDisabled: i <= node.prefix.length,
          }),
          button(t('form.moveDown', name), move(i + 1), {
            kind: 'icon',
            icon: icon('down'),
            isDisabled: i >= total - 1,
          }),
        ],
  });
}

/** A place where the schema leaves a choice: which alternative, then its fields. */
export function choiceView(place: Place, node: ChoiceNode): TemplateResult {
  const { form, path } = place;
  const value = getAt(form.draft.value, path);
  const isAbsent =
    value === undefined &&
    form.draft.branches[pointer(path)] === undefined &&
    !place.isRequired &&
    form.draft.texts[pointer(path)] === undefined;
  const chosen = branchAt(form.draft, form.model, path, node);
  const branch = node.branches[chosen];
  const name = t('form.kind', labelText(place.label));
  const pick = dropdown({
    name,
    value: isAbsent ? '' : String(chosen),
    options: [
      ...(place.isRequired ? [] : [{ value: '', label: t('form.notSet') }]),
      ...node.branches.map((one, i) => ({
        value: String(i),
        label: one.label ? foreign(one.label) : t('form.option', i + 1),
      })),
    ],
    onChange: (next) => {
      form.edit(path, (draft) =>
        next === ''
          ? setValue(draft, path, undefined)
          : chooseBranch(draft, form.model, path, node, Number(next)),
      );
      form.touch(path);
    },
  });
  if (isAbsent || !branch) return fieldFrame(place, pick, form.messagesAt(path, 'leaf'));
  const inner = nodeOf(form.model, branch);
  const label = branch.label ?? t('form.option', chosen + 1);
  const content =
    inner.kind === 'object'
      ? html`${branch.description ? html`<div class="field-help">${foreign(branch.description)}</div>` : nothing}${objectFields(form, inner, path)}`
      : placeView({ form, use: branch, path, label, name: undefined, isRequired: true });
  return group(
    place,
    html`<div class="choice" aria-label=${spokenName(place, [])}>${pick}</div>
      ${content}`,
  );
}
