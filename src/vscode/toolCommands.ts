import { env, l10n } from 'vscode';
import type { Connections } from '../core/connections.ts';
import { AppError } from '../core/util/errors.ts';
import type { CommandTable } from './commands.ts';
import type { DashboardPanel } from './dashboardPanel.ts';
import type { FindTool } from './findTool.ts';
import type { ServerActions } from './serverActions.ts';
import { nameOf, serverIdOf, toolOf } from './targets.ts';

export interface ToolCommandsDeps {
  readonly connections: Connections;
  readonly serverActions: ServerActions;
  readonly dashboard: DashboardPanel;
  readonly findTool: FindTool;
}

type Names = 'findTool' | 'runTool' | 'enableTool' | 'disableTool' | 'copyName';

/** Commands about tools. */
export function toolCommands({
  connections,
  serverActions,
  dashboard,
  findTool,
}: ToolCommandsDeps): CommandTable<Names> {
  const setEnabled = (argument: unknown, on: boolean) => {
    const target = toolOf(argument);
    if (!target) throw notGiven();
    connections.setToolEnabled(target.serverId, target.tool, on);
  };
  return {
    findTool: () => findTool.show(),
    runTool: (argument) => {
      const target = toolOf(argument);
      if (!target) return findTool.show();
      dashboard.show({ kind: 'server', serverId: target.serverId, tab: 'tools', tool: target.tool });
      return undefined;
    },
    enableTool: (argument) => setEnabled(argument, true),
    disableTool: (argument) => setEnabled(argument, false),
    copyName: async (argument) => {
      const serverId = serverIdOf(argument);
      const name =
        nameOf(argument) ??
        (serverId === undefined ? undefined : serverActions.get(serverId).definition.name);
      if (name === undefined) throw notGiven();
      await env.clipboard.writeText(name);
    },
  };
}

function notGiven(): AppError {
  return new AppError('invalid-input', l10n.t('Use this command from a row of the Servers view.'));
}
