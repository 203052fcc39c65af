import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { contractStdio, startContractHttp, startContractSse } from '../fixtures/servers/contract.ts';
import type { Answerer, RawClient } from '../fixtures/servers/rawClients.ts';
import {
  LegacyHttpClient,
  LegacyStdioClient,
  ModernHttpClient,
  ModernStdioClient,
} from '../fixtures/servers/rawClients.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { exchange, until } from '../fixtures/servers/rawPeer.ts';

// The contract suite trusts these fixtures, so what it relies on is checked here against bare frames.

const answerTo: Answerer = (request) =>
  request.method === 'roots/list'
    ? { result: { roots: [{ uri: 'file:///one' }, { uri: 'file:///two' }] } }
    : { result: { action: 'accept', content: { name: 'Ada', age: 36 } } };

const faces = [
  { era: 'modern', transport: 'stdio' },
  { era: 'modern', transport: 'http' },
  { era: 'legacy', transport: 'stdio' },
  { era: 'legacy', transport: 'http' },
] as const;

for (const { era, transport } of faces) {
  describe(`contract server, ${era} over ${transport}`, () => {
    let client: RawClient;
    const ends: (() => Promise<void>)[] = [];

    before(async () => {
      const url = transport === 'http' ? await listening(ends, era) : '';
      if (era === 'modern') {
        client = transport === 'http' ? new ModernHttpClient(url) : new ModernStdioClient(contractStdio(era));
      } else {
        const legacy =
          transport === 'http' ? new LegacyHttpClient(url) : new LegacyStdioClient(contractStdio(era));
        legacy.onRequest = answerTo;
        await legacy.connect();
        client = legacy;
      }
      ends.push(() => client.close());
    });

    after(async () => {
      for (const end of ends.reverse()) await end();
    });

    const call = async (name: string, args: Frame = {}): Promise<Frame> => {
      let frame = await client.request('tools/call', { name, arguments: args });
      while (frame.result?.resultType === 'input_required') {
        const { inputRequests, requestState } = frame.result;
        const inputResponses = Object.fromEntries(
          Object.entries(inputRequests).map(([key, asked]) => [key, answerTo(asked).result]),
        );
        frame = await client.request('tools/call', { name, arguments: args, inputResponses, requestState });
      }
      return frame;
    };

    test('pages through its tools, resources and prompts', async () => {
      for (const [method, key, count] of [
        ['tools/list', 'tools', 20],
        ['resources/list', 'resources', 27],
        ['prompts/list', 'prompts', 3],
      ] as const) {
        const names: string[] = [];
        for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page += 1) {
          const { result } = await client.request(method, cursor === undefined ? {} : { cursor });
          names.push(...result[key].map((item: Frame) => item.name));
          cursor = result.nextCursor;
        }
        assert.equal(new Set(names).size, count, method);
      }
    });

    test('answers, fails and throws', async () => {
      assert.deepEqual((await call('add', { a: 2, b: 3 })).result.structuredContent, { sum: 5 });
      assert.equal((await call('fail')).result.isError, true);
      assert.deepEqual((await call('throw')).error, { code: 4242, message: 'Thrown on purpose' });
      assert.equal((await call('big', { bytes: 100_000 })).result.content[0].text.length, 100_000);
      for (const type of ['image', 'audio', 'resource_link']) {
        assert.equal((await call(type)).result.content[0].type, type);
      }
      assert.equal((await call('embedded')).result.content[0].type, 'resource');
    });

    test('asks the client and uses its answers', async () => {
      assert.equal((await call('ask')).result.content[0].text, 'accept {"name":"Ada","age":36}');
      assert.equal((await call('ask_twice')).result.content[0].text, 'Ada before Ada');
      assert.equal((await call('roots')).result.content[0].text, 'file:///one\nfile:///two');
    });

    test('sends progress step by step', async () => {
      const pending = await client.open(
        'tools/call',
        { name: 'slow_progress', arguments: { steps: 4 } },
        { meta: { progressToken: 'p' } },
      );
      await pending.answer();
      const notes = pending.frames().filter((frame) => frame.method === 'notifications/progress');
      assert.deepEqual(
        notes.map((note) => note.params.progress),
        [1, 2, 3, 4],
      );
    });

    test('counts hanging calls that were cancelled', async () => {
      const pending = await client.open('tools/call', { name: 'hang', arguments: {} });
      const counts = async (): Promise<Frame> => (await call('cancelled_count')).result.structuredContent;
      await until('the call to hang', async () => (await counts()).hanging === 1);
      const { cancelled } = await counts();
      pending.cancel();
      await until('the cancel', async () => (await counts()).cancelled === cancelled + 1);
    });

    test('adds a tool', async () => {
      await call('change_tools');
      assert.equal((await call('added')).result.content[0].text, 'I was added');
    });
  });
}

async function listening(ends: (() => Promise<void>)[], era: 'modern' | 'legacy'): Promise<string> {
  const server = await startContractHttp({ era });
  ends.push(server.close);
  return server.url;
}

for (const era of ['modern', 'legacy'] as const) {
  test(`contract server, ${era} over stdio, sends a burst of progress in one piece with the result`, async (t) => {
    const client =
      era === 'modern'
        ? new ModernStdioClient(contractStdio(era))
        : new LegacyStdioClient(contractStdio(era));
    t.after(() => client.close());
    if (client instanceof LegacyStdioClient) await client.connect();
    else await client.request('server/discover');
    const pieces: string[] = [];
    client.peer.process.stdout?.on('data', (piece: Buffer) => pieces.push(piece.toString()));
    const burst = { name: 'slow_progress', arguments: { steps: 3, burst: true } };
    await client.request('tools/call', burst, { meta: { progressToken: 'p' } });
    assert.equal(pieces.length, 1);
    assert.equal(pieces[0]!.trim().split('\n').length, 4);
  });
}

test('contract server over SSE names its message endpoint and refuses Streamable HTTP', async (t) => {
  const server = await startContractSse();
  t.after(() => server.close());
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} };
  assert.equal((await exchange(server.url, { body: initialize })).status, 405);
  const response = await fetch(server.url, { headers: { accept: 'text/event-stream' } });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? '', /event: endpoint\ndata: \/messages\?sessionId=/);
  await reader.cancel();
});
