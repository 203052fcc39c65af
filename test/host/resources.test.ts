import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { commands as vscodeCommands, FileType, Uri, window, workspace } from 'vscode';
import type { App } from '../../src/app.ts';
import { commands, schemes } from '../../src/shared/ids.ts';
import { activated, ask, clear, editorOf, everything, openTabs, until } from './bed.ts';

suite('resources as documents', () => {
  let app: App;
  let server: string;

  setup(async () => {
    app = await activated();
    server = await everything(app);
  });
  teardown(async () => {
    await vscodeCommands.executeCommand('workbench.action.closeAllEditors');
    await clear(app);
  });

  const open = (uri: string) =>
    vscodeCommands.executeCommand(commands.openResource, { serverId: server, item: { uri } });
  const tab = (ending: string) =>
    until(`a resource that ends with ${ending}`, () =>
      openTabs().find(({ scheme, path }) => scheme === schemes.resource && path.endsWith(ending)),
    );
  const sent = (method: string) =>
    app.host.connections
      .frames(server)
      .filter((frame) => frame.direction === 'sent' && frame.method === method).length;

  test('a text opens under its own name, in its language, and cannot be changed', async () => {
    const { uri } = await until('a resource', () =>
      app.host.connections.get(server)?.offer?.resources.items.find(({ name }) => name === 'features.md'),
    );
    await open(uri);
    const document = await tab('/features.md');
    assert.equal(window.activeTextEditor?.document.languageId, 'markdown');
    assert.match(window.activeTextEditor?.document.getText() ?? '', /^# /);
    const { type, size } = await workspace.fs.stat(document);
    assert.equal(type, FileType.File);
    assert.equal(size, (await workspace.fs.readFile(document)).byteLength);
    assert.equal(workspace.fs.isWritableFileSystem(schemes.resource), false);
    await assert.rejects(async () => workspace.fs.writeFile(document, new Uint8Array()));
    await assert.rejects(async () => workspace.fs.delete(document));
  });

  test('what is not open cannot be read, and reading asks no server', async () => {
    const before = sent('resources/read');
    const elsewhere = Uri.from({ scheme: schemes.resource, authority: 'nobody', path: '/../../etc/passwd' });
    await assert.rejects(async () => workspace.fs.readFile(elsewhere));
    assert.equal(sent('resources/read'), before);
  });

  test('an open resource is subscribed to until its tab is closed, and read again on request', async () => {
    const [subscribes, unsubscribes] = [sent('resources/subscribe'), sent('resources/unsubscribe')];
    await open('demo://resource/dynamic/text/3');
    const document = await tab('/3.txt');
    await until('the subscription', () => sent('resources/subscribe') === subscribes + 1);
    const { mtime } = await workspace.fs.stat(document);
    await vscodeCommands.executeCommand(commands.refreshResource, document);
    assert.ok((await workspace.fs.stat(document)).mtime > mtime);
    assert.equal(sent('resources/subscribe'), subscribes + 1);
    await vscodeCommands.executeCommand('workbench.action.closeActiveEditor');
    await until('its end', () => sent('resources/unsubscribe') === unsubscribes + 1);
    await assert.rejects(async () => workspace.fs.readFile(document));
  });

  test('a resource that a result links to opens the same way', async () => {
    const { request, outcome } = await ask(app, server, 'get-resource-links', { count: 2 });
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    const ended = await outcome;
    assert.ok('job' in ended && ended.job);
    app.dialogs.pick = async (choice) => choice.items.find((item) => item.detail?.includes('/text/2'));
    await vscodeCommands.executeCommand(commands.openResult, { jobId: ended.job.id });
    await tab('/2.txt');
    await until('its text', () => window.activeTextEditor?.document.getText().startsWith('Resource 2:'));
  });
});
