import type { Connections } from '../core/connections.ts';
import type { ConfigProblem } from '../core/server.ts';
import { AppError, isAppError } from '../core/util/errors.ts';
import type { AddServer } from './addServer.ts';
import type { CommandTable } from './commands.ts';
import type { DashboardPanel } from './dashboardPanel.ts';
import type { Dialogs } from './dialogs.ts';
import { logLevelChoice } from './logLevelChoice.ts';
import type { Actions } from './runAction.ts';
import type { ServerActions } from './serverActions.ts';
import { pickServer } from './serverPick.ts';
import { serverIdOf } from './targets.ts';

export interface ServerCommandsDeps {
  readonly connections: Connections;
  readonly serverActions: ServerActions;
  readonly dashboard: DashboardPanel;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly addServer: AddServer;
  readonly showLog: () => void;
  /** Reads every configuration file anew. */
  readonly reloadConfiguration: () => Promise<void>;
  /** Forgets the stored values of a server's inputs. */
  readonly forgetInputs: (serverId: string) => Promise<void>;
  /** Lets the user choose what a server is told of the workspace. */
  readonly editRoots: (serverId: string) => Promise<void>;
  /** Makes the next start ask for consent again. */
  readonly forgetConsent: (serverId: string) => Promise<void>;
}

type Names =
  | 'openDashboard'
  | 'addServer'
  | 'refreshServers'
  | 'startServer'
  | 'stopServer'
  | 'restartServer'
  | 'openServer'
  | 'openServerConfig'
  | 'showServerLog'
  | 'setLogLevel'
  | 'showLog'
  | 'setAutostartOn'
  | 'setAutostartOff'
  | 'editRoots'
  | 'forgetInputs'
  | 'forgetConsent';

/** Commands about servers; without a row they ask which server is meant. */
export function serverCommands(deps: ServerCommandsDeps): CommandTable<Names> {
  const { connections, serverActions, dashboard, dialogs, actions } = deps;

  const which = async (argument: unknown): Promise<string> => {
    const given = serverIdOf(argument);
    if (given !== undefined) return serverActions.get(given).definition.id;
    return pickServer(connections.servers.get(), dialogs);
  };
  /** A failure to connect is best explained by the server's own log. */
  const connecting =
    (name: string, work: (serverId: string) => Promise<unknown>) => async (argument: unknown) => {
      const serverId = await which(argument);
      await actions.run(
        name,
        () =>
          work(serverId).catch((error: unknown) => {
            // Its row, the inbox and a notification of its own say so, with the button that helps.
            if (!isAppError(error, 'needs-sign-in')) throw error;
          }),
        () => serverActions.showLog(serverId),
      );
    };

  return {
    openDashboard: (argument) =>
      dashboard.show(isOlderJobs(argument) ? { kind: 'jobs', jobId: undefined } : undefined),
    addServer: () => deps.addServer.run(),
    refreshServers: async () => {
      await deps.reloadConfiguration();
      const ready = connections.servers.get().filter(({ state }) => state.kind === 'ready');
      await Promise.all(
        ready.map(({ definition }) =>
          actions.attempt(`refresh ${definition.name}`, () => connections.refresh(definition.id, never())),
        ),
      );
    },
    startServer: connecting('start server', (serverId) => connections.start(serverId, never())),
    stopServer: async (argument) => connections.stop(await which(argument)),
    restartServer: connecting('restart server', (serverId) => connections.restart(serverId, never())),
    openServer: async (argument) =>
      dashboard.show({ kind: 'server', serverId: await which(argument), tab: 'overview', tool: undefined }),
    openServerConfig: async (argument) => {
      const problem = problemOf(argument);
      if (problem) await serverActions.openFile(problem.source.file, problem.line, problem.column);
      else await serverActions.openConfig(await which(argument));
    },
    showServerLog: async (argument) => serverActions.showLog(await which(argument)),
    setLogLevel: async (argument) => {
      const serverId = await which(argument);
      const picked = await dialogs.pick(logLevelChoice(serverActions.get(serverId)));
      if (!picked) throw new AppError('cancelled', 'no level was picked');
      await connections.setLogLevel(serverId, picked.level, never());
      serverActions.showLog(serverId);
    },
    showLog: () => deps.showLog(),
    setAutostartOn: async (argument) => connections.setAutostart(await which(argument), true),
    setAutostartOff: async (argument) => connections.setAutostart(await which(argument), false),
    editRoots: async (argument) => deps.editRoots(await which(argument)),
    forgetInputs: async (argument) => deps.forgetInputs(await which(argument)),
    forgetConsent: async (argument) => deps.forgetConsent(await which(argument)),
  };
}

/** A signal for work that is ended by other means: `Stop` ends a start. */
function never(): AbortSignal {
  return new AbortController().signal;
}

function problemOf(argument: unknown): ConfigProblem | undefined {
  return hasKind(argument, 'problem') && 'problem' in argument
    ? (argument.problem as ConfigProblem)
    : undefined;
}

function isOlderJobs(argument: unknown): boolean {
  return hasKind(argument, 'more');
}

function hasKind(argument: unknown, kind: string): argument is object {
  return typeof argument === 'object' && argument !== null && 'kind' in argument && argument.kind === kind;
}
