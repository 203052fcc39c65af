import { env, l10n } from 'vscode';
import type { Connections } from '../core/connections.ts';
import type { Page } from '../core/dashboard.ts';
import type { DoctorReports } from '../core/doctorReports.ts';
import { doctorDocument, doctorMarkdown } from '../core/doctorText.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers } from '../shared/protocol.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { pickServer } from './serverPick.ts';
import { serverIdOf } from './targets.ts';
import { visibleJson } from './visibleJson.ts';

export interface DoctorCommandsDeps {
  readonly reports: Pick<DoctorReports, 'of' | 'look'>;
  readonly connections: Pick<Connections, 'servers' | 'get'>;
  readonly dialogs: Pick<Dialogs, 'pick'>;
  readonly show: (page: Page) => void;
}

/** The command that looks at a connection; without a row it asks which server is meant. */
export function doctorCommands(deps: DoctorCommandsDeps): CommandTable<'diagnose'> {
  const { reports, connections, dialogs, show } = deps;
  const which = async (argument: unknown): Promise<string> => {
    const given = typeof argument === 'string' ? argument : serverIdOf(argument);
    if (given !== undefined) {
      if (connections.get(given)) return given;
      throw new AppError('not-found', l10n.t('This server is no longer configured.'));
    }
    return pickServer(connections.servers.get(), dialogs);
  };
  return {
    diagnose: async (argument) => {
      const serverId = await which(argument);
      show({ kind: 'server', serverId, tab: 'doctor', tool: undefined });
      if (reports.of(serverId)?.isLooking !== true)
        await reports.look(serverId, new AbortController().signal);
    },
  };
}

/** The intents of the doctor's tab. */
export function doctorHandlers(
  reports: Pick<DoctorReports, 'of' | 'look' | 'stop'>,
): Pick<Handlers, 'doctor.look' | 'doctor.stop' | 'doctor.copy'> {
  return {
    'doctor.look': async ({ serverId }) => {
      // It goes on while the page is hidden; `doctor.stop` ends it.
      await reports.look(serverId, new AbortController().signal);
      return null;
    },
    'doctor.stop': async ({ serverId }) => {
      reports.stop(serverId);
      return null;
    },
    'doctor.copy': async ({ serverId, format }) => {
      const report = reports.of(serverId)?.report;
      if (!report) throw new AppError('not-found', l10n.t('Nobody has looked at this connection yet.'));
      await env.clipboard.writeText(
        format === 'json' ? visibleJson(doctorDocument(report)) : doctorMarkdown(report),
      );
      return null;
    },
  };
}
