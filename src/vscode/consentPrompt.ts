import { l10n } from 'vscode';
import { consentFacts, type Consents } from '../core/consent.ts';
import type { ServerDefinition } from '../core/server.ts';
import { changeDetail, consentDetail, isTooLongForDialog } from './consentText.ts';
import type { Dialogs } from './dialogs.ts';
import { forMessage } from './plainText.ts';
import type { ResultEditor } from './resultEditor.ts';

export interface ConsentPromptDeps {
  readonly consents: Pick<Consents, 'state' | 'difference' | 'give'>;
  readonly dialogs: Dialogs;
  readonly results: Pick<ResultEditor, 'openText'>;
  /** Told of each answer, before it counts. */
  readonly onAnswer: (definition: ServerDefinition, granted: boolean) => void;
}

/** True once the user has agreed to this very launch; asks with everything that will run in sight. */
export function createConsentPrompt({
  consents,
  dialogs,
  results,
  onAnswer,
}: ConsentPromptDeps): (definition: ServerDefinition, signal: AbortSignal) => Promise<boolean> {
  return async (definition, signal) => {
    const state = consents.state(definition);
    if (state === 'given') return true;
    const facts = consentFacts(definition);
    const changed = state === 'changed' ? consents.difference(definition) : undefined;
    const detail = [changeDetail(changed, l10n.t), consentDetail(facts, l10n.t)]
      .filter((part) => part !== '')
      .join('\n\n');
    const start = facts.kind === 'stdio' ? l10n.t('Start Server') : l10n.t('Connect');
    const name = forMessage(definition.name, 100);
    const message =
      state === 'changed'
        ? facts.kind === 'stdio'
          ? l10n.t('{0} is configured differently from what you agreed to. Start it like this?', name)
          : l10n.t('{0} is configured differently from what you agreed to. Connect like this?', name)
        : facts.kind === 'stdio'
          ? l10n.t('Start the MCP server {0}?', name)
          : l10n.t('Connect to the MCP server {0}?', name);
    const isLong = isTooLongForDialog(detail);
    // A dialog would cut it, and keep the user from scrolling in an editor behind it.
    if (isLong) await results.openText(l10n.t('Start {0}', definition.name), `${message}\n\n${detail}\n`);
    const chosen = await dialogs.ask(
      isLong
        ? { message: l10n.t('{0} What it does is in the editor.', message), choices: [start], isModal: false }
        : { message, detail, choices: [start] },
    );
    const granted = chosen === start;
    if (signal.aborted) return false;
    onAnswer(definition, granted);
    if (granted) consents.give(definition);
    return granted;
  };
}
