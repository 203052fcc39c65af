import { ExtensionMode, type ExtensionContext } from 'vscode';
import { createApp, tellNotStarted, type App } from './app.ts';

let app: App | undefined;

/** Starts MCP Switchboard. Other extensions get nothing: only tests inside the extension host see the app. */
export function activate(context: ExtensionContext): App | undefined {
  try {
    app = createApp(context);
  } catch (error) {
    tellNotStarted(error);
    throw error;
  }
  return context.extensionMode === ExtensionMode.Test ? app : undefined;
}

/** Stops every server before the extension host goes. */
export async function deactivate(): Promise<void> {
  await app?.dispose();
  app = undefined;
}
