import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import type { Connection, TaskSnapshot } from '../../../src/core/connection.ts';
import type { Job } from '../../../src/core/jobs.ts';
import { TaskFollower } from '../../../src/core/taskFollower.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { fakeTask } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

const minute = 60_000;
const random = seededRandom(7);

/** A follower over one scripted server that notes when it was asked. */
class Bed {
  readonly clock = new FakeClock();
  readonly start = this.clock.now();
  readonly polls: number[] = [];
  readonly cancels: number[] = [];
  readonly askedFor: string[] = [];
  readonly watched: string[] = [];
  readonly snapshots: TaskSnapshot[] = [];
  readonly lost: string[] = [];
  readonly notes: (string | undefined)[] = [];
  readonly foreign = new Set<string>();
  task: (taskId: string) => Promise<TaskSnapshot> = (id) => Promise.resolve(fakeTask(id, 'working'));
  listed: readonly TaskSnapshot[] = [];
  onCancel: () => Promise<void> = () => Promise.resolve();
  readonly follower = new TaskFollower({
    clock: this.clock,
    random: () => random.next(),
    logger: new RecordingLogger(),
    connect: () => Promise.resolve(this.connection),
    mayPoll: (id) => !this.foreign.has(id),
    answeredKeys: () => [],
    onSnapshot: (_id, task) => this.snapshots.push(task),
    onLost: (id, message) => {
      this.lost.push(message);
      this.follower.unfollow(id);
    },
    onNote: (_id, message) => this.notes.push(message),
  });
  readonly connection = {
    info: { transport: 'stdio', sessionId: undefined },
    getTask: (id: string) => {
      this.askedFor.push(id);
      this.polls.push(this.clock.now() - this.start);
      return this.task(id);
    },
    listTasks: () => Promise.resolve(this.listed),
    cancelTask: () => {
      this.cancels.push(this.clock.now() - this.start);
      return this.onCancel();
    },
    watchTask: (id: string) => {
      this.watched.push(id);
      return () => {};
    },
  } as unknown as Connection;

  follow(task: Partial<TaskSnapshot> = {}, id = 'job'): void {
    const { createdAt, ttlMs, pollIntervalMs } = fakeTask(`task of ${id}`, 'working', task);
    const resume = {
      ...{ era: 'legacy', protocolVersion: '', sessionId: undefined, capabilities: {}, discover: undefined },
    } as const;
    const job = {
      ...{ id, serverId: 's', tool: 'long', caller: userCaller, createdAt: this.start },
      task: { taskId: `task of ${id}`, createdAt, ttlMs, pollIntervalMs, resume, answeredKeys: [] },
    } as unknown as Job;
    this.follower.follow(job, false);
  }

  gaps(): readonly number[] {
    return this.polls.slice(1).map((at, i) => at - (this.polls[i] ?? 0));
  }
}

const down = () => Promise.reject(new AppError('not-connected', 'connection refused'));

