import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** A parameter that is repeated in a header (2026-07-28, SEP-2243). */
export interface HeaderParam {
  readonly path: readonly string[];
  readonly header: string;
}

/** The `x-mcp-header` declarations of an input schema, or why the tool must not be offered over HTTP. */
export type HeaderParams =
  | { readonly kind: 'valid'; readonly params: readonly HeaderParam[] }
  | { readonly kind: 'invalid'; readonly reason: string };

const key = 'x-mcp-header';
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const deepest = 64;

/** Finds every declaration; one in a place or of a type that the specification forbids makes the whole schema invalid. */
export function headerParams(inputSchema: JsonObject): HeaderParams {
  const params: HeaderParam[] = [];
  const seen = new Set<string>();
  const visit = (node: Json, path: readonly string[], isReachable: boolean): string | undefined => {
    if (path.length > deepest || typeof node !== 'object' || node === null) return undefined;
    if (Array.isArray(node)) {
      const items: readonly Json[] = node;
      return first(items, (item, index) => visit(item, [...path, String(index)], false));
    }
    if (!isJsonObject(node)) return undefined;
    if (key in node) {
      const header = node[key];
      const reason = check(node, header, path, isReachable, seen);
      if (reason !== undefined) return reason;
      if (typeof header === 'string') params.push({ path, header });
    }
    return first(Object.entries(node), ([keyword, child]) => {
      if (dataKeywords.has(keyword) || keyword === key) return undefined;
      if (keyword !== 'properties') return visit(child, [...path, `<${keyword}>`], false);
      if (!isJsonObject(child)) return undefined;
      return first(Object.entries(child), ([name, property]) =>
        visit(property, [...path, name], isReachable),
      );
    });
  };
  const reason = visit(inputSchema, [], true);
  return reason === undefined ? { kind: 'valid', params } : { kind: 'invalid', reason };
}

/** The `Mcp-Param-*` headers for one call; absent, null and non-primitive arguments have none. */
export function paramHeaders(
  params: readonly HeaderParam[],
  args: JsonObject,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { path, header } of params) {
    let value: Json | undefined = args;
    for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
    const text = primitiveText(value);
    if (text !== undefined) headers[`Mcp-Param-${header}`] = headerText(text);
  }
  return headers;
}

// Keywords whose value is data and not a schema.
const dataKeywords = new Set([
  'default',
  'const',
  'enum',
  'examples',
  'required',
  'title',
  'description',
  'pattern',
  '$comment',
]);

function check(
  node: JsonObject,
  header: Json | undefined,
  path: readonly string[],
  isReachable: boolean,
  seen: Set<string>,
): string | undefined {
  const where = path.join('.') || 'the root';
  const { type } = node;
  if (!isReachable || path.length === 0)
    return `${where}: x-mcp-header is only allowed on properties of properties`;
  if (typeof header !== 'string' || !token.test(header)) return `${where}: x-mcp-header is not a header name`;
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    return `${where}: x-mcp-header is only allowed on a string, integer or boolean`;
  }
  const lower = header.toLowerCase();
  if (seen.has(lower)) return `${where}: x-mcp-header ${header} is used twice`;
  seen.add(lower);
  return undefined;
}

function first<T>(
  items: readonly T[],
  find: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function primitiveText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

/** A text as the value of an `Mcp-*` header: printable ASCII as it is; anything else, and what would be mistaken for it, as `=?base64?…?=`. */
export function headerText(text: string): string {
  const isPlain = /^[\x20-\x7E\t]+$/.test(text) && text === text.trim() && !/^=\?base64\?.*\?=$/.test(text);
  return isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
