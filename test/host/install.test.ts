import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { commands, extensions, workspace } from 'vscode';
import type { App } from '../../src/app.ts';
import { activated, agree, turnAway, until } from './bed.ts';

const everythingScript = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js';

describe('installing', () => {
  let app: App;
  let folder: string;
  let file: string;
  before(async () => {
    app = await activated();
    folder = await mkdtemp(path.join(tmpdir(), 'switchboard-host-install-'));
    file = path.join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', '.mcp.json');
    await writeFile(file, '{\n  // kept\n  "mcpServers": {}\n}\n');
    await commands.executeCommand('mcpSwitchboard.refreshServers');
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(file, { force: true });
    await commands.executeCommand('mcpSwitchboard.refreshServers');
  });

  /** Takes the open flow to its review, to be written into the workspace's .mcp.json. */
  async function reviewed(name: string): Promise<{ readonly flowId: string; readonly reviewId: string }> {
    const { installer } = app;
    const flow = await until('a flow', () => installer.flow.get());
    const target = flow.targets.find((one) => one.source.file === file);
    assert.ok(target, 'the file is offered');
    installer.choose(flow.id, { target: target.source.id, name });
    assert.deepEqual(await installer.review(flow.id, {}), []);
    const step = installer.flow.get()?.step;
    assert.ok(step?.kind === 'review');
    return { flowId: flow.id, reviewId: step.review.id };
  }

  it('a link is written once agreed to, starts without a second question, and is taken back', async () => {
    const root = extensions.getExtension('mcp-switchboard.mcp-switchboard')?.extensionPath ?? '';
    const command = process.env['SWITCHBOARD_NODE'] ?? process.execPath;
    const config = { name: 'linked', command, args: [path.join(root, everythingScript), 'stdio'] };
    const link = `vscode:mcp/install?${encodeURIComponent(JSON.stringify(config))}`;
    const before = await readFile(file, 'utf8');
    await commands.executeCommand('mcpSwitchboard.installFromLink', { link });
    const { flowId, reviewId } = await reviewed('linked');
    turnAway(app);
    await assert.rejects(app.installer.confirm(flowId, reviewId), { code: 'cancelled' });
    assert.equal(await readFile(file, 'utf8'), before);

    const asked = agree(app);
    await app.installer.confirm(flowId, reviewId);
    assert.equal(asked.length, 1);
    assert.match(asked[0]?.detail ?? '', /server-everything\/dist\/index\.js stdio/);
    assert.match(await readFile(file, 'utf8'), /\/\/ kept[^]*"linked"/);
    const server = await until('the server', () =>
      app.host.connections.servers.get().find(({ definition }) => definition.name === 'linked'),
    );
    await commands.executeCommand('mcpSwitchboard.startServer', { serverId: server.definition.id });
    assert.equal(app.host.connections.get(server.definition.id)?.state.kind, 'ready');
    assert.equal(asked.length, 1, 'no second consent for the same launch');

    await commands.executeCommand('mcpSwitchboard.undoInstall');
    assert.equal(await readFile(file, 'utf8'), before);
    await until('the server to go', () => app.host.connections.get(server.definition.id) === undefined);
  });

  it('a server.json is installed, remembered and uninstalled', async () => {
    const document = path.join(folder, 'server.json');
    const entry = {
      name: 'com.example/remote',
      description: 'Somewhere else',
      version: '1.0.0',
      remotes: [{ type: 'streamable-http', url: 'https://mcp.example.com/mcp' }],
    };
    await writeFile(document, JSON.stringify(entry));
    await commands.executeCommand('mcpSwitchboard.installFromDocument', { file: document });
    const { flowId, reviewId } = await reviewed('remote');
    agree(app);
    await app.installer.confirm(flowId, reviewId);
    const [record] = app.host.installs.all().filter(({ name }) => name === 'com.example/remote');
    assert.equal(record?.version, '1.0.0');
    await commands.executeCommand('mcpSwitchboard.uninstallServer', { serverId: record?.serverId });
    assert.ok(!(await readFile(file, 'utf8')).includes('mcp.example.com'));
    assert.deepEqual(app.host.installs.all(), []);
  });

  it('what is no server.json opens nothing', async () => {
    const open = app.installer.flow.get();
    const document = path.join(folder, 'other.json');
    await writeFile(document, '{"description":"no name"}');
    await commands.executeCommand('mcpSwitchboard.installFromDocument', { file: document });
    assert.equal(app.installer.flow.get(), open);
  });
});
