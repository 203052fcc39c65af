import type { ExtensionContext } from 'vscode';
import { createApp, type App } from './app.ts';
import { tellNotStarted } from './vscode/notStarted.ts';
import { speakLocally } from './vscode/speech.ts';

/** Builds the app; when that fails the user is told why and what does not work now. `since`: when the activation began, by `performance.now()`. */
export function start(context: ExtensionContext, since: number): App {
  try {
    speakLocally();
    const app = createApp(context);
    app.logger.info(`ready after ${Math.round(performance.now() - since)} ms`);
    return app;
  } catch (error) {
    tellNotStarted(error);
    throw error;
  }
}
