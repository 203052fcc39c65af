import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import {
  commands as vscodeCommands,
  languages,
  Position,
  Uri,
  window,
  workspace,
  type CodeLens,
  type CompletionList,
  type Hover,
  type MarkdownString,
} from 'vscode';
import type { App } from '../../src/app.ts';
import type { Caller } from '../../src/core/caller.ts';
import { commands, schemes } from '../../src/shared/ids.ts';
import { activated, agree, clear, everything, openTabs, until } from './bed.ts';

const codex: Caller = { kind: 'gateway', name: 'codex' };

suite('policy', () => {
  let app: App;
  let server: string;
  let file: string;
  let dialogs: App['dialogs'];

  const call = (message: string, caller = codex) =>
    app.host.calls.call(
      { serverId: server, tool: 'echo', arguments: { message }, caller, mode: 'plain' },
      new AbortController().signal,
    );
  /** Saves the workspace's policy as an editor would, so that it is in force at once. */
  const write = async (text: string) => {
    await writeFile(file, text);
    await vscodeCommands.executeCommand(commands.openPolicy, Uri.file(file));
    const document = await until('the file as written', () => {
      const open = window.activeTextEditor?.document;
      return open?.uri.fsPath === file && open.getText() === text && open;
    });
    await until('the policy in force', async () => {
      const outcome = app.host.activity.page(20).find(({ event }) => event.kind === 'policy-changed');
      return outcome?.event.kind === 'policy-changed' && outcome.event.file === file;
    });
    return document;
  };

  setup(async () => {
    app = await activated();
    server = await everything(app);
    const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder);
    file = path.join(folder, '.vscode/mcp-policy.json');
    dialogs = { ...app.dialogs };
  });
  teardown(async () => {
    Object.assign(app.dialogs, dialogs);
    await rm(file, { force: true });
    await clear(app);
    await until('the policy gone', async () => {
      const outcome = call('gone?');
      const request = await Promise.race([
        outcome.then(() => undefined),
        until('the request', () => app.host.requests.open.get()[0]),
      ]);
      if (request) app.host.requests.decide(request.id, { kind: 'deny', reason: undefined });
      await outcome;
      return request !== undefined;
    });
    await clear(app);
  });

  test('a rule that denies counts at once, and the caller is told which', async () => {
    await write('{\n  "rules": [\n    { "effect": "deny", "tool": "echo", "reason": "not here" }\n  ]\n}\n');
    const outcome = await until('the rule', async () => {
      const ended = await call('x');
      return ended.kind === 'denied' && ended;
    });
    assert.equal(outcome.reason, 'denied by .vscode/mcp-policy.json:3: not here');
  });

  test('a broken file denies with its line, has a diagnostic there, and says so above the text', async () => {
    const document = await write('{\n  "rules": [\n    { "effect": "deny", "toool": "echo" }\n  ]\n}\n');
    const outcome = await until('the denial', async () => {
      const ended = await call('x');
      return ended.kind === 'denied' && ended;
    });
    assert.match(outcome.reason, /cannot be used: \.vscode\/mcp-policy\.json:3: "toool" is not allowed/);
    const ours = await until('the diagnostic', () =>
      languages.getDiagnostics(document.uri).find(({ source }) => source === 'MCP Switchboard'),
    );
    assert.deepEqual([ours.range.start.line, /toool/.test(ours.message)], [2, true]);
    const lenses = await vscodeCommands.executeCommand<CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.ok(lenses.some(({ command }) => command?.title.includes('Every call is denied')));
  });

  test('the schema completes conditions and explains them, and servers that there are not are pointed out', async () => {
    const text = '{\n  "rules": [\n    { "effect": "deny", "server": "nobody",  }\n  ]\n}\n';
    const document = await write(text);
    assert.equal(document.languageId, 'jsonc');
    const at = document.positionAt(text.indexOf('"nobody",') + '"nobody", '.length);
    const list = await until('completion', async () => {
      const found = await vscodeCommands.executeCommand<CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        at,
      );
      return found.items.some(({ label }) => label === 'callerKind') && found;
    });
    assert.ok(list.items.some(({ label }) => label === 'arguments'));
    const hovers = await vscodeCommands.executeCommand<Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new Position(2, text.split('\n')[2]?.indexOf('effect') ?? 0),
    );
    const shown = hovers.flatMap(({ contents }) => contents as MarkdownString[]).map(({ value }) => value);
    assert.match(shown.join(' '), /sends it without asking/);
    const warning = await until('the warning', () =>
      languages.getDiagnostics(document.uri).find(({ message }) => /nobody/.test(message)),
    );
    assert.equal(warning.range.start.line, 2);
  });

  test('what a workspace’s file allows counts once it is accepted, until it changes', async () => {
    const text = '{\n  "rules": [{ "effect": "allow", "tool": "echo" }]\n}\n';
    await write(text);
    agree(app);
    await vscodeCommands.executeCommand(commands.acceptPolicy, Uri.file(file));
    const outcome = await call('accepted');
    assert.equal(outcome.kind === 'done' && outcome.job.approval, 'allowed by .vscode/mcp-policy.json:2');
    const line = app.host.activity.page(20).find(({ event }) => event.kind === 'policy-accepted');
    assert.ok(line?.event.kind === 'policy-accepted' && line.event.isAccepted);
    await write(`${text}// changed\n`);
    const asked = await until('a call that asks', async () => {
      const next = call('changed');
      const end = await Promise.race([next, until('a request', () => app.host.requests.open.get()[0])]);
      return 'caller' in end && { end, next };
    });
    app.host.requests.decide(asked.end.id, { kind: 'deny', reason: undefined });
    assert.equal((await asked.next).kind, 'denied');
  });

  test('which rule fires: every rule with why, and the one that decides', async () => {
    await write(
      '{\n  "rules": [\n    { "effect": "deny", "tool": "other" },\n    { "effect": "ask", "caller": "codex" }\n  ]\n}\n',
    );
    const outcome = call('explain');
    const request = await until('the request', () => app.host.requests.open.get()[0]);
    const shown: { title: string; items: readonly { label: string; description?: string }[] }[] = [];
    app.dialogs.pick = async (choice) => {
      shown.push(choice);
      return undefined;
    };
    await vscodeCommands.executeCommand(commands.explainPolicy, request);
    assert.match(shown[0]?.title ?? '', /asked.*mcp-policy\.json:4/);
    assert.deepEqual(
      shown[0]?.items.map(({ label, description = '' }) => [
        label.replace(/^\S+ /, ''),
        /decides/.test(description),
      ]),
      [
        ['deny', false],
        ['ask', true],
      ],
    );
    app.host.requests.decide(request.id, { kind: 'deny', reason: undefined });
    await outcome;
  });

  test('a rule made from a call is shown first, written with comments kept, and decides the next one', async () => {
    await write('{\n  // ours\n  "rules": []\n}\n');
    const outcome = call('make');
    const request = await until('the request', () => app.host.requests.open.get()[0]);
    app.dialogs.pick = async (choice) =>
      choice.items.find(({ label }) => /^Deny echo to codex/.test(label)) ??
      choice.items.find(({ label }) => label.startsWith('.vscode'));
    const asked = agree(app);
    await vscodeCommands.executeCommand(commands.makeRule, request);
    assert.match(asked[0]?.detail ?? '', /"effect": "deny"/);
    const written = (await workspace.openTextDocument(Uri.file(file))).getText();
    assert.match(written, /\/\/ ours[\s\S]*"deny"/);
    assert.match(
      window.activeTextEditor?.document.getText(window.activeTextEditor.selection) ?? '',
      /"caller": "codex"/,
    );
    app.host.requests.decide(request.id, { kind: 'allow', scope: 'once', arguments: { message: 'make' } });
    assert.equal((await outcome).kind, 'denied', 'the rule counts for the very call that it was made from');
    assert.equal((await call('next')).kind, 'denied');
  });

  test('several calls of an agent are decided about in one document, each as it stood there', async () => {
    const outcomes = ['one', 'two', 'three'].map((message) => call(message));
    await until('three requests', () => app.host.requests.open.get().length === 3);
    app.dialogs.pickMany = async ({ items }) => ({ items: items.slice(0, 2), isButton: false });
    await vscodeCommands.executeCommand(commands.reviewBatch);
    const editor = await until('the document', () =>
      window.visibleTextEditors.find(({ document }) => document.uri.scheme === schemes.batch),
    );
    const text = editor.document.getText();
    assert.match(text, /codex \(agent through the gateway\) asks: may these 2 calls be sent\?/);
    assert.ok(
      text.includes('"message": "one"') && text.includes('"message": "two"') && !text.includes('three'),
    );
    await vscodeCommands.executeCommand(commands.allowBatch, editor.document.uri);
    const ended = await Promise.all(outcomes.slice(0, 2));
    assert.deepEqual(
      ended.map((outcome) => outcome.kind === 'done' && outcome.result.content[0]?.['text']),
      ['Echo: one', 'Echo: two'],
    );
    await until('the tab to close', () => !openTabs().some(({ scheme }) => scheme === schemes.batch));
    assert.equal(app.host.requests.open.get().length, 1);

    app.dialogs.pickMany = async ({ items }) => ({ items, isButton: false });
    app.dialogs.enter = async () => 'not three';
    await vscodeCommands.executeCommand(commands.reviewBatch);
    const second = await until('the document', () =>
      window.visibleTextEditors.find(({ document }) => document.uri.scheme === schemes.batch),
    );
    await vscodeCommands.executeCommand(commands.denyBatch, second.document.uri);
    const third = await outcomes[2];
    assert.ok(third?.kind === 'denied' && third.reason === 'not three');
  });

  test('tools are switched in one go, with an estimate of what they cost, and kept as a preset', async () => {
    await write('{\n  "rules": []\n}\n');
    const offered = app.host.connections.get(server)?.offer?.tools.items.map(({ name }) => name) ?? [];
    const isOn = () =>
      offered.filter((name) => app.host.connections.get(server)?.disabledTools.has(name) === false);
    let summary = '';
    app.dialogs.pickMany = async (wish) => {
      const items = wish.items.filter(({ label }) => label === 'echo' || label === 'get-sum');
      assert.ok(wish.items.filter(({ picked }) => picked).length >= offered.length);
      summary = wish.summary?.(items) ?? '';
      return { items, isButton: true };
    };
    app.dialogs.enter = async () => 'small';
    app.dialogs.pick = async ({ items }) =>
      items.find(
        (item) =>
          /mcp-policy\.json|small/.test(JSON.stringify(item)) && !/\(user\)/.test(JSON.stringify(item)),
      );
    await vscodeCommands.executeCommand(commands.selectTools);
    assert.deepEqual(isOn(), ['echo', 'get-sum']);
    assert.match(summary, /^2 tools, about \d+ tokens$/);
    const document = await until('the preset in the file', () => {
      const open = window.activeTextEditor?.document;
      return open?.getText().includes('"small"') && open;
    });
    assert.match(document.getText(), /"echo",\s+"get-sum"/);
    await document.save();

    for (const name of offered) app.host.connections.setToolEnabled(server, name, true);
    await until('the preset in force', async () => {
      await vscodeCommands.executeCommand(commands.selectTools);
      return isOn().length === 2;
    });
    assert.deepEqual(isOn(), ['echo', 'get-sum']);
    for (const name of offered) app.host.connections.setToolEnabled(server, name, true);
  });

  test('a rule goes by what a server claims only once the user trusts it, for this way of starting it', async () => {
    await write(
      '{\n  "rules": [\n    { "effect": "deny", "hints": { "readOnly": false }, "tool": "get-sum" },\n    { "effect": "deny", "hints": { "readOnly": true }, "tool": "echo" }\n  ]\n}\n',
    );
    const ended = async () => {
      const outcome = call('hints?');
      const request = await Promise.race([
        outcome.then(() => undefined),
        until('the request', () => app.host.requests.open.get()[0]),
      ]);
      if (request) app.host.requests.decide(request.id, { kind: 'deny', reason: 'asked' });
      const end = await outcome;
      return end.kind === 'denied' ? end.reason : end.kind;
    };
    assert.match(await ended(), /asked/);
    const asked = agree(app);
    await vscodeCommands.executeCommand(commands.trustServerHints, { serverId: server });
    assert.match(asked[0]?.message ?? '', /Trust what everything claims/);
    await until('the rule to count', async () => /^denied by/.test(await ended()));
    await vscodeCommands.executeCommand(commands.trustServerHints, { serverId: server });
    assert.match(asked[1]?.message ?? '', /Stop that\?/);
    await until('the rule not to count', async () => /asked/.test(await ended()));
  });
});
