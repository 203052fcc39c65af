import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ActivityKeeper } from '../../../src/core/activityKeeper.ts';
import { activityBed, callEvent } from '../../fakes/activityBed.ts';
import { sha256 } from '../../fakes/doorBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { FakeSecrets } from '../../fakes/fakeSecrets.ts';

const day = 86_400_000;

function keeperBed(t: TestContext, count: number, retention = { maxAgeMs: 0, maxBytes: 0 }) {
  const bed = activityBed(t, count);
  const clock = new FakeClock(10 * day);
  const secrets = new FakeSecrets();
  const logger = new RecordingLogger();
  const keeper = new ActivityKeeper({
    ...{ rows: bed.rows, secrets, clock, sha256, logger },
    retention: () => retention,
  });
  t.after(() => keeper.dispose());
  /** Runs timers until the work is done. */
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const end = () => (isDone = true);
    work.then(end, end);
    while (!isDone) await clock.advanceAsync(1);
    return work;
  };
  const verify = () => run(keeper.verify(new AbortController().signal));
  const anchored = () =>
    JSON.parse(secrets.values.get('activity.anchor') ?? 'null') as { seq: number } | null;
  return { ...bed, clock, secrets, logger, keeper, run, verify, anchored };
}

test('the end of the log is kept in a second place, and vouches for the lines up to it', async (t) => {
  const bed = keeperBed(t, 10);
  bed.keeper.start();
  await bed.clock.advanceAsync(15_000);
  assert.equal(bed.anchored()?.seq, 10);
  assert.equal((await bed.verify()).anchored, 10);
  bed.rows.append(2000, callEvent(50));
  await bed.clock.advanceAsync(15_000);
  assert.equal(bed.anchored()?.seq, 11);
});

test('a log that was put back is found, is not covered up, and goes on only when the user says so', async (t) => {
  const bed = keeperBed(t, 10);
  await bed.keeper.anchor();
  bed.db.sql('DELETE FROM activity WHERE seq > 6').run();
  bed.db.sql('UPDATE activity_head SET seq = 6, hash = (SELECT hash FROM activity WHERE seq = 6)').run();
  bed.keeper.start();
  bed.rows.append(2000, callEvent(50));
  await bed.clock.advanceAsync(60_000);
  assert.equal(bed.anchored()?.seq, 10);
  assert.deepEqual((await bed.verify()).problems, [{ kind: 'replaced', seq: 10 }]);
  await bed.keeper.accept();
  assert.deepEqual((await bed.verify()).problems, []);
  const [newest] = bed.rows.page(1);
  assert.deepEqual(newest?.event, { kind: 'log-accepted', seq: 7, anchorSeq: 10 });
});

test('a check goes in slices, says how far it is, can be stopped, and keeps the earlier result', async (t) => {
  const bed = keeperBed(t, 1_600);
  await bed.verify();
  const first = bed.keeper.state.get();
  assert.ok(first.kind === 'done' && first.verdict.problemCount === 0);
  const stop = new AbortController();
  const seen: number[] = [];
  const watch = bed.keeper.state.subscribe((state) => {
    if (state.kind !== 'running') return;
    seen.push(state.lines);
    if (state.lines >= 250) stop.abort();
  });
  await assert.rejects(bed.run(bed.keeper.verify(stop.signal)), { code: 'cancelled' });
  watch.dispose();
  assert.deepEqual(seen, [0, 250]);
  assert.equal(bed.keeper.state.get(), first);
});

test('what retention does not keep goes in parts, an hour apart', async (t) => {
  const bed = keeperBed(t, 1_200, { maxAgeMs: day, maxBytes: 0 });
  bed.keeper.start();
  await bed.clock.advanceAsync(61_000);
  const verdict = await bed.verify();
  assert.deepEqual([verdict.problems, verdict.pruned >= 1_199], [[], true]);
  assert.ok(bed.rows.size().lines <= 4, `${bed.rows.size().lines}`);
});

test('a second place that cannot be written is told to the log and tried again', async (t) => {
  const bed = keeperBed(t, 3);
  bed.secrets.failWith = new Error('locked');
  bed.keeper.start();
  await bed.clock.advanceAsync(15_000);
  assert.equal(bed.logger.lines[0]?.level, 'warn');
  bed.secrets.failWith = undefined;
  await bed.clock.advanceAsync(15_000);
  assert.equal(bed.anchored()?.seq, 3);
});

test('lines of another window are noticed', async (t) => {
  const bed = keeperBed(t, 3);
  bed.keeper.start();
  bed.rows.append(2000, callEvent(50));
  await bed.clock.advanceAsync(1_000);
  assert.equal(bed.keeper.head.get(), 4);
});
