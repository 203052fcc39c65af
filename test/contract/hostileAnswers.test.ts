import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostileMode } from '../fixtures/servers/hostileOffer.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import { connect, never, rejection, textOf, type Bed } from './connectionBed.ts';
import { assertGone, connectHostile, hostile, refused } from './hostileBed.ts';

const faces = [
  { era: 'legacy', transport: 'stdio' },
  { era: 'modern', transport: 'stdio' },
  { era: 'legacy', transport: 'http' },
  { era: 'modern', transport: 'http' },
] as const;

for (const { era, transport } of faces) {
  const name = `${era} ${transport}`;

  describe(`hostile answers: ${name}`, { timeout: 60_000 }, () => {
    const open = (t: Parameters<typeof connectHostile>[0], mode: HostileMode, on?: string) =>
      connectHostile(t, transport, { mode, era, ...(on === undefined ? {} : { on }) });

    test('without a mode all works', async (t) => {
      const bed = await open(t, 'tame');
      await works(bed);
      assert.equal(textOf(await bed.result('echo', { text: 'hello' })), 'hello');
      // It announces changes it has no way to tell in the modern era; the log says so.
      assert.deepEqual(
        bed.hooks.logs.map((line) => /refuses to push changes/.test(line.text)),
        era === 'modern' ? [true] : [],
      );
    });

    test('what is no JSON is named, and the rest works', async (t) => {
      const bed = await open(t, 'invalid-json');
      await works(bed);
      if (transport === 'stdio') {
        assert.equal(textOf(await bed.result('echo', { text: 'hello' })), 'hello');
        assert.ok(bed.hooks.frames.some((frame) => frame.kind === 'invalid' && frame.text.includes('oops')));
        assert.equal(bed.hooks.logs.filter((line) => /no JSON-RPC messages/.test(line.text)).length, 1);
      } else {
        const error = await rejection(bed.result('echo', { text: 'hello' }));
        assert.equal(error.code, 'server-error');
        assert.match(error.message, /no JSON-RPC message/);
        await works(bed);
      }
    });

    test('answers under wrong ids do not answer anything', async (t) => {
      const clock = new FakeClock();
      const bed = await connectHostile(t, transport, { mode: 'wrong-ids', era }, { deps: { clock } });
      const call = rejection(bed.call('echo', { text: 'x' }, { timeoutMs: 1_000 }));
      await bed.hooks.until(() => bed.hooks.frames.some((frame) => frame.id === 987_654_321));
      clock.advance(1_000);
      const error = await call;
      assert.equal(error.code, 'timeout');
      assert.match(error.message, /did answer 3 requests that were never sent/);
      assert.ok(bed.hooks.logs.some((line) => /answered a request that was never sent/.test(line.text)));
      await works(bed);
    });

    test('a second answer changes nothing', async (t) => {
      const bed = await open(t, 'double-answers');
      await works(bed);
      for (const text of ['one', 'two', 'three'])
        assert.equal(textOf(await bed.result('echo', { text })), text);
    });

    test('a result that is a number is an error', async (t) => {
      const bed = await open(t, 'wrong-shapes');
      const error = await rejection(bed.result('echo', { text: 'x' }));
      assert.equal(error.code, 'server-error');
      assert.match(error.message, /without a result|no JSON-RPC message/);
      await works(bed);
      const lists = await open(t, 'wrong-shapes', 'tools/list');
      assert.equal((await rejection(lists.connection.tools(never))).code, 'server-error');
      assert.equal(textOf(await lists.result('echo', { text: 'hello' })), 'hello');
    });

    test('a block of an unknown type is kept', async (t) => {
      const bed = await open(t, 'unknown-content');
      assert.deepEqual((await bed.result('echo', { text: 'hello' })).content, [
        { type: 'text', text: 'hello' },
        { type: 'hologram', data: 'AAAA', depth: 3 },
      ]);
    });

    test('structured content that breaks its schema is given as it is', async (t) => {
      const bed = await open(t, 'bad-structured');
      assert.deepEqual((await bed.result('structured')).structuredContent, { n: 'three' });
    });

    test('an answer that is nested without end is refused', async (t) => {
      const bed = await open(t, 'deep-nesting');
      const error = await rejection(bed.result('echo', { text: 'x' }));
      assert.equal(error.code, 'server-error');
      assert.match(error.message, /nested deeper than 500 levels/);
      await works(bed);
    });

    for (const method of ['tools/list', 'tools/call', 'resources/list', 'prompts/get', 'resources/read']) {
      test(`silence on ${method} ends with the time-out of that request`, async (t) => {
        const clock = new FakeClock();
        const bed = await connectHostile(
          t,
          transport,
          { mode: 'hang-on', on: method, era },
          { deps: { clock }, requestTimeoutMs: 5_000 },
        );
        const { connection } = bed;
        const request: Record<string, () => Promise<unknown>> = {
          'tools/list': () => connection.tools(never),
          'tools/call': () => bed.call('echo', { text: 'x' }, { timeoutMs: 5_000 }),
          'resources/list': () => connection.resources(never),
          'resources/read': () => connection.readResource('hostile://good', never),
          'prompts/get': () => connection.getPrompt('good', {}, never),
        };
        const asked = rejection(request[method]!());
        await bed.hooks.until(() => bed.hooks.sent(method).length === 1);
        clock.advance(5_000);
        assert.equal((await asked).code, 'timeout');
        if (method !== 'resources/list') assert.equal((await connection.resources(never)).items.length, 1);
      });
    }

    test('a server that never says anything is given up, and nothing is left', async (t) => {
      const { launch } = await hostile(t, transport, { mode: 'silent', era });
      const { error, hooks } = await refused(launch, { connectTimeoutMs: 300 });
      assert.equal(error.code, 'timeout');
      assert.match(error.message, /not ready within 0.3 s/);
      assert.ok(error.nextStep !== undefined);
      assert.deepEqual(hooks.losses, []);
    });

    test('a revision that nobody speaks is refused in words', async (t) => {
      const { launch } = await hostile(t, transport, { mode: 'version-mismatch', era });
      const { error } = await refused(launch);
      assert.equal(error.code, 'connect-failed');
      assert.match(error.message, /version|Method not found/i);
    });

    test('a connect that is cancelled ends at once', async (t) => {
      const { launch } = await hostile(t, transport, { mode: 'silent', era });
      const abort = new AbortController();
      const attempt = refused(launch, { signal: abort.signal });
      abort.abort();
      assert.equal((await attempt).error.code, 'cancelled');
    });
  });
}

