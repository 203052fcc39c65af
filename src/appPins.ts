import type { Host } from './node/host.ts';
import { DefinitionEditor } from './vscode/definitionEditor.ts';
import { definitionCommands } from './vscode/definitionCommands.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import type { Actions } from './vscode/runAction.ts';
import { DisposableStore, type Disposable } from './core/util/disposables.ts';

/** The surface of definitions that changed: their reviews and the commands about them. */
export interface Pins extends Disposable {
  readonly editor: DefinitionEditor;
  readonly commands: ReturnType<typeof definitionCommands>;
}

/** Builds the reviews over the host's definitions. */
export function createPins(host: Host, dialogs: Dialogs, actions: Actions): Pins {
  const { definitions, connections, requests, clock } = host;
  const surfaces = new DisposableStore();
  const editor = surfaces.add(new DefinitionEditor({ definitions, connections, dialogs, actions, clock }));
  const commands = definitionCommands({ definitions, requests, editor, dialogs });
  return { editor, commands, dispose: () => surfaces.dispose() };
}
