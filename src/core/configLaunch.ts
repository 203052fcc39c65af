import {
  kindOfValue,
  quoted,
  type ConfigMember,
  type ConfigNode,
  type ConfigReader,
} from './configReader.ts';
import type { HttpLaunch, Launch, StdioLaunch } from './server.ts';

/** One entry of a configuration file as its members by name. */
export interface ConfigEntry {
  readonly name: string;
  readonly key: ConfigNode;
  readonly members: ReadonlyMap<string, ConfigMember>;
}

type Transport = 'stdio' | HttpLaunch['transport'];

// What VS Code, Claude, Copilot, Cursor and Windsurf write. VS Code's "http" falls back to SSE by itself.
const transports = new Map<string, Transport>([
  ['stdio', 'stdio'],
  ['local', 'stdio'],
  ['http', 'auto'],
  ['sse', 'sse'],
  ['streamable-http', 'streamable-http'],
  ['streamable_http', 'streamable-http'],
  ['streamablehttp', 'streamable-http'],
]);
const urlFields = ['url', 'serverUrl', 'httpUrl'];
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The launch of an entry; undefined when something is wrong with it, which is then reported. */
export function readLaunch(reader: ConfigReader, entry: ConfigEntry): Launch | undefined {
  const fields = new Fields(reader, entry);
  const type = fields.text('type') ?? fields.text('transport') ?? fields.text('transportType');
  const transport = type === undefined ? undefined : transports.get(type.toLowerCase());
  if (type !== undefined && transport === undefined) {
    const known = '"stdio", "local", "http", "streamable-http" or "sse"';
    fields.fail(
      entry.members.get('type')?.value ?? entry.key,
      `type: expected ${known}, found ${quoted(type)}`,
    );
    return undefined;
  }
  const url = urlFields.find((field) => entry.members.has(field));
  const isRemote = transport === undefined ? url !== undefined : transport !== 'stdio';
  if (transport === undefined && url !== undefined && entry.members.has('command')) {
    fields.fail(entry.key, `has both "command" and "${url}"; say which one counts with "type"`);
  }
  const launch = isRemote
    ? readHttp(fields, transport === 'stdio' ? undefined : transport)
    : readStdio(fields);
  return fields.isSound ? launch : undefined;
}

function readStdio(fields: Fields): StdioLaunch {
  const command = fields.text('command');
  if (command === undefined) fields.missing('"command" (local server) or "url" (remote server) is missing');
  else if (command.trim() === '') fields.fail(fields.node('command'), 'command: is empty');
  const cwd = fields.text('cwd');
  const envFile = fields.text('envFile');
  return {
    kind: 'stdio',
    command: command ?? '',
    args: fields.texts('args'),
    env: fields.record('env', true, checkEnvName),
    envFile: envFile === '' ? undefined : envFile,
    cwd: cwd === '' ? undefined : cwd,
  };
}

function readHttp(fields: Fields, transport: HttpLaunch['transport'] | undefined): HttpLaunch {
  const present = urlFields.filter((field) => fields.has(field));
  const urls = new Set(present.map((field) => fields.text(field)));
  const [field = 'url'] = present;
  const [url] = urls;
  if (present.length === 0) fields.missing('"url" is missing');
  else if (urls.size > 1)
    fields.fail(fields.node(field), `${present.join(' and ')} differ; keep one of them`);
  else if (url !== undefined) {
    const fault = url.includes('${') ? undefined : urlFault(url); // with variables it is checked when they are replaced
    if (fault !== undefined) fields.fail(fields.node(field), `${field}: ${fault}`);
  }
  const headers = fields.record('headers', false, (name) =>
    headerName.test(name) ? undefined : 'is not a valid header name',
  );
  // Gemini-style files say Streamable HTTP with the field's name.
  return {
    kind: 'http',
    transport: transport ?? (field === 'httpUrl' ? 'streamable-http' : 'auto'),
    url: url ?? '',
    headers,
  };
}

/** What is wrong with a URL without variables. */
export function urlFault(url: string): string | undefined {
  if (url.trim() === '') return 'is empty';
  if (/^(?:unix|pipe):/i.test(url))
    return 'Unix sockets and named pipes are not supported; use http or https';
  if (!URL.canParse(url)) return 'is not a URL';
  const parsed = new URL(url);
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    return 'must start with http:// or https://';
  if (parsed.username !== '' || parsed.password !== '')
    return 'must not hold a user name or password; use "headers"';
  return undefined;
}