describe('a followed task', () => {
  test('is asked for never more often than the server wants, and hardly less', async () => {
    const bed = new Bed();
    bed.task = (id) => Promise.resolve(fakeTask(id, 'working', { pollIntervalMs: 5_000 }));
    bed.follow({ pollIntervalMs: 5_000 });
    await bed.clock.advanceAsync(10 * minute);
    assert.ok(bed.polls.length >= 109 && bed.polls.length <= 121, `${bed.polls.length} polls`);
    assert.ok(bed.gaps().every((gap) => gap >= 5_000 && gap <= 5_500));
  });

  test('follows the interval as the server changes it, in answers and in pushes', async () => {
    const bed = new Bed();
    let pollIntervalMs = 1_000;
    bed.task = (id) => Promise.resolve(fakeTask(id, 'working', { pollIntervalMs }));
    bed.follow({ pollIntervalMs });
    await bed.clock.advanceAsync(10_000);
    pollIntervalMs = 20_000;
    await bed.clock.advanceAsync(2_000);
    const before = bed.polls.length;
    await bed.clock.advanceAsync(60_000);
    assert.ok(bed.polls.length - before <= 3, `${bed.polls.length - before} polls in three intervals`);
    pollIntervalMs = 2_000;
    bed.follower.pushed('job', fakeTask('task of job', 'working', { pollIntervalMs }));
    const then = bed.polls.length;
    await bed.clock.advanceAsync(22_000);
    assert.ok([10, 11].includes(bed.polls.length - then), `${bed.polls.length - then} polls in 22 s`);
  });

  test('waits as long as the server wants, however long', async () => {
    const bed = new Bed();
    bed.task = (id) => Promise.resolve(fakeTask(id, 'working', { pollIntervalMs: 30 * minute }));
    bed.follow({ pollIntervalMs: 30 * minute });
    await bed.clock.advanceAsync(65 * minute);
    assert.ok(bed.polls.length <= 3, `${bed.polls.length} polls`);
  });

  test('that is pushed is not polled as well', async () => {
    const bed = new Bed();
    bed.follow({ pollIntervalMs: 1_000 });
    for (let i = 0; i < 100; i++) {
      bed.follower.pushed('job', fakeTask('task of job', 'working', { statusMessage: `step ${i}` }));
      await bed.clock.advanceAsync(900);
    }
    assert.equal(bed.polls.length, 0);
    assert.equal(bed.snapshots.length, 100);
  });

  test('is not set back by a poll that was under way when a newer state was pushed', async () => {
    const bed = new Bed();
    const slow = Promise.withResolvers<TaskSnapshot>();
    bed.task = () => slow.promise;
    bed.follow({ pollIntervalMs: 1_000 });
    await bed.clock.advanceAsync(1_000);
    bed.follower.pushed('job', fakeTask('task of job', 'working', { updatedAt: 9, statusMessage: 'new' }));
    slow.resolve(fakeTask('task of job', 'input-required', { updatedAt: 5, statusMessage: 'old' }));
    await settle();
    assert.deepEqual(
      bed.snapshots.map((task) => task.statusMessage),
      ['new'],
    );
  });

  test('is fetched at once when a push says that it ended but not how', async () => {
    const bed = new Bed();
    bed.follow({ pollIntervalMs: 30_000 });
    bed.follower.pushed('job', fakeTask('task of job', 'completed'));
    await bed.clock.advanceAsync(0);
    assert.deepEqual(bed.polls, [0]);
    assert.equal(bed.snapshots.length, 1);
  });

  test('backs off while the server cannot be asked, up to a minute, and says so until it can', async () => {
    const bed = new Bed();
    bed.task = down;
    bed.follow({ pollIntervalMs: 1_000 });
    await bed.clock.advanceAsync(20 * minute);
    const gaps = bed.gaps();
    assert.ok(gaps[0]! >= 2_000 && gaps[1]! >= 4_000 && gaps[2]! >= 8_000, gaps.join());
    assert.ok(gaps.at(-1)! >= minute && gaps.at(-1)! <= 1.1 * minute);
    assert.match(bed.notes.at(-1) ?? '', /cannot be asked \(connection refused\)/);
    assert.equal(bed.follower.isFailing('job'), true);
    bed.task = (id) => Promise.resolve(fakeTask(id, 'working'));
    bed.follower.serverReady('s');
    await bed.clock.advanceAsync(1_000);
    assert.equal(bed.notes.at(-1), undefined);
    assert.equal(bed.follower.isFailing('job'), false);
  });

  test('that a back-off would miss is asked for once more before its time to live ends', async () => {
    const bed = new Bed();
    bed.task = (id) => Promise.resolve(fakeTask(id, 'working', { pollIntervalMs: 50_000, ttlMs: 90_000 }));
    bed.follow({ pollIntervalMs: 50_000, ttlMs: 90_000 });
    await bed.clock.advanceAsync(89_999);
    assert.ok(bed.polls.at(-1)! >= 81_000 && bed.polls.at(-1)! < 90_000, bed.polls.join());
  });

  test('is asked for once a minute at most after its time to live', async () => {
    const bed = new Bed();
    bed.task = (id) => Promise.resolve(fakeTask(id, 'working', { pollIntervalMs: 1_000, ttlMs: 10_000 }));
    bed.follow({ pollIntervalMs: 1_000, ttlMs: 10_000 });
    await bed.clock.advanceAsync(12_000);
    const before = bed.polls.length;
    await bed.clock.advanceAsync(10 * minute);
    assert.ok(bed.polls.length - before <= 10, `${bed.polls.length - before} polls`);
    assert.deepEqual(bed.lost, []);
  });

  test('is lost when its time to live ended while the server could not be asked', async () => {
    const bed = new Bed();
    bed.task = down;
    bed.follow({ pollIntervalMs: 1_000, ttlMs: 20_000 });
    await bed.clock.advanceAsync(5 * minute);
    assert.equal(bed.lost.length, 1);
    assert.match(bed.lost[0]!, /time to live ended while the server could not be asked/);
  });

  test('that only the list knows goes on', async () => {
    const bed = new Bed();
    bed.task = () => Promise.reject(new AppError('not-found', 'no such task'));
    bed.listed = [fakeTask('task of job', 'working', { statusMessage: 'listed' })];
    bed.follow();
    await bed.clock.advanceAsync(1_000);
    assert.equal(bed.snapshots[0]?.statusMessage, 'listed');
    bed.listed = [];
    await bed.clock.advanceAsync(2_000);
    assert.match(bed.lost[0] ?? '', /keeps in memory ends with its process/);
  });

  test('is not asked for once another window has the job', async () => {
    const bed = new Bed();
    bed.follow();
    bed.foreign.add('job');
    await bed.clock.advanceAsync(minute);
    assert.deepEqual(bed.polls, []);
  });
});

