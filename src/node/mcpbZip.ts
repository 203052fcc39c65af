import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry } from 'yauzl';
import { AppError, throwIfAborted } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';

/** Bounds of an archive; beyond one of them it is refused before or while it is unpacked. */
export interface ZipLimits {
  readonly maxEntries: number;
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  /** From 64 MB on, the content may be at most so many times the size of the archive. */
  readonly maxRatio: number;
}

/** The usual bounds. */
export const defaultZipLimits: ZipLimits = {
  maxEntries: 50_000,
  maxFileBytes: 512 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
  maxRatio: 100,
};

const smallBytes = 64 * 1024 * 1024;
const [typeMask, regularFile, folderType] = [0o170000, 0o100000, 0o040000];
const windowsNames = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Unpacks an archive into a folder that does not exist yet and answers the paths of its files. Refuses with `invalid-input`:
 * paths that lead out, absolute ones, links and devices, names that collide when case does not count, encryption; with `too-large`
 * whatever passes a limit. Nothing outside `target` is touched; what a refused archive left in it is the caller's to remove.
 */
export async function unpackZip(
  file: string,
  target: string,
  signal: AbortSignal,
  options: { readonly limits?: Partial<ZipLimits>; readonly platform?: NodeJS.Platform } = {},
): Promise<ReadonlySet<string>> {
  const { limits: changed, platform = process.platform } = options;
  const limits = { ...defaultZipLimits, ...changed };
  const archiveBytes = await checkedSize(file);
  const zip = await translated(() =>
    openPromise(file, {
      lazyEntries: true,
      strictFileNames: true,
      validateEntrySizes: true,
      autoClose: false,
    }),
  );
  try {
    if (zip.entryCount > limits.maxEntries)
      throw tooLarge(`holds ${zip.entryCount} files, more than ${limits.maxEntries}`);
    const entries = await translated(() => listed(zip.eachEntry()));
    const files = checked(entries, archiveBytes, limits, platform);
    await mkdir(target, { recursive: true });
    const made = new Set<string>();
    for (const entry of entries) {
      throwIfAborted(signal);
      const path = join(target, ...entry.fileName.split('/'));
      const folder = isFolder(entry) ? path : dirname(path);
      if (!made.has(folder)) await mkdir(folder, { recursive: true });
      made.add(folder);
      if (isFolder(entry)) continue;
      const content = await translated(() => zip.openReadStreamPromise(entry));
      // Of the permissions only "may be run" counts.
      const mode = (entry.externalFileAttributes >>> 16) & 0o111 ? 0o755 : 0o644;
      await translated(() => pipeline(content, createWriteStream(path, { flags: 'wx', mode }), { signal }));
    }
    return files;
  } finally {
    zip.close();
  }
}

/** Judges every entry before anything is written. */
function checked(
  entries: readonly Entry[],
  archiveBytes: number,
  limits: ZipLimits,
  platform: NodeJS.Platform,
): ReadonlySet<string> {
  const files = new Set<string>();
  /** Every path without regard to case: a file, or a folder with how it is written. */
  const taken = new Map<string, string>();
  let [packed, unpacked] = [0, 0];
  for (const entry of entries) {
    const name = entry.fileName;
    const problem = nameProblem(name, platform) ?? kindProblem(entry);
    if (problem !== undefined) throw refused(`${oneLine(name, 120)}: ${problem}`);
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    if (entry.uncompressedSize > limits.maxFileBytes) throw tooLarge(`${oneLine(name, 120)} is too large`);
    if (unpacked > limits.maxTotalBytes)
      throw tooLarge(`holds more than ${Math.round(limits.maxTotalBytes / 1048576)} MB`);
    const parts = name.split('/').filter((part) => part !== '');
    for (let length = 1; length <= parts.length; length++) {
      const path = parts.slice(0, length).join('/');
      const isFile = length === parts.length && !isFolder(entry);
      const key = path.normalize('NFC').toLowerCase().normalize('NFC');
      const written = isFile ? `file ${path}` : `folder ${path}`;
      const known = taken.get(key);
      if (known !== undefined && (isFile || known !== written))
        throw refused(`${oneLine(path, 120)}: two entries have this name`);
      taken.set(key, written);
    }
    if (!isFolder(entry)) files.add(name);
  }
  // Entries that share the same bytes are how small archives become huge.
  if (packed > archiveBytes) throw refused('its entries overlap');
  if (unpacked > smallBytes && unpacked > archiveBytes * limits.maxRatio)
    throw tooLarge(`is ${Math.round(unpacked / archiveBytes)} times larger inside than outside`);
  return files;
}

function nameProblem(name: string, platform: NodeJS.Platform): string | undefined {
  if (name.length > 1000 || name.split('/').length > 64) return 'the path is too long';
  if (/[\p{Cc}\\]/u.test(name)) return 'the path holds control characters or backslashes';
  if (/^(?:\/|[A-Za-z]:)/.test(name)) return 'the path is absolute';
  const parts = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'the path leads elsewhere';
  if (parts.some((part) => Buffer.byteLength(part) > 255)) return 'the name is too long';
  if (platform !== 'win32') return undefined;
  return parts.some((part) => /[<>:"|?*]|[. ]$/.test(part) || windowsNames.test(part))
    ? 'Windows cannot have this name'
    : undefined;
}

function kindProblem(entry: Entry): string | undefined {
  const type = (entry.externalFileAttributes >>> 16) & typeMask;
  if (type !== 0 && type !== regularFile && type !== folderType)
    return type === 0o120000 ? 'a link' : 'neither a file nor a folder';
  if (type === folderType && !isFolder(entry)) return 'a folder with content';
  if (entry.isEncrypted()) return 'encrypted';
  if (!entry.canDecodeFileData()) return `packed by method ${entry.compressionMethod}, which is not known`;
  return undefined;
}

function isFolder(entry: Entry): boolean {
  return entry.fileName.endsWith('/');
}

async function listed(entries: AsyncIterable<Entry>): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

async function checkedSize(file: string): Promise<number> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(4);
    await handle.read(start, 0, 4, 0);
    if (start.readUInt32LE() !== 0x04034b50) throw refused('it is no zip file');
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** What the zip reader says about a broken archive, as an `AppError`. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const isAbort = error instanceof Error && error.name === 'AbortError';
    if (isAbort) throw new AppError('cancelled', 'cancelled', { cause: error });
    const isSystem = error instanceof Error && 'syscall' in error;
    const text = oneLine(error instanceof Error ? error.message : String(error), 200);
    throw isSystem
      ? new AppError('storage', `the bundle could not be unpacked: ${text}`, { cause: error })
      : new AppError('invalid-input', `the bundle cannot be unpacked: ${text}`, { cause: error });
  }
}

function refused(why: string): AppError {
  return new AppError('invalid-input', `the bundle is refused: ${why}`);
}

function tooLarge(why: string): AppError {
  return new AppError('too-large', `the bundle is refused: ${why}`);
}
