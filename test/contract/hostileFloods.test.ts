import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { never, rejection, textOf, type Bed } from './connectionBed.ts';
import { assertGone, connectHostile, growth } from './hostileBed.ts';

const noteCount = 30_000;
const hugeBytes = 100 * 2 ** 20;
// What is held at most: one message up to the limit (64 MB), and room for the collector.
const mostMegabytes = 220;

describe('hostile floods', { timeout: 180_000 }, () => {
  test('a line of 100 MB is not held: it ends that server with a clear error', async (t) => {
    const bed = await connectHostile(t, 'stdio', { mode: 'huge-line', value: hugeBytes });
    const { pid } = bed.connection.info;
    const grown = await growth(async () => {
      const error = await rejection(bed.result('echo', { text: 'x' }));
      assert.equal(error.code, 'too-large');
      assert.match(error.message, /more than 64 MB/);
    });
    assert.ok(grown < mostMegabytes, `grew by ${grown} MB`);
    const loss = await bed.hooks.until(() => bed.hooks.losses[0]);
    assert.match(loss.message, /more than 64 MB/);
    await bed.connection.close();
    assertGone(pid);
    assert.equal(bed.hooks.losses.length, 1);
  });

  test('a body of 100 MB costs its request only', async (t) => {
    const bed = await connectHostile(t, 'http', { mode: 'huge-line', value: hugeBytes }, { isApart: true });
    const grown = await growth(async () => {
      assert.equal((await rejection(bed.result('echo', { text: 'x' }))).code, 'too-large');
    });
    assert.ok(grown < mostMegabytes, `grew by ${grown} MB`);
    await works(bed);
  });

  for (const transport of ['stdio', 'http'] as const) {
    test(`notifications without end are gathered, and calls still work (${transport})`, async (t) => {
      const bed = await connectHostile(
        t,
        transport,
        { mode: 'notification-flood' },
        { isApart: transport === 'http' },
      );
      const grown = await growth(async () => {
        await bed.hooks.until(() => bed.hooks.logs.some((line) => /too fast to be logged/.test(line.text)));
        for (let count = 0; count < 50; count++) {
          assert.equal(textOf(await bed.result('echo', { text: String(count) })), String(count));
        }
      });
      assert.ok(grown < mostMegabytes, `grew by ${grown} MB`);
      const heard = bed.hooks.frames.filter((frame) => frame.kind === 'notification').length;
      const perSecond = 301;
      const seconds = Math.ceil((bed.hooks.frames.at(-1)!.at - bed.hooks.frames[0]!.at) / 1_000) + 1;
      assert.ok(heard <= perSecond * (seconds + 1), `${heard} frames in ${seconds} s`);
      assert.ok(
        bed.hooks.logs.length <= 202 * (seconds + 1),
        `${bed.hooks.logs.length} log lines in ${seconds} s`,
      );
      assert.ok(
        bed.hooks.changedLists.length <= 21 * (seconds + 1),
        `${bed.hooks.changedLists.length} notices in ${seconds} s`,
      );
    });

    for (const era of ['legacy', 'modern'] as const) {
      test(`progress notes by the ten thousand come in order before the result (${era} ${transport})`, async (t) => {
        const bed = await connectHostile(
          t,
          transport,
          { mode: 'progress-flood', value: noteCount, era },
          { isApart: transport === 'http' },
        );
        let last = 0;
        const grown = await growth(async () => {
          const reply = await bed.call(
            'echo',
            { text: 'done' },
            {
              onProgress: ({ progress }) => {
                assert.equal(progress, last + 1);
                last = progress;
              },
            },
          );
          assert.ok(reply.kind === 'done' && textOf(reply.result) === 'done');
        });
        assert.equal(last, noteCount);
        assert.ok(grown < mostMegabytes, `grew by ${grown} MB`);
        assert.ok(bed.hooks.frames.length < 20_000);
      });
    }
  }

  test('64 MB of stderr do not reach the log, and calls still work', async (t) => {
    const bed = await connectHostile(t, 'stdio', { mode: 'stderr-flood' });
    const grown = await growth(async () => {
      await works(bed);
      await bed.hooks.until(() => bed.hooks.logs.some((line) => /too fast to be logged/.test(line.text)));
      await works(bed);
    });
    assert.ok(grown < mostMegabytes, `grew by ${grown} MB`);
    const logged = bed.hooks.stderrLines.reduce((sum, text) => sum + text.length, 0);
    assert.ok(logged < 16 * 2 ** 20, `${logged} characters logged`);
  });
});

async function works(bed: Bed): Promise<void> {
  const { items } = await bed.connection.resources(never, true);
  assert.equal(items[0]!.uri, 'hostile://good');
}
