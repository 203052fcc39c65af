import { env, l10n, window } from 'vscode';
import type { InstalledServers } from '../core/installedServers.ts';
import type { Installer } from '../core/installer.ts';
import { parseInstallLink } from '../core/installLink.ts';
import type { InstallUpdates } from '../core/installUpdates.ts';
import type { Json } from '../core/json.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel, forMessage } from './plainText.ts';
import { serverIdOf, textOf } from './targets.ts';

/** Reads a server.json; a rejection says what is wrong with it. */
export interface EntryDocuments {
  file(path: string): Promise<Json>;
  /** Over a request that reaches no private address. */
  url(url: string, signal: AbortSignal): Promise<Json>;
}

export interface InstallCommandsDeps {
  readonly installer: Installer;
  readonly installed: InstalledServers;
  readonly updates: InstallUpdates;
  readonly documents: EntryDocuments;
  readonly dialogs: Dialogs;
  /** Shows the page of the open flow. */
  readonly show: () => void;
}

type Names =
  | 'installServer'
  | 'installFromDocument'
  | 'installFromLink'
  | 'undoInstall'
  | 'updateServer'
  | 'rollBackServer'
  | 'uninstallServer'
  | 'checkForUpdates';

/** What can be done with servers that were installed, from trees, commands and the dashboard alike. */
export class ServerUpdates {
  readonly #deps: InstallCommandsDeps;

  constructor(deps: InstallCommandsDeps) {
    this.#deps = deps;
  }

  /** Opens the page of an update or roll-back. */
  async open(serverId: string, kind: 'update' | 'roll-back', signal: AbortSignal): Promise<null> {
    await this.#deps.installer.openUpdate(serverId, kind, signal);
    this.#deps.show();
    return null;
  }

  /** Takes the last installation, update or removal back. */
  async undo(): Promise<void> {
    await this.#deps.installer.undo();
    window.setStatusBarMessage(l10n.t('The configuration file is as it was before.'), 5000);
  }

  /** Removes an installed server once the user has agreed; asks whether its stored inputs go too. */
  async uninstall(serverId: string): Promise<null> {
    const { installed, dialogs } = this.#deps;
    const record = installed.need(serverId);
    const definition = installed.definition(serverId);
    const name = forMessage(definition?.name ?? record.name, 100);
    const stored = await installed.storedInputs(serverId);
    const [remove, both] = [l10n.t('Uninstall'), l10n.t('Uninstall and Forget Inputs')];
    const chosen = await dialogs.ask({
      message: l10n.t('Uninstall the MCP server {0}?', name),
      detail: [
        definition
          ? l10n.t('Its entry is removed from {0}.', definition.source.file)
          : l10n.t('It is no longer configured.'),
        ...(record.folder === undefined
          ? []
          : [l10n.t('Its unpacked bundle is removed: {0}', record.folder)]),
        ...(stored.length === 0 ? [] : [l10n.t('Values are stored for: {0}', stored.join(', '))]),
      ].join('\n'),
      choices: stored.length === 0 ? [remove] : [both, remove],
    });
    if (chosen === undefined) throw new AppError('cancelled', 'nothing was removed');
    await installed.uninstall(serverId, chosen === both);
    return null;
  }
}

