import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { commands as vscodeCommands, window, workspace } from 'vscode';
import type { App } from '../../src/app.ts';
import type { Job } from '../../src/core/jobs.ts';
import { commands, schemes } from '../../src/shared/ids.ts';
import { activated, ask, clear, editorOf, everything, openTabs, until } from './bed.ts';

suite('jobs and results', () => {
  let app: App;
  let server: string;

  setup(async () => {
    app = await activated();
    server = await everything(app);
  });
  teardown(() => clear(app));

  async function run(tool: string, args: Record<string, string | number>): Promise<Job> {
    const { request, outcome } = await ask(app, server, tool, args);
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    const ended = await outcome;
    assert.ok('job' in ended && ended.job);
    return ended.job;
  }
  const tab = (ending: string) =>
    until(`a tab that ends with ${ending}`, () =>
      openTabs().find(({ scheme, path }) => scheme === schemes.result && path.endsWith(ending)),
    );

  test('a text result opens as a document that cannot be changed', async () => {
    const job = await run('echo', { message: 'hello' });
    await vscodeCommands.executeCommand(commands.openResult, { jobId: job.id });
    const uri = await tab('echo result.txt');
    assert.equal(window.activeTextEditor?.document.getText(), 'Echo: hello');
    assert.equal(workspace.fs.isWritableFileSystem(schemes.result), false);
    await assert.rejects(async () => workspace.fs.writeFile(uri, new Uint8Array()));
  });

  test('an image of several parts opens in VS Code’s own preview', async () => {
    const job = await run('get-tiny-image', {});
    app.dialogs.pick = async (choice) => choice.items.find((item) => item.description?.endsWith('.png'));
    await vscodeCommands.executeCommand(commands.openResult, { jobId: job.id });
    const uri = await tab('.png');
    const bytes = await workspace.fs.readFile(uri);
    assert.deepEqual([...bytes.slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  });

  test('structured content opens as JSON', async () => {
    const job = await run('get-structured-content', { location: 'New York' });
    app.dialogs.pick = async (choice) => choice.items.find((item) => item.description?.endsWith('.mcpjson'));
    await vscodeCommands.executeCommand(commands.openResult, { jobId: job.id });
    await tab('structured result.mcpjson');
    assert.equal(window.activeTextEditor?.document.languageId, 'mcp-json');
    assert.ok(JSON.parse(window.activeTextEditor?.document.getText() ?? ''));
  });

  test('a job shows in its view while it runs, with progress, and can be cancelled there', async () => {
    const { request, outcome } = await ask(app, server, 'trigger-long-running-operation', {
      duration: 60,
      steps: 600,
    });
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    const { jobs } = app.trees;
    const rows = () => jobs.getChildren().flatMap((group) => jobs.getChildren(group));
    const row = await until('the running row', () =>
      rows().find((node) => node.kind === 'job' && node.job.status.kind === 'running'),
    );
    await until('its progress', () => / %/.test(String(jobs.getTreeItem(row).description)));
    await vscodeCommands.executeCommand(commands.cancelJob, row);
    assert.equal((await outcome).kind, 'cancelled');
    await until('the cancelled row', () =>
      rows().some(
        (node) => node.kind === 'job' && node.id === row.id && node.job.status.kind === 'cancelled',
      ),
    );
  });

  test('a finished job runs again as a new one, and can be forgotten', async () => {
    const job = await run('echo', { message: 'again' });
    const before = new Set(app.host.requests.open.get().map(({ id }) => id));
    await vscodeCommands.executeCommand(commands.runAgain, { jobId: job.id });
    const request = await until('the new request', () =>
      app.host.requests.open.get().find(({ id }) => !before.has(id)),
    );
    await until('its document', () => editorOf(request.id));
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    const rerun = await until('the new job', () =>
      app.host.jobs.finished.get().find(({ rerunOf }) => rerunOf === job.id),
    );
    await vscodeCommands.executeCommand(commands.forgetJob, { jobId: rerun.id });
    assert.equal(app.host.jobs.get(rerun.id), undefined);
  });

  test('a resource opens as a document', async () => {
    const uri = await until(
      'a resource',
      () => app.host.connections.get(server)?.offer?.resources.items[0]?.uri,
    );
    await vscodeCommands.executeCommand(commands.openResource, { serverId: server, item: { uri } });
    await until('its tab', () => openTabs().find(({ scheme }) => scheme === schemes.resource));
  });
});