describe('a cancel', () => {
  test('goes out at once, also while a poll is under way', async () => {
    const bed = new Bed();
    const slow = Promise.withResolvers<TaskSnapshot>();
    bed.task = () => slow.promise;
    bed.follow({ pollIntervalMs: 10_000 });
    await bed.clock.advanceAsync(10_000);
    bed.follower.cancel('job');
    await bed.clock.advanceAsync(500);
    slow.resolve(fakeTask('task of job', 'working'));
    await bed.clock.advanceAsync(0);
    assert.equal(bed.cancels.length, 1);
  });

  test('that the server may not have heard is sent again, one that it refused is told', async () => {
    const bed = new Bed();
    bed.onCancel = () => Promise.reject(new AppError('timeout', 'no answer'));
    bed.follow();
    bed.follower.cancel('job');
    await bed.clock.advanceAsync(10_000);
    assert.ok(bed.cancels.length > 1);
    bed.onCancel = () => Promise.reject(new AppError('unsupported', 'no such method'));
    await bed.clock.advanceAsync(minute);
    const sent = bed.cancels.length;
    assert.ok(bed.notes.includes('the cancel was refused: no such method'));
    await bed.clock.advanceAsync(minute);
    assert.equal(bed.cancels.length, sent);
  });
});

test('all tasks of a server are watched when it is first asked', async () => {
  const bed = new Bed();
  for (let i = 0; i < 20; i++) bed.follow({ pollIntervalMs: minute }, `job-${i}`);
  while (bed.polls.length === 0) await bed.clock.advanceAsync(1);
  assert.equal(bed.watched.length, 20);
  await bed.clock.advanceAsync(minute);
  assert.equal(bed.watched.length, 20);
});

test('a thousand tasks are asked for evenly, and less often than few would be', async () => {
  const bed = new Bed();
  bed.task = (id) => Promise.resolve(fakeTask(id, 'working', { pollIntervalMs: 5_000 }));
  for (let i = 0; i < 1_000; i++) bed.follow({ pollIntervalMs: 5_000 }, `job-${i}`);
  await bed.clock.advanceAsync(3 * minute);
  const inEach = (polls: readonly number[]) => {
    const counts = new Map<number, number>();
    for (const at of polls) counts.set(Math.floor(at / 1_000), (counts.get(Math.floor(at / 1_000)) ?? 0) + 1);
    return [...counts.values()];
  };
  assert.ok(Math.max(...inEach(bed.polls)) <= 100, `${Math.max(...inEach(bed.polls))} in a second`);
  const later = bed.polls.filter((at) => at >= minute);
  assert.equal(Math.max(...inEach(later)), 16);
  assert.ok(later.length >= 15 * 120, `${later.length} polls in two minutes`);
  const counts = Map.groupBy(bed.askedFor, (id) => id);
  assert.ok(
    [...counts.values()].every((asked) => asked.length >= 2),
    'each gets its turn',
  );
});