function checkEnvName(name: string): string | undefined {
  if (name === '') return 'is empty';
  return name.includes('=') ? 'must not contain "="' : undefined;
}

/** Typed access to the members of one entry; every wrong type is reported as expected and found. */
class Fields {
  isSound = true;
  readonly #reader: ConfigReader;
  readonly #entry: ConfigEntry;

  constructor(reader: ConfigReader, entry: ConfigEntry) {
    this.#reader = reader;
    this.#entry = entry;
  }

  has(field: string): boolean {
    return this.#entry.members.has(field);
  }

  node(field: string): ConfigNode {
    return this.#entry.members.get(field)?.value ?? this.#entry.key;
  }

  fail(at: ConfigNode, message: string): void {
    this.isSound = false;
    this.#reader.report(at, message, this.#entry.name);
  }

  missing(message: string): void {
    // A value of the wrong type was reported already.
    if (this.isSound) this.fail(this.#entry.key, message);
  }

  text(field: string): string | undefined {
    const value = this.#present(field);
    return value && this.#text(value, field);
  }

  texts(field: string): readonly string[] {
    const value = this.#present(field);
    if (!value) return [];
    if (value.type !== 'array') {
      this.#wrongType(value, field, 'an array of strings');
      return [];
    }
    return (value.children ?? []).map((item, index) => this.#text(item, `${field}[${index}]`) ?? '');
  }

  /** An object of strings; `allowNumbers` as VS Code does for `env`, where null means "not set". */
  record(
    field: string,
    allowNumbers: boolean,
    nameFault: (name: string) => string | undefined,
  ): Readonly<Record<string, string>> {
    const value = this.#present(field);
    if (!value) return {};
    if (value.type !== 'object') {
      this.#wrongType(value, field, 'an object');
      return {};
    }
    const members: [string, string][] = [];
    for (const member of this.#reader.members(value, this.#entry.name)) {
      const path = `${field}.${quotedIfOdd(member.name)}`;
      const fault = nameFault(member.name) ?? characterFault(member.name) ?? reservedFault(member.name);
      if (fault !== undefined) {
        this.fail(member.key, `${path}: the name ${fault}`);
        continue;
      }
      if (allowNumbers && member.value.type === 'null') continue;
      if (allowNumbers && member.value.type === 'number') {
        // As written: 1e3 and 0x10 mean what the file says, and big numbers keep their digits.
        const { offset, length } = member.value;
        members.push([member.name, this.#reader.text.slice(offset, offset + length)]);
        continue;
      }
      const text = this.#text(member.value, path, allowNumbers ? 'a string, a number or null' : 'a string');
      if (text === undefined) continue;
      if (!allowNumbers && /[\r\n]/.test(text))
        this.fail(member.value, `${path}: must not contain a line break`);
      members.push([member.name, text]);
    }
    return Object.fromEntries(members);
  }

  /** The value of a field; null counts as absent. */
  #present(field: string): ConfigNode | undefined {
    const value = this.#entry.members.get(field)?.value;
    return value?.type === 'null' ? undefined : value;
  }

  #text(value: ConfigNode, path: string, expected = 'a string'): string | undefined {
    if (value.type !== 'string' || typeof value.value !== 'string') {
      this.#wrongType(value, path, expected);
      return undefined;
    }
    const fault = characterFault(value.value);
    if (fault !== undefined) this.fail(value, `${path}: ${fault}`);
    return value.value;
  }

  // Values are never repeated in a message: they may be secrets.
  #wrongType(value: ConfigNode, path: string, expected: string): void {
    this.fail(value, `${path}: expected ${expected}, found ${kindOfValue(value)}`);
  }
}

/** Characters no process, file or request can take. */
function characterFault(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  return text.isWellFormed() ? undefined : 'contains half of a character (a lone surrogate)';
}

/** Names that objects inherit would change meaning on the way through plain objects. */
export function reservedFault(name: string): string | undefined {
  return name === '__proto__' ? 'is reserved' : undefined;
}

function quotedIfOdd(name: string): string {
  return /^[\w-]+$/.test(name) ? name : quoted(name);
}
