import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import type { CallResult } from '../../../src/core/connection.ts';
import { JobLists } from '../../../src/core/jobLists.ts';
import { withProgress, type Job } from '../../../src/core/jobs.ts';
import { LiveJobs } from '../../../src/core/liveJobs.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { Database } from '../../../src/node/database.ts';
import { createJobRows } from '../../../src/node/jobRows.ts';
import { scratch, textResult } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

const running: Job = {
  id: 'j',
  ...{ serverId: 's', serverName: 'server', launchHash: 'l', tool: 't', toolTitle: undefined },
  ...{ definitionHash: 'd', arguments: {}, caller: userCaller, approval: 'x', mode: 'plain' },
  ...{ createdAt: 1, endedAt: undefined, status: { kind: 'running' }, statusMessage: undefined },
  ...{ progress: undefined, history: [], timeline: [], task: undefined, hasResult: false },
  ...{ rerunOf: undefined, owner: 'here' },
};

/** One live job over a real database file; `isDiskFull` lets writes of rows fail. */
class Bed {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly over: string[] = [];
  readonly ends: Job[] = [];
  readonly db: Database;
  readonly stored: ReturnType<typeof createJobRows>;
  readonly lists: JobLists;
  readonly live: LiveJobs;
  isDiskFull = false;
  problems: readonly string[] = [];

  constructor(t: TestContext) {
    const dir = scratch(t);
    this.db = Database.open(join(dir, 'state.db'));
    t.after(() => this.db.close());
    this.stored = createJobRows(this.db, join(dir, 'results'), this.logger);
    const rows = { ...this.stored, update: (job: Job) => this.#update(job) };
    this.lists = new JobLists(rows, () => this.live.all);
    this.live = new LiveJobs({
      ...{ rows, lists: this.lists, clock: this.clock, logger: this.logger },
      transaction: (fn) => this.db.transaction(fn),
      checkResult: (_job: Job, _result: CallResult) => this.problems,
      onEnd: (job) => this.ends.push(job),
      onOver: (id) => this.over.push(id),
    });
    this.stored.insert(running);
  }

  row(): Job | undefined {
    return this.stored.get('j');
  }

  progress(value: number): void {
    const progress = { progress: value, total: undefined, message: undefined };
    this.live.change('j', (job) => withProgress(job, progress, this.clock.now()), 'soon');
  }

  /** Another window takes the job. */
  loseIt(): void {
    this.stored.adopt('j', 'here', 'there');
  }

  #update(job: Job): void {
    if (this.isDiskFull) throw new AppError('storage', 'the disk is full');
    this.stored.update(job);
  }
}

describe('a change of a live job', () => {
  test('is shown at once and stored at most twice a second', async (t) => {
    const bed = new Bed(t);
    void bed.live.add(running);
    await bed.clock.advanceAsync(100);
    bed.progress(1);
    await settle();
    assert.equal(bed.lists.open.get()[0]?.progress?.progress, 1);
    assert.equal(bed.row()?.progress, undefined);
    await bed.clock.advanceAsync(400);
    bed.progress(2);
    assert.equal(bed.row()?.progress?.progress, 2);
  });

  test('that need not be stored by itself is stored with the next', (t) => {
    const bed = new Bed(t);
    void bed.live.add(running);
    bed.clock.advance(10_000);
    bed.live.change('j', (job) => ({ ...job, statusMessage: 'quiet' }), 'later');
    assert.equal(bed.row()?.statusMessage, undefined);
    bed.live.move('j', { kind: 'needs-input' });
    assert.equal(bed.row()?.statusMessage, 'quiet');
    assert.equal(bed.row()?.status.kind, 'needs-input');
  });

  test('that cannot be stored is stored with the next; one that must be stored says so', (t) => {
    const bed = new Bed(t);
    void bed.live.add(running);
    bed.isDiskFull = true;
    bed.live.move('j', { kind: 'needs-input' });
    assert.equal(bed.live.get('j')?.status.kind, 'needs-input');
    assert.throws(() => bed.live.change('j', (job) => job, 'surely'), { code: 'storage' });
    bed.isDiskFull = false;
    bed.progress(1);
    bed.live.flush();
    assert.equal(bed.row()?.status.kind, 'needs-input');
  });

  test('of a job that has ended does nothing', async (t) => {
    const bed = new Bed(t);
    const ended = bed.live.add(running);
    bed.live.end('j', { kind: 'cancelled' });
    bed.live.end('j', { kind: 'completed' });
    bed.progress(1);
    assert.equal((await ended).job.status.kind, 'cancelled');
    assert.equal(bed.row()?.progress, undefined);
    assert.equal(bed.ends.length, 1);
  });
});

