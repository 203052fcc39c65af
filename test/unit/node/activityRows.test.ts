import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { lineHash, genesis, type ActivityEvent } from '../../../src/core/activity.ts';
import { findActivity } from '../../../src/core/activityVerify.ts';
import { createActivityRows } from '../../../src/node/activityRows.ts';
import { Database, migrations } from '../../../src/node/database.ts';
import { activityBed, callEvent, endEvent, noPause } from '../../fakes/activityBed.ts';
import { sha256 } from '../../fakes/doorBed.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

const kinds = async (bed: ReturnType<typeof activityBed>) =>
  (await bed.verify()).problems.map(
    ({ kind, seq, to }) => `${kind} ${seq}${to === undefined ? '' : `-${to}`}`,
  );

test('an untouched log verifies, line by line and to its head', async (t) => {
  const bed = activityBed(t, 1_234);
  const verdict = await bed.verify();
  assert.deepEqual(verdict.problems, []);
  assert.deepEqual([verdict.lines, verdict.first, verdict.last], [1_234, 1, 1_234]);
  assert.deepEqual((await activityBed(t).verify()).problems, []);
});

test('each way of tampering has its name', async (t) => {
  const edits: readonly (readonly [string, readonly string[]])[] = [
    [`UPDATE activity SET body = replace(body, 'job-6', 'job-X') WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET body = replace(body, '"kind"', ' "kind"') WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET body = '{"kind":"call","kind":"call"}' WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET body = 'garbage' WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET kind = 'consent' WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET at = at + 1 WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET at = 1152921504606846977 WHERE seq = 7`, ['changed 7']],
    [`UPDATE activity SET hash = previous WHERE seq = 7`, ['changed 7', 'unlinked 8']],
    [`DELETE FROM activity WHERE seq BETWEEN 7 AND 9`, ['missing 7-9']],
    [`DELETE FROM activity WHERE seq < 4`, ['start-missing 4']],
    [`DELETE FROM activity WHERE seq > 27`, ['missing 28-30']],
    [`DELETE FROM activity`, ['missing 1-30']],
    [`UPDATE activity SET seq = 1152921504606846977 WHERE seq = 30`, ['missing 30-30', 'end-added 29']],
    [`UPDATE activity SET seq = -5 WHERE seq = 1`, ['changed -5', 'missing -4-1']],
    [`DELETE FROM activity_head`, ['head-missing 30']],
    [`UPDATE activity_head SET seq = 20`, ['end-added 30']],
    [`UPDATE activity_head SET hash = 'x'`, ['end-changed 30']],
    [
      `INSERT INTO activity (seq, at, kind, body, previous, hash) SELECT 31, at, kind, body, previous, hash FROM activity WHERE seq = 5`,
      ['unlinked 31', 'changed 31', 'end-added 31'],
    ],
  ];
  for (const [sql, expected] of edits) {
    const bed = activityBed(t, 30);
    new DatabaseSync(bed.file).exec(sql);
    assert.deepEqual(await kinds(bed), expected, sql);
  }
});

test('any random change, removal, insertion or reordering is found (400 seeds)', async (t) => {
  const bed = activityBed(t, 60);
  const other = new DatabaseSync(bed.file);
  t.after(() => other.close());
  for (let seed = 1; seed <= 400; seed++) {
    const random = seededRandom(seed);
    other.exec('SAVEPOINT untouched');
    const done: string[] = [];
    for (let n = 1 + random.below(3); n > 0; n--) {
      const [a, b] = [1 + random.below(60), 1 + random.below(60)];
      const at = 1 + random.below(40);
      const edit = random.pick([
        `UPDATE activity SET body = substr(body, 1, ${at}) || char(${33 + random.below(90)}) || substr(body, ${at + 2}) WHERE seq = ${a}`,
        `UPDATE activity SET ${random.pick(['hash', 'previous'])} = lower(hex(randomblob(32))) WHERE seq = ${a}`,
        `UPDATE activity SET at = at + ${random.pick([-1, 1, 1e6])} WHERE seq = ${a}`,
        `DELETE FROM activity WHERE seq = ${a}`,
        `DELETE FROM activity WHERE seq >= ${a}`,
        `DELETE FROM activity WHERE seq <= ${a}`,
        a === b
          ? `DELETE FROM activity WHERE seq = ${a}`
          : `UPDATE activity SET seq = -1000 WHERE seq = ${a}; UPDATE activity SET seq = ${a} WHERE seq = ${b}; UPDATE activity SET seq = ${b} WHERE seq = -1000`,
        `INSERT OR IGNORE INTO activity (seq, at, kind, body, previous, hash) SELECT ${61 + random.below(3)}, at, kind, body, previous, hash FROM activity WHERE seq = ${a}`,
        // Everything after it moves up by one, and a copy stands in its place.
        `UPDATE activity SET seq = -seq WHERE seq > ${a}; UPDATE activity SET seq = 1 - seq WHERE seq < 0;
         INSERT OR IGNORE INTO activity (seq, at, kind, body, previous, hash) SELECT ${a + 1}, at, kind, body, previous, hash FROM activity WHERE seq = ${a}`,
      ]);
      other.exec(edit);
      done.push(edit);
    }
    const left = other.prepare('SELECT seq, at, kind, body, previous, hash FROM activity').all();
    const before = bed.rows.after(undefined, 100);
    // The reader sees it as committed.
    other.exec('RELEASE untouched');
    const isSame = JSON.stringify(left) === JSON.stringify(before);
    const { problemCount } = await bed.verify();
    if (!isSame) assert.ok(problemCount > 0, `seed ${seed}: ${done.join('; ')}`);
    restore(other, before);
    assert.equal((await bed.verify()).problemCount, 0, `seed ${seed} restored`);
  }
});

