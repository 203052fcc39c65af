import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, toAppError } from '../core/util/errors.ts';
import { maxTextBytes, readTextFile } from './configText.ts';

const queues = new Map<string, Promise<unknown>>();

/** Edits of one file wait for each other. */
export function inTurn<T>(file: string, edit: () => Promise<T>): Promise<T> {
  const turn = (queues.get(file) ?? Promise.resolve()).then(edit, edit);
  const settled = turn.then(
    () => {},
    () => {},
  );
  queues.set(file, settled);
  void settled.then(() => {
    if (queues.get(file) === settled) queues.delete(file);
  });
  return turn;
}

/** The text of a file that is to be edited; undefined when there is none. Rejects `invalid-config` for one that cannot be read. */
export async function readConfigText(file: string): Promise<string | undefined> {
  const found = await readTextFile(file);
  if (found.kind === 'unreadable')
    throw new AppError('invalid-config', `${file} was not changed: ${found.reason}`);
  return found.kind === 'text' ? found.text : undefined;
}

/** Writes a text whole or not at all, through links and with the mode that the file has; rejects `conflict` when it no longer is `before`, or `storage`. */
export async function replaceText(
  { file, isShared }: { readonly file: string; readonly isShared: boolean },
  before: string | undefined,
  after: string,
): Promise<void> {
  if (Buffer.byteLength(after) > maxTextBytes)
    throw new AppError('too-large', `${file} was not changed: it would grow beyond ${maxTextBytes} bytes`);
  let draft: string | undefined;
  try {
    const place = await target(file);
    await mkdir(dirname(place), { recursive: true });
    const mode = await stat(place).then(
      (found) => found.mode & 0o777,
      () => undefined,
    );
    // A new file of the user may come to hold secrets; a file of a workspace is shared.
    const newMode = isShared ? 0o666 : 0o600;
    draft = join(dirname(place), `.${basename(place)}.${randomUUID()}.tmp`);
    await writeDraft(draft, after, newMode, mode);
    // As late as possible: somebody may have saved the file since it was read.
    if ((await readConfigText(file)) !== before) throw changedMeanwhile(file);
    await rename(draft, place);
    draft = undefined;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('storage', `${file} was not changed: ${toAppError(error).message}`, { cause: error });
  } finally {
    if (draft !== undefined) await unlink(draft).catch(() => {});
  }
}

/** Removes a file that an edit had made; rejects `conflict` when it no longer is what the edit wrote. */
export async function removeText(file: string, written: string): Promise<void> {
  if ((await readConfigText(file)) !== written) throw changedMeanwhile(file);
  await unlink(await target(file));
}

/** Somebody else saved the file. */
export function changedMeanwhile(file: string): AppError {
  return new AppError('conflict', `${file} was not changed: it was saved by somebody else meanwhile`, {
    nextStep: 'Try again.',
  });
}

/** The file itself behind a link. */
async function target(file: string): Promise<string> {
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink ? realpath(file) : file;
}

async function writeDraft(
  draft: string,
  text: string,
  newMode: number,
  mode: number | undefined,
): Promise<void> {
  const handle = await open(draft, 'wx', newMode);
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
