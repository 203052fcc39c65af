import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import type { HostileOptions } from '../fixtures/servers/hostile.ts';
import { hostileStdio, startHostileHttp } from '../fixtures/servers/hostile.ts';
import { LegacyHttpClient, ModernHttpClient } from '../fixtures/servers/rawClients.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { StdioPeer, until } from '../fixtures/servers/rawPeer.ts';

// The hostile tests trust these fixtures to be as bad as they say, so their badness is checked here.

const initialize = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};
const echo = { name: 'echo', arguments: { text: 'hello' } };

/** A peer that keeps lines which are no JSON instead of failing on them. */
class TolerantPeer extends StdioPeer {
  readonly garbage: string[] = [];

  protected override take(line: string): void {
    try {
      super.take(line);
    } catch {
      this.garbage.push(line);
    }
  }
}

function spawnHostile(t: TestContext, options: HostileOptions): TolerantPeer {
  const { command, args } = hostileStdio(options);
  const peer = new TolerantPeer(command, args);
  t.after(() => peer.kill());
  return peer;
}

describe('hostile server over stdio', () => {
  test('without a mode it is a good server', async (t) => {
    const peer = spawnHostile(t, { mode: 'tame' });
    assert.equal((await peer.request('initialize', initialize)).result.protocolVersion, '2025-11-25');
    assert.equal((await peer.request('tools/call', echo)).result.content[0].text, 'hello');
    assert.equal((await peer.request('server/discover')).error.code, -32601);
  });

  test('puts garbage between good lines', async (t) => {
    const peer = spawnHostile(t, { mode: 'invalid-json' });
    await peer.request('initialize', initialize);
    assert.ok(peer.garbage.length >= 2);
  });

  test('sends one line of the size it was told', async (t) => {
    const peer = spawnHostile(t, { mode: 'huge-line', value: 3_000_000 });
    await peer.request('initialize', initialize);
    assert.equal((await peer.request('tools/call', echo)).result.content[0].text.length, 3_000_000);
  });

  test('answers under wrong ids, twice, or not at all', async (t) => {
    const wrong = spawnHostile(t, { mode: 'wrong-ids' });
    await wrong.request('initialize', initialize);
    wrong.send({ id: 'c', method: 'tools/call', params: echo });
    await wrong.next('a wrong answer', (frame) => frame.id === 'unasked');
    assert.ok(!wrong.received.some((frame) => frame.id === 'c'));
    const twice = spawnHostile(t, { mode: 'double-answers' });
    twice.send({ id: 'i', method: 'initialize', params: initialize });
    await until('two answers', () => twice.received.filter((frame) => frame.id === 'i').length === 2);
    const hanging = spawnHostile(t, { mode: 'hang-on', on: 'tools/list' });
    hanging.send({ id: 'l', method: 'tools/list' });
    await hanging.request('initialize', initialize);
    assert.ok(!hanging.received.some((frame) => frame.id === 'l'));
  });

  test('dies after so many bytes, and at the start', async (t) => {
    const dying = spawnHostile(t, { mode: 'exit-after', value: 20 });
    const pieces: string[] = [];
    dying.process.stdout?.on('data', (piece: Buffer) => pieces.push(piece.toString()));
    dying.send({ id: 1, method: 'initialize', params: initialize });
    await once(dying.process, 'close');
    assert.equal(pieces.join('').length, 20);
    const dead = spawnHostile(t, { mode: 'crash-on-start' });
    assert.equal((await once(dead.process, 'close'))[0], 3);
  });

  test('lists what nobody should', async (t) => {
    const list = async (options: HostileOptions, method = 'tools/list'): Promise<Frame> => {
      const peer = spawnHostile(t, options);
      await peer.request('initialize', initialize);
      return (await peer.request(method)).result;
    };
    assert.equal((await list({ mode: 'ten-thousand-tools', value: 500 })).tools.length, 502);
    const names = (await list({ mode: 'duplicate-tools' })).tools.map((tool: Frame) => tool.name);
    assert.ok(new Set(names).size < names.length);
    assert.ok((await list({ mode: 'malformed-items' })).tools.includes(null));
    assert.ok(
      (await list({ mode: 'null-descriptions' })).tools.some((tool: Frame) => tool.description === null),
    );
    assert.match(JSON.stringify(await list({ mode: 'ansi-bidi-tags' })), /\u202E/);
    assert.match(JSON.stringify(await list({ mode: 'cyclic-ref' })), /"\$ref":"#"/);
    assert.equal((await list({ mode: 'never-ending-pagination' })).nextCursor, '1');
    assert.match(
      JSON.stringify(await list({ mode: 'external-ref' })),
      /http:\/\/127\.0\.0\.1:\d+\/schema\.json/,
    );
  });

  test('floods with notifications and progress and still answers', async (t) => {
    const peer = spawnHostile(t, { mode: 'notification-flood', value: 2000 });
    await peer.request('initialize', initialize);
    await until('the flood', () => peer.received.length > 2000);
    assert.equal((await peer.request('tools/call', echo)).result.content[0].text, 'hello');
    const busy = spawnHostile(t, { mode: 'progress-flood', value: 3000 });
    await busy.request('tools/call', { ...echo, _meta: { progressToken: 1 } });
    assert.equal(busy.received.length, 3001);
  });
});

describe('hostile server over HTTP', () => {
  test('forgets a session once', async (t) => {
    const server = await startHostileHttp({ mode: 'session-expiry', value: 3 });
    t.after(() => server.close());
    const client = new LegacyHttpClient(server.url);
    await client.connect();
    const status = async () => (await client.exchange('tools/list')).status;
    assert.deepEqual([await status(), await status(), await status()], [200, 404, 200]);
    assert.equal(server.requests[0], 'initialize');
  });

  test('answers with HTML, broken JSON, or an empty stream', async (t) => {
    const first = async (options: HostileOptions) => {
      const server = await startHostileHttp(options);
      t.after(() => server.close());
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: echo });
      const response = await fetch(server.url, { method: 'POST', body });
      return [response.status, response.headers.get('content-type'), await response.text()] as const;
    };
    assert.match((await first({ mode: 'garbage-200' })).join(), /^200,text\/html,<!doctype/);
    const [, , broken] = await first({ mode: 'invalid-json' });
    assert.throws(() => JSON.parse(broken));
    assert.match(
      (await first({ mode: 'stream-ends-without-answer' })).join(),
      /^200,text\/event-stream,: here/,
    );
    await assert.rejects(first({ mode: 'exit-after', value: 10 }));
  });

  test('speaks only an unknown revision', async (t) => {
    const server = await startHostileHttp({ mode: 'version-mismatch', era: 'modern' });
    t.after(() => server.close());
    const answer = await new ModernHttpClient(server.url).request('server/discover');
    assert.deepEqual(answer.error.data.supported, ['2099-01-01']);
  });

  test('counts who fetches its schema', async (t) => {
    const server = await startHostileHttp({ mode: 'external-ref', era: 'modern' });
    t.after(() => server.close());
    const { tools } = (await new ModernHttpClient(server.url).request('tools/list')).result;
    const { $ref } = tools.find((tool: Frame) => tool.name === 'referring').outputSchema;
    assert.equal(server.canaryHits(), 0);
    await fetch($ref);
    assert.equal(server.canaryHits(), 1);
  });
});