describe('hostile answers: http', { timeout: 60_000 }, () => {
  for (const era of ['legacy', 'modern'] as const) {
    test(`a stream that ends without an answer is an error, not a wait (${era})`, async (t) => {
      const bed = await connectHostile(t, 'http', { mode: 'stream-ends-without-answer', era });
      const error = await rejection(bed.result('echo', { text: 'x' }));
      assert.equal(error.code, 'server-error');
      assert.match(error.message, /ended its answer to tools\/call without a result/);
      assert.match(error.nextStep!, /not known whether/);
      assert.equal(bed.hooks.sent('tools/call').length, 1);
      await works(bed);
    });

    test(`a web page instead of an answer is named (${era})`, async (t) => {
      const { launch } = await hostile(t, 'http', { mode: 'garbage-200', on: '*', era });
      const { error } = await refused(launch);
      assert.equal(error.code, 'connect-failed');
      assert.match(error.message, /neither JSON nor an event stream|unusable reply/);
      const bed = await connectHostile(t, 'http', { mode: 'garbage-200', era });
      assert.equal((await rejection(bed.result('echo', { text: 'x' }))).code, 'server-error');
      await works(bed);
    });
  }

  test('garbage for the probe only is answered by one try without it', async (t) => {
    const bed = await connectHostile(t, 'http', {
      mode: 'garbage-200',
      on: 'server/discover',
      era: 'legacy',
    });
    assert.equal(bed.connection.info.era, 'legacy');
    assert.equal(bed.hooks.sent('server/discover').length, 1);
    await works(bed);
  });

  test('a forgotten session is said to be expired, and the call is not sent again', async (t) => {
    const { launch, http } = await hostile(t, 'http', { mode: 'session-expiry', era: 'legacy', value: 4 });
    const bed = await connect(launch);
    t.after(() => bed.connection.close());
    const error = await rejection(bed.result('echo', { text: 'x' }));
    assert.equal(error.code, 'session-expired');
    assert.equal(http!.requests.filter((method) => method === 'tools/call').length, 1);
  });
});

describe('hostile answers: stdio', { timeout: 60_000 }, () => {
  test('a server that ends at once is quoted', async (t) => {
    const { launch } = await hostile(t, 'stdio', { mode: 'crash-on-start' });
    const { error } = await refused(launch);
    assert.equal(error.code, 'connect-failed');
    assert.match(error.message, /ended with code 3: fatal: cannot read configuration: missing API_URL/);
    assert.match(error.nextStep!, /log/);
  });

  test(
    'a server that dies after any number of bytes leaves a clear error and no process',
    { timeout: 120_000 },
    async (t) => {
      for (const value of [0, 1, 2, 10, 50, 90, 130, 170, 210, 250, 300, 400, 500, 700]) {
        const { launch } = await hostile(t, 'stdio', { mode: 'exit-after', value });
        await diesAfter(launch, `after ${value} bytes`);
      }
    },
  );
});

describe('hostile answers: http connections that break', { timeout: 120_000 }, () => {
  test('after any number of bytes there is a clear error', async (t) => {
    for (let value = 0; value <= 640; value += 16) {
      const { launch } = await hostile(t, 'http', { mode: 'exit-after', value });
      await diesAfter(launch, `after ${value} bytes`);
    }
  });
});

async function diesAfter(launch: Parameters<typeof refused>[0], what: string): Promise<void> {
  let bed: Bed | undefined;
  try {
    bed = await connect(launch);
    await bed.connection.tools(never);
    for (;;) await bed.result('echo', { text: 'hello' });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message } = error;
    assert.ok(
      ['connect-failed', 'not-connected', 'server-error'].includes(code),
      `${what}: ${code} ${message}`,
    );
    assert.ok(message.length > 10, what);
  }
  await bed?.connection.close();
  assertGone(bed?.connection.info.pid);
}

async function works(bed: Bed): Promise<void> {
  const { items } = await bed.connection.resources(never, true);
  assert.equal(items[0]!.uri, 'hostile://good');
  assert.equal((await bed.connection.prompts(never, true)).items.length, 1);
}
