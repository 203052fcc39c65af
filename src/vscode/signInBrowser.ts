import { env, l10n, type Uri } from 'vscode';
import type { AuthBrowser } from '../core/auth.ts';
import type { Dialogs } from './dialogs.ts';
import { addressAsIs, openingDetail, openingQuestion } from './signInText.ts';

/** Shows where a sign-in leads before the browser opens: the whole address, who asks, for what, and every host that is not the server's. */
export function createSignInBrowser(dialogs: Pick<Dialogs, 'ask'>): AuthBrowser {
  return {
    open: async (opening, signal) => {
      const open = l10n.t('Open Browser');
      const copy = l10n.t('Copy Address');
      const chosen = await dialogs.ask({
        message: openingQuestion(opening, l10n.t),
        detail: openingDetail(opening, l10n.t),
        isWarning: false,
        choices: [open, copy],
      });
      if (signal.aborted || chosen === undefined) return false;
      if (chosen === copy) {
        await env.clipboard.writeText(opening.url);
        return true;
      }
      // As a text the address is opened as it is; a `Uri` would encode its query anew and break it.
      return env.openExternal(addressAsIs(opening.url) as unknown as Uri);
    },
  };
}
