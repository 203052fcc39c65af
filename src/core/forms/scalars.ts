import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { shown, shownIfAny } from '../shown.ts';
import type { FormOption, NumberNode, StringInput, StringNode } from './model.ts';
import { member } from './schemaRefs.ts';

const maxOptions = 500;
const maxLabel = 200;
const longText = 400; // a string that may be longer gets more than one line

const typeNames: ReadonlySet<string> = new Set([
  'string',
  'number',
  'integer',
  'boolean',
  'object',
  'array',
  'null',
]);

/** True for the names that JSON Schema's `type` may hold. */
export function isScalarType(name: string): boolean {
  return typeNames.has(name);
}

/** The options of an enumeration in any of its spellings: `enum` (with `enumNames`), or `oneOf`/`anyOf` of titled constants. */
export function optionsOf(
  schema: JsonObject,
): { readonly options: readonly FormOption[]; readonly omitted: number } | undefined {
  const values = member(schema, 'enum');
  if (Array.isArray(values)) {
    const names = member(schema, 'enumNames');
    const labels: readonly Json[] = Array.isArray(names) ? (names as readonly Json[]) : [];
    return capped(values as readonly Json[], (value, i) => ({ value, label: optionLabel(value, labels[i]) }));
  }
  const parts = member(schema, 'oneOf') ?? member(schema, 'anyOf');
  if (!Array.isArray(parts) || parts.length === 0) return undefined;
  const constants = (parts as readonly Json[]).filter(isConstant);
  if (constants.length !== parts.length) return undefined;
  return capped(constants, (part) => {
    const value = constantOf(part) as Json;
    return { value, label: optionLabel(value, member(part, 'title') ?? member(part, 'description')) };
  });
}

function isConstant(part: Json): part is JsonObject {
  return isJsonObject(part) && constantOf(part) !== undefined;
}

function constantOf(part: JsonObject): Json | undefined {
  const constant = member(part, 'const');
  if (constant !== undefined) return constant;
  const values = member(part, 'enum');
  return Array.isArray(values) && values.length === 1 ? (values[0] as Json) : undefined;
}

function optionLabel(value: Json, title: Json | undefined): FormOption['label'] {
  const own = typeof value === 'string' ? value : JSON.stringify(value);
  return shown(typeof title === 'string' && title.trim() !== '' ? title : own, maxLabel);
}

function capped<T>(all: readonly T[], map: (value: T, i: number) => FormOption) {
  return { options: all.slice(0, maxOptions).map(map), omitted: Math.max(0, all.length - maxOptions) };
}

const inputs: Readonly<Record<string, StringInput>> = {
  email: 'email',
  'idn-email': 'email',
  uri: 'uri',
  iri: 'uri',
  url: 'uri',
  date: 'date',
  'date-time': 'date-time',
  password: 'password',
  textarea: 'multiline',
  multiline: 'multiline',
  markdown: 'multiline',
};

/** The node of a string schema. */
export function stringNode(schema: JsonObject): StringNode {
  const format = member(schema, 'format');
  const maxLength = numberIn(schema, 'maxLength');
  const known = typeof format === 'string' && Object.hasOwn(inputs, format) ? inputs[format] : undefined;
  const isLong =
    Object.hasOwn(schema, 'contentMediaType') ||
    (maxLength !== undefined && maxLength >= longText && typeof format !== 'string');
  const pattern = member(schema, 'pattern');
  return {
    kind: 'string',
    input: known ?? (member(schema, 'writeOnly') === true ? 'password' : isLong ? 'multiline' : 'text'),
    format: typeof format === 'string' ? shown(format, 40).text : undefined,
    minLength: numberIn(schema, 'minLength'),
    maxLength,
    pattern: typeof pattern === 'string' ? shownIfAny(pattern, maxLabel) : undefined,
    example: exampleOf(schema),
  };
}

/** The node of a number or integer schema; draft-04's boolean exclusive bounds are understood too. */
export function numberNode(schema: JsonObject, isInteger: boolean): NumberNode {
  const minimum = numberIn(schema, 'minimum');
  const maximum = numberIn(schema, 'maximum');
  const above = numberIn(schema, 'exclusiveMinimum');
  const below = numberIn(schema, 'exclusiveMaximum');
  const isAbove = above !== undefined && (minimum === undefined || above >= minimum);
  const isBelow = below !== undefined && (maximum === undefined || below <= maximum);
  return {
    kind: 'number',
    isInteger,
    minimum: isAbove ? above : minimum,
    maximum: isBelow ? below : maximum,
    isMinimumExclusive: isAbove || member(schema, 'exclusiveMinimum') === true,
    isMaximumExclusive: isBelow || member(schema, 'exclusiveMaximum') === true,
    example: exampleOf(schema),
  };
}

function exampleOf(schema: JsonObject): StringNode['example'] {
  const examples = member(schema, 'examples');
  const example = Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined;
  return typeof example === 'string' || typeof example === 'number'
    ? shownIfAny(String(example), 80)
    : undefined;
}

function numberIn(schema: JsonObject, key: string): number | undefined {
  const value = member(schema, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
