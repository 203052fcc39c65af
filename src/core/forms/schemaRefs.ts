import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';

/** An own member of an object; names such as `__proto__` never reach the prototype. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Where a `$ref` leads. */
export type RefTarget =
  | { readonly kind: 'found'; readonly schema: JsonObject | boolean }
  | { readonly kind: 'external' } // never fetched
  | { readonly kind: 'missing' };

/** Resolves references inside one schema document: `#`, JSON pointers and `$anchor` names. */
export class SchemaRefs {
  readonly #root: JsonObject;
  #anchors: ReadonlyMap<string, JsonObject> | undefined;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  resolve(ref: string): RefTarget {
    if (!ref.startsWith('#')) return this.#ownId(ref);
    const fragment = decode(ref.slice(1));
    if (fragment === undefined) return { kind: 'missing' };
    if (fragment === '') return { kind: 'found', schema: this.#root };
    if (!fragment.startsWith('/')) return asTarget((this.#anchors ??= anchorsOf(this.#root)).get(fragment));
    let at: Json | undefined = this.#root;
    for (const part of fragment.slice(1).split('/')) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(at)) at = /^\d{1,9}$/.test(name) ? (at as readonly Json[])[Number(name)] : undefined;
      else if (isJsonObject(at)) at = member(at, name);
      else at = undefined;
      if (at === undefined) return { kind: 'missing' };
    }
    return asTarget(at);
  }

  /** A reference that repeats the document's own `$id` stays inside the document. */
  #ownId(ref: string): RefTarget {
    const id = member(this.#root, '$id');
    if (typeof id !== 'string' || id === '') return { kind: 'external' };
    const base = id.replace(/#$/, '');
    if (ref === base) return { kind: 'found', schema: this.#root };
    return ref.startsWith(`${base}#`) ? this.resolve(ref.slice(base.length)) : { kind: 'external' };
  }
}

function asTarget(value: Json | undefined): RefTarget {
  return isJsonObject(value) || typeof value === 'boolean'
    ? { kind: 'found', schema: value }
    : { kind: 'missing' };
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

const maxVisited = 20_000;

function anchorsOf(root: JsonObject): ReadonlyMap<string, JsonObject> {
  const anchors = new Map<string, JsonObject>();
  const queue: Json[] = [root];
  for (let visited = 0; visited < queue.length && visited < maxVisited; visited++) {
    const at = queue[visited];
    if (Array.isArray(at)) for (const item of at as readonly Json[]) queue.push(item);
    if (!isJsonObject(at)) continue;
    for (const keyword of ['$anchor', '$dynamicAnchor', '$id', 'id']) {
      const name = member(at, keyword);
      if (typeof name === 'string' && !anchors.has(name.replace(/^#/, '')))
        anchors.set(name.replace(/^#/, ''), at);
    }
    for (const value of Object.values(at)) if (typeof value === 'object' && value !== null) queue.push(value);
  }
  return anchors;
}
