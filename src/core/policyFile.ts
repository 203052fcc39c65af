import { ConfigReader, quoted, type ConfigNode } from './configReader.ts';
import { isJsonObject, jsonItems, type Json, type JsonObject } from './json.ts';
import { policySchema, type PolicyVerdictName } from './policySchema.ts';
import type { Caller } from './caller.ts';
import type { ToolHints } from './connection.ts';
import type { Sha256 } from './ports.ts';
import type { Finding, SchemaValidator } from './schemaValidator.ts';
import { oneLine } from './util/text.ts';

/** A file that rules come from. */
export interface PolicySource {
  readonly kind: 'user' | 'workspace';
  /** Absolute path. */
  readonly file: string;
  /** What messages call it, e.g. `.vscode/mcp-policy.json`. */
  readonly label: string;
}

/** Where something stands in a policy file. */
export interface PolicyPlace {
  readonly source: PolicySource;
  /** 1-based. */
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/** What makes a policy file unusable. */
export interface PolicyProblem extends PolicyPlace {
  readonly message: string;
}

/** Whom a rule or limit is about; an absent condition fits everything, of several patterns one has to fit. */
export interface PolicyWho {
  readonly server: readonly string[] | undefined;
  readonly tool: readonly string[] | undefined;
  readonly caller: readonly string[] | undefined;
  readonly callerKind: readonly Caller['kind'][] | undefined;
}

/** One rule as written. */
export interface PolicyRule extends PolicyWho {
  readonly effect: 'allow' | 'ask' | 'deny';
  readonly place: PolicyPlace;
  /** Visible text on one line. */
  readonly reason: string | undefined;
  readonly registry: readonly string[] | undefined;
  readonly verdict: readonly PolicyVerdictName[] | undefined;
  readonly hints: ToolHints | undefined;
  readonly arguments: JsonObject | undefined;
  readonly folder: readonly string[] | undefined;
  /** Milliseconds since the epoch; the rule fits before it. */
  readonly expiresAt: number | undefined;
}

/** One limit as written. */
export interface PolicyLimit extends PolicyWho {
  readonly place: PolicyPlace;
  readonly reason: string | undefined;
  readonly calls: number;
  readonly perMs: number;
  readonly each: readonly ('caller' | 'server' | 'tool')[];
}

/** A named set of tools, as patterns by server. */
export interface ToolPreset {
  readonly name: string;
  readonly place: PolicyPlace;
  readonly servers: readonly { readonly server: string; readonly tools: readonly string[] }[];
}

/** A policy file as read; with a problem, nothing of it counts and everything is denied. */
export interface PolicyFile {
  readonly source: PolicySource;
  readonly text: string;
  /** SHA-256 of the text. */
  readonly hash: string;
  readonly rules: readonly PolicyRule[];
  readonly limits: readonly PolicyLimit[];
  readonly presets: readonly ToolPreset[];
  readonly problems: readonly PolicyProblem[];
}

export interface PolicyParsing {
  readonly sha256: Sha256;
  readonly validator: SchemaValidator;
}

const periods: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Reads a policy file (JSON with comments); never throws, each problem says what is wrong where. */
export function parsePolicy(
  source: PolicySource,
  text: string,
  { sha256, validator }: PolicyParsing,
): PolicyFile {
  const reader = new ConfigReader(
    { id: source.file, kind: 'given', file: source.file, folder: undefined },
    text,
  );
  const problems: PolicyProblem[] = [];
  const placeOf = ({ offset, length }: Pick<ConfigNode, 'offset' | 'length'>): PolicyPlace => {
    // Offsets are those of the text as an editor has it, which is without a byte order mark.
    const { line } = reader.position(offset);
    return { source, line, offset, length: Math.max(1, length) };
  };
  const report = (at: Pick<ConfigNode, 'offset' | 'length'>, message: string) => {
    if (problems.length < 100) problems.push({ ...placeOf(at), message });
  };
  const file = (found: Partial<PolicyFile> = {}): PolicyFile => ({
    ...{ source, text, hash: sha256(text), rules: [], limits: [], presets: [] },
    ...found,
    problems: problems.toSorted((a, b) => a.offset - b.offset),
  });

  for (const { line, column, message } of reader.problems)
    report({ offset: offsetOf(reader.text, line, column), length: 1 }, message);
  const { root } = reader;
  if (problems.length > 0 || !root) return file();
  const value = valueOf(root, (key) => report(key, `${quoted(String(key.value))} occurs twice`));
  for (const finding of validator.validate(policySchema, value))
    report(nodeAt(root, finding.path), messageOf(finding));
  if (problems.length > 0 || !isJsonObject(value)) return file();

  const at = (path: readonly (string | number)[]) =>
    nodeAt(root, path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
  const rules = jsonItems(value['rules']).map((item, i): PolicyRule => {
    const raw = item as JsonObject;
    const expires = raw['expires'];
    const expiresAt = typeof expires === 'string' ? timeOf(expires) : undefined;
    if (expires !== undefined && expiresAt === undefined)
      report(at(['rules', i, 'expires']), 'there is no such date');
    const schema = raw['arguments'] as JsonObject | undefined;
    const unusable = schema && validator.validate(schema, {}).find(({ kind }) => kind === 'schema');
    if (unusable) report(at(['rules', i, 'arguments']), unusable.message);
    return {
      effect: raw['effect'] as PolicyRule['effect'],
      place: placeOf(at(['rules', i])),
      ...whoOf(raw),
      reason: reasonOf(raw),
      registry: texts(raw['registry']),
      verdict: texts(raw['verdict']) as PolicyRule['verdict'],
      hints: raw['hints'] as ToolHints | undefined,
      arguments: schema,
      folder: texts(raw['folder']),
      expiresAt,
    };
  });
  const limits = jsonItems(value['limits']).map((item, i): PolicyLimit => {
    const raw = item as JsonObject;
    return {
      place: placeOf(at(['limits', i])),
      ...whoOf(raw),
      reason: reasonOf(raw),
      calls: raw['calls'] as number,
      perMs: periods[raw['per'] as string] ?? 60_000,
      each: (texts(raw['each']) ?? ['caller']) as PolicyLimit['each'],
    };
  });
  const presets = Object.entries((value['presets'] ?? {}) as JsonObject).map(
    ([name, servers]): ToolPreset => ({
      name,
      place: placeOf(at(['presets', name])),
      servers: Object.entries(servers as JsonObject).map(([server, tools]) => ({
        server,
        tools: texts(tools) ?? [],
      })),
    }),
  );
  return file({ rules, limits, presets });
}

/** A policy file that is there and cannot be read. */
export function unreadablePolicy(source: PolicySource, reason: string, sha256: Sha256): PolicyFile {
  const problem = { source, line: 1, offset: 0, length: 1, message: `the file cannot be read: ${reason}` };
  return { source, text: '', hash: sha256(''), rules: [], limits: [], presets: [], problems: [problem] };
}

/** `file:line` as messages name a place. */
export function placeText({ source, line }: Pick<PolicyPlace, 'source' | 'line'>): string {
  return `${source.label}:${line}`;
}

/** The finding with the name that it is about. */
function messageOf({ path, keyword, message }: Finding): string {
  const name = path.split('/').pop() ?? '';
  const what = /^\d*$/.test(name) ? 'this' : quoted(name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return `${what} ${keyword === 'anyOf' ? 'is neither one of the values that it may have nor a list of them' : message}`;
}

function whoOf(raw: JsonObject): PolicyWho {
  return {
    server: texts(raw['server']),
    tool: texts(raw['tool']),
    caller: texts(raw['caller']),
    callerKind: texts(raw['callerKind']) as PolicyWho['callerKind'],
  };
}

function reasonOf(raw: JsonObject): string | undefined {
  return typeof raw['reason'] === 'string' ? oneLine(raw['reason'], 300) : undefined;
}

function texts(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? [value] : jsonItems(value).map(String);
}

/** A date counts to its end. */
function timeOf(text: string): number | undefined {
  const [day = '', time] = text.split('T');
  const at = Date.parse(time === undefined ? `${day}T00:00:00Z` : text);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // 31 February is read as 3 March by some.
  if (Number.isNaN(at) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined;
  return time === undefined ? at + 86_400_000 : at;
}

function valueOf(node: ConfigNode, onTwice: (key: ConfigNode) => void): Json {
  if (node.type === 'array') return (node.children ?? []).map((child) => valueOf(child, onTwice));
  if (node.type !== 'object') return node.value as Json;
  const seen = new Set<unknown>();
  const members = (node.children ?? []).flatMap(({ children }): [string, Json][] => {
    const [key, value] = children ?? [];
    if (!key || !value) return [];
    if (seen.has(key.value)) onTwice(key);
    seen.add(key.value);
    return [[String(key.value), valueOf(value, onTwice)]];
  });
  return Object.fromEntries(members);
}

/** The node at a JSON pointer; of a member that should not be there its name, of one that is missing the object. */
function nodeAt(root: ConfigNode, path: string): ConfigNode {
  let node = root;
  for (const part of path.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next: ConfigNode | undefined =
      node.type === 'array'
        ? node.children?.[Number(name)]
        : node.children?.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1];
    if (!next) return node;
    node = next;
  }
  return node;
}

function offsetOf(text: string, line: number, column: number): number {
  let offset = 0;
  for (let n = 1; n < line; n++) {
    const next = /\r\n|\n|\r/.exec(text.slice(offset));
    if (!next) break;
    offset += next.index + next[0].length;
  }
  return offset + column - 1;
}
