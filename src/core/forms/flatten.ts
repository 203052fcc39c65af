import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { JsonReason } from './model.ts';
import type { SchemaRefs } from './schemaRefs.ts';
import { member } from './schemaRefs.ts';

/** A schema without `$ref` and `allOf` at its top, or why that is not possible. */
export type FlatSchema =
  | { readonly kind: 'schema'; readonly schema: JsonObject; readonly merged: number } // properties that were copied
  | { readonly kind: 'never' } // the schema `false`
  | { readonly kind: 'opaque'; readonly reason: JsonReason };

/** Keywords that may stand beside a `$ref` without changing what values fit. */
const annotations: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly', 'examples', 'nullable'],
  ...['$comment', '$schema', '$id', '$defs', 'definitions'],
]);
const maxHops = 64;

/** Follows references that stand alone (only annotations beside them); the result is the schema object to key a node by. */
export function target(
  schema: Json,
  refs: SchemaRefs,
): { readonly schema: Json; readonly reason?: JsonReason } {
  let at = schema;
  const seen = new Set<Json>();
  while (isJsonObject(at)) {
    const ref = refOf(at);
    if (ref === undefined || Object.keys(at).some((key) => !annotations.has(key) && !isRefKeyword(key)))
      return { schema: at };
    if (seen.has(at) || seen.size >= maxHops) return { schema: at, reason: 'bad-ref' };
    seen.add(at);
    const found = refs.resolve(ref);
    if (found.kind !== 'found')
      return { schema: at, reason: found.kind === 'external' ? 'external-ref' : 'bad-ref' };
    at = found.schema;
  }
  return { schema: at };
}

/** Merges `$ref` with its siblings and all `allOf` parts into one schema object. */
export function flatten(schema: Json, refs: SchemaRefs): FlatSchema {
  const parts: JsonObject[] = [];
  const problem = collect(schema, refs, parts, new Set());
  if (problem) return problem;
  const [first, ...rest] = parts;
  if (!first) return { kind: 'opaque', reason: 'any' };
  if (rest.length === 0) return { kind: 'schema', schema: first, merged: 0 };
  let schemaSoFar = first;
  let merged = 0;
  for (const part of rest) {
    schemaSoFar = merge(schemaSoFar, part);
    merged += propertyCount(schemaSoFar);
  }
  return { kind: 'schema', schema: schemaSoFar, merged };
}

function propertyCount(schema: JsonObject): number {
  const properties = member(schema, 'properties');
  return isJsonObject(properties) ? Object.keys(properties).length : 0;
}

function collect(
  schema: Json,
  refs: SchemaRefs,
  parts: JsonObject[],
  seen: Set<Json>,
): FlatSchema | undefined {
  if (schema === true) return undefined;
  if (schema === false) return { kind: 'never' };
  if (!isJsonObject(schema)) return { kind: 'opaque', reason: 'unsupported' };
  if (seen.has(schema)) return undefined; // a part that was taken already adds nothing
  if (seen.size >= maxHops) return { kind: 'opaque', reason: 'unsupported' };
  seen.add(schema);
  const ref = refOf(schema);
  const allOf = member(schema, 'allOf');
  const own =
    ref === undefined && allOf === undefined
      ? schema
      : without(schema, (key) => isRefKeyword(key) || key === 'allOf');
  parts.push(own);
  if (ref !== undefined) {
    const found = refs.resolve(ref);
    if (found.kind !== 'found')
      return { kind: 'opaque', reason: found.kind === 'external' ? 'external-ref' : 'bad-ref' };
    const problem = collect(found.schema, refs, parts, seen);
    if (problem) return problem;
  }
  for (const part of Array.isArray(allOf) ? (allOf as readonly Json[]) : []) {
    const problem = collect(part, refs, parts, seen);
    if (problem) return problem;
  }
  return undefined;
}

/** Both schemas in one, as far as a form cares; the first one's annotations win. */
function merge(a: JsonObject, b: JsonObject): JsonObject {
  const members = new Map<string, Json>(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const mine = members.get(key);
    members.set(key, mine === undefined ? value : mergeKeyword(key, mine, value));
  }
  return Object.fromEntries(members);
}

function mergeKeyword(key: string, a: Json, b: Json): Json {
  if (key === 'properties' && isJsonObject(a) && isJsonObject(b)) return mergeProperties(a, b);
  if (key === 'required' && Array.isArray(a) && Array.isArray(b))
    return [...new Set([...(a as Json[]), ...(b as Json[])])];
  if (key === 'enum' && Array.isArray(a) && Array.isArray(b))
    return (a as Json[]).filter((value) => (b as Json[]).includes(value));
  if (key === 'type') return commonTypes(a, b);
  if (isNumber(a) && isNumber(b)) {
    if (key.startsWith('min') || key === 'exclusiveMinimum') return Math.max(a, b);
    if (key.startsWith('max') || key === 'exclusiveMaximum') return Math.min(a, b);
  }
  return a;
}

function mergeProperties(a: JsonObject, b: JsonObject): JsonObject {
  const members = new Map<string, Json>(Object.entries(a));
  for (const [name, schema] of Object.entries(b)) {
    const mine = members.get(name);
    members.set(name, mine === undefined ? schema : { allOf: [mine, schema] });
  }
  return Object.fromEntries(members);
}

function commonTypes(a: Json, b: Json): Json {
  const left = (Array.isArray(a) ? a : [a]) as readonly Json[];
  const right = (Array.isArray(b) ? b : [b]) as readonly Json[];
  const both = left.filter(
    (type) => right.includes(type) || (type === 'integer' && right.includes('number')),
  );
  if (left.includes('number') && right.includes('integer')) both.push('integer');
  return both.length === 1 ? (both[0] as Json) : both.length > 1 ? both : a;
}

/** The schema without the members that `isOut` names. */
export function without(schema: JsonObject, isOut: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !isOut(key)));
}

function refOf(schema: JsonObject): string | undefined {
  const ref = member(schema, '$ref') ?? member(schema, '$dynamicRef');
  return typeof ref === 'string' ? ref : undefined;
}

function isRefKeyword(key: string): boolean {
  return key === '$ref' || key === '$dynamicRef';
}

function isNumber(value: Json): value is number {
  return typeof value === 'number';
}
