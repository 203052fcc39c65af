import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, toAppError } from '../../../src/core/util/errors.ts';
import { intents, type Handlers, type Intent } from '../../../src/shared/protocol.ts';
import { DashboardCalls } from '../../../src/vscode/dashboardCalls.ts';
import { dashboardPage } from '../../../src/vscode/dashboardPage.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

function bed(some: Partial<Handlers> = {}) {
  const logger = new RecordingLogger();
  const replies: { id: number; ok: boolean; code?: string; value?: unknown }[] = [];
  const asked: Intent[] = [];
  const rest = Object.fromEntries(
    (Object.keys(intents) as Intent[]).map((name) => [name, async () => (asked.push(name), null)]),
  );
  const calls = new DashboardCalls(
    { ...rest, ...some } as unknown as Handlers,
    {
      attempt: async (_name, fn) => {
        try {
          return { kind: 'done', value: await fn() };
        } catch (error) {
          return { kind: 'failed', error: toAppError(error) };
        }
      },
    },
    logger,
    (reply) => replies.push(reply),
  );
  const call = async (id: number, method: string, params: unknown = {}) => {
    calls.receive({ kind: 'call', id, method, params });
    await settle();
  };
  return { calls, call, replies, logger, asked };
}

test('every call is answered exactly once, with its value or its error', async () => {
  const { call, replies } = bed({
    'server.start': async () => {
      throw new AppError('connect-failed', 'no such program');
    },
  });
  await call(1, 'page.servers');
  await call(2, 'server.start', { serverId: 's' });
  assert.deepEqual(replies, [
    { kind: 'reply', id: 1, ok: true, value: null },
    { kind: 'reply', id: 2, ok: false, code: 'connect-failed', message: 'no such program' },
  ]);
});

test('unknown methods, inherited names and invalid parameters are answered with an error and reach no handler', async () => {
  const { call, replies, asked } = bed();
  await call(1, 'approval.decide', { requestId: 'r', kind: 'allow' });
  await call(2, 'toString');
  await call(3, '__proto__');
  await call(4, 'server.start', { serverId: 5 });
  await call(5, 'server.start', { serverId: 's', extra: true });
  assert.deepEqual(
    replies.map(({ ok, code }) => [ok, code]),
    [
      [false, 'unsupported'],
      [false, 'unsupported'],
      [false, 'unsupported'],
      [false, 'invalid-input'],
      [false, 'invalid-input'],
    ],
  );
  assert.deepEqual(asked, []);
});

test('no intent can decide about a tool call', () => {
  // Taking an agent's token away, after a question of the editor, gives nobody anything.
  const names = Object.keys(intents).filter((name) => name !== 'agents.revoke');
  for (const name of names) assert.ok(!/allow|deny|approve|decide|revoke|consent/i.test(name), name);
});

test('a message of unknown shape is logged, and answered when it says its id', async () => {
  const { calls, replies, logger } = bed();
  for (const message of [null, 'x', 5, [], {}, { kind: 'evil' }, { kind: 'cancel' }])
    assert.equal(calls.receive(message), false);
  assert.deepEqual(replies, []);
  assert.equal(logger.lines.length, 7);
  calls.receive({ kind: 'call', id: 9, method: 'x'.repeat(100), params: {} });
  assert.deepEqual(
    replies.map(({ id, code }) => [id, code]),
    [[9, 'invalid-input']],
  );
});

test('cancel aborts the call it names and no other', async () => {
  const signals: AbortSignal[] = [];
  const { calls, call } = bed({
    'server.start': (_params, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    },
  });
  await call(1, 'server.start', { serverId: 'a' });
  await call(2, 'server.start', { serverId: 'b' });
  calls.receive({ kind: 'cancel', id: 2 });
  calls.receive({ kind: 'cancel', id: 77 });
  assert.deepEqual(
    signals.map((signal) => signal.aborted),
    [false, true],
  );
});

test('an answer to an earlier life of the page never reaches the next one, and the work goes on', async () => {
  const { promise, resolve } = Promise.withResolvers<null>();
  let signal: AbortSignal | undefined;
  const { calls, call, replies } = bed({
    'server.stop': (_params, given) => {
      signal = given;
      return promise;
    },
  });
  assert.equal(calls.receive({ kind: 'ready' }), true);
  await call(1, 'server.stop', { serverId: 's' });
  calls.forget();
  assert.equal(calls.receive({ kind: 'ready' }), true);
  await call(1, 'page.servers');
  resolve(null);
  await settle();
  assert.equal(replies.length, 1);
  assert.equal(signal?.aborted, false);
});

test('an id in use is not used again', async () => {
  let started = 0;
  const { call, replies } = bed({
    'server.stop': () => {
      started++;
      return new Promise(() => undefined);
    },
  });
  await call(1, 'server.stop', { serverId: 's' });
  await call(1, 'server.stop', { serverId: 's' });
  assert.deepEqual([started, replies.length], [1, 0]);
});

test('the page allows its own script and style, and nothing inline or from elsewhere', () => {
  const html = dashboardPage({
    cspSource: 'https://self.example',
    nonce: 'N0nce',
    script: 'https://self.example/webview.js',
    style: 'https://self.example/webview.css',
    language: 'en"><script>alert(1)</script>',
    title: 'MCP <Switchboard>',
    strings: { a: '</script><script>alert(1)</script>', b: '<!--' },
  });
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  assert.match(
    policy,
    /default-src 'none'; script-src 'nonce-N0nce'; style-src https:\/\/self\.example 'nonce-N0nce'/,
  );
  assert.ok(!/unsafe|\*|data:|connect-src|frame-src/.test(policy));
  assert.match(html, /<meta property="csp-nonce" content="N0nce">/);
  assert.deepEqual(html.match(/<script[^>]*>/g), [
    '<script type="application/json" id="strings">',
    '<script type="module" nonce="N0nce" src="https://self.example/webview.js">',
  ]);
  const strings = /id="strings">([^]*?)<\/script>/.exec(html)?.[1] ?? '';
  assert.deepEqual(JSON.parse(strings), { a: '</script><script>alert(1)</script>', b: '<!--' });
});
