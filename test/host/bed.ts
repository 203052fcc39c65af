import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  commands,
  extensions,
  Range,
  TabInputCustom,
  TabInputText,
  TabInputTextDiff,
  window,
  workspace,
  type Uri,
} from 'vscode';
import type { App } from '../../src/app.ts';
import type { CallOutcome } from '../../src/core/toolCalls.ts';
import { isSettledElsewhere, type ApprovalRequest } from '../../src/core/requests.ts';
import { schemes } from '../../src/shared/ids.ts';
import type { Question } from '../../src/vscode/dialogs.ts';

const extensionId = 'mcp-switchboard.mcp-switchboard';
const patience = 30_000; // a loaded machine; nothing here waits for a fixed time

/** The extension, activated. */
export async function activated(): Promise<App> {
  const extension = extensions.getExtension<App>(extensionId);
  assert.ok(extension, 'the extension is installed');
  const app = await extension.activate();
  assert.ok(app, 'tests see the app');
  return app;
}

/** Waits until `read` gives something; fails with `what` when it never does. */
export async function until<T>(
  what: string,
  read: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) assert.fail(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Answers every question with its first choice, and keeps what was asked. */
export function agree(app: App): readonly Question[] {
  const asked: Question[] = [];
  app.dialogs.ask = async (question) => {
    asked.push(question);
    return question.choices[0];
  };
  return asked;
}

/** Turns away from every question. */
export function turnAway(app: App): void {
  app.dialogs.ask = async () => undefined;
}

/** The reference server "everything" in the workspace's `mcp.json`, connected. Its id. */
export async function everything(app: App): Promise<string> {
  const script = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js';
  return started(app, 'everything', [script, 'stdio'], { broken: { command: 5 } });
}

/** A server that is a script of the repository, alone in the workspace's `mcp.json` but for `others`, connected. Its id. */
export async function started(
  app: App,
  name: string,
  [script, ...args]: readonly [string, ...string[]],
  others: object = {},
): Promise<string> {
  const root = extensions.getExtension(extensionId)?.extensionPath;
  assert.ok(root, 'the extension is installed');
  const command = process.env['SWITCHBOARD_NODE'] ?? process.execPath;
  const entry = { command, args: [path.join(root, script), ...args], env: { ELECTRON_RUN_AS_NODE: '1' } };
  await configure({ [name]: entry, ...others });
  const { connections } = app.host;
  const server = await until('the server in the list', () =>
    connections.servers.get().find(({ definition }) => definition.name === name),
  );
  agree(app);
  if (connections.get(server.definition.id)?.state.kind !== 'ready') {
    await commands.executeCommand('mcpSwitchboard.startServer', { serverId: server.definition.id });
  }
  assert.equal(connections.get(server.definition.id)?.state.kind, 'ready');
  return server.definition.id;
}

/** Writes the workspace's `mcp.json`, and reads it. */
export async function configure(servers: object): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder, 'a folder is open');
  const file = path.join(folder, '.vscode/mcp.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ servers }, undefined, 2));
  await commands.executeCommand('mcpSwitchboard.refreshServers');
}

/** A call by the user that waits for its approval. */
export interface Pending {
  readonly request: ApprovalRequest;
  readonly outcome: Promise<CallOutcome>;
  readonly abort: AbortController;
}

/** Asks for a call of a tool and waits until its document is on screen. */
export async function ask(
  app: App,
  serverId: string,
  tool: string,
  args: Record<string, string | number>,
): Promise<Pending> {
  const known = new Set(app.host.requests.open.get().map(({ id }) => id));
  const abort = new AbortController();
  const outcome = app.host.calls.call(
    { serverId, tool, arguments: args, caller: { kind: 'user', name: 'user' }, mode: 'plain' },
    abort.signal,
  );
  outcome.catch(() => undefined);
  const request = await until('the request', () =>
    app.host.requests.open.get().find(({ id }) => !known.has(id)),
  );
  assert.equal(request.kind, 'approval');
  await until('its document', () => editorOf(request.id));
  return { request: request, outcome, abort };
}

/** The visible editor of a request's document. */
export function editorOf(requestId: string) {
  return window.visibleTextEditors.find(
    ({ document }) =>
      document.uri.scheme === schemes.approval &&
      document.uri.authority === requestId &&
      document.uri.path.includes('approve'),
  );
}

/** Replaces text in a request's document as typing would. */
export async function type(requestId: string, find: string, replacement: string): Promise<void> {
  const editor = editorOf(requestId);
  assert.ok(editor, 'the document is on screen');
  const at = editor.document.getText().lastIndexOf(find);
  assert.ok(at >= 0, `${find} is in the document`);
  const range = [editor.document.positionAt(at), editor.document.positionAt(at + find.length)] as const;
  assert.ok(await editor.edit((edit) => edit.replace(new Range(...range), replacement)));
}

/** Every document that is open in a tab. */
export function openTabs(): readonly Uri[] {
  return window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) =>
      input instanceof TabInputText || input instanceof TabInputCustom
        ? [input.uri]
        : input instanceof TabInputTextDiff
          ? [input.modified]
          : [],
    );
}

/** True while a tab of a request is open. */
export function hasTab(requestId: string): boolean {
  return openTabs().some(({ scheme, authority }) => scheme === schemes.approval && authority === requestId);
}

/** Ends every request and closes every editor. */
export async function clear(app: App): Promise<void> {
  for (const request of app.host.requests.open.get()) {
    if (request.kind === 'approval')
      app.host.requests.decide(request.id, { kind: 'deny', reason: 'end of test' });
    else if (!isSettledElsewhere(request.kind)) app.host.requests.answer(request.id, { kind: 'cancel' });
  }
  for (const [serverId, { items }] of app.host.definitions.reviews.get()) {
    const now = items.flatMap(({ kind, name, hash }) => (hash === undefined ? [] : [{ kind, name, hash }]));
    app.host.definitions.accept(serverId, now);
  }
  for (const { id } of app.host.calls.remembered.get()) app.host.calls.revoke(id);
  await commands.executeCommand('workbench.action.closeAllEditors');
}
