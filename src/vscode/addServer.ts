import { l10n } from 'vscode';
import { importedServer, typedServer, type DescribedServer } from '../core/importServer.ts';
import type { InstallOrigin } from '../core/installFlow.ts';
import type { Launch, ServerDefinition } from '../core/server.ts';
import { AppError } from '../core/util/errors.ts';
import { splitCommandLine, suggestName } from './commandLine.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';

/** A file of another program that servers can be imported from. */
export interface ImportFile {
  readonly program: string;
  readonly file: string;
  readonly servers: readonly ServerDefinition[];
  /** Why some of it, or all, could not be read. */
  readonly problem: string | undefined;
}

export interface AddServerDeps {
  readonly dialogs: Dialogs;
  /** The files of other programs that hold servers. */
  readonly imports: () => Promise<readonly ImportFile[]>;
  /** Shows the install page: where it is written, what is asked for, review, consent, undo. */
  readonly review: (
    server: DescribedServer,
    origin: Extract<InstallOrigin, { kind: 'typed' | 'program' }>,
  ) => Promise<void>;
  /** Other ways to get a server, which end in the same page. */
  readonly install: (way: 'registry' | 'document' | 'link') => Promise<void>;
}

/** `Add Server…`: how the server is known; every way ends in the review of the install page. */
export class AddServer {
  readonly #deps: AddServerDeps;

  constructor(deps: AddServerDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { dialogs, install } = this.#deps;
    const title = l10n.t('Add MCP Server');
    const item = <T extends string>(way: T, icon: string, label: string, description: string) => ({
      label: `$(${icon}) ${label}`,
      description,
      way,
    });
    const kind = await dialogs.pick({
      title,
      placeholder: l10n.t('How is it reached?'),
      items: [
        item('command', 'terminal', l10n.t('Command…'), l10n.t('a program that runs on this machine')),
        item('url', 'globe', 'URL…', l10n.t('a server that is reached over HTTP')),
        item('registry', 'extensions', l10n.t('Registry…'), l10n.t('a server that a registry lists')),
        item(
          'program',
          'cloud-download',
          l10n.t('Another program…'),
          l10n.t('a server that Claude, Cursor, VS Code or another program has'),
        ),
        item('link', 'link', l10n.t('Install link…'), l10n.t('as behind the button of a server’s page')),
        item('document', 'json', 'server.json…', l10n.t('a file or an address that describes a server')),
      ],
    });
    if (!kind) throw turnedAway();
    switch (kind.way) {
      case 'command':
        return this.#typed(await this.#command(title));
      case 'url':
        return this.#typed(await this.#url(title));
      case 'program':
        return this.runImport();
      default:
        return install(kind.way);
    }
  }

  /** Copies a server of another program. */
  async runImport(): Promise<void> {
    const { dialogs, imports, review } = this.#deps;
    const title = l10n.t('Import MCP Server');
    const files = await imports();
    if (files.length === 0)
      throw new AppError(
        'not-found',
        l10n.t('No other program that we know has MCP servers on this machine.'),
      );
    const items = files.flatMap(({ program, file, servers, problem }) => [
      ...servers.map((server) => ({
        label: forIconLabel(server.name),
        description: program,
        detail: forIconLabel(file),
        found: { file, server },
      })),
      ...(problem === undefined
        ? []
        : [
            {
              label: `$(warning) ${program}`,
              description: forIconLabel(problem),
              detail: forIconLabel(file),
              found: undefined,
            },
          ]),
    ]);
    const picked = await dialogs.pick({ title, placeholder: l10n.t('Which server?'), items });
    if (!picked) throw turnedAway();
    if (!picked.found)
      throw new AppError('invalid-config', l10n.t('This file cannot be read: {0}', picked.description));
    const { file, server } = picked.found;
    await review(importedServer(server), { kind: 'program', file });
  }

  async #typed(launch: Launch): Promise<void> {
    await this.#deps.review(typedServer(suggestName(launch), launch), { kind: 'typed' });
  }

  async #command(title: string): Promise<Launch> {
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
    if (command === undefined) throw turnedAway();
    return { kind: 'stdio', command, args, env: {}, envFile: undefined, cwd: undefined };
  }

  async #url(title: string): Promise<Launch> {
    const url = await this.#deps.dialogs.enter({
      title,
      prompt: l10n.t('The URL of the server'),
      placeholder: 'https://example.com/mcp',
      check: (typed) =>
        isWebAddress(typed.trim()) ? undefined : l10n.t('Type a URL that begins with https:// or http://.'),
    });
    if (url === undefined) throw turnedAway();
    return { kind: 'http', transport: 'auto', url: url.trim(), headers: {} };
  }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'no server was added');
}
