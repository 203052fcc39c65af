import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setup, suite, test } from 'mocha';
import { commands as vscodeCommands, window, workspace } from 'vscode';
import type { App } from '../../src/app.ts';
import { commands } from '../../src/shared/ids.ts';
import type { Question } from '../../src/vscode/dialogs.ts';
import type { ServerNode } from '../../src/vscode/serverNodes.ts';
import { activated, agree, everything, until } from './bed.ts';

const never = new AbortController().signal;

suite('documents', () => {
  test('a document of ours is no JSON that VS Code would fetch a schema for, and saves itself unformatted', async () => {
    await activated();
    const document = await workspace.openTextDocument({ language: 'mcp-json', content: '{}' });
    assert.equal(document.languageId, 'mcp-json');
    assert.equal(workspace.getConfiguration('files', document).get('autoSave'), 'afterDelay');
    assert.equal(workspace.getConfiguration('editor', document).get('formatOnSave'), false);
  });
});

suite('servers view', () => {
  let app: App;
  let id: string;
  const labelOf = (node: ServerNode) => String(app.trees.servers.getTreeItem(node).label);
  const rootOf = () =>
    app.trees.servers.getChildren().find((node) => node.kind === 'server' && node.serverId === id);
  const toolRow = (name: string) => {
    const root = rootOf();
    const list = root && app.trees.servers.getChildren(root)[0];
    return list && app.trees.servers.getChildren(list).find((node) => labelOf(node) === name);
  };

  setup(async () => {
    app = await activated();
    id = await everything(app);
  });

  test('a connected server shows what it offers', async () => {
    const { servers } = app.trees;
    const root = await until('the row', rootOf);
    await until('the connected row', () =>
      /connected/.test(servers.getTreeItem(root).accessibilityInformation?.label ?? ''),
    );
    const lists = servers.getChildren(root);
    assert.deepEqual(lists.map(labelOf).slice(0, 2), ['Tools', 'Resources']);
    assert.ok(toolRow('echo'));
    for (const node of servers.getChildren(lists[0])) assert.equal(servers.getParent(node), lists[0]);
  });

  test('a tooltip is plain text, so that a server cannot write Markdown into it', async () => {
    const { servers } = app.trees;
    const row = await until('the tool', () => toolRow('echo'));
    const { tooltip } = servers.resolveTreeItem(servers.getTreeItem(row), row);
    assert.equal(typeof tooltip, 'string');
    assert.match(String(tooltip), /Echoes back/);
  });

  test('a broken entry is a row that opens its file at the place', async () => {
    const { servers } = app.trees;
    const problem = await until('the problem', () =>
      servers.getChildren().find((node) => node.kind === 'problem'),
    );
    assert.equal(labelOf(problem), 'broken');
    await vscodeCommands.executeCommand(commands.openServerConfig, problem);
    const editor = window.activeTextEditor;
    assert.match(editor?.document.fileName ?? '', /mcp\.json$/);
    assert.match(editor?.document.lineAt(editor.selection.active.line).text ?? '', /"command": 5/);
  });

  test('a tool that is switched off is dimmed and cannot be called', async () => {
    const contextOf = () => {
      const row = toolRow('echo');
      return row && app.trees.servers.getTreeItem(row).contextValue;
    };
    await vscodeCommands.executeCommand(commands.disableTool, { serverId: id, tool: 'echo' });
    await until('the dimmed row', () => contextOf() === 'tool off');
    const intent = {
      serverId: id,
      tool: 'echo',
      arguments: { message: 'x' },
      caller: { kind: 'user', name: 'user' },
      mode: 'plain',
    } as const;
    await assert.rejects(app.host.calls.call(intent, never), { code: 'blocked' });
    await vscodeCommands.executeCommand(commands.enableTool, { serverId: id, tool: 'echo' });
    await until('the row', () => contextOf() === 'tool on');
  });

  test('a launch too long for a dialog is shown in full in an editor, beside a question that blocks nothing', async () => {
    const file = path.join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', '.vscode/mcp.json');
    const args = Array.from({ length: 200 }, (_, i) => `--option-${i}`);
    const { servers } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(
      file,
      JSON.stringify({ servers: { ...servers, long: { command: 'no-such-program', args } } }),
    );
    await vscodeCommands.executeCommand(commands.refreshServers);
    const long = await until('the server', () =>
      app.host.connections.servers.get().find(({ definition }) => definition.name === 'long'),
    );
    const asked: Question[] = [];
    app.dialogs.ask = async (question) => {
      asked.push(question);
      return undefined;
    };
    await vscodeCommands.executeCommand(commands.startServer, { serverId: long.definition.id });
    assert.deepEqual(
      asked.map(({ isModal }) => isModal),
      [false],
    );
    assert.match(
      window.activeTextEditor?.document.getText() ?? '',
      /no-such-program --option-0 [^]*--option-199\n/,
    );
  });

  test('consent is asked anew after it was taken back, shows the whole launch, and refusing it starts nothing', async () => {
    const stateOf = () => app.host.connections.get(id)?.state.kind;
    await vscodeCommands.executeCommand(commands.stopServer, { serverId: id });
    await vscodeCommands.executeCommand(commands.forgetConsent, { serverId: id });
    let detail = '';
    app.dialogs.ask = async (question) => {
      detail = question.detail ?? '';
      return undefined;
    };
    await vscodeCommands.executeCommand(commands.startServer, { serverId: id });
    assert.notEqual(stateOf(), 'ready');
    assert.match(detail, /server-everything\/dist\/index\.js stdio[^]*ELECTRON_RUN_AS_NODE[^]*mcp\.json:\d+/);
    agree(app);
    await vscodeCommands.executeCommand(commands.startServer, { serverId: id });
    assert.equal(stateOf(), 'ready');
  });
});
