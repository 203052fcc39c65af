import type { ExtensionContext } from 'vscode';
import { AppApprovals } from './core/mcpAppApprovals.ts';
import { AppSession } from './core/mcpAppSession.ts';
import { AppTools } from './core/mcpAppTools.ts';
import type { Logger, Memory } from './core/ports.ts';
import { DisposableStore, type Disposable } from './core/util/disposables.ts';
import type { Host } from './node/host.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import type { ServerLogs } from './vscode/log.ts';
import { appCommands, registerAppLens } from './vscode/mcpAppCommands.ts';
import { AppPanels } from './vscode/mcpAppPanels.ts';
import { createAppPeople } from './vscode/mcpAppPeople.ts';
import type { Actions } from './vscode/runAction.ts';
import { openExternal } from './vscode/workspaceState.ts';

/** What the apps of servers are composed with. */
export interface McpAppParts {
  readonly context: ExtensionContext;
  readonly host: Host;
  readonly memory: Memory;
  readonly logs: ServerLogs;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly logger: Logger;
}

/** The pages that servers bring for their tools (MCP Apps). */
export interface McpApps extends Disposable {
  readonly tools: AppTools;
  readonly approvals: AppApprovals;
  readonly commands: ReturnType<typeof appCommands>;
  /** Each app of the server is asked about again; what is open of it ends. */
  readonly revoke: (serverId: string) => void;
}

/** Builds the surface of apps over the host; reads nothing before one is opened. */
export function createMcpApps({
  context,
  host,
  memory,
  logs,
  dialogs,
  actions,
  logger,
}: McpAppParts): McpApps {
  const { connections, calls, jobs, activity, clock, sha256 } = host;
  const surfaces = new DisposableStore();
  const tools = surfaces.add(new AppTools(connections));
  const { version } = context.extension.packageJSON as { readonly version: string };
  const approvals = new AppApprovals(memory, clock);
  const panels = surfaces.add(
    new AppPanels({
      ...{ connections, jobs, actions, clock, logger, sha256, version },
      extensionUri: context.extensionUri,
      approvals,
      onApproved: (serverId, launchHash, uri, contentHash) => {
        activity.append(clock.now(), { kind: 'app-allowed', serverId, launchHash, uri, contentHash });
      },
      newSession: (app) => {
        const { id, name } = app.server.definition;
        const people = createAppPeople(name, {
          ...{ dialogs, openExternal },
          log: (level, text) => logs.log({ id, name }, level, text),
        });
        return new AppSession({ connections, calls, people, clock }, app);
      },
      newBridge: async (options) => {
        const { createAppBridge } = await import('./node/mcpAppBridge.ts');
        return createAppBridge(options);
      },
    }),
  );
  surfaces.add(registerAppLens({ jobs, tools }));
  return {
    ...{ tools, approvals },
    commands: appCommands({ jobs, tools, panels: () => panels, dialogs }),
    revoke: (serverId) => {
      approvals.revoke(serverId);
      panels.leave(serverId);
    },
    dispose: () => surfaces.dispose(),
  };
}
