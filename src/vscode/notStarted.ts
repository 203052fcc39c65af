import { commands, l10n, window } from 'vscode';
import { isAppError } from '../core/util/errors.ts';
import { setContext } from './commands.ts';
import { forMessage } from './plainText.ts';

/** Says why the extension did not start and what does not work now: nothing may be sent that cannot be written down first. */
export function tellNotStarted(error: unknown): void {
  const reason = forMessage(error instanceof Error ? error.message : String(error), 500);
  const text = isAppError(error, 'storage')
    ? l10n.t(
        'MCP Switchboard did not start: {0}. Every call is written down before it is sent, so no server is started and no call is made. Make this place writable, then reload.',
        reason,
      )
    : l10n.t('MCP Switchboard did not start: {0}', reason);
  setContext('isNotStarted', true);
  const reload = l10n.t('Reload Window');
  void window.showWarningMessage(text, reload).then((chosen) => {
    if (chosen === reload) return commands.executeCommand('workbench.action.reloadWindow');
    return undefined;
  });
}
