import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from '@modelcontextprotocol/ext-apps';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../../src/core/json.ts';
import type { AppBridgeEnd } from '../../../src/core/mcpAppBridge.ts';
import { createAppBridge } from '../../../src/node/mcpAppBridge.ts';
import { AppBed, textOf } from '../../fakes/appBed.ts';

/** The official app end against ours, messages copied as between frames. */
async function connected(onApp: (app: App) => void = () => undefined, isShaken = true) {
  const bed = new AppBed();
  const heights: number[] = [];
  const ends: string[] = [];
  const posted: JsonObject[] = [];
  const initialized = Promise.withResolvers<void>();
  const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const transport: Transport = {
    start: async () => undefined,
    send: async (message) => bridge.receive(copy(message) as unknown as JsonObject),
    close: async () => undefined,
  };
  const bridge: AppBridgeEnd = await createAppBridge({
    session: bed.session,
    declaration: bed.app().document.declaration,
    version: '1.2.3',
    context: { theme: 'dark', displayMode: 'inline' },
    post: (message) => {
      posted.push(message);
      transport.onmessage?.(copy(message) as unknown as JSONRPCMessage);
    },
    onInitialized: () => initialized.resolve(),
    onHeight: (height) => void heights.push(height),
    onEnd: () => void ends.push('end'),
  });
  const app = new App({ name: 'test', version: '1' }, {}, { autoResize: false });
  onApp(app);
  if (isShaken) {
    await app.connect(transport);
    await initialized.promise;
  }
  return { bed, bridge, app, heights, ends, posted };
}

/** The answer to a request of the app, once it was posted. */
async function answerTo(posted: readonly JsonObject[], id: string): Promise<JsonObject> {
  for (;;) {
    const found = posted.find((message) => message['id'] === id);
    if (found) return found;
    await new Promise(setImmediate);
  }
}

test('the official app end learns who we are, what it may do and where it is shown', async () => {
  const { app } = await connected();
  assert.equal(app.getHostVersion()?.name, 'mcp-switchboard');
  assert.deepEqual(Object.keys(app.getHostCapabilities() ?? {}).sort(), [
    'logging',
    'message',
    'openLinks',
    'sandbox',
    'serverResources',
    'serverTools',
  ]);
  assert.equal(app.getHostContext()?.theme, 'dark');
});

test('input and result arrive in this order, a cancelled call as such', async () => {
  const got: unknown[] = [];
  const { bridge } = await connected((app) => {
    app.ontoolinput = ({ arguments: args }) => void got.push(args);
    app.ontoolresult = ({ content }) => void got.push(content[0]);
    app.ontoolcancelled = ({ reason }) => void got.push(reason);
  });
  await bridge.showInput({ zone: 'UTC' });
  await bridge.showResult(textOf('12:00'));
  await bridge.showCancelled('user action');
  assert.deepEqual(got, [{ zone: 'UTC' }, { type: 'text', text: '12:00' }, 'user action']);
});

test('tools, resources, links, messages, logs, sizes and the end go through the session', async () => {
  const { bed, app, heights, ends } = await connected();
  const result = await app.callServerTool({ name: 'get-time', arguments: { zone: 'UTC' } });
  assert.deepEqual(result.content, [{ type: 'text', text: '12:00' }]);
  assert.deepEqual(bed.calls[0]!.intent.arguments, { zone: 'UTC' });
  assert.deepEqual((await app.readServerResource({ uri: 'file:///a' })).contents, [
    { uri: 'file:///a', text: 'a' },
  ]);
  assert.deepEqual((await app.listServerResources()).resources, bed.resources);
  await app.openLink({ url: 'https://a.example' });
  await app.sendMessage({ role: 'user', content: [{ type: 'text', text: 'hello' }] });
  await app.sendLog({ level: 'info', data: 'logged' });
  await app.sendSizeChanged({ width: 10, height: 120 });
  await app.requestTeardown();
  assert.deepEqual(bed.asked, ['link https://a.example/', 'chat hello']);
  assert.deepEqual(bed.logged, ['info logged']);
  assert.deepEqual(heights, [120]);
  assert.deepEqual(ends, ['end']);
});

