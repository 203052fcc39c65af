import { isJsonObject, type Json } from './json.ts';
import { schemaMaps } from './schemaParts.ts';
import { canonicalJson } from './util/canonicalJson.ts';

const maxDepth = 200;

/** True when two schemas differ at most in the order of what has none: names, values, types, alternatives. */
export function sameButOrder(before: Json | undefined, after: Json | undefined): boolean {
  return JSON.stringify(evened(before, 'schema', 0)) === JSON.stringify(evened(after, 'schema', 0));
}

const sets = new Set(['required', 'enum', 'type', 'anyOf', 'oneOf', 'allOf']);
const plain = new Set(['default', 'const', 'examples', 'enum', 'required', 'type']);

function evened(value: Json | undefined, place: 'schema' | 'map' | 'value', depth: number): Json {
  if (value === undefined) return null;
  if (place === 'value' || depth > maxDepth) return canonicalJson(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => evened(item, place, depth + 1));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => {
    if (place === 'map') return [name, evened(member, 'schema', depth + 1)];
    const inner = evenedMember(name, member, depth);
    return [name, sets.has(name) && Array.isArray(inner) ? sorted(inner) : inner];
  });
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function evenedMember(name: string, member: Json, depth: number): Json {
  if (schemaMaps.has(name)) return evened(member, 'map', depth + 1);
  if (!plain.has(name)) return evened(member, 'schema', depth + 1);
  return Array.isArray(member) && sets.has(name)
    ? (member as readonly Json[]).map((item) => canonicalJson(item))
    : canonicalJson(member);
}

function sorted(items: readonly Json[]): Json {
  return [...items].sort((a, b) => {
    const [one, two] = [JSON.stringify(a), JSON.stringify(b)];
    return one < two ? -1 : one > two ? 1 : 0;
  });
}
