import { Completions } from './core/completions.ts';
import { DisposableStore } from './core/util/disposables.ts';
import type { Readable } from './core/util/store.ts';
import type { Host } from './node/host.ts';
import { completionHandlers } from './vscode/completionHandlers.ts';

export interface AppOffersDeps {
  readonly host: Host;
}

/** What servers offer beside tools: resources, prompts, and the completion of their arguments. Asks nobody when it is made. */
export function createOffers({ host }: AppOffersDeps) {
  const { connections, clock } = host;
  const disposables = new DisposableStore();
  const completions = new Completions({ connections, clock });
  const stores: readonly Readable<unknown>[] = [];
  return {
    handlers: { ...completionHandlers(completions) },
    /** The dashboard is drawn anew when one of them changes. */
    stores,
    dispose: () => disposables.dispose(),
  };
}
