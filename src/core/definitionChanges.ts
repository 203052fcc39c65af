import { schemaChanges } from './definitionSchemas.ts';
import { isJsonObject, jsonItems, type Json, type JsonObject } from './json.ts';
import type { PinKind } from './pins.ts';
import { sameButOrder } from './schemaOrder.ts';
import { own, same, step } from './schemaParts.ts';
import { canonicalJson } from './util/canonicalJson.ts';

/**
 * What kind of change it is. Widened: the schema takes more, or asks for more data; narrowed: less. An annotation is weakened
 * when it now claims to be more harmless than what was accepted, which would lower the guard of whoever believes it.
 */
export type ChangeClass =
  | 'added'
  | 'removed'
  | 'schema-widened'
  | 'schema-narrowed'
  | 'schema-changed' // neither can be told
  | 'text'
  | 'annotation-weakened'
  | 'annotation-hardened'
  | 'behaviour' // how it is run, e.g. as a task
  | 'metadata'
  | 'order';

/** One difference between two definitions of the same thing. */
export interface DefinitionChange {
  readonly class: ChangeClass;
  /** JSON Pointer (RFC 6901) into the definition, as received: foreign text. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What a change of the accepted definition to the one in force consists of; empty only when they are the same. */
export function definitionChanges(
  kind: PinKind,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly DefinitionChange[] {
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    return [{ class: before === undefined ? 'added' : 'removed', path: '', before, after }];
  }
  if (canonicalJson(before) === canonicalJson(after)) return [];
  const found = membersOf(before, after).flatMap((member) => memberChanges(kind, member, before, after));
  if (found.length > 0) return found;
  return [{ class: sameOrder(kind, before, after) ? 'order' : 'schema-changed', path: '', before, after }];
}

/** True when a tool with these changes may not be called before somebody looked at them. */
export function keepsBack(changes: readonly DefinitionChange[]): boolean {
  return changes.some((change) => change.class !== 'order' && change.class !== 'removed');
}

/** The classes of some changes, each once, the graver ones first. */
export function classesOf(changes: readonly DefinitionChange[]): readonly ChangeClass[] {
  const found = new Set(changes.map((change) => change.class));
  return gravity.filter((one) => found.has(one));
}

const gravity: readonly ChangeClass[] = [
  'annotation-weakened',
  'schema-widened',
  'text',
  'schema-changed',
  'behaviour',
  'schema-narrowed',
  'annotation-hardened',
  'metadata',
  'added',
  'removed',
  'order',
];

const texts = new Set(['title', 'description', 'instructions']);
const schemas = new Set(['inputSchema', 'outputSchema']);

function membersOf(before: JsonObject, after: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

function memberChanges(
  kind: PinKind,
  member: string,
  whole: JsonObject,
  now: JsonObject,
): readonly DefinitionChange[] {
  const before = own(whole, member);
  const after = own(now, member);
  if (same(before, after)) return [];
  const path = `/${step(member)}`;
  if (texts.has(member)) return [{ class: 'text', path, before, after }];
  if (schemas.has(member)) {
    // Without an output schema anything may come back; a first one promises more, the loss of one promises nothing.
    if (before === undefined || after === undefined)
      return [{ class: before === undefined ? 'schema-narrowed' : 'schema-widened', path, before, after }];
    return schemaChanges(before, after, path);
  }
  if (member === 'annotations') return annotationChanges(before, after, path);
  if (member === 'arguments' && kind === 'prompt') return argumentChanges(before, after, path);
  return [{ class: member === 'execution' ? 'behaviour' : 'metadata', path, before, after }];
}

/** The value of each hint that claims harmlessness, and what it counts as when it is not there. */
const hints: Readonly<Record<string, { readonly harmless: boolean; readonly absent: boolean }>> = {
  readOnlyHint: { harmless: true, absent: false },
  destructiveHint: { harmless: false, absent: true },
  idempotentHint: { harmless: true, absent: false },
  openWorldHint: { harmless: false, absent: true },
};

function annotationChanges(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
): readonly DefinitionChange[] {
  const [old, now] = [isJsonObject(before) ? before : {}, isJsonObject(after) ? after : {}];
  const found = membersOf(old, now).flatMap((name): DefinitionChange[] => {
    const [was, is] = [own(old, name), own(now, name)];
    if (same(was, is)) return [];
    const at = { path: `${path}/${step(name)}`, before: was, after: is };
    if (name === 'title') return [{ class: 'text', ...at }];
    const hint = Object.hasOwn(hints, name) ? hints[name] : undefined;
    if (!hint) return [{ class: 'metadata', ...at }];
    const counted = (value: Json | undefined) => (typeof value === 'boolean' ? value : hint.absent);
    if (counted(was) === counted(is)) return [{ class: 'metadata', ...at }];
    return [{ class: counted(is) === hint.harmless ? 'annotation-weakened' : 'annotation-hardened', ...at }];
  });
  return found.length > 0 ? found : [{ class: 'metadata', path, before, after }];
}

function argumentChanges(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
): readonly DefinitionChange[] {
  const [old, now] = [argumentsByName(before), argumentsByName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name): DefinitionChange[] => {
    const [was, is] = [old.get(name), now.get(name)];
    const at = `${path}/${step(name)}`;
    if (was === undefined || is === undefined) {
      return [
        { class: was === undefined ? 'schema-widened' : 'schema-narrowed', path: at, before: was, after: is },
      ];
    }
    return membersOf(was, is).flatMap((member): DefinitionChange[] => {
      const values = { before: own(was, member), after: own(is, member) };
      if (same(values.before, values.after)) return [];
      const where = { path: `${at}/${step(member)}`, ...values };
      if (texts.has(member)) return [{ class: 'text', ...where }];
      if (member !== 'required') return [{ class: 'metadata', ...where }];
      return [{ class: values.after === true ? 'schema-narrowed' : 'schema-widened', ...where }];
    });
  });
}

function argumentsByName(value: Json | undefined): ReadonlyMap<string, JsonObject> {
  const named = jsonItems(value)
    .filter(isJsonObject)
    .map((item): [string, JsonObject] => [
      typeof item['name'] === 'string' ? item['name'] : canonicalJson(item),
      item,
    ]);
  return new Map(named);
}

/** Whether nothing is left of the difference when orders that mean nothing are evened out. */
function sameOrder(kind: PinKind, before: JsonObject, after: JsonObject): boolean {
  return membersOf(before, after).every((member) => {
    const [was, is] = [own(before, member), own(after, member)];
    if (same(was, is)) return true;
    if (schemas.has(member)) return sameButOrder(was, is);
    if (member !== 'arguments' || kind !== 'prompt') return false;
    const sorted = (value: Json | undefined) =>
      jsonItems(value)
        .map((item) => canonicalJson(item))
        .sort()
        .join('\n');
    return sorted(was) === sorted(is);
  });
}
