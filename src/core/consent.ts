import { consentDangers, type ConsentDanger } from './consentDangers.ts';
import { isJsonObject } from './json.ts';
import { addressOf, commandLineOf } from './launchText.ts';
import type { Clock, Memory } from './ports.ts';
import { isWorkspaceSource, type ServerDefinition } from './server.ts';
import { visibleText } from './util/text.ts';
import { envNamesIn } from './variableReferences.ts';

interface FactsBase {
  readonly serverName: string;
  readonly sourceFile: string;
  readonly line: number;
  /** The file came with a workspace, so somebody else may have written it. */
  readonly isFromWorkspace: boolean;
  readonly launchHash: string;
  /** Inputs that the server receives. */
  readonly inputs: readonly { readonly id: string; readonly isPassword: boolean }[];
  /** Variables of the user's environment whose values the server receives. */
  readonly takenVariables: readonly string[];
  readonly dangers: readonly ConsentDanger[];
}

/** What the user agrees to; untruncated, never with the value of an environment variable or header. Every text is visible text. */
export type ConsentFacts = FactsBase &
  (
    | {
        readonly kind: 'stdio';
        /** The words of the command, each quoted where its limits could be mistaken. */
        readonly commandLine: string;
        readonly argv: readonly string[];
        readonly cwd: string;
        readonly envNames: readonly string[];
        readonly envFile: string | undefined;
      }
    | { readonly kind: 'http'; readonly url: string; readonly headerNames: readonly string[] }
  );

/** What the consent dialog shows for a server, variables as configured. */
export function consentFacts(definition: ServerDefinition): ConsentFacts {
  const { name, source, line, launch, inputs, launchHash } = definition;
  const base: FactsBase = {
    serverName: shown(name),
    sourceFile: shown(source.file),
    line,
    isFromWorkspace: isWorkspaceSource(source),
    launchHash,
    inputs: inputs.map(({ id, isPassword }) => ({ id: shown(id), isPassword })),
    takenVariables: envNamesIn(launch, source.kind).map(shown),
    dangers: consentDangers(definition),
  };
  if (launch.kind === 'http') {
    return {
      ...base,
      kind: 'http',
      url: shown(launch.url),
      headerNames: Object.keys(launch.headers).map(shown),
    };
  }
  const argv = [launch.command, ...launch.args];
  return {
    ...base,
    kind: 'stdio',
    commandLine: renderCommandLine(argv),
    argv: argv.map(shown),
    cwd: shown(launch.cwd ?? source.folder ?? '${userHome}'),
    envNames: Object.keys(launch.env).map(shown),
    envFile: launch.envFile === undefined ? undefined : shown(launch.envFile),
  };
}

const maxLine = 2_000;
const maxLines = 200;

/** What is agreed to, one thing a line; what looks like a secret is masked, and values of variables and headers are left out. */
function consentLines(definition: ServerDefinition): readonly string[] {
  const { launch } = definition;
  const facts = consentFacts(definition);
  const names =
    facts.kind === 'http'
      ? facts.headerNames.map((name) => `header ${name}`)
      : [
          `in ${facts.cwd}`,
          ...facts.envNames.map((name) => `environment ${name}`),
          ...(facts.envFile === undefined ? [] : [`environment from ${facts.envFile}`]),
        ];
  return [
    shown(launch.kind === 'http' ? addressOf(launch) : commandLineOf(launch)),
    ...names,
    ...facts.takenVariables.map((name) => `your variable ${name}`),
    ...facts.inputs.map(({ id }) => `input ${id}`),
    `file ${facts.sourceFile}`,
  ]
    .slice(0, maxLines)
    .map((line) => line.slice(0, maxLine));
}

/** One line from which every word can be read back: a word with anything but plain characters stands in quotes, escaped. */
export function renderCommandLine(argv: readonly string[]): string {
  return argv.map(renderWord).join(' ');
}

function renderWord(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return word;
  const escaped = shown(word)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

function shown(text: string): string {
  return visibleText(text).text;
}

/** An agreement to start one server as it is configured. */
export interface Consent {
  readonly serverId: string;
  readonly name: string;
  readonly file: string;
  readonly launchHash: string;
  readonly at: number; // ms since the epoch
  /** What was agreed to, in lines of visible text, to compare with; consents of older versions have none. */
  readonly lines?: readonly string[];
}

const memoryKey = 'consents';

/** The agreements of the user: bound to server, file and launch hash, remembered until revoked. */
export class Consents {
  readonly #memory: Memory;
  readonly #clock: Clock;

  constructor(memory: Memory, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
  }

  /** `changed`: the user agreed to this server when it was configured otherwise. */
  state(definition: ServerDefinition): 'given' | 'changed' | 'none' {
    const consent = this.list().find((item) => item.serverId === definition.id);
    if (!consent) return 'none';
    const isSame = consent.launchHash === definition.launchHash && consent.file === definition.source.file;
    return isSame ? 'given' : 'changed';
  }

  give(definition: ServerDefinition): void {
    const { id: serverId, name, source, launchHash } = definition;
    const others = this.list().filter((item) => item.serverId !== serverId);
    const lines = consentLines(definition);
    this.#set([...others, { serverId, name, file: source.file, launchHash, at: this.#clock.now(), lines }]);
  }

  /** What the user agreed to last and is no longer so, and what is there in its place; undefined when that is not known. */
  difference(
    definition: ServerDefinition,
  ): { readonly before: readonly string[]; readonly after: readonly string[] } | undefined {
    const before = this.list().find((item) => item.serverId === definition.id)?.lines;
    if (!before) return undefined;
    const after = consentLines(definition);
    const without = (lines: readonly string[], others: readonly string[]) =>
      lines.filter((line) => !others.includes(line));
    return { before: without(before, after), after: without(after, before) };
  }

  /** The next start asks again. */
  revoke(serverId: string): void {
    this.#set(this.list().filter((item) => item.serverId !== serverId));
  }

  revokeAll(): void {
    this.#set([]);
  }

  list(): readonly Consent[] {
    let stored: unknown;
    try {
      stored = JSON.parse(this.#memory.get(memoryKey) ?? '[]');
    } catch {
      return []; // what cannot be read was never agreed to
    }
    return Array.isArray(stored) ? stored.filter(isConsent) : [];
  }

  #set(consents: readonly Consent[]): void {
    this.#memory.set(memoryKey, consents.length === 0 ? undefined : JSON.stringify(consents));
  }
}

function isConsent(value: unknown): value is Consent {
  if (!isJsonObject(value)) return false;
  const texts = ['serverId', 'name', 'file', 'launchHash'];
  const { lines } = value;
  const isReadable =
    lines === undefined || (Array.isArray(lines) && lines.every((line) => typeof line === 'string'));
  return (
    texts.every((field) => typeof value[field] === 'string') && typeof value['at'] === 'number' && isReadable
  );
}
