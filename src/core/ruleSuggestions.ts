import type { Caller } from './caller.ts';
import type { Json, JsonObject } from './json.ts';
import { previewOf } from './redact.ts';

/** A call that a rule is to be made from. */
export interface RuleSubject {
  readonly serverId: string;
  readonly tool: string;
  readonly caller: Caller;
  readonly arguments: JsonObject;
}

/** A rule that could be made; `same`: these very arguments, `alike`: arguments of their kind, `any`: whatever arguments. */
export interface RuleSuggestion {
  readonly kind: 'allow-same' | 'allow-alike' | 'allow-any' | 'ask' | 'deny-caller' | 'deny-all';
  readonly rule: JsonObject;
}

const maxConstant = 200; // longer values are read by nobody in a rule

/** The rules that a call suggests, the narrowest first. */
export function suggestRules({
  serverId,
  tool,
  caller,
  arguments: args,
}: RuleSubject): readonly RuleSuggestion[] {
  const what = { server: literal(serverId), tool: literal(tool) };
  const who = { caller: literal(caller.name), callerKind: caller.kind };
  const same = schemaOf(args, constantOf);
  const alike = schemaOf(args, likenessOf);
  const isSame = same !== undefined && JSON.stringify(same) === JSON.stringify(alike);
  const allow = (kind: RuleSuggestion['kind'], schema?: JsonObject): RuleSuggestion => ({
    kind,
    rule: { effect: 'allow', ...what, ...who, ...(schema ? { arguments: schema } : {}) },
  });
  return [
    ...(same ? [allow('allow-same', same)] : []),
    ...(alike && !isSame ? [allow('allow-alike', alike)] : []),
    allow('allow-any'),
    { kind: 'ask', rule: { effect: 'ask', ...what } },
    { kind: 'deny-caller', rule: { effect: 'deny', ...what, ...who } },
    { kind: 'deny-all', rule: { effect: 'deny', ...what } },
  ];
}

/** A name with the signs of patterns in it can only be widened: `?` fits those signs and nothing narrower does. */
function literal(name: string): string {
  return name.replace(/[*?]/g, '?');
}

function schemaOf(
  args: JsonObject,
  of: (name: string, value: Json) => JsonObject | undefined,
): JsonObject | undefined {
  const properties = Object.entries(args).map(([name, value]) => [name, of(name, value)] as const);
  if (properties.some(([, schema]) => schema === undefined)) return undefined;
  return {
    properties: Object.fromEntries(properties) as JsonObject,
    required: Object.keys(args),
    additionalProperties: false,
  };
}

function constantOf(name: string, value: Json): JsonObject | undefined {
  return JSON.stringify(value).length > maxConstant || isSecret(name, value) ? undefined : { const: value };
}

function likenessOf(name: string, value: Json): JsonObject {
  if (typeof value === 'string') return isSecret(name, value) ? { type: 'string' } : textLikeness(value);
  if (Array.isArray(value)) return { type: 'array' };
  if (typeof value === 'object' && value !== null) return { type: 'object' };
  return { const: value };
}

function textLikeness(text: string): JsonObject {
  const origin = /^https?:\/\/[^/?#\s\\@]+(?=\/)/.exec(text)?.[0];
  if (origin !== undefined) return { type: 'string', pattern: `^${escaped(origin)}/` };
  const folder = /^(?:\.{0,2}|~|[A-Za-z]:|[\w@.-]+)[\\/](?:[^\s\\/]+[\\/])*(?=[^\s\\/]*$)/.exec(text)?.[0];
  // What climbs out of a folder is not in it.
  if (folder !== undefined && folder !== '/' && !climbs.test(text))
    return { type: 'string', pattern: `^${escaped(folder)}`, not: { pattern: climbs.source } };
  return text.length <= 40 && !/\s/.test(text) ? { const: text } : { type: 'string' };
}

const climbs = /(^|[\\/])\.\.([\\/]|$)/;

function isSecret(name: string, value: Json): boolean {
  return previewOf({ [name]: value }, Number.POSITIVE_INFINITY).includes('(hidden)');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (sign) => (sign === '/' || sign === '-' ? sign : `\\${sign}`));
}
