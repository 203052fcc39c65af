import {
  Disposable as VscodeDisposable,
  EventEmitter,
  FileChangeType,
  FilePermission,
  FileSystemError,
  FileType,
  type FileChangeEvent,
  type FileStat,
  type FileSystemProvider,
  type Uri,
} from 'vscode';
import type { Clock } from '../core/ports.ts';

interface MemoryFile {
  readonly bytes: Uint8Array;
  readonly mtime: number;
  readonly isReadonly: boolean;
}

/** Files of one scheme that live in memory for as long as their owner keeps them; saving one always works and touches no disk. */
export class MemoryFiles implements FileSystemProvider {
  readonly #clock: Clock;
  readonly #files = new Map<string, MemoryFile>();
  readonly #changed = new EventEmitter<FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes or replaces a file. */
  put(uri: Uri, text: string, isReadonly = false): void {
    const isNew = !this.#files.has(uri.path);
    this.#files.set(uri.path, {
      bytes: new TextEncoder().encode(text),
      mtime: this.#clock.now(),
      isReadonly,
    });
    this.#changed.fire([{ type: isNew ? FileChangeType.Created : FileChangeType.Changed, uri }]);
  }

  /** The text of a file; undefined when there is none. */
  text(uri: Uri): string | undefined {
    const file = this.#files.get(uri.path);
    return file && new TextDecoder().decode(file.bytes);
  }

  /** Removes every file in a folder. */
  remove(folder: Uri): void {
    for (const path of [...this.#files.keys()]) {
      if (!path.startsWith(`${folder.path}/`)) continue;
      this.#files.delete(path);
      this.#changed.fire([{ type: FileChangeType.Deleted, uri: folder.with({ path }) }]);
    }
  }

  watch(): VscodeDisposable {
    return new VscodeDisposable(() => undefined);
  }

  stat(uri: Uri): FileStat {
    const file = this.#files.get(uri.path);
    if (!file) {
      if (this.readDirectory(uri).length > 0)
        return { type: FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      throw FileSystemError.FileNotFound(uri);
    }
    return {
      type: FileType.File,
      ctime: 0,
      mtime: file.mtime,
      size: file.bytes.byteLength,
      ...(file.isReadonly ? { permissions: FilePermission.Readonly } : {}),
    };
  }

  readDirectory(uri: Uri): [string, FileType][] {
    const prefix = uri.path.endsWith('/') ? uri.path : `${uri.path}/`;
    return [...this.#files.keys()]
      .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      .map((path) => [path.slice(prefix.length), FileType.File]);
  }

  readFile(uri: Uri): Uint8Array {
    const file = this.#files.get(uri.path);
    if (!file) throw FileSystemError.FileNotFound(uri);
    return file.bytes;
  }

  writeFile(uri: Uri, bytes: Uint8Array): void {
    const file = this.#files.get(uri.path);
    if (!file) throw FileSystemError.FileNotFound(uri);
    if (file.isReadonly) throw FileSystemError.NoPermissions(uri);
    this.#files.set(uri.path, { ...file, bytes, mtime: Math.max(this.#clock.now(), file.mtime + 1) });
    this.#changed.fire([{ type: FileChangeType.Changed, uri }]);
  }

  createDirectory(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  delete(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }

  rename(uri: Uri): void {
    throw FileSystemError.NoPermissions(uri);
  }
}
