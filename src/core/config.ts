import { readInputs } from './configInputs.ts';
import { readLaunch, reservedFault, type ConfigEntry } from './configLaunch.ts';
import { ConfigReader, kindOfValue, quoted, type ConfigMember } from './configReader.ts';
import type { Sha256 } from './ports.ts';
import {
  launchHash,
  type ConfigProblem,
  type InputDefinition,
  type Launch,
  type ServerDefinition,
  type Source,
  type SourceKind,
} from './server.ts';
import { hasHiddenText } from './util/text.ts';
import { inputIdsIn } from './variableReferences.ts';

/** What one configuration file says. */
export interface ParsedConfig {
  readonly servers: readonly ServerDefinition[];
  readonly problems: readonly ConfigProblem[];
}

/** The name of the member that holds the servers, by kind of file; the first is what we write. */
export const serverKeys: Readonly<Record<SourceKind, readonly [string, ...string[]]>> = {
  workspace: ['servers', 'mcpServers'],
  user: ['servers', 'mcpServers'],
  given: ['servers', 'mcpServers'],
  mcpJson: ['mcpServers'],
  cursorWorkspace: ['mcpServers'],
  copilot: ['mcpServers'],
  claudeDesktop: ['mcpServers'],
  cursor: ['mcpServers'],
  windsurf: ['mcpServers'],
};

const maxNameLength = 200;

/** Reads a configuration file of any known kind. Never throws: what is wrong is a problem with its place, the rest loads. */
export function parseConfigText(source: Source, text: string, sha256: Sha256): ParsedConfig {
  const reader = new ConfigReader(source, text);
  const { root } = reader;
  if (!root) return { servers: [], problems: reader.problems };
  if (root.type !== 'object') {
    reader.report(root, `expected an object, found ${kindOfValue(root)}`);
    return { servers: [], problems: reader.problems };
  }
  const members = new Map(reader.members(root).map((member) => [member.name, member]));
  const keys = serverKeys[source.kind];
  for (const other of ['servers', 'mcpServers']) {
    const member = members.get(other);
    if (member && !keys.includes(other)) {
      reader.report(member.key, `"${other}" is not read in this file; its servers stand in "${keys[0]}"`);
    }
  }
  const inputsMember = keys.includes('servers') ? members.get('inputs') : undefined;
  const inputs = inputsMember ? readInputs(reader, inputsMember.value) : [];
  const servers = new Map<string, ServerDefinition>();
  for (const member of readServerMembers(reader, members, keys)) {
    const server = readServer(reader, member, inputs, sha256);
    if (server) servers.set(server.name, server);
  }
  return { servers: [...servers.values()], problems: reader.problems };
}

function readServerMembers(
  reader: ConfigReader,
  members: ReadonlyMap<string, ConfigMember>,
  keys: readonly string[],
): ConfigMember[] {
  const byName = new Map<string, ConfigMember>();
  for (const key of keys) {
    const holder = members.get(key);
    if (!holder || holder.value.type === 'null') continue;
    if (holder.value.type !== 'object') {
      reader.report(holder.value, `${key}: expected an object, found ${kindOfValue(holder.value)}`);
      continue;
    }
    for (const member of reader.members(holder.value)) {
      if (byName.has(member.name)) {
        reader.report(member.key, `also stands in "${keys[0]}", which counts`, member.name);
      } else {
        byName.set(member.name, member);
      }
    }
  }
  return [...byName.values()];
}

function readServer(
  reader: ConfigReader,
  member: ConfigMember,
  fileInputs: readonly InputDefinition[],
  sha256: Sha256,
): ServerDefinition | undefined {
  const { name, key, value } = member;
  const fault = nameFault(name);
  if (fault !== undefined) {
    reader.report(key, `the server name ${quoted(name)} ${fault}`, name);
    return undefined;
  }
  if (value.type !== 'object') {
    reader.report(value, `expected an object, found ${kindOfValue(value)}`, name);
    return undefined;
  }
  if (!reader.isWhole(value)) {
    reader.report(key, 'not loaded: the entry is damaged by the syntax error', name);
    return undefined;
  }
  const members = new Map(reader.members(value, name).map((field) => [field.name, field]));
  const entry: ConfigEntry = { name, key, members };
  const launch = readLaunch(reader, entry);
  if (!launch) return undefined;
  const { source } = reader;
  return {
    id: `${source.id}/${name}`,
    name,
    source,
    line: reader.position(key.offset).line,
    launch,
    inputs: usedInputs(reader, entry, launch, fileInputs),
    launchHash: launchHash(launch, sha256),
    isDisabledInFile: readFlag(reader, entry, 'disabled'),
    wantsSandbox: readFlag(reader, entry, 'sandboxEnabled'),
  };
}

/** What is wrong with a server's name, as the end of a sentence. */
export function nameFault(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (name !== name.trim()) return 'starts or ends with a blank';
  if (name.length > maxNameLength) return `is longer than ${maxNameLength} characters`;
  if (hasHiddenText(name) || /[\n\t]/.test(name)) return 'holds hidden characters or line breaks';
  return reservedFault(name);
}

/** True when the flag is set; another type than a boolean is reported and counts as not set. */
function readFlag(reader: ConfigReader, entry: ConfigEntry, field: string): boolean {
  const value = entry.members.get(field)?.value;
  if (!value || value.type === 'null') return false;
  if (value.type === 'boolean') return value.value === true;
  reader.report(value, `${field}: expected a boolean, found ${kindOfValue(value)}`, entry.name);
  return false;
}

function usedInputs(
  reader: ConfigReader,
  entry: ConfigEntry,
  launch: Launch,
  fileInputs: readonly InputDefinition[],
): readonly InputDefinition[] {
  const used = inputIdsIn(launch, reader.source.kind);
  for (const id of used) {
    if (!fileInputs.some((input) => input.id === id)) {
      reader.report(
        entry.key,
        `uses \${input:${quoted(id).slice(1, -1)}}, but the file defines no such input`,
        entry.name,
      );
    }
  }
  return fileInputs.filter((input) => used.has(input.id));
}