function restore(db: DatabaseSync, lines: ReturnType<ReturnType<typeof createActivityRows>['after']>): void {
  db.exec('BEGIN; DELETE FROM activity');
  const insert = db.prepare(
    'INSERT INTO activity (seq, at, kind, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { seq, at, kind, body, previous, hash } of lines)
    insert.run(seq, at, kind, body, previous, hash);
  db.exec('COMMIT');
}

test('a line rewritten with all that follow it and the head is found by the record kept elsewhere', async (t) => {
  const bed = activityBed(t, 20);
  const anchor = bed.rows.head();
  const forged = bed.rows.after(undefined, 100);
  let previous = genesis;
  for (const { seq, at, kind, body } of forged) {
    const event = JSON.parse(seq === 5 ? body.replace('note 4', 'note X') : body) as ActivityEvent;
    const hash = lineHash({ seq, at, event, previous }, sha256);
    bed.db
      .sql('UPDATE activity SET kind = ?, body = ?, previous = ?, hash = ? WHERE seq = ?')
      .run(kind, JSON.stringify(event), previous, hash, seq);
    previous = hash;
  }
  bed.db.sql('UPDATE activity_head SET hash = ?').run(previous);
  assert.deepEqual((await bed.verify()).problems, [], 'the file alone cannot tell');
  assert.deepEqual((await bed.verify(anchor)).problems, [{ kind: 'rewritten', seq: 20 }]);
});

test('a log put back to an older copy is found by the record kept elsewhere', async (t) => {
  const bed = activityBed(t, 20);
  const verdict = await bed.verify({ seq: 25, hash: 'x' });
  assert.deepEqual(verdict.problems, [{ kind: 'replaced', seq: 25 }]);
});

test('lines cut off stay missing when the log goes on', async (t) => {
  const bed = activityBed(t, 10);
  bed.db.sql('DELETE FROM activity WHERE seq > 8').run();
  bed.rows.append(5000, callEvent(99));
  assert.deepEqual(await kinds(bed), ['missing 9-10']);
  const other = activityBed(t, 10);
  other.db.sql('UPDATE activity_head SET seq = 3').run();
  assert.equal(
    other.rows.append(5000, callEvent(99)).seq,
    11,
    'a head record that was set back stops nobody',
  );
});

test('pruning by age keeps the chain verifiable, again and again, and says what went', async (t) => {
  const bed = activityBed(t, 100);
  const pruneAll = (now: number, retention: { maxAgeMs: number; maxBytes: number }) => {
    let removed = 0;
    for (let n = -1; n !== 0; removed += Math.max(0, n)) n = bed.rows.prune(now, retention, 7);
    return removed;
  };
  assert.equal(pruneAll(2000, { maxAgeMs: 960, maxBytes: 0 }), 40);
  const verdict = await bed.verify();
  assert.deepEqual(verdict.problems, []);
  assert.deepEqual([verdict.first, verdict.pruned], [41, 40]);
  const [newest] = bed.rows.page(1);
  assert.equal(newest?.event.kind, 'pruned');
  assert.ok(newest.event.kind === 'pruned' && newest.event.wasIntact && newest.event.total === 40);
  assert.equal(pruneAll(2000, { maxAgeMs: 0, maxBytes: 20_000 }) > 0, true);
  assert.ok(bed.rows.size().bytes <= 20_700, `${bed.rows.size().bytes}`);
  assert.deepEqual((await bed.verify()).problems, []);
  assert.equal(bed.rows.prune(2000, { maxAgeMs: 0, maxBytes: 0 }, 7), 0, 'no limit prunes nothing');
});

test('more than what was pruned is missed, and what was pruned cannot come back', async (t) => {
  const bed = activityBed(t, 50);
  const pruned = bed.rows.after(undefined, 20);
  bed.rows.prune(1020, { maxAgeMs: 1, maxBytes: 0 }, 20);
  const first = bed.rows.after(undefined, 1)[0]!;
  bed.db.sql('DELETE FROM activity WHERE seq = ?').run(first.seq);
  assert.deepEqual(await kinds(bed), [`start-missing ${first.seq + 1}`]);
  const back = activityBed(t, 50);
  back.rows.prune(1020, { maxAgeMs: 1, maxBytes: 0 }, 20);
  const last = pruned.findLast(({ seq }) => seq === first.seq - 1)!;
  back.db
    .sql('INSERT INTO activity (seq, at, kind, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)')
    .run(last.seq, last.at, last.kind, last.body, last.previous, last.hash);
  assert.deepEqual(await kinds(back), [`returned ${last.seq}`]);
});

test('pruning lines that were tampered with is said in the checkpoint', (t) => {
  const bed = activityBed(t, 20);
  bed.db.sql(`UPDATE activity SET at = at - 1 WHERE seq = 3`).run();
  bed.rows.prune(1010, { maxAgeMs: 1, maxBytes: 0 }, 100);
  const [newest] = bed.rows.page(1);
  assert.ok(newest?.event.kind === 'pruned' && !newest.event.wasIntact);
});

test('a line of a newer version is shown as such and still verifies; a damaged one hides no other', async (t) => {
  const bed = activityBed(t, 3);
  bed.rows.append(2000, { kind: 'teleported', where: 'elsewhere' } as unknown as ActivityEvent);
  assert.deepEqual((await bed.verify()).problems, []);
  const { event } = bed.rows.page(1)[0]!;
  assert.deepEqual(event, {
    kind: 'unknown',
    name: 'teleported',
    body: { kind: 'teleported', where: 'elsewhere' },
  });
  bed.db.sql(`UPDATE activity SET body = '{"half' WHERE seq = 2`).run();
  assert.deepEqual(
    bed.rows.page(10).map(({ event: { kind } }) => kind),
    ['unknown', 'call', 'damaged', 'call'],
  );
  assert.deepEqual(await kinds(bed), ['changed 2']);
  assert.equal(bed.rows.append(2001, callEvent(7)).seq, 5);
  assert.deepEqual(bed.rows.facets(), { servers: ['user:notes'], callers: ['claude-code'] });
});

test('a log of an earlier version gets its head record and its lines verify', (t) => {
  const bed = activityBed(t, 5);
  const at = migrations.findIndex((step) => step.includes('CREATE TABLE activity_head'));
  const file = `${bed.file}-old`;
  const old = Database.open(file, undefined, migrations.slice(0, at));
  for (const { seq, at: time, kind, body, previous, hash } of bed.rows.after(undefined, 10))
    old
      .sql('INSERT INTO activity (seq, at, kind, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)')
      .run(seq, time, kind, body, previous, hash);
  old.close();
  const db = Database.open(file);
  t.after(() => db.close());
  const rows = createActivityRows(db, sha256);
  assert.equal(rows.verify(), undefined);
  assert.deepEqual([rows.head()?.seq, rows.size().lines], [5, 5]);
  rows.append(3000, callEvent(9));
  assert.equal(rows.verify(), undefined);
});

test('lines are found by text, server, caller, tool, group, outcome and time, in parts', async (t) => {
  const bed = activityBed(t, 40);
  bed.rows.append(
    5000,
    callEvent(500, {
      serverId: 'user:mail',
      tool: 'send',
      caller: { kind: 'user', name: 'user' },
      preview: '{"to":"100%_\\"x"}',
    }),
  );
  bed.rows.append(5001, endEvent(500, 'failed', { serverId: 'user:mail', tool: 'send' }));
  bed.rows.append(5002, { ...callEvent(501), kind: 'call-denied' } as ActivityEvent);
  const find = async (filter: Parameters<typeof findActivity>[1]) =>
    (await findActivity(bed.rows, filter, {}, 5, noPause, new AbortController().signal)).lines.map(
      ({ seq }) => seq,
    );
  assert.deepEqual(await find({}), [43, 42, 41, 40, 39]);
  assert.deepEqual(await find({ serverId: 'user:mail' }), [42, 41]);
  assert.deepEqual(await find({ caller: 'user' }), [41]);
  assert.deepEqual(await find({ tool: 'send', outcome: 'failed' }), [42]);
  assert.deepEqual(await find({ outcome: 'denied' }), [43]);
  assert.deepEqual(await find({ text: '100%_\\"x' }), [41]);
  assert.deepEqual(await find({ text: '100%__' }), []);
  assert.deepEqual(await find({ text: 'NOTE add 7"' }), []);
  assert.deepEqual(await find({ group: 'calls', from: 5000, to: 5001 }), [42, 41]);
  assert.deepEqual(await find({ group: 'policy' }), []);
  assert.deepEqual(await find({ group: 'other' }), []);
  const signal = new AbortController().signal;
  const one = await findActivity(bed.rows, { outcome: 'completed' }, {}, 15, noPause, signal);
  const two = await findActivity(
    bed.rows,
    { outcome: 'completed' },
    { before: one.before },
    15,
    noPause,
    signal,
  );
  assert.deepEqual([one.lines.length, two.lines.length, two.before], [15, 5, undefined]);
  const fresh = await findActivity(bed.rows, {}, { after: 41 }, 15, noPause, signal);
  assert.deepEqual(
    fresh.lines.map(({ seq }) => seq),
    [43, 42],
  );
});
