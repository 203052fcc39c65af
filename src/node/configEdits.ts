import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { editConfigText, entryOf, type ConfigChange } from '../core/configEdit.ts';
import { isWorkspaceSource, type Launch, type Source, type SourceKind } from '../core/server.ts';
import { AppError, toAppError } from '../core/util/errors.ts';
import type { ConfigFiles } from './configFiles.ts';
import { maxTextBytes, readTextFile } from './configText.ts';

/** An edit that was made. */
export interface ConfigEdit {
  readonly file: string;
  /** The whole text before; undefined when the file did not exist. */
  readonly before: string | undefined;
  readonly after: string;
  /** 1-based line of the entry; undefined when it was removed. */
  readonly line: number | undefined;
}

const queues = new Map<string, Promise<unknown>>();

/**
 * Adds, replaces or removes an entry; keeps comments and layout, makes the file when it is missing, writes all or nothing.
 * `expected` is the text that the change was made for.
 * Rejects `invalid-config` for a file that cannot be understood, `conflict`, `not-found`, `invalid-input` or `storage`.
 */
export function changeConfig(
  source: Source,
  change: ConfigChange,
  options: { readonly expected?: { readonly text: string | undefined } } = {},
): Promise<ConfigEdit> {
  return inTurn(source.file, async () => {
    const before = await read(source.file);
    // What was looked over is what is written, or nothing.
    if (options.expected && options.expected.text !== before) throw changedMeanwhile(source.file);
    const { text: after, line } = editConfigText(source, before, change);
    await replaceText(source, before, after);
    return { file: source.file, before, after, line };
  });
}

/** Takes an edit back; rejects `conflict` when the file was changed since. A file that the edit made goes away. */
export function undoConfigEdit(source: Source, edit: ConfigEdit): Promise<void> {
  return inTurn(source.file, async () => {
    if ((await read(source.file)) !== edit.after) throw changedMeanwhile(source.file);
    if (edit.before === undefined) await unlink(await target(source.file));
    else await replaceText(source, edit.after, edit.before);
  });
}

/** A file that servers can be added to. */
export interface WritableFile {
  readonly label: string;
  readonly file: string;
}

const writable: readonly SourceKind[] = ['workspace', 'mcpJson', 'user', 'copilot'];

/** The files that "Add Server" may write, over the followed configuration. */
export function createServerFiles(files: Pick<ConfigFiles, 'configuration' | 'reload'>): {
  targets(): readonly WritableFile[];
  names(target: WritableFile): Promise<readonly string[]>;
  add(target: WritableFile, name: string, launch: Launch): Promise<number>;
} {
  const sourceOf = ({ file }: WritableFile): Source => {
    const source = files.configuration.get().sources.find((candidate) => candidate.file === file);
    if (!source) throw new AppError('not-found', `${file} is not among the configuration files in use`);
    return source;
  };
  return {
    targets: () =>
      writable.flatMap((kind) =>
        files.configuration
          .get()
          .sources.filter((source) => source.kind === kind)
          .map((source) => ({ label: labelOf(source), file: source.file })),
      ),
    names: async (target) => {
      await files.reload();
      const { id } = sourceOf(target);
      return files.configuration
        .get()
        .servers.flatMap((server) => (server.source.id === id ? [server.name] : []));
    },
    add: async (target, name, launch) => {
      const source = sourceOf(target);
      const { line } = await changeConfig(source, { kind: 'add', name, entry: entryOf(launch, source.kind) });
      await files.reload();
      return line ?? 1;
    },
  };
}

/** The end of the path: enough to tell the files apart. */
function labelOf({ file, folder }: Source): string {
  if (folder !== undefined) return `${basename(folder)}${file.slice(folder.replace(/[\\/]$/, '').length)}`;
  return join(basename(dirname(file)), basename(file));
}

/** Edits of one file wait for each other. */
function inTurn<T>(file: string, edit: () => Promise<T>): Promise<T> {
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

async function read(file: string): Promise<string | undefined> {
  const found = await readTextFile(file);
  if (found.kind === 'unreadable')
    throw new AppError('invalid-config', `${file} was not changed: ${found.reason}`);
  return found.kind === 'text' ? found.text : undefined;
}

/** The file itself behind a link. */
async function target(file: string): Promise<string> {
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink ? realpath(file) : file;
}

async function replaceText(source: Source, before: string | undefined, after: string): Promise<void> {
  const { file } = source;
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
    const newMode = isWorkspaceSource(source) ? 0o666 : 0o600;
    draft = join(dirname(place), `.${basename(place)}.${randomUUID()}.tmp`);
    await writeDraft(draft, after, newMode, mode);
    // As late as possible: somebody may have saved the file since it was read.
    if ((await read(file)) !== before) throw changedMeanwhile(file);
    await rename(draft, place);
    draft = undefined;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('storage', `${file} was not changed: ${toAppError(error).message}`, { cause: error });
  } finally {
    if (draft !== undefined) await unlink(draft).catch(() => {});
  }
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

function changedMeanwhile(file: string): AppError {
  return new AppError('conflict', `${file} was not changed: it was saved by somebody else meanwhile`, {
    nextStep: 'Try again.',
  });
}
