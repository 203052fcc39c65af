import { getLocation } from 'jsonc-parser';
import { member, SchemaRefs } from '../core/forms/schemaRefs.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { visibleJson } from './visibleJson.ts';

/** Something that could be typed at a place in the arguments. */
export interface Suggestion {
  readonly kind: 'property' | 'value';
  /** JSON text to insert. */
  readonly text: string;
  readonly label: string;
  readonly description: string | undefined;
  readonly isRequired: boolean;
  /** The text it replaces. */
  readonly offset: number;
  readonly length: number;
}

const maxSuggestions = 200;
const maxSchemas = 50; // schemas looked at for one place; more are a server's mischief

/** Property names, enum values and defaults that the tool's input schema knows for the place at `offset`. */
export function suggest(schema: JsonObject, text: string, offset: number): readonly Suggestion[] {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  const isInside =
    previousNode !== undefined &&
    previousNode.offset <= offset &&
    offset <= previousNode.offset + previousNode.length;
  const place = isInside
    ? { offset: previousNode.offset, length: previousNode.length }
    : { offset, length: 0 };
  const schemas = new Schemas(schema);
  if (!isAtPropertyKey) {
    const isFirst = place.length > 0 || /[:[,]\s*$/.test(text.slice(0, offset));
    if (!isFirst) return [];
    return unique(
      schemas.at(path).flatMap((at) =>
        valuesOf(at).map((value) => ({
          kind: 'value' as const,
          text: visibleJson(value),
          label: visibleJson(value).replaceAll(/\s+/g, ' '),
          description: undefined,
          isRequired: false,
          ...place,
        })),
      ),
    );
  }
  const hasValue = isInside && /^\s*:/.test(text.slice(place.offset + place.length));
  return unique(
    schemas.at(path.slice(0, -1)).flatMap((at) => {
      const required = new Set(list(member(at, 'required')));
      return Object.entries(object(member(at, 'properties'))).map(([name, property]) => ({
        kind: 'property' as const,
        text: hasValue
          ? visibleJson(name)
          : `${visibleJson(name)}: ${visibleJson(starter(schemas.open(property)))}`,
        label: visibleJson(name).slice(1, -1),
        description: describe(schemas.open(property)),
        isRequired: required.has(name),
        ...place,
      }));
    }),
  );
}

/** What the schema says about the value or property at `offset`, as the server wrote it; undefined when it says nothing. */
export function explain(schema: JsonObject, text: string, offset: number): string | undefined {
  const schemas = new Schemas(schema);
  const texts = schemas.at(getLocation(text, offset).path).flatMap((at) => describe([at]) ?? []);
  return texts.length === 0 ? undefined : [...new Set(texts)].join('\n');
}

/** Finds the schemas that apply to a place, through local references and combinations. */
class Schemas {
  readonly #root: JsonObject;
  readonly #refs: SchemaRefs;

  constructor(root: JsonObject) {
    this.#root = root;
    this.#refs = new SchemaRefs(root);
  }

  at(path: readonly (string | number)[]): readonly JsonObject[] {
    let schemas = this.open(this.#root);
    for (const part of path) schemas = this.#openAll(schemas.flatMap((schema) => below(schema, part)));
    return schemas;
  }

  /** The schema with everything it refers to or combines. */
  open(schema: Json | undefined): readonly JsonObject[] {
    return this.#openAll([schema]);
  }

  #openAll(start: readonly (Json | undefined)[]): readonly JsonObject[] {
    const found = new Set<JsonObject>();
    const queue = [...start];
    for (let at = queue.shift(); queue.length > 0 || at !== undefined; at = queue.shift()) {
      if (!isJsonObject(at) || found.has(at) || found.size >= maxSchemas) continue;
      found.add(at);
      const ref = member(at, '$ref');
      if (typeof ref === 'string') {
        const target = this.#refs.resolve(ref);
        if (target.kind === 'found' && typeof target.schema !== 'boolean') queue.push(target.schema);
      }
      for (const keyword of ['allOf', 'anyOf', 'oneOf'])
        queue.push(...list(member(at, keyword)).slice(0, maxSchemas));
      for (const keyword of ['then', 'else']) queue.push(member(at, keyword));
    }
    return [...found];
  }
}

function below(schema: JsonObject, part: string | number): (Json | undefined)[] {
  if (typeof part === 'number') {
    const prefix = list(member(schema, 'prefixItems'))[part];
    return [prefix ?? member(schema, 'items')];
  }
  const properties = object(member(schema, 'properties'));
  return [Object.hasOwn(properties, part) ? properties[part] : member(schema, 'additionalProperties')];
}

function valuesOf(schema: JsonObject): readonly Json[] {
  const constant = member(schema, 'const');
  const preset = member(schema, 'default');
  const types = [member(schema, 'type')].flat();
  return [
    ...(preset === undefined ? [] : [preset]),
    ...(constant === undefined ? [] : [constant]),
    ...list(member(schema, 'enum')),
    ...list(member(schema, 'examples')),
    ...(types.includes('boolean') ? [true, false] : []),
    ...(types.includes('null') ? [null] : []),
  ];
}

/** A first value for a property: its default, else the emptiest value of its type. */
function starter(schemas: readonly JsonObject[]): Json {
  for (const schema of schemas) {
    const [value] = valuesOf(schema);
    if (value !== undefined) return value;
  }
  for (const schema of schemas) {
    const [type] = [member(schema, 'type')].flat();
    const empty = typeof type === 'string' ? emptyOf[type] : undefined;
    if (empty !== undefined) return empty;
  }
  return '';
}

const emptyOf: Readonly<Record<string, Json>> = { object: {}, array: [], number: 0, integer: 0, string: '' };

function describe(schemas: readonly JsonObject[]): string | undefined {
  for (const schema of schemas) {
    const parts = [member(schema, 'title'), member(schema, 'description')].filter(
      (part): part is string => typeof part === 'string' && part !== '',
    );
    if (parts.length > 0) return parts.join('\n');
  }
  return undefined;
}

function unique(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  return [...new Map(suggestions.map((suggestion) => [suggestion.text, suggestion])).values()].slice(
    0,
    maxSuggestions,
  );
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
