import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { commands as vscodeCommands, lm, Range, window, type CodeLens } from 'vscode';
import type { App } from '../../src/app.ts';
import type { SamplingRequest } from '../../src/core/requests.ts';
import { commands, schemes } from '../../src/shared/ids.ts';
import { activated, ask, clear, editorOf, everything, openTabs, until } from './bed.ts';

const tool = 'trigger-sampling-request';

const documentOf = (request: SamplingRequest, part: 'request' | 'answer') =>
  window.visibleTextEditors.find(
    ({ document }) =>
      document.uri.scheme === schemes.sampling &&
      document.uri.authority === request.id &&
      document.uri.path.includes(`model ${part}`),
  );

suite('model requests of servers', function () {
  let app: App;
  let server: string;

  setup(async function () {
    app = await activated();
    const models = await lm.selectChatModels({ vendor: 'switchboard-test' });
    if (models.length === 0) return this.skip(); // a VS Code without extensions beside ours has no model
    await until('the models to be declared', () => app.models.get().length > 0);
    server = await everything(app);
    if (!hasTool()) await vscodeCommands.executeCommand(commands.restartServer, { serverId: server });
    await until('the tool that needs a model', hasTool);
  });
  teardown(async () => {
    await clear(app);
  });

  const hasTool = () =>
    app.host.connections.get(server)?.offer?.tools.items.some(({ name }) => name === tool) === true;

  /** Lets the server ask a model, and waits for the request. */
  async function asked(prompt: string, maxTokens = 50) {
    const { request, outcome } = await ask(app, server, tool, { prompt, maxTokens });
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    const model = await until('the model request', () =>
      app.host.requests.open.get().find((open) => open.kind === 'sampling'),
    );
    const text = outcome.then((ended) =>
      ended.kind === 'done'
        ? ended.result.content.map((block) => block['text']).join('')
        : JSON.stringify(ended),
    );
    return { request: model, text };
  }

  async function replace(editor: ReturnType<typeof documentOf>, find: string, next: string): Promise<void> {
    assert.ok(editor);
    const at = editor.document.getText().lastIndexOf(find);
    assert.ok(at >= 0, editor.document.getText());
    const [from, to] = [editor.document.positionAt(at), editor.document.positionAt(at + find.length)];
    assert.ok(await editor.edit((edit) => edit.replace(new Range(from, to), next)));
  }

  test('the prompt is reviewed and edited, the model chosen, the answer reviewed, and only then sent', async () => {
    const { request, text } = await asked('the whole prompt');
    await vscodeCommands.executeCommand(commands.openRequest, request);
    const prompt = await until('the prompt', () => documentOf(request, 'request'));
    assert.match(prompt.document.getText(), /Server: +everything/);
    assert.match(prompt.document.getText(), /Used up: +\d+ of 20 requests/);
    assert.match(prompt.document.getText(), /the whole prompt/);
    assert.match(prompt.document.getText(), /"maxTokens": 50/);

    app.dialogs.pick = async (choice) =>
      choice.items.find(({ label }) => label === 'Plain') ?? assert.fail('no model to pick');
    await vscodeCommands.executeCommand(commands.chooseModel, prompt.document.uri);
    const lenses = await vscodeCommands.executeCommand<CodeLens[]>(
      'vscode.executeCodeLensProvider',
      prompt.document.uri,
    );
    assert.ok(
      lenses.some(({ command }) => command?.title === '$(sparkle)\u00a0Ask Plain'),
      JSON.stringify(lenses.map(({ command }) => command?.title)),
    );

    await replace(prompt, 'the whole prompt', 'an edited prompt');
    await vscodeCommands.executeCommand(commands.askModel, prompt.document.uri);
    const answer = await until('the answer', () => documentOf(request, 'answer'));
    assert.match(answer.document.getText(), /plain says: .*an edited prompt/);
    assert.ok(app.host.requests.get(request.id), 'the server has nothing yet');

    await replace(answer, 'an edited prompt', 'an edited answer');
    await vscodeCommands.executeCommand(commands.sendModelAnswer, answer.document.uri);
    assert.match(await text, /an edited answer/);
    await until('the tabs to close', () => !openTabs().some(({ scheme }) => scheme === schemes.sampling));
    const line = app.host.activity.page(5).find(({ event }) => event.kind === 'model-answered');
    assert.equal(line?.event.kind === 'model-answered' && line.event.serverId, server);
  });

  test('the answer has no more tokens than the request allows', async () => {
    const { request, text } = await asked('one two three four five six seven', 4);
    await vscodeCommands.executeCommand(commands.openRequest, request);
    const prompt = await until('the prompt', () => documentOf(request, 'request'));
    await vscodeCommands.executeCommand(commands.askModel, prompt.document.uri);
    const answer = await until('the answer', () => documentOf(request, 'answer'));
    assert.match(answer.document.getText(), /"stopReason": "maxTokens"/);
    assert.doesNotMatch(answer.document.getText(), /seven/);
    await vscodeCommands.executeCommand(commands.sendModelAnswer, answer.document.uri);
    assert.doesNotMatch(await text, /seven/);
  });

  test('a prompt that is broken is not asked, and "Not now" tells the server no', async () => {
    const { request, text } = await asked('hello');
    await vscodeCommands.executeCommand(commands.openRequest, request);
    const prompt = await until('the prompt', () => documentOf(request, 'request'));
    await replace(prompt, '"maxTokens": 50', '"maxTokens": 0');
    await vscodeCommands.executeCommand(commands.askModel, prompt.document.uri);
    assert.equal(documentOf(request, 'answer'), undefined);
    assert.ok(app.host.requests.get(request.id), 'still open');
    await vscodeCommands.executeCommand(commands.refuseModelRequest, prompt.document.uri);
    assert.match(await text, /rejected/i);
  });
});
