import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** What stands at the path of a text file. */
export type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The most bytes that are read of a configuration or env file. */
export const maxTextBytes = 1024 * 1024;

const absentCodes = new Set(['ENOENT', 'ENOTDIR']);
const reasons = new Map([
  ['EACCES', 'permission is denied'],
  ['EPERM', 'permission is denied'],
  ['ELOOP', 'its links go round in circles'],
  ['EMFILE', 'too many files are open'],
]);

/** Reads a small UTF-8 file and keeps a byte order mark. Never throws, never waits for a pipe or device. */
export async function readTextFile(file: string): Promise<TextFile> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK the open of a named pipe waits for its writer.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) return unreadable('it is not a regular file');
    if (stat.size > maxTextBytes) return unreadable(`it is larger than ${maxTextBytes} bytes`);
    return decode(await readUpTo(handle, maxTextBytes + 1));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (absentCodes.has(code)) return { kind: 'absent' };
    return unreadable(reasons.get(code) ?? (code === '' ? String(error) : code));
  } finally {
    await handle?.close().catch(() => {});
  }
}

/** The size in `stat` is a claim: the file may grow, and files of the kernel say 0. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < limit) {
    const { bytesRead, buffer } = await handle.read({
      buffer: Buffer.alloc(Math.min(64 * 1024, limit - length)),
    });
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer): TextFile {
  if (bytes.length > maxTextBytes) return unreadable(`it is larger than ${maxTextBytes} bytes`);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return unreadable('it is UTF-16; save it as UTF-8');
  }
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return unreadable('it is not UTF-8 text');
  }
}

function unreadable(reason: string): TextFile {
  return { kind: 'unreadable', reason };
}