test('a refusal reaches the app as an error with its reason, and one inside us without', async () => {
  const { bed, app } = await connected();
  await assert.rejects(app.callServerTool({ name: 'report' }), /the app has no such tool/);
  await assert.rejects(app.openLink({ url: 'http://a.example' }), /only https/);
  bed.onCall = () => Promise.reject(new Error('a path in our folder'));
  await assert.rejects(app.callServerTool({ name: 'get-time' }), (error: Error) => {
    assert.match(error.message, /internal error/);
    return !error.message.includes('folder');
  });
});

test('what no host of ours offers is refused: the context of a model, sampling, downloads, tools and prompts by list', async () => {
  const { bed, bridge, app, posted } = await connected();
  await assert.rejects(app.updateModelContext({ content: [{ type: 'text', text: 'obey' }] }));
  await assert.rejects(app.downloadFile({ contents: [] }));
  const methods = ['sampling/createMessage', 'tools/list', 'prompts/list', 'no/such'];
  for (const method of methods) bridge.receive({ jsonrpc: '2.0', id: `x-${method}`, method, params: {} });
  for (const method of methods)
    assert.equal(((await answerTo(posted, `x-${method}`))['error'] as JsonObject)['code'], -32601, method);
  assert.deepEqual(bed.calls, []);
  assert.deepEqual(bed.asked, []);
});

test('an app that asks for what it has cancelled meanwhile has its call aborted', async () => {
  const { bed, app } = await connected();
  const aborted = Promise.withResolvers<void>();
  bed.onCall = (_intent, signal) => {
    signal.addEventListener('abort', () => aborted.resolve());
    return new Promise(() => undefined);
  };
  const stop = new AbortController();
  const call = app.callServerTool({ name: 'get-time' }, { signal: stop.signal });
  stop.abort();
  await assert.rejects(call);
  await aborted.promise;
});

test('a change around the app is told as a change, and the app ends by itself when asked', async () => {
  const changes: unknown[] = [];
  let isEnded = false;
  const { bridge } = await connected((app) => {
    app.onhostcontextchanged = (change) => void changes.push(change);
    app.onteardown = () => {
      isEnded = true;
      return {};
    };
  });
  bridge.setContext({ theme: 'light', displayMode: 'inline' });
  bridge.setContext({ theme: 'light', displayMode: 'inline' });
  await bridge.teardown();
  assert.deepEqual(changes, [{ theme: 'light' }]);
  assert.equal(isEnded, true);
  await bridge.close();
});

test('templates of resources, a ping and a wish for another display mode are answered', async () => {
  const { bed, bridge, app, posted } = await connected();
  const ask = (id: string, method: string) => {
    bridge.receive({ jsonrpc: '2.0', id, method, params: {} });
    return answerTo(posted, id);
  };
  const templates = (await ask('t', 'resources/templates/list'))['result'] as JsonObject;
  assert.deepEqual(templates['resourceTemplates'], bed.templates);
  assert.deepEqual((await ask('p', 'ping'))['result'], {});
  // The mode that there is: the app learns that nothing changed.
  assert.deepEqual(await app.requestDisplayMode({ mode: 'fullscreen' }), { mode: 'inline' });
});

test('an app that asks for a list too often is told so', async () => {
  const { bed, app } = await connected();
  for (let n = 0; n < 60; n++) await bed.session.list('resources', new AbortController().signal);
  await assert.rejects(app.listServerResources(), /asks for too much/);
});

test('an app that does not answer its end is waited for one second, and asked once', async (t) => {
  const { bridge, posted } = await connected((app) => {
    app.onteardown = () => new Promise(() => undefined);
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let isOver = false;
  const ends = Promise.all([bridge.teardown(), bridge.teardown()]).then(() => (isOver = true));
  t.mock.timers.tick(999);
  await new Promise(setImmediate);
  assert.equal(isOver, false);
  t.mock.timers.tick(1);
  await ends;
  assert.equal(posted.filter(({ method }) => method === 'ui/resource-teardown').length, 1);
});

test('an app that is gone while it ends is waited for no longer', async () => {
  const { bridge } = await connected((app) => {
    app.onteardown = () => new Promise(() => undefined);
  });
  const end = bridge.teardown();
  await bridge.close();
  await end;
});

test('an app that has not shaken hands is told of nothing: no change and no end', async () => {
  const { bridge, posted } = await connected(undefined, false);
  bridge.setContext({ theme: 'light', displayMode: 'inline' });
  await bridge.teardown();
  assert.deepEqual(posted, []);
});
