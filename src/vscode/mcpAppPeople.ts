import { commands, l10n } from 'vscode';
import type { LogLevel } from '../core/connection.ts';
import type { AppPeople } from '../core/mcpAppSession.ts';
import type { OpenExternal } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import { chatWords } from '../core/promptResult.ts';
import { oneLine, visibleText } from '../core/util/text.ts';
import type { Dialogs } from './dialogs.ts';
import { forMessage } from './plainText.ts';

export interface AppPeopleDeps {
  readonly dialogs: Dialogs;
  readonly openExternal: OpenExternal;
  readonly log: (level: LogLevel, text: string) => void;
}

/** Asks the user about what the app of a server wants, with all of it in sight. */
export function createAppPeople(
  serverName: string,
  { dialogs, openExternal, log }: AppPeopleDeps,
): AppPeople {
  const name = forMessage(serverName, 100);
  return {
    openLink: async (url) => {
      const open = l10n.t('Open in Browser');
      const chosen = await dialogs.ask({
        message: l10n.t('The app of {0} wants to open a page of {1}.', name, forMessage(new URL(url).host)),
        detail: visibleText(url).text,
        choices: [open],
      });
      if (chosen !== open) return false;
      return openExternal(url);
    },
    sendToChat: async (text) => {
      const send = l10n.t('Put into Chat');
      const chosen = await dialogs.ask({
        message: l10n.t('The app of {0} wants to put a message into the chat.', name),
        detail: [visibleText(text).text, ...chatNotes(text)].join('\n\n'),
        choices: [send],
      });
      if (chosen !== send) return false;
      try {
        // The text waits in the chat's field: only the user sends it.
        await commands.executeCommand('workbench.action.chat.open', { query: text, isPartialQuery: true });
      } catch (error) {
        throw new AppError('unsupported', 'there is no chat in this editor', { cause: error });
      }
      return true;
    },
    log,
  };
}

/** What a chat would make of the text besides showing it. */
function chatNotes(text: string): readonly string[] {
  const message = { role: 'user', blocks: [{ type: 'text', text }] };
  const words = chatWords({ description: undefined, messages: [message], problems: [] });
  return words.length === 0
    ? []
    : [
        l10n.t(
          'A chat takes these words as commands, or as references to your files and tools, once you send them: {0}',
          oneLine(words.join(', '), 500),
        ),
      ];
}
