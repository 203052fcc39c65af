import { Completions } from './core/completions.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Readable } from './core/util/store.ts';
import type { Host } from './node/host.ts';
import type { Page } from './core/dashboard.ts';
import { Prompts } from './core/prompts.ts';
import { completionHandlers } from './vscode/completionHandlers.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { PromptCommands } from './vscode/promptCommands.ts';
import type { ResultEditor } from './vscode/resultEditor.ts';

export interface AppOffersDeps {
  readonly host: Host;
  readonly dialogs: Dialogs;
  readonly results: ResultEditor;
  /** Shows a page of the dashboard. */
  readonly show: (page: Page) => void;
}

/** What servers offer beside tools: resources, prompts, and the completion of their arguments. Asks nobody when it is made. */
export function createOffers({ host, dialogs, results, show }: AppOffersDeps) {
  const { connections, clock, definitions } = host;
  const disposables = new DisposableStore();
  const completions = new Completions({ connections, clock });
  const prompts = disposables.add(new Prompts({ connections, definitions, clock }));
  const using = new PromptCommands({ prompts, connections, definitions, dialogs, results, show });
  const stores: readonly Readable<unknown>[] = [prompts.uses, using.canSend];
  return {
    handlers: { ...completionHandlers(completions), ...using.handlers },
    commands: using.commands,
    /** Parts of the server page. */
    sources: {
      promptUse: (serverId: string, prompt: string) => prompts.of(serverId, prompt),
      canSendToChat: () => using.canSend.get(),
    },
    /** The dashboard is drawn anew when one of them changes. */
    stores,
    dispose: () => disposables.dispose(),
  };
}
