import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FakeClock } from '../fakes/fakeClock.ts';
import { connect, modes, rejection, textOf, untilCounts, type Bed, type Mode } from './connectionBed.ts';

for (const mode of modes) {
  describe(`time: ${mode.name}`, { timeout: 60_000 }, () => {
    let server: Awaited<ReturnType<Mode['start']>>;
    let bed: Bed;
    const clock = new FakeClock();
    before(async () => {
      server = await mode.start();
      bed = await connect(server.launch, { deps: { clock } });
    });
    after(async () => {
      await bed.connection.close();
      await server.close();
    });

    test('gives a call up when nothing is heard for its time-out, and tells the server', async () => {
      const call = rejection(bed.call('hang', {}, { timeoutMs: 1_000 }));
      await untilCounts(bed, ({ hanging }) => hanging === 1);
      clock.advance(1_000);
      const error = await call;
      assert.equal(error.code, 'timeout');
      assert.match(error.message, /tools\/call within 1 s/);
      await untilCounts(bed, ({ cancelled }) => cancelled === 1);
    });

    test('waits on while there is progress', async () => {
      const reply = await bed.call(
        'slow_progress',
        { steps: 6, delayMs: 1 },
        { timeoutMs: 1_000, onProgress: () => clock.advance(900) },
      );
      assert.equal(reply.kind, 'done');
    });

    test('does not count the time in which the user is asked', async () => {
      bed.hooks.answer = () => {
        clock.advance(60_000);
        return { kind: 'accept', content: { name: 'Ada' } };
      };
      const reply = await bed.call('ask', {}, { timeoutMs: 1_000 });
      assert.ok(reply.kind === 'done' && textOf(reply.result) === 'accept {"name":"Ada"}');
    });
  });

  describe(`end: ${mode.name}`, { timeout: 60_000 }, () => {
    test('rejects what is under way and what comes later when it is closed, without a loss', async () => {
      const server = await mode.start();
      const bed = await connect(server.launch);
      const call = rejection(bed.call('hang', {}));
      await untilCounts(bed, ({ hanging }) => hanging === 1);
      await bed.connection.close();
      await bed.connection.close();
      assert.equal((await call).code, 'not-connected');
      assert.equal((await rejection(bed.result('echo', { text: 'x' }))).code, 'not-connected');
      assert.deepEqual(bed.hooks.losses, []);
      await server.close();
    });
  });
}
