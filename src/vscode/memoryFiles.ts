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
  readonly uri: Uri;
  readonly bytes: Uint8Array;
  readonly mtime: number;
  readonly isReadonly: boolean;
}

/** Files of one scheme, one folder per authority, that live in memory for as long as their owner keeps them; saving one always works and touches no disk. */
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
    const isNew = !this.#files.has(keyOf(uri));
    this.#files.set(keyOf(uri), {
      uri,
      bytes: new TextEncoder().encode(text),
      mtime: this.#clock.now(),
      isReadonly,
    });
    this.#changed.fire([{ type: isNew ? FileChangeType.Created : FileChangeType.Changed, uri }]);
  }

  /** The text of a file; undefined when there is none. */
  text(uri: Uri): string | undefined {
    const file = this.#files.get(keyOf(uri));
    return file && new TextDecoder().decode(file.bytes);
  }

  /** Removes every file of an authority. */
  remove(authority: string): void {
    for (const [key, { uri }] of [...this.#files]) {
      if (uri.authority !== authority) continue;
      this.#files.delete(key);
      this.#changed.fire([{ type: FileChangeType.Deleted, uri }]);
    }
  }

  watch(): VscodeDisposable {
    return new VscodeDisposable(() => undefined);
  }

  stat(uri: Uri): FileStat {
    const file = this.#files.get(keyOf(uri));
    if (!file) {
      if (uri.path === '/') return { type: FileType.Directory, ctime: 0, mtime: 0, size: 0 };
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
    return [...this.#files.values()]
      .filter((file) => file.uri.authority === uri.authority)
      .map((file) => [file.uri.path.slice(1), FileType.File]);
  }

  readFile(uri: Uri): Uint8Array {
    const file = this.#files.get(keyOf(uri));
    if (!file) throw FileSystemError.FileNotFound(uri);
    return file.bytes;
  }

  writeFile(uri: Uri, bytes: Uint8Array): void {
    const file = this.#files.get(keyOf(uri));
    if (!file) throw FileSystemError.FileNotFound(uri);
    if (file.isReadonly) throw FileSystemError.NoPermissions(uri);
    this.#files.set(keyOf(uri), { ...file, bytes, mtime: Math.max(this.#clock.now(), file.mtime + 1) });
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

function keyOf({ authority, path }: Uri): string {
  return `${authority}${path}`;
}
