import {
  commands as vscodeCommands,
  Disposable as VscodeDisposable,
  EventEmitter,
  FileChangeType,
  FilePermission,
  FileSystemError,
  FileType,
  l10n,
  StatusBarAlignment,
  TabInputCustom,
  TabInputText,
  Uri,
  window,
  workspace,
  type FileChangeEvent,
  type FileSystemProvider,
  type Tab,
} from 'vscode';
import type { Connections } from '../core/connections.ts';
import type { OpenResource, OpenResources } from '../core/openResources.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { commands, schemes } from '../shared/ids.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import { resourceFiles, type ResourceFile } from './resourceFiles.ts';
import { liveLabel, liveTooltip } from './resourceText.ts';
import type { Actions } from './runAction.ts';
import { closeTabs } from './tabs.ts';

export interface ResourceEditorDeps {
  readonly resources: OpenResources;
  readonly connections: Pick<Connections, 'get'>;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
}

/** Opens resources as read-only documents that follow their server; a tab of an earlier session is closed, because showing it would ask a server that nobody wanted to ask. */
export class ResourceEditor implements Disposable {
  readonly #deps: ResourceEditorDeps;
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new EventEmitter<FileChangeEvent[]>());
  readonly #status = this.#disposables.add(
    window.createStatusBarItem('mcpSwitchboard.resource', StatusBarAlignment.Right, 90),
  );
  readonly #files = new Map<string, { readonly version: number; readonly files: readonly ResourceFile[] }>();

  constructor(deps: ResourceEditorDeps) {
    this.#deps = deps;
    this.#status.name = l10n.t('MCP Resource');
    this.#status.command = commands.refreshResource;
    this.#disposables.add(
      workspace.registerFileSystemProvider(schemes.resource, this.#provider(), {
        isCaseSensitive: true,
        isReadonly: true,
      }),
    );
    this.#disposables.add(deps.resources.all.subscribe(() => this.#follow()));
    this.#disposables.add(
      window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const tab of closed) this.#tabClosed(tab);
        this.#showStatus();
      }),
    );
    this.#disposables.add(window.tabGroups.onDidChangeTabGroups(() => this.#showStatus()));
    this.#disposables.add(window.onDidChangeActiveTextEditor(() => this.#showStatus()));
    void deps.actions.run('close old resources', () =>
      closeTabs((uri) => uri.scheme === schemes.resource && !this.#find(uri)),
    );
  }

  /** Reads a resource and opens what came back, after asking which part when there are several. */
  async open(serverId: string, uri: string, signal: AbortSignal): Promise<void> {
    const one = await this.#deps.resources.open({ serverId, uri, name: this.#nameOf(serverId, uri) }, signal);
    const file = await this.#choose(one, l10n.t('Open resource'));
    if (!file) {
      if (!isShown(one.id)) this.#deps.resources.close(one.id);
      return;
    }
    const target = Uri.from({ scheme: schemes.resource, authority: one.id, path: `/${file.name}` });
    try {
      if (file.view === 'text')
        await window.showTextDocument(await workspace.openTextDocument(target), { preview: false });
      else await vscodeCommands.executeCommand('vscode.open', target, { preview: false });
    } catch (error) {
      if (!isShown(one.id)) this.#deps.resources.close(one.id);
      throw error;
    }
    this.#showStatus();
  }

  /** Reads the resource of a document again. */
  async refresh(document: Uri | undefined, signal: AbortSignal): Promise<void> {
    await this.#deps.resources.reread(this.#shown(document).one.id, signal);
  }

  /** Saves what the server sent of the document that is shown. */
  async saveDocument(document: Uri | undefined): Promise<void> {
    await save(this.#shown(document).file);
  }

  /** Reads a resource and saves what came back, or one part of it. */
  async saveResource(serverId: string, uri: string, signal: AbortSignal): Promise<void> {
    const { resources } = this.#deps;
    const one = await resources.open({ serverId, uri, name: this.#nameOf(serverId, uri) }, signal);
    try {
      const file = await this.#choose(one, l10n.t('Save resource'));
      if (file) await save(file);
    } finally {
      if (!isShown(one.id)) resources.close(one.id);
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #nameOf(serverId: string, uri: string): string {
    const { offer } = this.#deps.connections.get(serverId) ?? {};
    const known = offer?.resources.items.find((resource) => resource.uri === uri);
    return known?.name ?? (uri.split(/[?#]/, 1)[0]?.replace(/\/+$/, '').split('/').pop() || uri);
  }

  async #choose(one: OpenResource, title: string): Promise<ResourceFile | undefined> {
    const files = this.#filesOf(one);
    if (files.length === 1) return files[0];
    const picked = await this.#deps.dialogs.pick({
      title,
      placeholder: l10n.t('Which part?'),
      items: files.map((file) => ({
        label: forIconLabel(file.saveName),
        description: file.label,
        detail: forIconLabel(file.detail),
        file,
      })),
    });
    return picked?.file;
  }

  /** The document that is meant, else the one in front; throws `not-found` when there is none. */
  #shown(document: Uri | undefined): { readonly one: OpenResource; readonly file: ResourceFile } {
    const uri = document ?? activeUri();
    const found = uri && this.#find(uri);
    if (!found) throw new AppError('not-found', l10n.t('No resource is open in front.'));
    return found;
  }

  #find(uri: Uri): { readonly one: OpenResource; readonly file: ResourceFile } | undefined {
    const one =
      uri.scheme === schemes.resource ? this.#deps.resources.all.get().get(uri.authority) : undefined;
    const file = one && this.#filesOf(one).find(({ name }) => uri.path === `/${name}`);
    return one && file && { one, file };
  }

  #filesOf(one: OpenResource): readonly ResourceFile[] {
    const known = this.#files.get(one.id);
    if (known?.version === one.version) return known.files;
    const files = resourceFiles(one.name, one.parts, l10n.t);
    this.#files.set(one.id, { version: one.version, files });
    return files;
  }

  #follow(): void {
    const all = this.#deps.resources.all.get();
    const events: FileChangeEvent[] = [];
    for (const [id, { version }] of this.#files) {
      const one = all.get(id);
      if (!one) this.#files.delete(id);
      else if (one.version !== version)
        for (const { name } of this.#filesOf(one))
          events.push({
            type: FileChangeType.Changed,
            uri: Uri.from({ scheme: schemes.resource, authority: id, path: `/${name}` }),
          });
    }
    if (events.length > 0) this.#changed.fire(events);
    this.#showStatus();
  }

  #tabClosed(tab: Tab): void {
    const uri = uriOf(tab);
    if (uri?.scheme === schemes.resource && !isShown(uri.authority))
      this.#deps.resources.close(uri.authority);
  }

  #showStatus(): void {
    const uri = activeUri();
    const found = uri && this.#find(uri);
    if (!found) return this.#status.hide();
    const { one, file } = found;
    const server = this.#deps.connections.get(one.serverId)?.definition.name ?? '';
    const time = new Date(one.readAt).toLocaleTimeString();
    this.#status.text = liveLabel(one, l10n.t);
    this.#status.tooltip = liveTooltip(
      one,
      { server, time, detail: file.detail, hidden: file.hidden },
      l10n.t,
    );
    this.#status.show();
  }

  #provider(): FileSystemProvider {
    const deny = (uri: Uri): never => {
      throw FileSystemError.NoPermissions(uri);
    };
    const find = (uri: Uri) => {
      const found = this.#find(uri);
      if (!found) throw FileSystemError.FileNotFound(uri);
      return found;
    };
    return {
      onDidChangeFile: this.#changed.event,
      watch: () => new VscodeDisposable(() => undefined),
      stat: (uri) => {
        const { one, file } = find(uri);
        return {
          type: FileType.File,
          ctime: 0,
          mtime: one.readAt + one.version, // two reads in one millisecond are two states
          size: file.shown().byteLength,
          permissions: FilePermission.Readonly,
        };
      },
      readFile: (uri) => find(uri).file.shown(),
      readDirectory: () => [],
      createDirectory: deny,
      writeFile: deny,
      delete: deny,
      rename: deny,
    };
  }
}

async function save(file: ResourceFile): Promise<void> {
  const base = workspace.workspaceFolders?.[0]?.uri;
  const target = await window.showSaveDialog({
    title: l10n.t('Save resource'),
    ...(base ? { defaultUri: Uri.joinPath(base, file.saveName) } : {}),
  });
  if (target) await workspace.fs.writeFile(target, file.original());
}

function uriOf({ input }: Tab): Uri | undefined {
  return input instanceof TabInputText || input instanceof TabInputCustom ? input.uri : undefined;
}

function activeUri(): Uri | undefined {
  const tab = window.tabGroups.activeTabGroup.activeTab;
  return tab && uriOf(tab);
}

function isShown(id: string): boolean {
  return window.tabGroups.all
    .flatMap((group) => group.tabs)
    .some((tab) => uriOf(tab)?.scheme === schemes.resource && uriOf(tab)?.authority === id);
}
