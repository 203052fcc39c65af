import { l10n } from 'vscode';
import type { ServerSnapshot } from '../core/connections.ts';
import { AppError } from '../core/util/errors.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import { stateText } from './serverText.ts';

/** Asks which of the servers is meant; rejects `cancelled` when the user turns away. */
export async function pickServer(
  servers: readonly ServerSnapshot[],
  dialogs: Pick<Dialogs, 'pick'>,
): Promise<string> {
  const picked = await dialogs.pick({
    title: 'MCP Switchboard',
    placeholder: l10n.t('Which server?'),
    items: servers.map(({ definition, state }) => ({
      label: forIconLabel(definition.name),
      description: forIconLabel(stateText(state, l10n.t)),
      detail: definition.source.file,
      serverId: definition.id,
    })),
  });
  if (!picked) throw new AppError('cancelled', 'no server was picked');
  return picked.serverId;
}
