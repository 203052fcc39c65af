import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import type { Job } from '../../../src/core/jobs.ts';
import { Database } from '../../../src/node/database.ts';
import { createJobRows } from '../../../src/node/jobRows.ts';
import { scratch, textResult } from '../../fakes/doorBed.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

function rowsOf(t: TestContext) {
  const dir = scratch(t);
  const db = Database.open(join(dir, 'state.db'));
  t.after(() => db.close());
  const results = join(dir, 'results');
  const logger = new RecordingLogger();
  return { db, results, logger, rows: createJobRows(db, results, logger, { inline: 100, kept: 1_000 }) };
}

const job = (id: string, extra: Partial<Job> = {}): Job => ({
  ...{ id, serverId: 's', serverName: 'server', launchHash: 'l', tool: 'echo', toolTitle: undefined },
  ...{ definitionHash: 'd', arguments: {}, caller: userCaller, approval: 'allowed once by the user' },
  ...{ mode: 'plain', createdAt: 1, endedAt: undefined, status: { kind: 'running' } },
  ...{ statusMessage: undefined, progress: undefined, task: undefined, hasResult: false },
  ...{ history: [{ at: 1, progress: 1, total: 2, message: undefined }], rerunOf: undefined, owner: 'one' },
  timeline: [{ at: 1, status: 'running', message: undefined }],
  ...extra,
});

const kept = (text: string) => ({ result: textResult(text), schemaProblems: [] });

test('a small result is in the database, a large one in a file of its own that goes with the job', (t) => {
  const { rows, results } = rowsOf(t);
  rows.insert(job('small', { status: { kind: 'completed' }, endedAt: 2 }));
  rows.insert(job('large', { status: { kind: 'completed' }, endedAt: 2 }));
  rows.saveResult('small', kept('x'));
  assert.equal(existsSync(results), false);
  rows.saveResult('large', kept('x'.repeat(500)));
  assert.deepEqual(readdirSync(results), ['large.json']);
  assert.equal(rows.result('small')?.result.content[0]?.['text'], 'x');
  assert.equal(rows.result('large')?.result.content[0]?.['text'], 'x'.repeat(500));
  rows.forget('large');
  assert.deepEqual(readdirSync(results), []);
});

test('a result over the limit is refused, with its size and the limit', (t) => {
  const { rows } = rowsOf(t);
  assert.throws(() => rows.saveResult('huge', kept('x'.repeat(2_000))), {
    code: 'too-large',
    message: /has 2\d\d\d bytes; results over 1000 bytes are not kept/,
  });
});

test('a result file that is damaged or gone names itself', (t) => {
  const { rows, results } = rowsOf(t);
  rows.saveResult('large', kept('x'.repeat(500)));
  writeFileSync(join(results, 'large.json'), '{"result":');
  assert.throws(() => rows.result('large'), { code: 'storage', message: /large\.json/ });
});

test('lists of finished jobs come without their histories, a job by itself with them', (t) => {
  const { rows } = rowsOf(t);
  rows.insert(job('a'));
  rows.update(job('a', { status: { kind: 'completed' }, endedAt: 2 }));
  assert.deepEqual([rows.finished(1)[0]?.history, rows.finished(1)[0]?.timeline], [[], []]);
  assert.deepEqual([rows.get('a')?.history.length, rows.get('a')?.timeline.length], [1, 1]);
});

test('finished jobs stored by a version that knew no summaries are listed all the same', (t) => {
  const { rows, db } = rowsOf(t);
  rows.insert(job('old', { status: { kind: 'completed' }, endedAt: 2 }));
  db.sql('UPDATE jobs SET summary = NULL').run();
  assert.equal(rows.finished(1)[0]?.id, 'old');
});

test('open jobs are counted by window and read by window', (t) => {
  const { rows } = rowsOf(t);
  rows.insert(job('a'));
  rows.insert(job('b', { owner: 'two' }));
  rows.insert(job('c', { owner: 'two', status: { kind: 'completed' }, endedAt: 2 }));
  assert.deepEqual([...rows.openOwners()].sort(), [
    ['one', 1],
    ['two', 1],
  ]);
  assert.deepEqual(
    rows.open('two').map(({ id }) => id),
    ['b'],
  );
  assert.equal(rows.open().length, 2);
});

test('a job is adopted by one window only', (t) => {
  const { rows } = rowsOf(t);
  rows.insert(job('a'));
  assert.deepEqual([rows.adopt('a', 'one', 'two'), rows.adopt('a', 'one', 'three')], [true, false]);
  assert.equal(rows.get('a')?.owner, 'two');
  assert.throws(() => rows.update(job('a')), { code: 'conflict' });
});
