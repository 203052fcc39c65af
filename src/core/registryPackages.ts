import { isJsonObject, type JsonObject } from './json.ts';
import type {
  EntryArgument,
  EntryInput,
  EntryPackage,
  EntryRemote,
  EntryTransport,
  NamedInput,
  PostInstallNote,
} from './registry.ts';
import { Fields } from './registryFields.ts';

/** Reads one package; undefined (and noted) when it names nothing to run. */
export function readPackage(item: JsonObject, where: string, problems: string[]): EntryPackage | undefined {
  const fields = new Fields(item, where, problems);
  const registryType = fields.filled('registryType', 'registryName');
  const identifier = fields.filled('identifier', 'name');
  if (registryType === undefined || identifier === undefined) {
    fields.problem('', `${registryType === undefined ? 'registryType' : 'identifier'} is missing: left out`);
    return undefined;
  }
  return {
    registryType: registryType.toLowerCase(),
    registryBaseUrl: fields.filled('registryBaseUrl'),
    identifier: identifier.trim(),
    version: fields.filled('version')?.trim(),
    fileSha256: fields.filled('fileSha256')?.toLowerCase(),
    runtimeHint: fields.filled('runtimeHint')?.trim(),
    transport: readTransport(fields, where, problems),
    runtimeArguments: readArguments(fields, 'runtimeArguments', problems),
    packageArguments: readArguments(fields, 'packageArguments', problems),
    environmentVariables: readNamed(fields, 'environmentVariables', problems),
    postInstall: fields.objects('postInstallInstructions').map((note) => readNote(note, problems)),
  };
}

/** Reads one remote; undefined (and noted) when its kind is unknown or it has no URL. */
export function readRemote(item: JsonObject, where: string, problems: string[]): EntryRemote | undefined {
  const fields = new Fields(item, where, problems);
  const type = (fields.filled('type', 'transportType') ?? '').toLowerCase();
  const url = fields.filled('url')?.trim();
  const kind = httpKind(type);
  if (kind === undefined || url === undefined) {
    fields.problem(
      '',
      kind === undefined ? `unknown transport "${type}": left out` : 'url is missing: left out',
    );
    return undefined;
  }
  return {
    kind,
    url,
    headers: readNamed(fields, 'headers', problems),
    variables: readVariables(fields, where, problems),
  };
}

function httpKind(type: string): EntryRemote['kind'] | undefined {
  if (type === 'sse') return 'sse';
  return ['streamable-http', 'streamable_http', 'streamable', 'http'].includes(type)
    ? 'streamable-http'
    : undefined;
}

function readTransport(fields: Fields, where: string, problems: string[]): EntryTransport {
  const transport = fields.object('transport');
  if (!transport) return { kind: 'stdio' };
  const inner = new Fields(transport, `${where}.transport`, problems);
  const type = inner.filled('type') ?? 'stdio';
  for (const name of ['command', 'args', 'env']) {
    if (Object.hasOwn(transport, name)) inner.problem(name, 'is not part of the schema: ignored');
  }
  if (type.toLowerCase() === 'stdio') return { kind: 'stdio' };
  return readRemote(transport, `${where}.transport`, problems) ?? { kind: 'unknown', type };
}

function readArguments(fields: Fields, member: string, problems: string[]): EntryArgument[] {
  return fields.objects(member).flatMap(({ item, where }) => {
    const argument = new Fields(item, where, problems);
    const name = argument.filled('name')?.trim();
    const declared = argument.text('type')?.toLowerCase();
    if (declared === undefined)
      argument.problem('type', `is missing: read as ${name === undefined ? 'positional' : 'named'}`);
    const kind =
      declared === 'named' || (declared !== 'positional' && name !== undefined) ? 'named' : 'positional';
    if (kind === 'named' && name === undefined) {
      argument.problem('name', 'is missing: left out');
      return [];
    }
    return {
      ...readInput(item, where, problems),
      kind,
      name: kind === 'named' ? name : undefined,
      valueHint: argument.filled('valueHint'),
      isRepeated: argument.flag('isRepeated'),
    };
  });
}

function readNamed(fields: Fields, member: string, problems: string[]): NamedInput[] {
  return fields.objects(member).flatMap(({ item, where }) => {
    const name = new Fields(item, where, problems).filled('name')?.trim();
    if (name !== undefined) return [{ ...readInput(item, where, problems), name }];
    problems.push(`${where}.name: is missing: left out`);
    return [];
  });
}

function readNote({ item, where }: { item: JsonObject; where: string }, problems: string[]): PostInstallNote {
  const fields = new Fields(item, where, problems);
  return {
    description: fields.text('description') ?? '',
    command: fields.filled('command'),
    documentation: fields.filled('documentation'),
    isOptional: fields.flag('optional'),
  };
}

const formats = new Set(['string', 'number', 'boolean', 'filepath']);

function readInput(item: JsonObject, where: string, problems: string[]): EntryInput {
  const fields = new Fields(item, where, problems);
  const format = fields.filled('format')?.toLowerCase() ?? 'string';
  return {
    description: fields.filled('description'),
    isRequired: fields.flag('isRequired'),
    isSecret: fields.flag('isSecret'),
    format: (formats.has(format) ? format : 'string') as EntryInput['format'],
    default: fields.text('default'),
    placeholder: fields.filled('placeholder'),
    value: fields.text('value'),
    choices: fields.texts('choices'),
    variables: readVariables(fields, where, problems),
  };
}

function readVariables(fields: Fields, where: string, problems: string[]): Record<string, EntryInput> {
  const variables = fields.object('variables');
  if (!variables) return {};
  const read: [string, EntryInput][] = [];
  for (const [name, variable] of Object.entries(variables).slice(0, 100)) {
    if (isJsonObject(variable))
      read.push([name, readInput(variable, `${where}.variables.${name}`, problems)]);
    else problems.push(`${where}.variables.${name}: is not an object`);
  }
  return Object.fromEntries(read);
}
