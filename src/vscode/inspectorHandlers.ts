import { env, l10n } from 'vscode';
import type { AuthInspector } from '../core/authInspector.ts';
import { authDocument } from '../core/dashboardAuth.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers } from '../shared/protocol.ts';
import { runCommand } from './commands.ts';
import { visibleJson } from './visibleJson.ts';

/** The intents of the sign-in tab; whatever changes a sign-in goes through the editor's own commands. */
export function inspectorHandlers(
  inspector: Pick<AuthInspector, 'of' | 'look'> | undefined,
): Pick<Handlers, 'auth.look' | 'auth.copy' | 'auth.run'> {
  const known = () => {
    if (!inspector) throw new AppError('unsupported', l10n.t('There are no sign-ins here.'));
    return inspector;
  };
  return {
    'auth.look': async ({ serverId }, signal) => {
      await known().look(serverId, signal);
      return null;
    },
    'auth.copy': async ({ serverId }) => {
      const found = known().of(serverId);
      if (!found) throw new AppError('not-found', l10n.t('This server is no longer configured.'));
      await env.clipboard.writeText(visibleJson(authDocument(found)));
      return null;
    },
    'auth.run': async ({ serverId, command }) => {
      await runCommand(command, { serverId });
      return null;
    },
  };
}
