import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { pointer } from '../core/forms/paths.ts';

/** The JSON Schema drafts that differ for validation. */
export type Dialect = '2020-12' | '2019-09' | 'draft-07';

/** A schema that Ajv can be given: a copy in which every subschema counts its use. */
export interface PreparedSchema {
  readonly schema: JsonObject;
  readonly dialect: Dialect;
  /** Where each subschema of the copy stands, as a JSON pointer. */
  readonly pointers: ReadonlyMap<object, string>;
}

/** The comment that marks a subschema as counted. */
export const stepMark = 's';

const maxSubschemas = 3000;
const maxDepth = 120;
const maxValues = 100_000;

const mapKeywords: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
]);
const dataKeywords: ReadonlySet<string> = new Set([
  'const',
  'enum',
  'default',
  'examples',
  'example',
  'enumNames',
  'required',
  'type',
  'dependentRequired',
]);
// `$async` would make validation a promise; the others only matter to readers, or throw in Ajv.
const dropped: ReadonlySet<string> = new Set([
  '$async',
  '$schema',
  '$comment',
  '$vocabulary',
  'title',
  'description',
  'default',
  'examples',
  'id',
  'discriminator',
]);

/** A copy of a foreign schema for the validator; undefined when it is larger than is checked. */
export function prepareSchema(schema: JsonObject): PreparedSchema | undefined {
  const walk = new Walk();
  const copy = walk.schema(schema, '', 0);
  if (walk.isOverflow || !isJsonObject(copy)) return undefined;
  return { schema: copy, dialect: dialectOf(schema, walk.hasTuple), pointers: walk.pointers };
}

function dialectOf(schema: JsonObject, hasTuple: boolean): Dialect {
  const named = Object.hasOwn(schema, '$schema') ? schema['$schema'] : undefined;
  if (typeof named === 'string') {
    if (/draft-0[3467]/.test(named)) return 'draft-07';
    if (named.includes('2019-09')) return '2019-09';
    if (named.includes('2020-12')) return '2020-12';
  }
  return hasTuple ? 'draft-07' : '2020-12';
}

class Walk {
  isOverflow = false;
  /** `items` as an array: the spelling before 2020-12. */
  hasTuple = false;
  readonly pointers = new Map<object, string>();
  #values = 0;

  /** A subschema, or a value in an unknown place that a `$ref` may point at. */
  schema(value: Json, at: string, depth: number): Json {
    if (++this.#values > maxValues || depth > maxDepth) this.isOverflow = true;
    if (this.isOverflow || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return (value as readonly Json[]).map((item, i) => this.schema(item, `${at}/${i}`, depth + 1));
    const object = value as JsonObject;
    const members = Object.entries(object).flatMap(([key, inner]): [string, Json][] => {
      if (dropped.has(key) && !isJsonObject(inner)) return [];
      return [[key, this.#keyword(key, inner, at + pointer([key]), depth)]];
    });
    const copy = Object.fromEntries([...repaired(members, object), ['$comment', stepMark]]);
    this.pointers.set(copy, at);
    if (this.pointers.size > maxSubschemas) this.isOverflow = true;
    return copy;
  }

  #keyword(key: string, value: Json, at: string, depth: number): Json {
    if (key === 'items' && Array.isArray(value)) this.hasTuple = true;
    if (dataKeywords.has(key)) return value;
    if (!mapKeywords.has(key) || !isJsonObject(value)) return this.schema(value, at, depth + 1);
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]): [string, Json] => {
        const isNameList = key === 'dependencies' && Array.isArray(inner);
        return [name, isNameList ? inner : this.schema(inner, at + pointer([name]), depth + 2)];
      }),
    );
  }
}

/** Spellings of older drafts and of OpenAPI that Ajv would refuse. */
function repaired(members: readonly [string, Json][], schema: JsonObject): readonly [string, Json][] {
  return members.flatMap(([key, value]): [string, Json][] => {
    if (key === 'nullable' && !Object.hasOwn(schema, 'type')) return [];
    if (key !== 'exclusiveMinimum' && key !== 'exclusiveMaximum') return [[key, value]];
    if (typeof value !== 'boolean') return [[key, value]];
    const bound = key === 'exclusiveMinimum' ? 'minimum' : 'maximum';
    const limit = Object.hasOwn(schema, bound) ? schema[bound] : undefined;
    return value && typeof limit === 'number' ? [[key, limit]] : [];
  });
}
