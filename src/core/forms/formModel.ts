import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { shown, shownIfAny } from '../shown.ts';
import { flatten, target, without } from './flatten.ts';
import type {
  ArrayNode,
  FormBranch,
  FormField,
  FormLimit,
  FormModel,
  FormNode,
  FormUse,
  JsonReason,
  ObjectNode,
} from './model.ts';
import { isScalarType, numberNode, optionsOf, stringNode } from './scalars.ts';
import { member, SchemaRefs } from './schemaRefs.ts';

const maxNodes = 2000;
const maxDepth = 32;
const maxBranches = 50;
const maxPrefix = 50;
const maxMerged = 100_000; // properties copied while merging `allOf` and choices, over the whole schema
const maxTitle = 200;
const maxDescription = 2000;

/** The form model of a JSON Schema (2020-12, 2019-09, draft-07). Never throws, never fetches; bounded work for any schema. */
export function formModel(schema: JsonObject | boolean): FormModel {
  return new ModelBuilder(schema).build();
}

interface Pending {
  readonly id: number;
  readonly schema: Json;
  readonly depth: number;
}

class ModelBuilder {
  readonly #schema: JsonObject | boolean;
  readonly #refs: SchemaRefs;
  readonly #nodes: FormNode[] = [];
  readonly #ids = new Map<Json, number>();
  readonly #queue: Pending[] = [];
  readonly #limits = new Set<FormLimit>();
  readonly #opaqueIds = new Map<JsonReason, number>();
  #merged = 0;

  constructor(schema: JsonObject | boolean) {
    this.#schema = schema;
    this.#refs = new SchemaRefs(isJsonObject(schema) ? schema : {});
  }

  build(): FormModel {
    const root = this.#use(this.#schema, 0) ?? this.#opaque('any');
    // Breadth first: a huge or endless branch cannot starve the fields beside it.
    for (let next = 0; next < this.#queue.length; next++) {
      const pending = this.#queue[next] as Pending;
      this.#nodes[pending.id] = this.#node(pending.schema, pending.depth);
    }
    return { root, nodes: this.#nodes, limits: [...this.#limits] };
  }

  /** A use of `schema`; undefined for the schema `false`. */
  #use(schema: Json, depth: number): FormUse | undefined {
    const words = isJsonObject(schema) ? schema : {};
    const { schema: keyed, reason } = target(schema, this.#refs);
    if (reason) return this.#opaque(reason, words);
    if (keyed === false) return undefined;
    if (!isJsonObject(keyed)) return this.#opaque(keyed === true ? 'any' : 'unsupported', words);
    const { value: bare, isNullable } = withoutNull(keyed);
    if (isNullable && bare !== keyed) {
      const inner = this.#use(bare, depth);
      return inner && { ...inner, ...this.#words(inner, words, keyed), isNullable: true };
    }
    const known = this.#ids.get(keyed);
    const id = known ?? this.#reserve(keyed, depth);
    if (id === undefined) return this.#opaque(depth > maxDepth ? 'too-deep' : 'too-many', words);
    return { node: id, ...annotationsOf(words, keyed), isNullable };
  }

  #words(inner: FormUse, ...schemas: readonly JsonObject[]): Partial<FormUse> {
    const outer = annotationsOf(...schemas);
    return {
      title: outer.title ?? inner.title,
      description: outer.description ?? inner.description,
      default: outer.default === undefined ? inner.default : outer.default,
      isDeprecated: outer.isDeprecated || inner.isDeprecated,
    };
  }

  #reserve(schema: JsonObject, depth: number): number | undefined {
    if (depth > maxDepth) {
      this.#limits.add('depth');
      return undefined;
    }
    if (this.#nodes.length >= maxNodes) {
      this.#limits.add('nodes');
      return undefined;
    }
    const id = this.#nodes.push({ kind: 'json', reason: 'any' }) - 1;
    this.#ids.set(schema, id);
    this.#queue.push({ id, schema, depth });
    return id;
  }

