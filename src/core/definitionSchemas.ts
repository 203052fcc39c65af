import type { ChangeClass, DefinitionChange } from './definitionChanges.ts';
import { isJsonObject, jsonItems, type Json, type JsonObject } from './json.ts';
import { sameButOrder } from './schemaOrder.ts';
import {
  alone,
  alternativesOf,
  followed,
  namesOf,
  objectOf,
  own,
  referred,
  roomOf,
  same,
  schemaAnnotations,
  schemaMaps,
  schemaTexts,
  step,
  typesOf,
  valuesOf,
} from './schemaParts.ts';
import { canonicalJson } from './util/canonicalJson.ts';

const maxPairs = 20_000;
const maxDepth = 200;
const maxFound = 500;

/** What changed between two JSON Schemas (2020-12 and its forerunners): local references are followed, others are never fetched. */
export function schemaChanges(before: Json, after: Json, path = ''): readonly DefinitionChange[] {
  const found = new SchemaComparison(before, after).run(path);
  if (found.length > 0 || sameButOrder(before, after)) return found;
  return [{ class: 'schema-changed', path, before, after }];
}

/** Bounds of which a larger one, or none, takes more. */
const upper = new Set([
  'maximum',
  'exclusiveMaximum',
  'maxLength',
  'maxItems',
  'maxProperties',
  'maxContains',
]);
const lower = new Set([
  'minimum',
  'exclusiveMinimum',
  'minLength',
  'minItems',
  'minProperties',
  'minContains',
]);
/** Conditions that can only be there or not. */
const conditions = new Set(['pattern', 'format', 'multipleOf', 'contentEncoding', 'contentMediaType']);
/** Handled together in one place. */
const together = new Set([
  '$ref',
  'type',
  'nullable',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'required',
  'properties',
]);
const children = new Set([
  'items',
  'additionalItems',
  'contains',
  'propertyNames',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
]);

type Direction = 'widened' | 'narrowed' | 'changed';

class SchemaComparison {
  readonly #before: Json;
  readonly #after: Json;
  readonly #seen = new WeakMap<JsonObject, WeakSet<JsonObject>>();
  readonly #found: DefinitionChange[] = [];
  #left = maxPairs;
  /** Inside `not` what takes more takes less. */
  #isTurned = false;

  constructor(before: Json, after: Json) {
    this.#before = before;
    this.#after = after;
  }

  run(path: string): readonly DefinitionChange[] {
    this.#compare(this.#before, this.#after, path, 0);
    if (this.#left < 0) this.#add('changed', path, this.#before, this.#after);
    return this.#found;
  }

  #add(direction: Direction | 'text', path: string, before: Json | undefined, after: Json | undefined): void {
    if (this.#found.length >= maxFound) return;
    const turned = direction === 'widened' ? 'narrowed' : direction === 'narrowed' ? 'widened' : direction;
    const shown = this.#isTurned ? turned : direction;
    const name: ChangeClass = shown === 'text' ? 'text' : `schema-${shown}`;
    this.#found.push({ class: name, path, before, after });
  }

  #compare(before: Json, after: Json, path: string, depth: number): void {
    if (--this.#left < 0) return;
    if (depth > maxDepth) {
      if (canonicalJson(before) !== canonicalJson(after)) this.#add('changed', path, before, after);
      return;
    }
    if (!isJsonObject(before) || !isJsonObject(after)) {
      const [was, is] = [roomOf(before), roomOf(after)];
      if (was !== is) this.#add(is > was ? 'widened' : 'narrowed', path, before, after);
      else if (canonicalJson(before) !== canonicalJson(after)) this.#add('changed', path, before, after);
      return;
    }
    if (this.#isSeen(before, after)) return;
    const [was, is] = [referred(before, this.#before), referred(after, this.#after)];
    const isKnown = was !== undefined && is !== undefined && this.#isSeen(was, is);
    if (isKnown && Object.keys(before).length + Object.keys(after).length === 2) return;
    this.#objects(followed(before, this.#before), followed(after, this.#after), path, depth);
  }

  /** True from the second time on that two schemas meet. */
  #isSeen(before: JsonObject, after: JsonObject): boolean {
    const partners = this.#seen.get(before);
    if (partners?.has(after)) return true;
    if (partners) partners.add(after);
    else this.#seen.set(before, new WeakSet([after]));
    return false;
  }

  #objects(before: JsonObject, after: JsonObject, path: string, depth: number): void {
    const [was, is] = [alternativesOf(before), alternativesOf(after)];
    const [lone, now] = [was?.items ?? alone(before, is), is?.items ?? alone(after, was)];
    const isWrapped = (was === undefined) !== (is === undefined) && lone !== undefined && now !== undefined;
    const at = `${path}/${(is ?? was)?.name ?? ''}`;
    if (lone && now) this.#unordered(lone, now, at, depth);
    else if (was ?? is) this.#add(is ? 'narrowed' : 'widened', at, was?.items, is?.items);
    if (!isWrapped) {
      this.#types(before, after, path);
      this.#values(before, after, path);
      this.#properties(before, after, path, depth);
    }
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (together.has(name) || (isWrapped && !schemaAnnotations.has(name))) continue;
      this.#keyword(name, own(before, name), own(after, name), `${path}/${step(name)}`, depth);
    }
  }

  #keyword(
    name: string,
    before: Json | undefined,
    after: Json | undefined,
    path: string,
    depth: number,
  ): void {
    if (children.has(name)) return this.#compare(before ?? true, after ?? true, path, depth + 1);
    if (schemaMaps.has(name)) return this.#named(name, before, after, path, depth);
    if (name === 'allOf' || name === 'prefixItems') return this.#list(name, before, after, path, depth);
    if (name === 'not') {
      this.#isTurned = !this.#isTurned;
      this.#compare(before ?? false, after ?? false, path, depth + 1);
      this.#isTurned = !this.#isTurned;
      return;
    }
    if (same(before, after)) return;
    if (schemaTexts.has(name)) return this.#add('text', path, before, after);
    if (upper.has(name) || lower.has(name)) return this.#bound(upper.has(name), before, after, path);
    if (name === 'uniqueItems')
      return this.#add(after === true ? 'narrowed' : 'widened', path, before, after);
    const isCondition = conditions.has(name) && (before === undefined || after === undefined);
    this.#add(isCondition ? (before === undefined ? 'narrowed' : 'widened') : 'changed', path, before, after);
  }