describe('the end of a live job', () => {
  test('stores result, row and activity line, and tells whoever waits', async (t) => {
    const bed = new Bed(t);
    bed.problems = ['/month: must be number'];
    const ended = bed.live.add(running);
    const over = bed.live.overOf('j');
    bed.live.finish('j', textResult('done'));
    const { job, result } = await ended;
    assert.equal(job.status.kind, 'completed');
    assert.deepEqual(result?.schemaProblems, ['/month: must be number']);
    assert.deepEqual(bed.stored.result('j')?.schemaProblems, ['/month: must be number']);
    assert.equal(bed.row()?.hasResult, true);
    assert.deepEqual(
      bed.ends.map(({ status }) => status.kind),
      ['completed'],
    );
    assert.ok(over?.aborted);
    assert.deepEqual([bed.over, bed.live.has('j')], [['j'], false]);
    assert.equal(bed.lists.finished.get()[0]?.id, 'j');
  });

  test('by a tool that reports an error is a failure in its words', async (t) => {
    const bed = new Bed(t);
    const ended = bed.live.add(running);
    bed.live.finish('j', { ...textResult('no such month'), isError: true });
    const { status } = (await ended).job;
    assert.deepEqual(status, { kind: 'failed', code: 'tool-error', message: 'no such month' });
  });

  test('with a result that is too large says so and keeps the rest', async (t) => {
    const bed = new Bed(t);
    const ended = bed.live.add(running);
    bed.live.finish('j', textResult('x'.repeat(65 * 1024 * 1024)));
    assert.equal((await ended).job.status.kind, 'completed');
    assert.equal(bed.row()?.hasResult, false);
    assert.match(bed.row()?.statusMessage ?? '', /not kept/);
  });
});

describe('a job that another window has', () => {
  for (const [what, act] of [
    ['changes', (bed: Bed) => bed.live.move('j', { kind: 'needs-input' })],
    ['ends', (bed: Bed) => bed.live.finish('j', textResult('late'))],
  ] as const) {
    test(`is let go when it ${what} here, and stays as that window has it`, async (t) => {
      const bed = new Bed(t);
      const ended = bed.live.add(running);
      const over = bed.live.overOf('j');
      bed.loseIt();
      act(bed);
      assert.equal((await ended).job.status.kind, 'interrupted');
      assert.equal((over?.reason as AppError).code, 'conflict');
      assert.deepEqual([bed.row()?.owner, bed.row()?.status.kind], ['there', 'running']);
      assert.equal(bed.live.has('j'), false);
      await settle();
      assert.equal(bed.lists.open.get()[0]?.owner, 'there');
    });
  }
});

describe('an end that cannot be stored', () => {
  test('is the end for whoever waits, and is stored with its result as soon as that works', async (t) => {
    const bed = new Bed(t);
    const ended = bed.live.add(running);
    bed.isDiskFull = true;
    bed.live.finish('j', textResult('done'));
    assert.equal((await ended).job.status.kind, 'completed');
    bed.live.flush();
    assert.deepEqual([bed.row()?.status.kind, bed.ends.length], ['running', 0]);
    assert.equal(bed.stored.result('j'), undefined);
    assert.equal(bed.live.ended('j')?.status.kind, 'completed');
    bed.isDiskFull = false;
    bed.live.flush();
    bed.live.flush();
    assert.deepEqual([bed.row()?.status.kind, bed.row()?.hasResult, bed.ends.length], ['completed', true, 1]);
    assert.equal(bed.stored.result('j')?.result.content[0]?.['text'], 'done');
    assert.equal(bed.live.isHeld('j'), false);
  });

  test('is given up once another window has the job', (t) => {
    const bed = new Bed(t);
    void bed.live.add(running);
    bed.isDiskFull = true;
    bed.live.finish('j', textResult('done'));
    bed.loseIt();
    bed.isDiskFull = false;
    bed.live.flush();
    assert.deepEqual([bed.row()?.owner, bed.row()?.status.kind, bed.ends.length], ['there', 'running', 0]);
    assert.equal(bed.live.isHeld('j'), false);
  });
});
