import { basename, dirname, join } from 'node:path';
import { editConfigText, entryOf, type ConfigChange } from '../core/configEdit.ts';
import { isWorkspaceSource, type Launch, type Source, type SourceKind } from '../core/server.ts';
import { AppError } from '../core/util/errors.ts';
import type { ConfigFiles } from './configFiles.ts';
import { changedMeanwhile, inTurn, readConfigText, removeText, replaceText } from './textEdits.ts';

/** An edit that was made. */
export interface ConfigEdit {
  readonly file: string;
  /** The whole text before; undefined when the file did not exist. */
  readonly before: string | undefined;
  readonly after: string;
  /** 1-based line of the entry; undefined when it was removed. */
  readonly line: number | undefined;
}

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
    const before = await readConfigText(source.file);
    // What was looked over is what is written, or nothing.
    if (options.expected && options.expected.text !== before) throw changedMeanwhile(source.file);
    const { text: after, line } = editConfigText(source, before, change);
    await replaceText(placeOf(source), before, after);
    return { file: source.file, before, after, line };
  });
}

/** Takes an edit back; rejects `conflict` when the file was changed since. A file that the edit made goes away. */
export function undoConfigEdit(source: Source, edit: ConfigEdit): Promise<void> {
  return inTurn(source.file, async () => {
    if (edit.before === undefined) await removeText(source.file, edit.after);
    else await replaceText(placeOf(source), edit.after, edit.before);
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

function placeOf(source: Source): { readonly file: string; readonly isShared: boolean } {
  return { file: source.file, isShared: isWorkspaceSource(source) };
}
