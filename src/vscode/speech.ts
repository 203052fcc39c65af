import { l10n } from 'vscode';
import { speak } from '../core/util/say.ts';

/** Has the core say its texts in the editor's language; without a translation it speaks English as it is. */
export function speakLocally(): void {
  speak(l10n.bundle === undefined ? undefined : (text, ...values) => l10n.t(text, ...values));
}
