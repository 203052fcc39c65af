import { window, type Uri } from 'vscode';
import { installRequest } from '../core/installRequest.ts';
import type { Disposable } from '../core/util/disposables.ts';
import { runCommand } from './commands.ts';
import type { Actions } from './runAction.ts';

/** Opens the install page for links that other programs and web pages hand over; nothing is written without a consent of its own. The answers of sign-ins go their own way. */
export function registerInstallUri(
  actions: Actions,
  signedIn: { readonly path: string; take(uri: Uri): Promise<void> },
): Disposable {
  return window.registerUriHandler({
    handleUri: (uri: Uri) =>
      uri.path === signedIn.path
        ? actions.run('sign-in answer', () => signedIn.take(uri))
        : actions.run('install link', () => {
            const { command, argument } = installRequest(uri.path, uri.query);
            return runCommand(command, argument);
          }),
  });
}
