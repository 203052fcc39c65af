import { ExtensionMode, type ExtensionContext } from 'vscode';
import type { App } from './app.ts';

let starting: Promise<App> | undefined;

/** Starts MCP Switchboard. Other extensions get nothing: only tests inside the extension host see the app. */
export async function activate(context: ExtensionContext): Promise<App | undefined> {
  const since = performance.now();
  starting = read(context, since);
  const app = await starting;
  return context.extensionMode === ExtensionMode.Test ? app : undefined;
}

/** A megabyte of code takes its time to be read: not while the editor waits to start the next extension. */
async function read(context: ExtensionContext, since: number): Promise<App> {
  await new Promise((resolve) => setImmediate(resolve));
  const { start } = await import('./start.ts');
  return start(context, since);
}

/** Stops every server before the extension host goes. */
export async function deactivate(): Promise<void> {
  const app = await starting?.catch(() => undefined);
  starting = undefined;
  await app?.dispose();
}
