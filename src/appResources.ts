import { randomUUID } from 'node:crypto';
import type { Page } from './core/dashboard.ts';
import { OpenResources } from './core/openResources.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Host } from './node/host.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { resourceCommands, resourceHandlers } from './vscode/resourceCommands.ts';
import { ResourceEditor } from './vscode/resourceEditor.ts';
import type { Actions } from './vscode/runAction.ts';

/** Resources as documents that follow their server. Asks nobody when it is made. */
export function createResources({
  host: { connections, reports, clock },
  dialogs,
  actions,
  show,
}: {
  readonly host: Host;
  readonly dialogs: Dialogs;
  readonly actions: Actions;
  /** Shows a page of the dashboard. */
  readonly show: (page: Page) => void;
}) {
  const disposables = new DisposableStore();
  const resources = disposables.add(new OpenResources({ connections, reports, clock, newId: randomUUID }));
  const editor = disposables.add(new ResourceEditor({ resources, connections, dialogs, actions }));
  return {
    handlers: resourceHandlers(editor, connections),
    commands: resourceCommands(editor, show),
    /** Opens what a result links to. */
    open: (serverId: string, uri: string) => editor.open(serverId, uri, new AbortController().signal),
    dispose: () => disposables.dispose(),
  };
}
