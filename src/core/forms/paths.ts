import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { member } from './schemaRefs.ts';

/** A place in a value: property names and array positions from the root. */
export type Path = readonly (string | number)[];

/** A path as JSON pointer (RFC 6901); the root is the empty string. */
export function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** True when `inner` is `outer` or lies inside it; both are JSON pointers. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** The value at a path; undefined when there is none. */
export function getAt(value: Json | undefined, path: Path): Json | undefined {
  let at = value;
  for (const part of path) {
    if (typeof part === 'number') at = Array.isArray(at) ? (at as readonly Json[])[part] : undefined;
    else at = isJsonObject(at) ? member(at, part) : undefined;
  }
  return at;
}

/** `root` with `next` at `path`; missing parents are made. `undefined` removes a property and empties an array position to null. */
export function setAt(root: Json | undefined, path: Path, next: Json | undefined): Json | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return next;
  if (typeof part === 'number') {
    const items = Array.isArray(root) ? [...(root as readonly Json[])] : [];
    while (items.length < part) items.push(null);
    items[part] = setAt(items[part], rest, next) ?? null;
    return items;
  }
  const object: JsonObject = isJsonObject(root) ? root : {};
  const inner = setAt(member(object, part), rest, next);
  if (inner === undefined)
    return Object.fromEntries(Object.entries(object).filter(([name]) => name !== part));
  if (Object.hasOwn(object, part))
    return Object.fromEntries(
      Object.entries(object).map(([name, old]) => [name, name === part ? inner : old]),
    );
  return Object.fromEntries([...Object.entries(object), [part, inner]]);
}
