import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import {
  commands as vscodeCommands,
  languages,
  window,
  workspace,
  type CodeLens,
  type CompletionList,
} from 'vscode';
import type { App } from '../../src/app.ts';
import { commands, schemes } from '../../src/shared/ids.ts';
import {
  activated,
  agree,
  ask,
  clear,
  editorOf,
  everything,
  hasTab,
  openTabs,
  turnAway,
  type,
  until,
} from './bed.ts';

const textOf = (outcome: Awaited<ReturnType<App['host']['calls']['call']>>) =>
  outcome.kind === 'done' ? outcome.result.content.map((block) => block['text']).join('') : outcome.kind;

suite('approval editor', () => {
  let app: App;
  let server: string;

  setup(async () => {
    app = await activated();
    server = await everything(app);
  });
  teardown(() => clear(app));

  test('what is sent is what stands in the document when it is allowed', async () => {
    const { request, outcome } = await ask(app, server, 'echo', { message: 'before' });
    await type(request.id, '"before"', '"after" /* changed my mind */');
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    assert.equal(textOf(await outcome), 'Echo: after');
    await until('the tab to close', () => !hasTab(request.id));
    assert.deepEqual(app.host.requests.open.get(), []);
  });

  test('closing the tab decides nothing, asks nothing and loses nothing', async () => {
    const { request, outcome } = await ask(app, server, 'echo', { message: 'before' });
    await type(request.id, '"before"', '"edited"');
    await vscodeCommands.executeCommand('workbench.action.closeActiveEditor');
    await until('the tab to close', () => !hasTab(request.id));
    assert.deepEqual(
      app.host.requests.open.get().map(({ id }) => id),
      [request.id],
    );
    await vscodeCommands.executeCommand(commands.openRequest, request);
    const editor = await until('the document', () => editorOf(request.id));
    assert.match(editor.document.getText(), /"edited"/);
    await vscodeCommands.executeCommand(commands.allowOnce, editor.document.uri);
    assert.equal(textOf(await outcome), 'Echo: edited');
  });

  test('invalid arguments are marked and cannot be allowed', async () => {
    const { request, outcome } = await ask(app, server, 'echo', { message: 'text' });
    await type(request.id, '"text"', '5');
    const uri = editorOf(request.id)!.document.uri;
    await until('the mark', () => languages.getDiagnostics(uri).length > 0);
    await vscodeCommands.executeCommand(commands.allowOnce, uri);
    assert.ok(app.host.requests.get(request.id), 'still open');
    const lenses = await vscodeCommands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', uri);
    assert.ok(!lenses.some(({ command }) => command?.command === commands.allowOnce));
    await type(request.id, '5', '"fixed"');
    await until('the mark to go', () => languages.getDiagnostics(uri).length === 0);
    await vscodeCommands.executeCommand(commands.allowOnce, uri);
    assert.equal(textOf(await outcome), 'Echo: fixed');
  });

  test('several pending approvals never mix', async () => {
    const first = await ask(app, server, 'echo', { message: 'one' });
    const second = await ask(app, server, 'echo', { message: 'two' });
    await type(second.request.id, '"two"', '"TWO"');
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(second.request.id)?.document.uri);
    assert.equal(textOf(await second.outcome), 'Echo: TWO');
    assert.ok(app.host.requests.get(first.request.id), 'the other is still open');
    await vscodeCommands.executeCommand(commands.openRequest, first.request);
    const editor = await until('the first document', () => editorOf(first.request.id));
    await vscodeCommands.executeCommand(commands.allowOnce, editor.document.uri);
    assert.equal(textOf(await first.outcome), 'Echo: one');
  });

  test('a document that is not on screen is shown, not decided', async () => {
    const { request } = await ask(app, server, 'echo', { message: 'unseen' });
    const { uri } = editorOf(request.id)!.document;
    await vscodeCommands.executeCommand('workbench.action.closeAllEditors');
    await vscodeCommands.executeCommand(commands.allowOnce, uri);
    assert.ok(app.host.requests.get(request.id), 'still open');
    await until('the document', () => editorOf(request.id));
  });

  test('denying sends nothing and passes the reason on', async () => {
    const { request, outcome } = await ask(app, server, 'echo', { message: 'x' });
    app.dialogs.enter = async () => 'not today';
    await vscodeCommands.executeCommand(commands.denyWithReason, editorOf(request.id)?.document.uri);
    const ended = await outcome;
    assert.equal(ended.kind === 'denied' && ended.reason, 'not today');
    await until('the tab to close', () => !hasTab(request.id));
  });

  test('a caller that goes away takes its request and tab with it', async () => {
    const { request, outcome, abort } = await ask(app, server, 'echo', { message: 'x' });
    await type(request.id, '"x"', '"half typed');
    abort.abort();
    assert.equal((await outcome).kind, 'cancelled');
    await until('the tab to close', () => !hasTab(request.id));
    assert.deepEqual(app.host.requests.open.get(), []);
  });

  test('"always" names what it binds to, and then the tool is called without asking', async () => {
    const { request, outcome } = await ask(app, server, 'echo', { message: 'one' });
    turnAway(app);
    const { uri } = editorOf(request.id)!.document;
    await vscodeCommands.executeCommand(commands.allowAlways, uri);
    assert.ok(app.host.requests.get(request.id), 'not decided when turned away');
    const asked = agree(app);
    await vscodeCommands.executeCommand(commands.allowAlways, uri);
    assert.equal(textOf(await outcome), 'Echo: one');
    assert.match(asked[0]?.detail ?? '', /server-everything/);
    assert.ok(asked[0]?.detail?.includes(request.definitionHash.slice(0, 16)));
    const next = await app.host.calls.call(
      {
        serverId: server,
        tool: 'echo',
        arguments: { message: 'two' },
        caller: { kind: 'user', name: 'user' },
        mode: 'plain',
      },
      new AbortController().signal,
    );
    assert.equal(textOf(next), 'Echo: two');
    app.dialogs.pick = async (choice) => choice.items[0];
    await vscodeCommands.executeCommand(commands.manageDecisions);
    assert.deepEqual(app.host.calls.remembered.get(), []);
  });

  test('the diff shows the arguments against the last approved ones', async () => {
    const first = await ask(app, server, 'echo', { message: 'old' });
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(first.request.id)?.document.uri);
    await first.outcome;
    const { request } = await ask(app, server, 'echo', { message: 'new' });
    await vscodeCommands.executeCommand(commands.diffArguments, editorOf(request.id)?.document.uri);
    const sides = await until('both sides', () => {
      const shown = window.visibleTextEditors
        .filter(({ document }) => document.uri.authority === request.id)
        .map(({ document }) => document.getText());
      return shown.length >= 2 && shown;
    });
    assert.ok(sides.some((text) => text.includes('"old"')) && sides.some((text) => text.includes('"new"')));
  });

  test('completion and hover come from the tool’s schema', async () => {
    const { request } = await ask(app, server, 'get-sum', { a: 1, b: 2 });
    const { document } = editorOf(request.id)!;
    await type(request.id, '"b": 2', '');
    const position = document.positionAt(document.getText().lastIndexOf('}'));
    const list = await vscodeCommands.executeCommand<CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      position,
    );
    assert.ok(
      list.items.some(({ insertText }) => insertText === '"b": 0'),
      JSON.stringify(list.items.map(({ insertText }) => insertText)),
    );
  });

  test('the tool’s definition can be read and not be changed', async () => {
    const { request } = await ask(app, server, 'echo', { message: 'x' });
    await vscodeCommands.executeCommand(commands.openDefinition, editorOf(request.id)?.document.uri);
    const uri = await until('the definition', () =>
      openTabs().find(({ scheme, path }) => scheme === schemes.approval && path.includes('definition')),
    );
    assert.match((await workspace.openTextDocument(uri)).getText(), /"inputSchema"/);
    await assert.rejects(async () => workspace.fs.writeFile(uri, new Uint8Array()));
  });

  test('a long or encoded text of the arguments opens for reading, and decides nothing', async () => {
    const { request } = await ask(app, server, 'echo', {
      message: Buffer.from('decoded \u200Btext, long enough to be worth it').toString('base64'),
    });
    const uri = editorOf(request.id)!.document.uri;
    const lenses = await vscodeCommands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', uri);
    const lens = lenses.find(({ command }) => command?.command === commands.openValue)?.command;
    assert.ok(lens, 'the value can be opened');
    await vscodeCommands.executeCommand(lens.command, ...((lens.arguments ?? []) as unknown[]));
    const value = await until('the value', () => {
      const document = window.activeTextEditor?.document;
      return document?.getText().startsWith('decoded') && document;
    });
    assert.match(value.getText(), /decoded .*text, long enough/);
    assert.doesNotMatch(value.getText(), /\u200B/);
    assert.ok(app.host.requests.get(request.id), 'still open');
  });

  test('an agent’s call opens its tab where nobody works in an editor, and behind it otherwise', async () => {
    const abort = new AbortController();
    const asks = (message: string) => {
      const caller = { kind: 'gateway', name: 'codex' } as const;
      const call = { serverId: server, tool: 'echo', arguments: { message }, caller, mode: 'plain' } as const;
      app.host.calls.call(call, abort.signal).catch(() => undefined);
      return until('the request', () =>
        app.host.requests.open
          .get()
          .find((one) => one.kind === 'approval' && one.arguments['message'] === message),
      );
    };
    await vscodeCommands.executeCommand('workbench.action.closeAllEditors');
    const first = await asks('one');
    await until('its tab in front', () => editorOf(first.id));
    const second = await asks('two');
    await until('both in the inbox', () => app.host.requests.open.get().length === 2);
    assert.ok(!hasTab(second.id), 'one after the other');
    for (const { id } of [first, second]) app.host.requests.decide(id, { kind: 'deny', reason: undefined });
    await until('the tab to close', () => !hasTab(first.id));

    const mine = await workspace.openTextDocument({ content: 'my own work' });
    await window.showTextDocument(mine);
    const third = await asks('three');
    await until('its tab behind', () => hasTab(third.id));
    assert.equal(window.activeTextEditor?.document, mine);
    assert.ok(!editorOf(third.id));
    app.host.requests.decide(third.id, { kind: 'deny', reason: undefined });
    await until('the tab to close', () => !hasTab(third.id));
    await vscodeCommands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
