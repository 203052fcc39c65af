import { isJsonObject, jsonItems, type Json, type JsonObject } from './json.ts';
import { canonicalJson } from './util/canonicalJson.ts';

/** Keywords that speak to people and models only. */
export const schemaTexts = new Set([
  'title',
  'description',
  'markdownDescription',
  '$comment',
  'examples',
  'enumNames',
  'enumDescriptions',
]);
/** Keywords that hold schemas by name. */
export const schemaMaps = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);
/** Keywords that demand nothing of a value. */
export const schemaAnnotations = new Set([
  ...schemaTexts,
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$id',
  '$defs',
  'definitions',
]);

/** How much a boolean schema takes, an object schema lying between. */
export function roomOf(schema: Json): number {
  return schema === false ? 0 : schema === true || (isJsonObject(schema) && isFree(schema)) ? 2 : 1;
}

function isFree(schema: JsonObject): boolean {
  return Object.keys(schema).every((name) => schemaAnnotations.has(name));
}

/** A schema with what its local reference leads to; its own members win. Stops where references run in a circle. */
export function followed(schema: JsonObject, root: Json): JsonObject {
  let result = schema;
  for (let i = 0; i < 32; i++) {
    const target = referred(result, root);
    if (!target) return result;
    const { $ref: _, ...siblings } = result;
    result = { ...target, ...siblings };
  }
  return result;
}

/** What the local reference of a schema leads to, one step far. */
export function referred(schema: JsonObject, root: Json): JsonObject | undefined {
  const ref = own(schema, '$ref');
  const target = typeof ref === 'string' ? lookUp(root, ref) : undefined;
  return isJsonObject(target) ? target : undefined;
}

function lookUp(root: Json, ref: string): Json | undefined {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return undefined;
  let found: Json | undefined = root;
  for (const part of ref.slice(2).split('/')) {
    const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = (found as readonly Json[])[Number(name)];
    else found = isJsonObject(found) ? own(found, name) : undefined;
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The types that a schema takes; undefined for every one. A number may be an integer. */
export function typesOf(schema: JsonObject): ReadonlySet<string> | undefined {
  const type = own(schema, 'type');
  const named = (typeof type === 'string' ? [type] : jsonItems(type)).filter(
    (item) => typeof item === 'string',
  );
  if (named.length === 0) return undefined;
  const types = new Set(named);
  if (types.has('number')) types.add('integer');
  if (own(schema, 'nullable') === true) types.add('null');
  return types;
}

/** The values that a schema takes, by canonical form; undefined where it does not list them. */
export function valuesOf(schema: JsonObject): ReadonlyMap<string, Json> | undefined {
  const constant = own(schema, 'const');
  const listed = own(schema, 'enum');
  const values = constant !== undefined ? [constant] : Array.isArray(listed) ? jsonItems(listed) : undefined;
  return values && new Map(values.map((value) => [canonicalJson(value), value]));
}

/** What a schema offers to choose from. */
export interface Alternatives {
  readonly name: 'anyOf' | 'oneOf';
  readonly items: readonly Json[];
  /** Nothing else is demanded. */
  readonly isAll: boolean;
}

/** The alternatives of a schema; undefined when it has none. */
export function alternativesOf(schema: JsonObject): Alternatives | undefined {
  const name = Array.isArray(own(schema, 'anyOf'))
    ? 'anyOf'
    : Array.isArray(own(schema, 'oneOf'))
      ? 'oneOf'
      : undefined;
  if (!name) return undefined;
  const isAll = Object.keys(schema).every((key) => key === name || schemaAnnotations.has(key));
  return { name, items: jsonItems(schema[name]), isAll };
}

/** A schema without alternatives as the one alternative, where the other side consists of nothing else. */
export function alone(schema: JsonObject, other: Alternatives | undefined): readonly Json[] | undefined {
  if (!other?.isAll || isFree(schema)) return undefined;
  return [Object.fromEntries(Object.entries(schema).filter(([name]) => !schemaAnnotations.has(name)))];
}

/** The required names. */
export function namesOf(schema: JsonObject): ReadonlySet<string> {
  return new Set(jsonItems(own(schema, 'required')).filter((name) => typeof name === 'string'));
}

/** A member that is an object, else an empty one. */
export function objectOf(schema: JsonObject, name: string): JsonObject {
  const value = own(schema, name);
  return isJsonObject(value) ? value : {};
}

/** The member of an object that is its own. */
export function own(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** True for equal JSON values, and for two missing ones. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}

/** A name as a step of a JSON Pointer (RFC 6901). */
export function step(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
