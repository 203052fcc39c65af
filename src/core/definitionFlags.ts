import { flagRules, type FlagRule } from './definitionFlagRules.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { step } from './schemaParts.ts';
import { oneLine, visibleText } from './util/text.ts';

/** Something in a definition that deserves a look; it proves nothing, and its absence neither. */
export interface DefinitionFlag {
  readonly rule: FlagRule;
  /** JSON Pointer of the place, visible text. */
  readonly path: string;
  /** The words that it is about, visible text on one line. */
  readonly quote: string;
}

/** A name of another server that a text could refer to. */
export interface ForeignName {
  readonly name: string;
  /** Whose it is, for the quote. */
  readonly server: string;
}

const maxFlags = 50;
const maxTexts = 50_000;
const maxText = 20_000;
const maxAll = 3_000_000;
const maxNesting = 24;
const quoted = 100;

/** What is noteworthy in a definition, by fixed patterns and without any network (registry design, section 6.2.8). */
export function definitionFlags(
  definition: JsonObject,
  foreign: readonly ForeignName[] = [],
): readonly DefinitionFlag[] {
  const found = new Map<string, DefinitionFlag>();
  const add = (rule: FlagRule, path: string, quote: string) => {
    const flag = { rule, path: oneLine(path, 200), quote: oneLine(quote, quoted) };
    if (found.size < maxFlags) found.set(`${rule} ${flag.path} ${flag.quote}`, flag);
  };
  const names = foreign.filter(({ name }) => isTelling(name)).slice(0, 20_000);
  const mentioned = mentions(names);
  let left = maxAll;
  for (const text of textsOf(definition)) {
    left -= text.value.length;
    if (text.isLast || left < 0) add('too-large', '', 'only its first part was looked through');
    if (left < 0) break;
    const visible = visibleText(text.value);
    if (visible.marks.length > 0) {
      const spelled = visible.hidden.join(' ');
      add(
        'hidden-characters',
        text.path,
        spelled === '' ? around(visible.text, visible.text.search(/<U\+/), 12) : spelled,
      );
    }
    if (text.kind === 'property') {
      for (const { rule, property } of flagRules)
        if (property?.(text.value, text.schema)) add(rule, text.path, text.value);
      continue;
    }
    for (const { rule, pattern } of flagRules) {
      const match = pattern?.exec(text.value);
      if (match) add(rule, text.path, around(text.value, match.index, match[0].length));
    }
    for (const { name, server, at } of mentioned(text.value))
      add('other-server', text.path, `${around(text.value, at, name.length)} (${server})`);
  }
  const depth = nesting(definition);
  if (depth > maxNesting) add('deep-schema', '', `${depth > 1000 ? 'more than 1000' : depth} levels`);
  return [...found.values()];
}

/** The dialects of JSON Schema: a name, not an address to go to. */
const metaSchema = /^https?:\/\/json-schema\.org\/(?:draft-0[4-7]|draft\/20(?:19-09|20-12))\/schema#?$/;

interface Text {
  readonly kind: 'text' | 'property';
  readonly path: string;
  readonly value: string;
  readonly schema: JsonObject;
  /** There would be more, but this is enough. */
  readonly isLast: boolean;
}

/** Every string that a model or a person reads, and every property name with its schema. */
function* textsOf(definition: JsonObject): Generator<Text> {
  const queue: {
    readonly value: Json;
    readonly path: string;
    readonly depth: number;
    readonly isMap: boolean;
  }[] = [{ value: definition, path: '', depth: 0, isMap: false }];
  let count = 0;
  for (const { value, path, depth, isMap } of queue) {
    if (depth > 500) continue;
    if (typeof value === 'string') {
      count++;
      const isLast = count > maxTexts;
      yield { kind: 'text', path, value: value.slice(0, maxText), schema: {}, isLast };
      if (isLast) return;
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries<Json>(value as JsonObject)) {
      if (!isMap && name === '$schema' && typeof member === 'string' && metaSchema.test(member)) continue;
      const at = `${path}/${step(name)}`;
      if (isMap) {
        count++;
        const schema = isJsonObject(member) ? member : {};
        yield { kind: 'property', path: at, value: name.slice(0, 1000), schema, isLast: false };
      }
      queue.push({ value: member, path: at, depth: depth + 1, isMap: !isMap && name === 'properties' });
    }
  }
}

function nesting(value: Json): number {
  let level: readonly Json[] = [value];
  for (let depth = 0; depth <= 1001; depth++) {
    if (level.length === 0 || depth === 1001) return depth;
    level = level
      .flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
      .slice(0, 20_000);
  }
  return 0;
}

/** Names that are no ordinary words, so that their occurrence means something. */
function isTelling(name: string): boolean {
  return name.length >= 5 && name.length <= 128 && (/[_.\-/]/.test(name) || /[a-z][A-Z]/.test(name));
}

function mentions(
  names: readonly ForeignName[],
): (text: string) => (ForeignName & { readonly at: number })[] {
  const known = new Map(names.map((one) => [one.name, one]));
  return (text) => {
    const found = new Map<string, ForeignName & { readonly at: number }>();
    for (const match of text.matchAll(/[\w.\-/]{5,128}/g)) {
      for (const word of [match[0], match[0].replace(/[.\-/]+$/, '')]) {
        const one = known.get(word);
        if (one && !found.has(word)) found.set(word, { ...one, at: match.index });
      }
    }
    return [...found.values()];
  };
}

/** A match with the words around it. */
function around(text: string, at: number, length: number): string {
  if (at < 0) return text.slice(0, quoted);
  const room = Math.max(0, Math.floor((quoted - length) / 2) - 2);
  const [start, end] = [Math.max(0, at - room), Math.min(text.length, at + length + room)];
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}
