import { editConfigText, type ConfigChange } from '../core/configEdit.ts';
import { isWorkspaceSource, type Source } from '../core/server.ts';
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

function placeOf(source: Source): { readonly file: string; readonly isShared: boolean } {
  return { file: source.file, isShared: isWorkspaceSource(source) };
}