  #bound(isUpper: boolean, before: Json | undefined, after: Json | undefined, path: string): void {
    const none = isUpper ? Infinity : -Infinity;
    const [was, is] = [before ?? none, after ?? none];
    if (typeof was !== 'number' || typeof is !== 'number') return this.#add('changed', path, before, after);
    this.#add(is > was === isUpper ? 'widened' : 'narrowed', path, before, after);
  }

  #types(before: JsonObject, after: JsonObject, path: string): void {
    const [was, is] = [typesOf(before), typesOf(after)];
    const values = [own(before, 'type'), own(after, 'type')] as const;
    if (is === undefined || was === undefined) {
      if (was !== is) this.#add(is === undefined ? 'widened' : 'narrowed', `${path}/type`, ...values);
      return;
    }
    if ([...is].some((type) => !was.has(type))) this.#add('widened', `${path}/type`, ...values);
    if ([...was].some((type) => !is.has(type))) this.#add('narrowed', `${path}/type`, ...values);
  }

  #values(before: JsonObject, after: JsonObject, path: string): void {
    const [was, is] = [valuesOf(before), valuesOf(after)];
    const at = `${path}/${Object.hasOwn(after, 'const') || Object.hasOwn(before, 'const') ? 'const' : 'enum'}`;
    const shown = [was && [...was.values()], is && [...is.values()]] as const;
    if (was === undefined || is === undefined) {
      if (was !== is) this.#add(is === undefined ? 'widened' : 'narrowed', at, ...shown);
      return;
    }
    if ([...is.keys()].some((value) => !was.has(value))) this.#add('widened', at, ...shown);
    if ([...was.keys()].some((value) => !is.has(value))) this.#add('narrowed', at, ...shown);
  }

  #properties(before: JsonObject, after: JsonObject, path: string, depth: number): void {
    const [was, is] = [objectOf(before, 'properties'), objectOf(after, 'properties')];
    for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const [old, now] = [own(was, name), own(is, name)];
      const at = `${path}/properties/${step(name)}`;
      if (old !== undefined && now !== undefined) this.#compare(old, now, at, depth + 1);
      else this.#add(old === undefined ? 'widened' : 'narrowed', at, old, now);
    }
    const [needed, needs] = [namesOf(before), namesOf(after)];
    const shown = [own(before, 'required'), own(after, 'required')] as const;
    if ([...needed].some((name) => !needs.has(name))) this.#add('widened', `${path}/required`, ...shown);
    if ([...needs].some((name) => !needed.has(name))) this.#add('narrowed', `${path}/required`, ...shown);
  }

  /** Equal members match each other wherever they stand, the rest in order. */
  #unordered(
    before: readonly Json[],
    after: readonly Json[],
    path: string,
    depth: number,
    isAll = false,
  ): void {
    const places = Map.groupBy(after.keys(), (i) => canonicalJson(after[i]));
    const rest = new Set(after.keys());
    const left: Json[] = [];
    for (const item of before) {
      const i = places.get(canonicalJson(item))?.shift();
      if (i === undefined) left.push(item);
      else {
        rest.delete(i);
        this.#compare(item, after[i] ?? null, path, depth + 1); // what they refer to may differ
      }
    }
    const others = [...rest];
    left.forEach((item, n) => {
      const i = others[n];
      if (i !== undefined) this.#compare(item, after[i] ?? null, `${path}/${i}`, depth + 1);
      else this.#add(isAll ? 'widened' : 'narrowed', path, item, undefined);
    });
    for (const i of others.slice(left.length))
      this.#add(isAll ? 'narrowed' : 'widened', `${path}/${i}`, undefined, after[i]);
  }

  #list(name: string, before: Json | undefined, after: Json | undefined, path: string, depth: number): void {
    const [was, is] = [jsonItems(before), jsonItems(after)];
    if (name === 'allOf') return this.#unordered(was, is, path, depth, true);
    for (let i = 0; i < Math.max(was.length, is.length); i++)
      this.#compare(was[i] ?? true, is[i] ?? true, `${path}/${i}`, depth + 1);
  }

  #named(name: string, before: Json | undefined, after: Json | undefined, path: string, depth: number): void {
    const [was, is] = [isJsonObject(before) ? before : {}, isJsonObject(after) ? after : {}];
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const [old, now] = [own(was, key), own(is, key)];
      const at = `${path}/${step(key)}`;
      if (old !== undefined && now !== undefined) this.#compare(old, now, at, depth + 1);
      else if (name === '$defs' || name === 'definitions') this.#add('changed', at, old, now);
      else this.#add(old === undefined ? 'widened' : 'narrowed', at, old, now);
    }
  }
}
