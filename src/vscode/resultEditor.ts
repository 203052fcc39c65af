import {
  commands as vscodeCommands,
  Disposable as VscodeDisposable,
  EventEmitter,
  FilePermission,
  FileSystemError,
  FileType,
  l10n,
  Uri,
  window,
  workspace,
  type FileChangeEvent,
  type FileStat,
  type FileSystemProvider,
} from 'vscode';
import type { Jobs } from '../core/jobs.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { schemes } from '../shared/ids.ts';
import type { Dialogs } from './dialogs.ts';
import { forFileName, forIconLabel } from './plainText.ts';
import { resultDocuments, structuredDocument, textDocument, type ResultDocument } from './resultDocuments.ts';
import type { Actions } from './runAction.ts';
import { closeTabs } from './tabs.ts';

export interface ResultEditorDeps {
  readonly jobs: Pick<Jobs, 'get' | 'result'>;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  /** Opens a resource that a result links to. */
  readonly openLink?: (serverId: string, uri: string) => Promise<void>;
}

const argumentsEnding = ' arguments.mcpjson';
const maxKept = 20; // folders that exist in memory only: long texts

/** Opens results and arguments as read-only documents; those of a job are made from its record, so their tabs survive a reload. */
export class ResultEditor implements Disposable {
  readonly #deps: ResultEditorDeps;
  readonly #disposables = new DisposableStore();
  readonly #kept = new Map<string, readonly ResultDocument[]>();
  #last: { readonly folder: string; readonly documents: readonly ResultDocument[] } | undefined;
  #count = 0;

  constructor(deps: ResultEditorDeps) {
    this.#deps = deps;
    this.#disposables.add(
      workspace.registerFileSystemProvider(schemes.result, this.#provider(), {
        isCaseSensitive: true,
        isReadonly: true,
      }),
    );
    void deps.actions.run('close old results', () =>
      closeTabs((uri) => uri.scheme === schemes.result && !this.#find(uri)),
    );
  }

  /** Opens the result of a job, after asking which part when there are several. */
  async openResult(jobId: string): Promise<void> {
    const folder = jobId;
    const documents = this.#documents(folder).filter(({ name }) => !name.endsWith(argumentsEnding));
    if (documents.length === 0) throw new AppError('not-found', l10n.t('This job has no result.'));
    await this.#choose(folder, documents);
  }

  /** Opens the arguments a job was sent with. */
  async openArguments(jobId: string): Promise<void> {
    const document = this.#documents(jobId).find(({ name }) => name.endsWith(argumentsEnding));
    if (!document) throw new AppError('not-found', l10n.t('This job is gone.'));
    await this.#open(jobId, document);
  }

  /** Opens one of these documents, after asking which when there are several; they are kept in memory only. */
  async openDocuments(documents: readonly ResultDocument[]): Promise<void> {
    await this.#choose(this.#keep(documents), documents);
  }

  /** Opens a text that is too long for a dialog. */
  async openText(title: string, text: string): Promise<void> {
    const document = textDocument(`${forFileName(title)}.txt`, title, '', () => text);
    await this.#open(this.#keep([document]), document);
  }

  /** Opens two texts side by side in the diff editor. */
  async openDiff(
    title: string,
    left: { readonly name: string; readonly text: string },
    right: { readonly name: string; readonly text: string },
  ): Promise<void> {
    const documents = [left, right].map(({ name, text }) =>
      textDocument(forFileName(name), name, '', () => text),
    );
    const folder = this.#keep(documents);
    const [a, b] = documents.map(({ name }) =>
      Uri.from({ scheme: schemes.result, authority: folder, path: `/${name}` }),
    );
    await vscodeCommands.executeCommand('vscode.diff', a, b, forIconLabel(title), { preview: false });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #choose(folder: string, documents: readonly ResultDocument[]): Promise<void> {
    const { jobs, openLink } = this.#deps;
    const [only] = documents;
    const serverId = jobs.get(folder)?.serverId;
    const linked = (document: ResultDocument) =>
      document.link !== undefined && serverId !== undefined && openLink !== undefined;
    if (documents.length === 1 && only && !linked(only)) return this.#open(folder, only);
    const picked = await this.#deps.dialogs.pick({
      title: l10n.t('Open result'),
      placeholder: l10n.t('Which part?'),
      items: documents.flatMap((document) => [
        ...(linked(document)
          ? [
              {
                label: l10n.t('Open the linked resource'),
                description: forIconLabel(document.linkName ?? ''),
                detail: forIconLabel(document.detail),
                document,
                isLink: true,
              },
            ]
          : []),
        {
          label: forIconLabel(document.label),
          description: forIconLabel(document.name),
          detail: forIconLabel(document.detail),
          document,
          isLink: false,
        },
      ]),
    });
    if (!picked) return;
    const { link } = picked.document;
    if (picked.isLink && link !== undefined && serverId !== undefined) await openLink?.(serverId, link);
    else await this.#open(folder, picked.document);
  }

  async #open(folder: string, document: ResultDocument): Promise<void> {
    const uri = Uri.from({ scheme: schemes.result, authority: folder, path: `/${document.name}` });
    switch (document.view) {
      case 'text':
        await window.showTextDocument(await workspace.openTextDocument(uri), { preview: false });
        return;
      case 'media':
        await vscodeCommands.executeCommand('vscode.open', uri, { preview: false });
        return;
      case 'binary': {
        const base = workspace.workspaceFolders?.[0]?.uri;
        const target = await window.showSaveDialog({
          title: l10n.t('Save {0}, which no editor can show', document.name),
          ...(base ? { defaultUri: Uri.joinPath(base, document.name) } : {}),
        });
        if (target) await workspace.fs.writeFile(target, document.bytes());
      }
    }
  }

  #keep(documents: readonly ResultDocument[]): string {
    const folder = `memory-${++this.#count}`;
    this.#kept.set(folder, documents);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKept) break;
      this.#kept.delete(oldest);
    }
    return folder;
  }

  #documents(folder: string): readonly ResultDocument[] {
    const kept = this.#kept.get(folder);
    if (kept) return kept;
    if (this.#last?.folder === folder) return this.#last.documents;
    const job = this.#deps.jobs.get(folder);
    if (!job) return [];
    const result = job.hasResult ? this.#deps.jobs.result(folder) : undefined;
    const documents = [
      ...(result ? resultDocuments(job, result, l10n.t) : []),
      structuredDocument(`${forFileName(job.tool)} arguments`, job.arguments),
    ];
    // The record of a job that still runs can change.
    if (result) this.#last = { folder, documents };
    return documents;
  }

  #find(uri: Uri): ResultDocument | undefined {
    return this.#documents(uri.authority).find(({ name }) => uri.path === `/${name}`);
  }

  #provider(): FileSystemProvider {
    const deny = (uri: Uri): never => {
      throw FileSystemError.NoPermissions(uri);
    };
    const find = (uri: Uri): ResultDocument => {
      const document = this.#find(uri);
      if (!document) throw FileSystemError.FileNotFound(uri);
      return document;
    };
    return {
      onDidChangeFile: this.#disposables.add(new EventEmitter<FileChangeEvent[]>()).event,
      watch: () => new VscodeDisposable(() => undefined),
      stat: (uri): FileStat => ({
        type: FileType.File,
        ctime: 0,
        mtime: 0,
        size: find(uri).bytes().byteLength,
        permissions: FilePermission.Readonly,
      }),
      readFile: (uri) => find(uri).bytes(),
      readDirectory: () => [],
      createDirectory: deny,
      writeFile: deny,
      delete: deny,
      rename: deny,
    };
  }
}
