import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Host } from '../../src/node/host.ts';
import type { Job } from '../../src/core/jobs.ts';
import { answering, crashBed, ended, type CrashBed } from './crashBed.ts';
import { until } from '../fixtures/servers/rawPeer.ts';

const backtest = { symbol: 'NOVA' };
const reviewed = { symbol: 'NOVA', reviewAfter: 1 };
const eras = ['legacy', 'modern'] as const;
const transports = ['http', 'stdio'] as const;

for (const era of eras) {
  for (const transport of transports) {
    describe(`a host killed, ${era} ${transport}`, { timeout: 120_000 }, () => {
      test('before it sent the call: interrupted, and nothing is sent later', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('recorded', backtest);
        const job = await ended(await bed.open());
        assert.equal(job.status.kind, 'interrupted');
        assert.match(messageOf(job), /before|in flight/);
        assert.equal(bed.calls(), 0);
      });

      test('before the handle of its task was kept: interrupted, with the reason, and not sent again', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('sent', backtest);
        const job = await ended(await bed.open());
        assert.equal(job.status.kind, 'interrupted');
        assert.match(messageOf(job), era === 'legacy' ? /may be doing the work/ : /may have done the work/);
        assert.equal(bed.calls(), 1);
      });

      test('while the task works: finished with its result', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('working', backtest);
        const open = await bed.open();
        assertCompleted(open.host, await ended(open));
        assert.equal(bed.calls(), 1);
      });

      test('while the task waits for an answer: asked once more, answered once, finished', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('waiting', reviewed);
        const asked: string[] = [];
        const open = await bed.open(answering(asked));
        assertCompleted(open.host, await ended(open));
        assert.deepEqual(asked, ['elicitation-form']);
        assertAnsweredOnce(bed);
      });

      test('before the answer was sent: it reaches the server once', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('answered', reviewed);
        assert.deepEqual(bed.answers(), []);
        const asked: string[] = [];
        const open = await bed.open(answering(asked));
        assertCompleted(open.host, await ended(open));
        // The modern question has a name of its own, so the answer on disk is known to be its answer.
        assert.deepEqual(asked, era === 'modern' ? [] : ['elicitation-form']);
        assertAnsweredOnce(bed);
      });

      test('after the server took the answer: nobody is asked again', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('acknowledged', reviewed);
        const asked: string[] = [];
        const open = await bed.open(answering(asked));
        assertCompleted(open.host, await ended(open));
        assert.deepEqual(asked, []);
        assertAnsweredOnce(bed);
      });

      test('before the result was kept: it is fetched', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('completed', backtest);
        const open = await bed.open();
        assertCompleted(open.host, await ended(open));
        assert.equal(bed.calls(), 1);
      });

      test('before its cancel was sent: cancelled, as the user wanted', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('cancelling', reviewed);
        assert.equal(bed.cancels(), 0);
        const job = await ended(await bed.open());
        assert.equal(job.status.kind, 'cancelled');
        assert.equal(bed.cancels(), 1);
        assert.equal(bed.calls(), 1);
      });

      test('in a plain call: interrupted, with the reason, and not sent again', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('in flight', backtest);
        const open = await bed.open();
        const job = await ended(open);
        assert.equal(job.status.kind, 'interrupted');
        assert.match(messageOf(job), /may have done the work, and the answer is gone/);
        await open.host.connections.start(job.serverId, open.signal);
        assert.equal(bed.calls(), 1);
      });

      test('with a server that keeps tasks in memory only, and dies too: lost, with the reason', async (t) => {
        const bed = await crashBed(t, era, transport);
        await bed.crash('waiting', reviewed);
        await bed.forgetAll();
        const job = await ended(await bed.open());
        assert.equal(job.status.kind, 'lost');
        assert.match(messageOf(job), reasons[`${era} ${transport}`]);
        assert.equal(bed.calls(), 0); // its journal is gone as well: this is what it was sent since
      });
    });
  }

  test(`a task that finishes while no host runs is fetched by the next, ${era} http`, async (t) => {
    const bed = await crashBed(t, era, 'http');
    await bed.crash('working', backtest);
    await until('the server to finish', () => Promise.resolve(statuses(bed)[0] === 'completed'));
    const open = await bed.open();
    assertCompleted(open.host, await ended(open));
    assert.equal(bed.calls(), 1);
  });
}

const reasons = {
  'legacy http': /ended with the session/,
  'modern http': /does not know this task any more/,
  'legacy stdio': /ends with its process/,
  'modern stdio': /ends with its process/,
} as const;

function assertCompleted(host: Host, job: Job): void {
  assert.equal(job.status.kind, 'completed', messageOf(job));
  const { runId, months } = host.jobs.result(job.id)?.result.structuredContent as {
    runId: string;
    months: readonly unknown[];
  };
  assert.equal(runId, job.task?.taskId);
  assert.equal(months.length, 6);
}

function assertAnsweredOnce(bed: CrashBed): void {
  assert.deepEqual(
    bed.answers().map(({ action, isApplied }) => [action, isApplied]),
    [['accept', true]],
  );
  assert.equal(bed.calls(), 1);
}

function messageOf({ status }: Job): string {
  return 'message' in status ? status.message : status.kind;
}

/** What the server itself says about its runs. */
function statuses({ serverState }: CrashBed): readonly unknown[] {
  const db = new DatabaseSync(join(serverState, 'nightly.db'), { readOnly: true });
  try {
    return db
      .prepare('SELECT status FROM runs')
      .all()
      .map((row) => row['status']);
  } finally {
    db.close();
  }
}
