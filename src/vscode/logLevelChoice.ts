import { l10n } from 'vscode';
import type { LogLevel } from '../core/connection.ts';
import type { ServerSnapshot } from '../core/connections.ts';
import { logLevels } from '../core/logLevel.ts';
import type { Choice } from './dialogs.ts';
import { dotted } from './nodeView.ts';
import { forMessage } from './plainText.ts';

interface LevelItem {
  readonly label: string;
  readonly description: string;
  readonly detail?: string;
  readonly level: LogLevel | undefined;
}

/** The levels that a server's messages can be asked for, the one that holds marked. */
export function logLevelChoice({ definition, state, logLevel }: ServerSnapshot): Choice<LevelItem> {
  const isOffered = state.kind !== 'ready' || state.info.capabilities['logging'] != null;
  const chosen = (level: LogLevel | undefined) => (level === logLevel ? l10n.t('now') : undefined);
  return {
    title: l10n.t('Log Level of {0}', forMessage(definition.name, 80)),
    placeholder: isOffered
      ? l10n.t('Messages of this level and above are asked for, now and on each later connection')
      : l10n.t('This server says that it sends no log messages; what it writes to stderr is always shown'),
    items: [
      {
        label: l10n.t('As the server likes'),
        description: dotted(chosen(undefined)),
        detail: l10n.t('A server that is connected may keep its level until it is restarted.'),
        level: undefined,
      },
      ...logLevels.map((level) => ({ label: level, description: dotted(chosen(level)), level })),
    ],
  };
}
