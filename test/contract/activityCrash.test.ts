import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ActivityEvent } from '../../src/core/activity.ts';
import { createActivityRows } from '../../src/node/activityRows.ts';
import { Database } from '../../src/node/database.ts';
import { sha256, type Host } from '../../src/node/host.ts';
import type { Job } from '../../src/core/jobs.ts';
import { crashBed, ended, type CrashBed } from './crashBed.ts';
import type { CrashPoint } from './crashPoints.ts';

const backtest = { symbol: 'NOVA' };
const eras = ['legacy', 'modern'] as const;
const transports = ['http', 'stdio'] as const;

/** What the log says of the one call there was. */
function logged({ activity }: Host): readonly ActivityEvent[] {
  assert.equal(activity.verify(), undefined, 'the chain holds');
  const lines = activity.page(1_000).toReversed();
  return lines.flatMap(({ event }) =>
    event.kind === 'call' || event.kind === 'call-ended' || event.kind === 'damaged'
      ? [event as ActivityEvent]
      : [],
  );
}

/** Log, job and reality agree: one line for the call, one for its end, the job's own status, and as many calls as the server counted. */
async function assertAgree(
  bed: CrashBed,
  expected: { readonly status: Job['status']['kind']; readonly calls: number },
): Promise<void> {
  const open = await bed.open();
  const job = await ended(open);
  assert.equal(job.status.kind, expected.status);
  const [call, end, ...others] = logged(open.host);
  assert.deepEqual(others, []);
  assert.ok(call?.kind === 'call' && end?.kind === 'call-ended');
  assert.deepEqual([call.jobId, call.tool, call.caller.name], [job.id, 'run_backtest', 'crash']);
  assert.deepEqual([end.jobId, end.status, end.tool], [job.id, expected.status, 'run_backtest']);
  assert.equal(bed.calls(), expected.calls);
  await open.close();
  // Another restart adds nothing: how a call ended is told once.
  const again = await bed.open();
  assert.equal(logged(again.host).length, 2);
  assert.equal(bed.calls(), expected.calls);
}

const points: readonly (readonly [CrashPoint, string, Parameters<typeof assertAgree>[1]])[] = [
  ['recorded', 'between the line and the send', { status: 'interrupted', calls: 0 }],
  ['sent', 'between the send and the handle of the task', { status: 'interrupted', calls: 1 }],
  ['working', 'while the task works', { status: 'completed', calls: 1 }],
  ['completed', 'between the result and its line', { status: 'completed', calls: 1 }],
  ['in flight', 'in a plain call, between the send and the result', { status: 'interrupted', calls: 1 }],
];

for (const era of eras) {
  for (const transport of transports) {
    describe(
      `log, job and reality of a host that was killed, ${era} ${transport}`,
      { timeout: 120_000 },
      () => {
        for (const [point, title, expected] of points) {
          test(`${title}: ${expected.status}, told once`, async (t) => {
            const bed = await crashBed(t, era, transport);
            await bed.crash(point, backtest);
            await assertAgree(bed, expected);
          });
        }

        test('before the line was committed: there is no line, no job and no call', async (t) => {
          const bed = await crashBed(t, era, transport);
          await bed.crash('logged', backtest);
          const { host } = await bed.open();
          assert.deepEqual(logged(host), []);
          assert.deepEqual([host.jobs.open.get(), host.jobs.finishedPage(10)], [[], []]);
          assert.equal(bed.calls(), 0);
        });
      },
    );
  }
}

test('three processes that append at once keep one chain', { timeout: 120_000 }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'appenders-'));
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const file = join(dir, 'db');
  const db = Database.open(file);
  t.after(() => db.close());
  const script = fileURLToPath(new URL('activityAppender.ts', import.meta.url));
  const codes = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const child = spawn(process.execPath, [script, file, name, '400'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return (await once(child, 'close'))[0] as number;
    }),
  );
  assert.deepEqual(codes, [0, 0, 0]);
  const rows = createActivityRows(db, sha256);
  assert.equal(rows.verify(), undefined);
  assert.deepEqual([rows.head()?.seq, rows.size().lines], [1_200, 1_200]);
  const lines = rows.page(2_000);
  for (const name of ['a', 'b', 'c']) {
    const own = lines.filter(({ event }) => 'serverId' in event && event.serverId === name);
    assert.equal(own.length, 400, `every line of ${name} is there`);
  }
  const order = lines.map(({ event }) => ('serverId' in event ? event.serverId : ''));
  const turns = order.filter((name, i) => name !== order[i - 1]).length;
  assert.ok(turns >= 400 / 25, `they did append at once (${turns} turns)`);
});
