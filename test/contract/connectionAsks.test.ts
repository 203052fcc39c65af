import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, modes, rejection, textOf, type Bed, type Mode } from './connectionBed.ts';

/** The question of every mode, for the comparison at the end. */
const answers = new Map<string, unknown>();

for (const mode of modes) {
  describe(`questions: ${mode.name}`, { timeout: 60_000 }, () => {
    let server: Awaited<ReturnType<Mode['start']>>;
    let bed: Bed;
    before(async () => {
      server = await mode.start();
      bed = await connect(server.launch);
    });
    after(async () => {
      await bed.connection.close();
      await server.close();
    });

    test('brings a form to the user and each answer back', async () => {
      const content = { name: 'Ada', age: 36, colour: 'r', isSure: true };
      bed.hooks.answer = () => ({ kind: 'accept', content });
      assert.equal(textOf(await bed.result('ask', {}, 'call-ask')), `accept ${JSON.stringify(content)}`);
      const { ask, origin } = bed.hooks.asks.at(-1)!;
      assert.ok(ask.kind === 'elicit-form');
      assert.equal(ask.message, 'Who are you?');
      assert.equal(origin.callId, 'call-ask');
      answers.set(`${mode.name}: form`, ask);
      for (const kind of ['decline', 'cancel'] as const) {
        bed.hooks.answer = () => ({ kind });
        assert.equal(textOf(await bed.result('ask')), kind);
      }
    });

    test('answers one question after the other', async () => {
      const names = ['Ada', 'Alan'];
      const keys = new Set<string>();
      bed.hooks.answer = (_ask, origin) => {
        keys.add(origin.key);
        return { kind: 'accept', content: { name: names[keys.size - 1]! } };
      };
      assert.equal(textOf(await bed.result('ask_twice')), 'Ada before Alan');
      assert.equal(keys.size, 2);
    });

    test('asks to open a page', async () => {
      bed.hooks.answer = () => ({ kind: 'accept', content: { ignored: true } });
      assert.equal(
        textOf(await bed.result('ask_url', { url: 'https://example.com/x?y=1' }, 'call-url')),
        'accept',
      );
      const { ask, origin } = bed.hooks.asks.at(-1)!;
      assert.deepEqual(ask, {
        kind: 'elicit-url',
        message: 'Confirm it',
        url: 'https://example.com/x?y=1',
        elicitationId: mode.era === 'legacy' ? 'page-1' : undefined,
      });
      assert.equal(origin.callId, 'call-url');
    });

    test('brings a prompt to a model and its answer back', async () => {
      bed.hooks.answer = () => ({
        kind: 'accept',
        content: { model: 'test-model', role: 'assistant', content: { type: 'text', text: 'hello' } },
      });
      assert.equal(textOf(await bed.result('sample', { prompt: 'Say hello' })), 'test-model: hello');
      const { ask } = bed.hooks.asks.at(-1)!;
      assert.ok(ask.kind === 'sampling');
      assert.equal(ask.params['maxTokens'], 50);
      bed.hooks.answer = () => ({ kind: 'decline', reason: 'User rejected: the limit is reached' });
      const declined = await bed.call('sample', {}).then(
        (reply) => (reply.kind === 'done' ? String(textOf(reply.result)) : ''),
        (error: Error) => error.message,
      );
      assert.match(declined, /User rejected: the limit is reached/);
    });

    test('tells the server the roots', async () => {
      assert.equal(textOf(await bed.result('roots')), 'file:///workspace');
    });

    test('says which requests a call went out as', async () => {
      await bed.result('roots', {}, 'call-traced');
      const ids = bed.hooks.sentCalls.flatMap(({ callId, requestId }) =>
        callId === 'call-traced' ? [requestId] : [],
      );
      assert.deepEqual(
        ids.length > 0 && ids,
        bed.hooks
          .sent('tools/call')
          .slice(-ids.length)
          .map(({ id }) => id),
      );
    });

    test('tells a server up to 2025-11-25 that its roots changed; later ones ask anew each time', async () => {
      const told = () => bed.hooks.sent('notifications/roots/list_changed').length;
      await bed.connection.rootsChanged();
      assert.equal(told(), mode.era === 'legacy' ? 1 : 0);
      assert.equal(textOf(await bed.result('roots')), 'file:///workspace');
    });

    test('knows which of several calls asks, where the transport tells', async () => {
      const open = Promise.withResolvers<void>();
      const from = bed.hooks.asks.length;
      bed.hooks.answer = async (_ask, origin) => {
        await open.promise;
        return { kind: 'accept', content: { name: origin.callId ?? 'nobody' } };
      };
      const calls = ['one', 'two', 'three'].map((callId) => bed.result('ask', {}, callId));
      await bed.hooks.until(() => bed.hooks.asks.length === from + 3);
      open.resolve();
      const texts = (await Promise.all(calls)).map(textOf);
      const isTold = mode.era === 'modern' || mode.transport === 'streamable-http';
      const expected = isTold ? ['one', 'two', 'three'] : ['nobody', 'nobody', 'nobody'];
      assert.deepEqual(
        texts,
        expected.map((name) => `accept ${JSON.stringify({ name })}`),
      );
    });

    test('withdraws a question when its call is cancelled', async () => {
      bed.hooks.answer = (_ask, _origin, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('withdrawn'))));
      const from = bed.hooks.asks.length;
      const abort = new AbortController();
      const call = rejection(bed.call('ask', {}, { signal: abort.signal }));
      const { signal } = await bed.hooks.until(() => bed.hooks.asks[from]);
      abort.abort();
      assert.equal((await call).code, 'cancelled');
      assert.equal(signal.aborted, true);
    });
  });
}

test('questions: a form is the same whatever the era and transport', () => {
  const [first, ...others] = [...answers.values()];
  assert.equal(others.length, modes.length - 1);
  for (const other of others) assert.deepEqual(other, first);
});