/** Commands about installing; without a row they ask which server is meant. */
export function installCommands(deps: InstallCommandsDeps, servers: ServerUpdates): CommandTable<Names> {
  const { installer, installed, updates, documents, dialogs, show } = deps;
  const which = async (argument: unknown): Promise<string> => {
    const given = serverIdOf(argument);
    if (given !== undefined) return given;
    const picked = await dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Which installed server?'),
      items: installed.records.get().flatMap((record) => {
        const definition = installed.definition(record.serverId);
        if (!definition) return [];
        return [
          {
            label: forIconLabel(definition.name),
            description: forIconLabel(`${record.name} ${record.version}`),
            detail: definition.source.file,
            serverId: record.serverId,
          },
        ];
      }),
    });
    if (!picked) throw new AppError('cancelled', 'no server was picked');
    return picked.serverId;
  };
  const open = async (text: string, signal: AbortSignal): Promise<void> => {
    const link = parseInstallLink(text);
    switch (link.kind) {
      case 'name':
        await installer.open({ registryId: undefined, name: link.name, version: undefined }, signal);
        break;
      case 'url':
        await installer.openDocument(
          await documents.url(link.url, signal),
          { kind: 'url', url: link.url },
          signal,
        );
        break;
      case 'config':
        await installer.openLink(link, signal);
    }
    show();
  };

  return {
    installServer: async (argument) => {
      const name = textOf(argument, 'name') ?? (await askName(dialogs));
      await installer.open(
        { registryId: textOf(argument, 'registry'), name, version: textOf(argument, 'version') },
        never(),
      );
      show();
    },
    installFromDocument: async (argument) => {
      const url = textOf(argument, 'url');
      if (url !== undefined) return open(url, never());
      const file = textOf(argument, 'file') ?? (await askDocument(dialogs));
      if (/^https?:/i.test(file)) return open(file, never());
      await installer.openDocument(await documents.file(file), { kind: 'file', file }, never());
      show();
    },
    installFromLink: async (argument) => {
      const link =
        textOf(argument, 'link') ??
        (await dialogs.enter({
          title: l10n.t('Install from Link'),
          prompt: l10n.t('An install link, as behind the “Install in VS Code” button of a server’s page'),
          placeholder: 'vscode:mcp/install?…',
          value: linkIn(await env.clipboard.readText()),
        }));
      if (link === undefined) throw new AppError('cancelled', 'no link was given');
      await open(link, never());
    },
    undoInstall: () => servers.undo(),
    updateServer: async (argument) => servers.open(await which(argument), 'update', never()),
    rollBackServer: async (argument) => servers.open(await which(argument), 'roll-back', never()),
    uninstallServer: async (argument) => servers.uninstall(await which(argument)),
    checkForUpdates: async () => {
      const found = await updates.check(never());
      window.setStatusBarMessage(
        found === 0
          ? l10n.t('Installed servers are up to date.')
          : l10n.t('Installed servers with an update: {0}', found),
        5000,
      );
    },
  };
}

/** A clipboard that holds a link saves pasting it. */
function linkIn(text: string): string {
  return text.length < 32_768 && /^\s*(?:vscode|vscode-insiders):(?:\/\/)?mcp\//i.test(text)
    ? text.trim()
    : '';
}

async function askName(dialogs: Dialogs): Promise<string> {
  const name = await dialogs.enter({
    title: l10n.t('Install Server'),
    prompt: l10n.t('The name of the server in a registry'),
    placeholder: 'com.example/server',
    check: (text) => (text.trim() === '' ? l10n.t('Type a name.') : undefined),
  });
  if (name === undefined) throw new AppError('cancelled', 'no server was named');
  return name.trim();
}

/** Where a server.json is: a file or an address. */
async function askDocument(dialogs: Dialogs): Promise<string> {
  const place = await dialogs.pick({
    title: l10n.t('Install from server.json'),
    placeholder: l10n.t('Where is it?'),
    items: [
      { label: l10n.t('File…'), description: l10n.t('on this machine'), isFile: true },
      { label: 'URL…', description: l10n.t('on the web'), isFile: false },
    ],
  });
  if (!place) throw turnedAway();
  if (place.isFile) {
    const [uri] =
      (await window.showOpenDialog({
        title: l10n.t('Install from server.json'),
        openLabel: l10n.t('Open'),
        filters: { JSON: ['json', 'jsonc'] },
      })) ?? [];
    if (!uri) throw turnedAway();
    return uri.fsPath;
  }
  const url = await dialogs.enter({
    title: l10n.t('Install from server.json'),
    prompt: l10n.t('The address of the server.json'),
    placeholder: 'https://example.com/server.json',
    check: (text) =>
      URL.canParse(text.trim()) && /^https:/i.test(text.trim())
        ? undefined
        : l10n.t('Type an address that begins with https://.'),
  });
  if (url === undefined) throw turnedAway();
  return url.trim();
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'no server.json was chosen');
}

/** A signal for work that ends by itself. */
function never(): AbortSignal {
  return new AbortController().signal;
}
