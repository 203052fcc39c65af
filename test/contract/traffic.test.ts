import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Frame } from '../../src/core/connection.ts';
import { trafficDetail } from '../../src/core/dashboardTraffic.ts';
import { Exchanges, type Exchange } from '../../src/core/trafficExchanges.ts';
import { connect, modes, rejection, type Bed, type Mode } from './connectionBed.ts';

const secret = 'traffic-s3cret-value';

/** What a header was, whatever its case. */
function header(frame: Frame | undefined, name: string): string | undefined {
  const all = Object.entries(frame?.http?.requestHeaders ?? {});
  return all.find(([key]) => key.toLowerCase() === name)?.[1];
}

for (const mode of modes) {
  describe(`traffic: ${mode.name}`, { timeout: 60_000 }, () => {
    let server: Awaited<ReturnType<Mode['start']>>;
    let bed: Bed;
    before(async () => {
      server = await mode.start();
      bed = await connect(server.launch, { secretValues: [secret] });
    });
    after(async () => {
      await bed.connection.close();
      await server.close();
    });
    beforeEach(() => {
      bed.hooks.frames.length = 0;
    });

    const exchanges = (): readonly Exchange[] => new Exchanges().of(bed.hooks.frames);
    const calls = () => exchanges().filter(({ first }) => first.method === 'tools/call');
    const isHttp = mode.transport !== 'stdio';

    test('a request stands with its answer, its time, its size and its HTTP headers', async () => {
      await bed.result('echo', { text: 'hello' });
      const [call, ...more] = calls();
      assert.ok(call && more.length === 0);
      assert.equal(call.outcome, 'answered');
      assert.ok(call.ms !== undefined && call.ms >= 0);
      assert.match(call.first.text, /"name":"echo"/);
      assert.match(call.answer?.text ?? '', /hello/);
      assert.equal(call.first.bytes, Buffer.byteLength(call.first.text));
      if (mode.transport === 'streamable-http') {
        assert.equal(call.answer?.http?.status, 200);
        assert.equal(header(call.answer, 'mcp-protocol-version'), mode.protocolVersion);
        assert.equal(header(call.answer, 'mcp-method'), mode.era === 'modern' ? 'tools/call' : undefined);
      }
      if (!isHttp) assert.equal(call.answer?.http, undefined);
    });

    test('failures are told apart from answers, with the name of their code', async () => {
      assert.equal((await bed.result('fail')).isError, true);
      await rejection(bed.result('throw'));
      const [failed, thrown] = calls();
      assert.ok(failed && thrown);
      assert.deepEqual([failed.outcome, thrown.outcome], ['failed', 'failed']);
      assert.equal(trafficDetail(failed).error, undefined, 'a result that says it is an error has no code');
      assert.ok(trafficDetail(thrown).error, 'an error of the protocol has one');
    });

    test('a question stands with its answer: as another round, or as a request of the server', async () => {
      bed.hooks.answer = () => ({ kind: 'decline' });
      await bed.result('ask');
      const all = calls();
      const asked = exchanges().filter(({ first }) => first.method === 'elicitation/create');
      if (mode.era === 'modern') {
        const [first, second, ...more] = all;
        assert.ok(first && second && more.length === 0);
        assert.deepEqual(second.partOf, { kind: 'round', key: first.key });
        assert.equal(asked.length, 0);
      } else {
        assert.equal(all.length, 1);
        assert.deepEqual(
          asked.map(({ first, outcome }) => [first.direction, outcome]),
          [['received', 'answered']],
        );
      }
    });

    test('progress stands with its request', async () => {
      await bed.call('slow_progress', { steps: 3 }, { onProgress: () => {} });
      const [call] = calls();
      assert.ok(call && call.notes.length > 0);
      assert.ok(call.notes.every(({ method }) => method === 'notifications/progress'));
    });

    test('nothing is left over, and a secret that the server repeats is hidden', async () => {
      await bed.result('echo', { text: `it is ${secret}` });
      assert.ok(bed.hooks.frames.length >= 2);
      assert.deepEqual(
        bed.hooks.frames.filter(({ text }) => text.includes(secret)).map(({ method }) => method),
        [],
      );
      const [call] = calls();
      assert.match(call?.answer?.text ?? '', /it is \(hidden\)/);
      const over = exchanges().filter(({ outcome }) => outcome === 'stray' || outcome === 'invalid');
      assert.deepEqual(over, []);
    });
  });
}
