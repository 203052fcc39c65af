import { applyEdits, getNodeValue, modify, type FormattingOptions, type JSONPath } from 'jsonc-parser';
import { nameFault, parseConfigText, serverKeys } from './config.ts';
import { ConfigReader, quoted, type ConfigMember, type ConfigNode } from './configReader.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Launch, Source, SourceKind } from './server.ts';
import { AppError } from './util/errors.ts';

/** A change to one entry of a configuration file. */
export type ConfigChange =
  | {
      readonly kind: 'add' | 'replace';
      readonly name: string;
      readonly entry: JsonObject;
      /** Definitions for the `inputs` of a VS Code file; one that stands there already is left as it is. */
      readonly inputs?: readonly JsonObject[];
    }
  | {
      readonly kind: 'remove';
      readonly name: string;
      /** Ids of definitions in `inputs` that go with it. */
      readonly inputs?: readonly string[];
    };

/** A changed text and where the entry stands in it (1-based; undefined when it was removed). */
export interface EditedConfig {
  readonly text: string;
  readonly line: number | undefined;
}

/** The entry for a launch in the words of the program that the file belongs to. */
export function entryOf(launch: Launch, kind: SourceKind): JsonObject {
  const hasType = !['cursor', 'cursorWorkspace', 'windsurf', 'claudeDesktop'].includes(kind);
  const tools = kind === 'copilot' ? { tools: ['*'] } : {};
  if (launch.kind === 'http') {
    return {
      ...(hasType || launch.transport === 'sse' ? { type: launch.transport === 'sse' ? 'sse' : 'http' } : {}),
      [kind === 'windsurf' ? 'serverUrl' : 'url']: launch.url,
      ...whenAny('headers', launch.headers),
      ...tools,
    };
  }
  const { command, args, env, envFile, cwd } = launch;
  return {
    ...(hasType ? { type: kind === 'copilot' ? 'local' : 'stdio' } : {}),
    command,
    ...(args.length > 0 ? { args } : {}),
    ...whenAny('env', env),
    ...(envFile === undefined ? {} : { envFile }),
    ...(cwd === undefined ? {} : { cwd }),
    ...tools,
  };
}

function whenAny(key: string, record: Readonly<Record<string, string>>): JsonObject {
  return Object.keys(record).length > 0 ? { [key]: record } : {};
}

/**
 * Changes one entry and keeps comments, layout and everything else. `text` is undefined for a file that does not exist.
 * Throws `invalid-config` when the file cannot be understood, `conflict` when the name is taken or ambiguous, `not-found`
 * when there is no such entry, `invalid-input` when the entry would not load.
 */
export function editConfigText(source: Source, text: string | undefined, change: ConfigChange): EditedConfig {
  const fault = nameFault(change.name);
  if (fault !== undefined)
    throw new AppError('invalid-input', `the server name ${quoted(change.name)} ${fault}`);
  const original = text ?? '';
  const mark = original.startsWith('\uFEFF') ? '\uFEFF' : '';
  const base = original.slice(mark.length);
  const file = open(source, base);
  const key = keyOf(source, file, change);
  const format = formatOf(base);
  let edited = file.text;
  const set = (path: JSONPath, value: unknown, isArrayInsertion = false) => {
    edited = applyEdits(edited, modify(edited, path, value, { formattingOptions: format, isArrayInsertion }));
  };
  if (file.members.get(key)?.value.type === 'null') set([key], {});
  set([key, change.name], change.kind === 'remove' ? undefined : change.entry);
  if (change.kind === 'remove') {
    const ids = inputIds(file);
    const going = ids.flatMap((id, index) => ((change.inputs ?? []).includes(id) ? [index] : []));
    if (going.length > 0 && going.length === ids.length) set(['inputs'], undefined);
    else for (const index of going.toReversed()) set(['inputs', index], undefined);
  } else {
    for (const input of newInputs(source, file, change.inputs ?? [])) {
      const hasList = open(source, edited).members.get('inputs')?.value.type === 'array';
      if (hasList) set(['inputs', -1], input, true);
      else set(['inputs'], [input]);
    }
  }
  if (base.trim() === '') edited += format.eol ?? '\n';
  return { text: mark + edited, line: check(source, file, edited, key, change) };
}

interface OpenFile {
  readonly text: string;
  readonly root: ConfigNode;
  readonly members: ReadonlyMap<string, ConfigMember>;
}

const missingValue = 'a value is expected'; // what a file of comments lacks, and nothing else

