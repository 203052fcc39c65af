import { formModel } from './forms/formModel.ts';
import { nodeOf, type FormField, type FormModel } from './forms/model.ts';
import { isSecretField } from './forms/secretFields.ts';
import { parseNumber } from './forms/text.ts';
import type { Json, JsonObject } from './json.ts';

/** A question that one line or one choice answers. */
export type SimpleQuestion =
  | { readonly kind: 'confirm' } // nothing to fill in: yes or no
  | (Named & {
      readonly kind: 'choice';
      readonly options: readonly {
        readonly value: Json;
        readonly label: string;
        readonly isDefault: boolean;
      }[];
    })
  | (Named & {
      readonly kind: 'text';
      readonly isNumber: boolean;
      readonly isInteger: boolean;
      readonly start: string;
    });

interface Named {
  readonly name: string;
  /** Visible text. */
  readonly title: string;
  readonly description: string | undefined;
}

const maxOptions = 50;
const maxSchemaText = 20_000;

/** The schema's only field as a simple question; undefined when it takes the form. */
export function simpleQuestion(schema: JsonObject): SimpleQuestion | undefined {
  if (JSON.stringify(schema).length > maxSchemaText) return undefined;
  const model = formModel(schema);
  const root = nodeOf(model, model.root);
  if (root.kind !== 'object' || root.omitted > 0 || model.limits.length > 0) return undefined;
  const [field, ...others] = root.fields;
  if (!field)
    return schema['properties'] === undefined || isEmpty(schema['properties'])
      ? { kind: 'confirm' }
      : undefined;
  return others.length === 0 && !root.extra ? ofField(model, field) : undefined;
}

function ofField(model: FormModel, field: FormField): SimpleQuestion | undefined {
  const node = nodeOf(model, field);
  if (isSecretField(model, field) || field.isNullable) return undefined;
  const named: Named = {
    name: field.name,
    title: (field.title ?? field.shownName).text,
    description: field.description?.text,
  };
  switch (node.kind) {
    case 'boolean':
      return {
        ...named,
        kind: 'choice',
        options: [true, false].map((value) => ({
          value,
          label: value ? 'Yes' : 'No',
          isDefault: field.default === value,
        })),
      };
    case 'enum':
      if (node.omitted > 0 || node.options.length > maxOptions) return undefined;
      return {
        ...named,
        kind: 'choice',
        options: node.options.map(({ value, label }) => ({
          value,
          label: label.text,
          isDefault: field.default === value,
        })),
      };
    case 'number':
      return { ...named, kind: 'text', isNumber: true, isInteger: node.isInteger, start: startOf(field) };
    case 'string':
      if (node.input === 'multiline' || node.input === 'password') return undefined;
      return { ...named, kind: 'text', isNumber: false, isInteger: false, start: startOf(field) };
    default:
      return undefined;
  }
}

/** The content that a typed line stands for; undefined when it is no number and has to be one. */
export function contentOf(
  question: Extract<SimpleQuestion, { kind: 'text' }>,
  typed: string,
): JsonObject | undefined {
  if (!question.isNumber) return typed === '' ? {} : { [question.name]: typed };
  if (typed.trim() === '') return {};
  const parsed = parseNumber(typed, question.isInteger);
  return parsed.ok ? { [question.name]: parsed.value } : undefined;
}

function startOf({ default: value }: FormField): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isEmpty(properties: Json): boolean {
  return typeof properties === 'object' && properties !== null && Object.keys(properties).length === 0;
}
