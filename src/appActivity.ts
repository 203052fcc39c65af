import { ActivityKeeper } from './core/activityKeeper.ts';
import type { Page } from './core/dashboard.ts';
import { activityView, type ActivityView } from './core/dashboardActivity.ts';
import type { Logger, Secrets } from './core/ports.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Host } from './node/host.ts';
import { writeTextFile } from './node/textFile.ts';
import { activityCommands } from './vscode/activityCommands.ts';
import { activityHandlers } from './vscode/activityHandlers.ts';
import { activityRetention } from './vscode/activitySettings.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import type { ResultEditor } from './vscode/resultEditor.ts';
import type { Actions } from './vscode/runAction.ts';

export interface ActivityParts {
  readonly host: Host;
  readonly secrets: Secrets;
  readonly version: string;
  readonly results: ResultEditor;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  readonly logger: Logger;
  /** Opens the dashboard on a page. */
  readonly show: (page: Page) => void;
  /** Goes to a page of the open dashboard. */
  readonly navigate: (page: Page) => void;
}

/** The activity log in the editor: its upkeep, page and commands. */
export function createActivity(parts: ActivityParts) {
  const { host, secrets, version, dialogs, logger } = parts;
  const { activity: rows, clock, sha256, connections, jobs, calls: toolCalls } = host;
  const surfaces = new DisposableStore();
  const keeper = surfaces.add(
    new ActivityKeeper({ rows, secrets, retention: activityRetention, clock, sha256, logger }),
  );
  keeper.start();
  const serverName = (id: string) => connections.get(id)?.definition.name;
  const saving = { rows, dialogs, version, pause: keeper.pause, writeFile: writeTextFile };
  return {
    keeper,
    /** Change whenever the page may show something else. */
    stores: [keeper.head, keeper.state],
    view: (seq: number | undefined): ActivityView =>
      activityView(
        {
          ...{ rows, serverName, retention: activityRetention() },
          head: keeper.head.get(),
          verify: keeper.state.get(),
          job: (id) => jobs.get(id),
        },
        seq,
      ),
    handlers: activityHandlers({ ...parts, ...saving, keeper, jobs, serverName }),
    commands: activityCommands({ ...saving, keeper, toolCalls, show: parts.show }),
    dispose: () => surfaces.dispose(),
  };
}