  /** A use that is edited as JSON. Such nodes are shared, so they cost nothing against the bound. */
  #opaque(reason: JsonReason, words: JsonObject = {}): FormUse {
    const id = this.#opaqueIds.get(reason) ?? this.#nodes.push({ kind: 'json', reason }) - 1;
    this.#opaqueIds.set(reason, id);
    return { node: id, ...annotationsOf(words), isNullable: false };
  }

  #node(raw: Json, depth: number): FormNode {
    if (this.#merged > maxMerged) {
      this.#limits.add('nodes');
      return { kind: 'json', reason: 'too-many' };
    }
    const flat = flatten(raw, this.#refs);
    if (flat.kind === 'schema') this.#merged += flat.merged;
    if (flat.kind === 'never') return { kind: 'json', reason: 'unsupported' };
    if (flat.kind === 'opaque') return { kind: 'json', reason: flat.reason };
    const { schema } = flat;
    const constant = member(schema, 'const');
    if (constant !== undefined)
      return { kind: 'const', value: constant, label: shown(labelOf(constant), maxTitle) };
    const options = optionsOf(schema);
    if (options) {
      if (options.omitted > 0) this.#limits.add('options');
      return { kind: 'enum', ...options };
    }
    const choice = this.#choice(schema, depth);
    if (choice) return choice;
    return this.#plain(schema, depth);
  }

  #plain(schema: JsonObject, depth: number): FormNode {
    const type = typeOf(schema);
    if (Array.isArray(type)) {
      const branches = (type as readonly string[]).map((one) => ({ ...schema, type: one }));
      return this.#branches(branches, depth) ?? { kind: 'json', reason: 'unsupported' };
    }
    switch (type) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, depth);
      case 'string':
        return stringNode(schema);
      case 'number':
      case 'integer':
        return numberNode(schema, type === 'integer');
      case 'boolean':
        return { kind: 'boolean' };
      case 'null':
        return { kind: 'const', value: null, label: shown('null') };
      default:
        return { kind: 'json', reason: type === undefined ? 'any' : 'unsupported' };
    }
  }

  #choice(schema: JsonObject, depth: number): FormNode | undefined {
    for (const keyword of ['oneOf', 'anyOf'] as const) {
      const parts = member(schema, keyword);
      if (!Array.isArray(parts) || !(parts as readonly Json[]).some(hasShape)) continue;
      const base = without(
        schema,
        (key) => key === keyword || key === 'title' || key === 'description' || key === 'default',
      );
      const isBare = !hasShape(base);
      const branches = (parts as readonly Json[]).map((part) =>
        isBare || part === false ? part : isJsonObject(part) ? joined(base, part) : base,
      );
      return this.#branches(branches, depth);
    }
    return undefined;
  }

  #branches(schemas: readonly Json[], depth: number): FormNode | undefined {
    if (schemas.length > maxBranches) this.#limits.add('options');
    const branches = schemas.slice(0, maxBranches).flatMap((schema): FormBranch[] => {
      const use = this.#use(schema, depth + 1);
      return use ? [{ ...use, label: use.title ?? this.#branchLabel(schema) }] : [];
    });
    return branches.length > 0 ? { kind: 'choice', branches } : undefined;
  }

  #branchLabel(schema: Json): FormBranch['label'] {
    if (this.#merged > maxMerged) return undefined;
    const flat = flatten(schema, this.#refs);
    if (flat.kind !== 'schema') return undefined;
    this.#merged += flat.merged;
    const properties = member(flat.schema, 'properties');
    if (isJsonObject(properties)) {
      for (const [name, property] of Object.entries(properties)) {
        if (!isJsonObject(property)) continue;
        const single = member(property, 'enum');
        const constant =
          member(property, 'const') ??
          (Array.isArray(single) && single.length === 1 ? (single[0] as Json) : undefined);
        if (constant !== undefined) return shown(`${name}: ${labelOf(constant)}`, maxTitle);
      }
    }
    const type = typeOf(flat.schema);
    const required = member(flat.schema, 'required');
    if (type === 'object' && Array.isArray(required) && required.length > 0)
      return shown(required.map((name) => String(name)).join(', '), maxTitle);
    return typeof type === 'string' ? shown(type, maxTitle) : undefined;
  }

  #object(schema: JsonObject, depth: number): ObjectNode {
    const properties = member(schema, 'properties');
    const required = member(schema, 'required');
    const isRequired = new Set(Array.isArray(required) ? (required as readonly Json[]) : []);
    const fields: FormField[] = [];
    let omitted = 0;
    for (const [name, property] of Object.entries(isJsonObject(properties) ? properties : {})) {
      if (this.#nodes.length >= maxNodes) {
        this.#limits.add('nodes');
        omitted++;
        continue;
      }
      const use = this.#use(property, depth + 1);
      if (use)
        fields.push({ ...use, name, shownName: shown(name, maxTitle), isRequired: isRequired.has(name) });
    }
    return {
      kind: 'object',
      fields,
      extra: this.#extra(schema, fields.length === 0 && omitted === 0, depth),
      omitted,
    };
  }

  #extra(schema: JsonObject, isOpen: boolean, depth: number): FormUse | undefined {
    const rest = member(schema, 'additionalProperties') ?? member(schema, 'unevaluatedProperties');
    if (rest === false) return undefined;
    if (isJsonObject(rest)) return this.#use(rest, depth + 1);
    const patterns = member(schema, 'patternProperties');
    const patterned = isJsonObject(patterns) ? Object.values(patterns) : [];
    if (patterned.length === 1) return this.#use(patterned[0] as Json, depth + 1);
    const hasHiddenShape =
      patterned.length > 0 ||
      ['if', 'dependentSchemas', 'dependencies'].some((key) => Object.hasOwn(schema, key));
    return rest === true || isOpen || hasHiddenShape ? this.#opaque('any') : undefined;
  }

  #array(schema: JsonObject, depth: number): FormNode {
    const minItems = countOf(schema, 'minItems') ?? 0;
    const maxItems = countOf(schema, 'maxItems');
    const items = member(schema, 'items');
    const prefixSchemas = member(schema, 'prefixItems') ?? (Array.isArray(items) ? items : undefined);
    const restSchema = Array.isArray(items) ? member(schema, 'additionalItems') : items;
    const prefix = (Array.isArray(prefixSchemas) ? (prefixSchemas as readonly Json[]) : [])
      .slice(0, maxPrefix)
      .map((part) => this.#use(part, depth + 1) ?? this.#opaque('unsupported'));
    if (prefix.length === 0 && restSchema !== undefined) {
      const flat = flatten(target(restSchema, this.#refs).schema, this.#refs);
      const options = flat.kind === 'schema' ? optionsOf(flat.schema) : undefined;
      if (options) {
        if (options.omitted > 0) this.#limits.add('options');
        return { kind: 'multi-enum', ...options, minItems, maxItems };
      }
    }
    const item = restSchema === undefined ? this.#opaque('any') : this.#use(restSchema, depth + 1);
    return { kind: 'array', prefix, item, minItems, maxItems } satisfies ArrayNode;
  }
}

/** `[X, null]` in any spelling as X plus a flag. */
function withoutNull(schema: JsonObject): { readonly value: JsonObject; readonly isNullable: boolean } {
  const type = member(schema, 'type');
  if (Array.isArray(type) && type.includes('null') && type.length > 1) {
    const rest = (type as readonly Json[]).filter((one) => one !== 'null');
    const values = member(schema, 'enum');
    const kept = Array.isArray(values)
      ? { enum: (values as readonly Json[]).filter((value) => value !== null) }
      : {};
    return {
      value: { ...schema, type: rest.length === 1 ? (rest[0] as Json) : rest, ...kept },
      isNullable: true,
    };
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const parts = member(schema, keyword);
    if (!Array.isArray(parts) || parts.length < 2) continue;
    const rest = (parts as readonly Json[]).filter((part) => !isNullSchema(part));
    if (rest.length === parts.length || rest.length === 0) continue;
    const base = without(schema, (key) => key === keyword);
    const only = rest[0] as Json;
    if (rest.length > 1 || !isJsonObject(only))
      return { value: { ...base, [keyword]: rest }, isNullable: true };
    return { value: hasShape(base) ? joined(base, only) : { ...only, ...base }, isNullable: true };
  }
  return { value: schema, isNullable: member(schema, 'nullable') === true };
}

function isNullSchema(schema: Json): boolean {
  return isJsonObject(schema) && (member(schema, 'type') === 'null' || member(schema, 'const') === null);
}

function joined(base: JsonObject, part: JsonObject): JsonObject {
  const title = member(part, 'title');
  return { ...(title === undefined ? {} : { title }), allOf: [part, base] };
}

const shapeKeywords = [
  'type',
  'properties',
  'items',
  'prefixItems',
  'enum',
  'const',
  '$ref',
  '$dynamicRef',
  'allOf',
  'oneOf',
  'anyOf',
  'format',
  'additionalProperties',
];

/** True when a schema says what to show, not only what must hold. */
function hasShape(schema: Json): boolean {
  return isJsonObject(schema) && shapeKeywords.some((key) => Object.hasOwn(schema, key));
}

function typeOf(schema: JsonObject): string | readonly string[] | undefined {
  const type = member(schema, 'type');
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) {
    const names = (type as readonly Json[]).filter((name) => typeof name === 'string' && isScalarType(name));
    return names.length === 1 ? (names[0] as string) : (names as string[]);
  }
  const has = (...keys: readonly string[]) => keys.some((key) => Object.hasOwn(schema, key));
  if (has('properties', 'required', 'additionalProperties', 'patternProperties')) return 'object';
  if (has('items', 'prefixItems', 'minItems', 'maxItems')) return 'array';
  if (has('pattern', 'minLength', 'maxLength', 'format', 'contentMediaType', 'contentEncoding'))
    return 'string';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number';
  return undefined;
}

function annotationsOf(...schemas: readonly JsonObject[]): Omit<FormUse, 'node' | 'isNullable'> {
  const text = (key: string) =>
    schemas.map((schema) => member(schema, key)).find((value): value is string => typeof value === 'string');
  return {
    title: shownIfAny(text('title'), maxTitle),
    description: shownIfAny(text('description'), maxDescription),
    default: schemas.map((schema) => member(schema, 'default')).find((value) => value !== undefined),
    isDeprecated: schemas.some((schema) => member(schema, 'deprecated') === true),
  };
}

function countOf(schema: JsonObject, key: string): number | undefined {
  const value = member(schema, key);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** A value as the text of its label. */
function labelOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
