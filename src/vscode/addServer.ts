import { l10n } from 'vscode';
import type { Launch } from '../core/server.ts';
import { AppError } from '../core/util/errors.ts';
import { splitCommandLine, suggestName } from './commandLine.ts';
import type { Dialogs } from './dialogs.ts';
import type { ServerActions } from './serverActions.ts';

/** A configuration file that servers can be added to. */
export interface ServerFile {
  /** What it is, e.g. the workspace folder's name. */
  readonly label: string;
  /** Absolute path; it need not exist yet. */
  readonly file: string;
}

/** Writes into configuration files; implemented by the owner of those files. */
export interface ServerFiles {
  /** Files that may be written, best first. */
  targets(): readonly ServerFile[];
  /** The names of the servers that the file has now. */
  names(target: ServerFile): Promise<readonly string[]>;
  /** Adds an entry, keeping comments and layout; resolves to its 1-based line. Throws `conflict` when the name is taken by then. */
  add(target: ServerFile, name: string, launch: Launch): Promise<number>;
}

export interface AddServerDeps {
  readonly dialogs: Dialogs;
  readonly files: ServerFiles;
  readonly serverActions: ServerActions;
  /** Other ways to get a server, which end in the install page. */
  readonly install: (way: 'registry' | 'document' | 'link') => Promise<void>;
}

/** `Add Server…`: how it is reached, where it is written down, its name; then its file opens at the entry. */
export class AddServer {
  readonly #deps: AddServerDeps;

  constructor(deps: AddServerDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { dialogs, files, serverActions } = this.#deps;
    const title = l10n.t('Add MCP Server');
    const kind = await dialogs.pick({
      title,
      placeholder: l10n.t('How is it reached?'),
      items: [
        {
          label: l10n.t('Command'),
          description: l10n.t('a program that runs on this machine'),
          way: 'command' as const,
        },
        { label: 'URL', description: l10n.t('a server that is reached over HTTP'), way: 'url' as const },
        {
          label: l10n.t('Registry…'),
          description: l10n.t('a server that a registry lists'),
          way: 'registry' as const,
        },
        {
          label: 'server.json…',
          description: l10n.t('a file or an address that describes a server'),
          way: 'document' as const,
        },
        {
          label: l10n.t('Install link…'),
          description: l10n.t('as behind the button of a server’s page'),
          way: 'link' as const,
        },
      ],
    });
    if (kind && kind.way !== 'command' && kind.way !== 'url') return this.#deps.install(kind.way);
    const launch = kind && (await (kind.way === 'command' ? this.#command(title) : this.#url(title)));
    if (!launch) throw turnedAway();
    const targets = files.targets();
    const target =
      targets.length === 1
        ? targets[0]
        : (
            await dialogs.pick({
              title,
              placeholder: l10n.t('Where is it written down?'),
              items: targets.map((file) => ({ label: file.label, description: file.file, file })),
            })
          )?.file;
    if (!target) throw turnedAway();
    const taken = new Set(await files.names(target));
    const name = await dialogs.enter({
      title,
      prompt: l10n.t('A name for it'),
      value: suggestName(launch),
      check: (text) => {
        const trimmed = text.trim();
        if (trimmed === '') return l10n.t('It needs a name.');
        return taken.has(trimmed) ? l10n.t('The file has a server of this name.') : undefined;
      },
    });
    if (name === undefined) throw turnedAway();
    const line = await files.add(target, name.trim(), launch);
    await serverActions.openFile(target.file, line, 1);
  }

  async #command(title: string): Promise<Launch | undefined> {
    const text = await this.#deps.dialogs.enter({
      title,
      prompt: l10n.t(
        'The command line. It is not run by a shell: quotes group words, nothing else is special.',
      ),
      placeholder: 'npx -y @modelcontextprotocol/server-everything',
      check: (typed) => {
        const words = splitCommandLine(typed);
        return words === undefined
          ? l10n.t('A quote is not closed.')
          : words.length === 0
            ? l10n.t('Type a command.')
            : undefined;
      },
    });
    const [command, ...args] = splitCommandLine(text ?? '') ?? [];
    return command === undefined
      ? undefined
      : { kind: 'stdio', command, args, env: {}, envFile: undefined, cwd: undefined };
  }

  async #url(title: string): Promise<Launch | undefined> {
    const url = await this.#deps.dialogs.enter({
      title,
      prompt: l10n.t('The URL of the server'),
      placeholder: 'https://example.com/mcp',
      check: (typed) =>
        isWebAddress(typed.trim()) ? undefined : l10n.t('Type a URL that begins with https:// or http://.'),
    });
    return url === undefined ? undefined : { kind: 'http', transport: 'auto', url: url.trim(), headers: {} };
  }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'no server was added');
}