/** Reads a file that is to be edited; a file that is not sound JSON is left alone. */
function open(source: Source, base: string): OpenFile {
  const first = new ConfigReader(source, base);
  const isBlank = !first.root && first.problems.every(({ message }) => message.endsWith(missingValue));
  const text = isBlank ? `${base.trim() === '' ? '' : `${base.trimEnd()}\n`}{}` : base;
  const reader = new ConfigReader(source, text);
  const { root } = reader;
  const members = root
    ? new Map(reader.members(root).map((member) => [member.name, member]))
    : new Map<string, ConfigMember>();
  const [problem] = reader.problems;
  if (problem) throw refusal(source, `line ${problem.line}: ${problem.message}`);
  if (root?.type !== 'object') throw refusal(source, 'it does not hold an object');
  return { text, root, members };
}

function refusal(source: Source, why: string): AppError {
  return new AppError('invalid-config', `${source.file} was not changed: ${why}`, {
    nextStep: 'Open the file and repair it first.',
  });
}

/** The member to change: where the entry stands, else where new ones belong. */
function keyOf(source: Source, { members }: OpenFile, change: ConfigChange): string {
  const keys = serverKeys[source.kind];
  const holders = keys.flatMap((key) => {
    const holder = members.get(key)?.value;
    if (!holder || holder.type === 'null') return [];
    if (holder.type !== 'object') throw refusal(source, `"${key}" does not hold an object`);
    const count = (holder.children ?? []).filter(
      (property) => property.children?.[0]?.value === change.name,
    ).length;
    return [{ key, count }];
  });
  const count = holders.reduce((sum, holder) => sum + holder.count, 0);
  if (count > 1)
    throw new AppError(
      'conflict',
      `${source.file} has the server ${quoted(change.name)} twice; remove one first`,
    );
  if (change.kind === 'add' && count > 0)
    throw new AppError('conflict', `${source.file} has a server ${quoted(change.name)} already`);
  if (change.kind !== 'add' && count === 0)
    throw new AppError('not-found', `${source.file} has no server ${quoted(change.name)}`);
  const holder = holders.find((candidate) => candidate.count > 0) ?? holders[0];
  return holder?.key ?? keys[0];
}

/** The ids of the `inputs` list by position; empty for an item without one. */
function inputIds({ members }: OpenFile): readonly string[] {
  const list = members.get('inputs')?.value;
  if (list?.type !== 'array') return [];
  return (getNodeValue(list) as Json[]).map((item) =>
    isJsonObject(item) && typeof item['id'] === 'string' ? item['id'] : '',
  );
}

function newInputs(
  source: Source,
  { members }: OpenFile,
  inputs: readonly JsonObject[],
): readonly JsonObject[] {
  if (inputs.length === 0) return [];
  if (!serverKeys[source.kind].includes('servers')) {
    throw new AppError('invalid-input', `${source.file} is of a kind that has no inputs`);
  }
  const list = members.get('inputs')?.value;
  if (list && list.type !== 'array' && list.type !== 'null')
    throw refusal(source, '"inputs" does not hold a list');
  const present = list?.type === 'array' ? (getNodeValue(list) as Json[]).filter(isJsonObject) : [];
  return inputs.filter((input) => {
    const same = present.find((candidate) => candidate['id'] === input['id']);
    if (!same) return true;
    if (isEqual(same, input)) return false;
    const id = typeof input['id'] === 'string' ? input['id'] : '';
    throw new AppError('conflict', `${source.file} has another input with the id ${quoted(id)}`);
  });
}

function formatOf(text: string): FormattingOptions {
  const indent = /^(\t+| +)"/m.exec(text)?.[1] ?? '  ';
  const isTab = indent.startsWith('\t');
  return {
    insertSpaces: !isTab,
    tabSize: isTab ? 1 : Math.min(indent.length, 8),
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** The edit must do what was asked and nothing else, or it is not made. */
function check(
  source: Source,
  before: OpenFile,
  edited: string,
  key: string,
  change: ConfigChange,
): number | undefined {
  const after = open(source, edited);
  const expected = structuredClone(
    getNodeValue(before.root) as { [key: string]: { [name: string]: unknown } },
  );
  const holder = { ...expected[key] };
  if (change.kind === 'remove') Reflect.deleteProperty(holder, change.name);
  else holder[change.name] = change.entry;
  expected[key] = holder;
  const found = structuredClone(getNodeValue(after.root) as { [key: string]: unknown });
  const ignoreInputs = (change.inputs ?? []).length > 0;
  if (ignoreInputs) for (const tree of [expected, found]) Reflect.deleteProperty(tree, 'inputs');
  if (!isEqual(expected, found))
    throw new AppError('internal', `the edit of ${source.file} came out wrong and was not made`);
  if (change.kind === 'remove') return undefined;
  const parsed = parseConfigText(source, edited, () => '');
  const server = parsed.servers.find((candidate) => candidate.name === change.name);
  if (!server) {
    const reason =
      parsed.problems.find((problem) => problem.entry === change.name)?.message ?? 'it would not load';
    throw new AppError('invalid-input', `the entry for ${quoted(change.name)} is not sound: ${reason}`);
  }
  return server.line;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
  );
}
