import { FileType, l10n, Range, Uri, window, workspace, WorkspaceEdit } from 'vscode';
import { policyTemplate, type EditedPolicy } from '../core/policyEdit.ts';
import type { PolicyFile, PolicySource } from '../core/policyFile.ts';
import type { PolicyGate } from '../core/policyGate.ts';
import type { PolicyAcceptance } from '../core/policyAcceptance.ts';
import { AppError } from '../core/util/errors.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel, forMessage } from './plainText.ts';
import type { ResultEditor } from './resultEditor.ts';

export interface PolicyEditorDeps {
  readonly gate: PolicyGate;
  /** Where policy files may be; the user's own first. */
  readonly sources: () => readonly PolicySource[];
  readonly reload: () => Promise<void>;
  readonly acceptance: PolicyAcceptance;
  readonly isWorkspaceTrusted: () => boolean;
  readonly dialogs: Dialogs;
  readonly results: Pick<ResultEditor, 'openDiff'>;
  /** Told after the user accepted a file of a workspace, or took that back. */
  readonly onAccepted: (file: PolicyFile, isAccepted: boolean) => void;
}

/** Opens, writes and accepts policy files. */
export class PolicyEditor {
  readonly #deps: PolicyEditorDeps;

  constructor(deps: PolicyEditorDeps) {
    this.#deps = deps;
  }

  /** The place that an address is the policy file of. */
  sourceOf(uri: Uri): PolicySource | undefined {
    if (uri.scheme !== 'file') return undefined;
    return this.#deps.sources().find(({ file }) => Uri.file(file).toString() === uri.toString());
  }

  /** Lets the user choose a policy file; without a workspace there is one only. */
  async pickSource(placeholder: string): Promise<PolicySource> {
    const sources = this.#deps.sources();
    const [only] = sources;
    if (sources.length === 1 && only) return only;
    const picked = await this.#deps.dialogs.pick({
      title: l10n.t('Policy'),
      placeholder,
      items: sources.map((source) => ({
        label: forIconLabel(source.label),
        description:
          source.kind === 'user'
            ? l10n.t('yours, in every workspace')
            : l10n.t('of this workspace: can only tighten until you accept it'),
        detail: forIconLabel(source.file),
        source,
      })),
    });
    if (!picked) throw new AppError('cancelled', 'no policy file was picked');
    return picked.source;
  }

  /** Opens a policy file, made from a template where there is none; at a line when one is given. */
  async open(source: PolicySource, line?: number): Promise<void> {
    const uri = Uri.file(source.file);
    await make(uri);
    const document = await workspace.openTextDocument(uri);
    const at = line === undefined ? undefined : document.lineAt(Math.min(line, document.lineCount) - 1).range;
    await window.showTextDocument(document, { preview: false, ...(at ? { selection: at } : {}) });
  }

  /** Makes an edit of a policy file, saves it and shows what was added. */
  async write(source: PolicySource, change: (text: string) => EditedPolicy): Promise<void> {
    const uri = Uri.file(source.file);
    await make(uri);
    const document = await workspace.openTextDocument(uri);
    if (document.isDirty)
      throw new AppError('conflict', l10n.t('{0} has changes that are not saved.', source.label), {
        nextStep: l10n.t('Save or undo them first.'),
      });
    const { text, offset, length } = change(document.getText());
    const edit = new WorkspaceEdit();
    edit.replace(
      uri,
      new Range(document.positionAt(0), document.positionAt(document.getText().length)),
      text,
    );
    if (!(await workspace.applyEdit(edit)) || !(await document.save()))
      throw new AppError('storage', l10n.t('{0} could not be written.', source.label));
    await this.#deps.reload();
    const selection = new Range(document.positionAt(offset), document.positionAt(offset + length));
    await window.showTextDocument(document, { preview: false, selection });
  }

  /** Shows what a workspace's file says, against what was accepted before, and lets it loosen once the user agrees. */
  async accept(uri: Uri | undefined): Promise<void> {
    const { gate, acceptance, dialogs, results, reload, onAccepted } = this.#deps;
    const file = await this.#fileToAccept(uri);
    const [problem] = file.problems;
    if (problem)
      throw new AppError('invalid-config', `${file.source.label}:${problem.line}: ${problem.message}`);
    if (!this.#deps.isWorkspaceTrusted())
      throw new AppError('needs-trust', l10n.t('This workspace is not trusted.'));
    const name = forMessage(file.source.label, 120);
    if (acceptance.isAccepted(file)) {
      const withdraw = l10n.t('Withdraw');
      const chosen = await dialogs.ask({
        message: l10n.t('{0} is accepted as it is. Withdraw that?', name),
        detail: l10n.t('Its rules that allow are then no longer in force.'),
        choices: [withdraw],
      });
      if (chosen !== withdraw) return;
      acceptance.withdraw(file.source.file);
      gate.refresh();
      onAccepted(file, false);
      return;
    }
    await results.openDiff(
      l10n.t('{0}: accepted ↔ now', name),
      { name: `${l10n.t('accepted')}.mcpjson`, text: acceptance.acceptedText(file.source.file) ?? '' },
      { name: `${l10n.t('now')}.mcpjson`, text: file.text },
    );
    const accept = l10n.t('Accept');
    const count = file.rules.filter(({ effect }) => effect === 'allow').length;
    const chosen = await dialogs.ask({
      message: l10n.t(
        'Accept {0} as it is shown? {1} of its rules allow calls without asking you.',
        name,
        count,
      ),
      choices: [accept],
      isModal: false,
    });
    if (chosen !== accept) return;
    await reload();
    const now = gate.rules.get().files.find((one) => one.file.source.file === file.source.file);
    if (now?.file.hash !== file.hash)
      throw new AppError('conflict', l10n.t('{0} changed meanwhile: look at it again.', name));
    acceptance.accept(file);
    gate.refresh();
    onAccepted(file, true);
  }

  async #fileToAccept(uri: Uri | undefined): Promise<PolicyFile> {
    const { gate, reload, dialogs } = this.#deps;
    await reload();
    const files = gate.rules.get().files.filter(({ file }) => file.source.kind === 'workspace');
    const wanted = uri && this.sourceOf(uri);
    if (wanted) {
      const found = files.find(({ file }) => file.source.file === wanted.file);
      if (found) return found.file;
    }
    const [only] = files;
    if (!only) throw new AppError('not-found', l10n.t('This workspace brings no policy file.'));
    if (files.length === 1) return only.file;
    const picked = await dialogs.pick({
      title: l10n.t('Accept Policy File'),
      placeholder: l10n.t('Which file?'),
      items: files.map(({ file, isAccepted }) => ({
        label: forIconLabel(file.source.label),
        description: isAccepted ? l10n.t('accepted') : '',
        file,
      })),
    });
    if (!picked) throw new AppError('cancelled', 'no policy file was picked');
    return picked.file;
  }
}

async function make(uri: Uri): Promise<void> {
  const isThere = await workspace.fs.stat(uri).then(
    ({ type }) => (type & FileType.File) !== 0,
    () => false,
  );
  if (!isThere) await workspace.fs.writeFile(uri, new TextEncoder().encode(policyTemplate));
}
