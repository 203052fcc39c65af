import { env, Uri, workspace } from 'vscode';
import type { OpenExternal } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { Store, type Readable } from '../core/util/store.ts';

/** A workspace folder of this window. */
export interface Folder {
  readonly name: string;
  readonly uri: string;
  /** Absolute path; undefined for a folder that is not on a disk of this machine. */
  readonly path: string | undefined;
}

/** The workspace of this window as the rest of the extension sees it. */
export interface Workspace {
  readonly isTrusted: Readable<boolean>;
  readonly folders: Readable<readonly Folder[]>;
}

/** The workspace's folders and whether the user trusts it. */
export function watchWorkspace(): Workspace & Disposable {
  const disposables = new DisposableStore();
  const isTrusted = new Store(workspace.isTrusted);
  const folders = new Store(readFolders());
  disposables.add(workspace.onDidGrantWorkspaceTrust(() => isTrusted.set(true)));
  disposables.add(workspace.onDidChangeWorkspaceFolders(() => folders.set(readFolders())));
  return { isTrusted, folders, dispose: () => disposables.dispose() };
}

function readFolders(): readonly Folder[] {
  return (workspace.workspaceFolders ?? []).map(({ name, uri }) => ({
    name,
    uri: uri.toString(),
    path: uri.scheme === 'file' ? uri.fsPath : undefined,
  }));
}

/** Opens web pages, and nothing else, in the browser. */
export const openExternal: OpenExternal = async (url) => {
  const uri = Uri.parse(url, true);
  return (uri.scheme === 'https' || uri.scheme === 'http') && env.openExternal(uri);
};
