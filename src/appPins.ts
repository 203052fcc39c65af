import type { Extension } from 'vscode';
import { QualityReports } from './core/qualityReports.ts';
import { GuardedFetch } from './node/guardedFetch.ts';
import type { Host } from './node/host.ts';
import { lookForCard } from './node/serverCard.ts';
import { DefinitionEditor } from './vscode/definitionEditor.ts';
import { definitionCommands } from './vscode/definitionCommands.ts';
import { qualityHandlers } from './vscode/qualityHandlers.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import type { Actions } from './vscode/runAction.ts';
import { DisposableStore, type Disposable } from './core/util/disposables.ts';

/** The surface of definitions that changed: their reviews and the commands about them. */
export interface Pins extends Disposable {
  readonly editor: DefinitionEditor;
  readonly commands: ReturnType<typeof definitionCommands>;
  readonly quality: QualityReports;
  readonly qualityHandlers: ReturnType<typeof qualityHandlers>;
}

/** Builds the reviews over the host's definitions. */
export function createPins(
  host: Host,
  extension: Extension<unknown>,
  dialogs: Dialogs,
  actions: Actions,
): Pins {
  const { definitions, connections, requests, clock } = host;
  const surfaces = new DisposableStore();
  const editor = surfaces.add(new DefinitionEditor({ definitions, connections, dialogs, actions, clock }));
  const commands = definitionCommands({ definitions, requests, editor, dialogs });
  const { version } = extension.packageJSON as { readonly version: string };
  const fetch = new GuardedFetch({ clock, version });
  const quality = new QualityReports({
    ...{ connections, definitions, clock },
    authOf: async (url) => host.auth?.view(url),
    // The user configured the address: it may be a server of this machine.
    lookForCard: (url, signal) => lookForCard(fetch, url, true, signal),
  });
  return {
    ...{ editor, commands, quality },
    qualityHandlers: qualityHandlers(quality),
    dispose: () => surfaces.dispose(),
  };
}
