import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createActivityRows } from '../../../src/node/activityRows.ts';
import { Database } from '../../../src/node/database.ts';
import { createDecisionRows } from '../../../src/node/decisionRows.ts';
import { createJobRows } from '../../../src/node/jobRows.ts';
import { createLeases } from '../../../src/node/leaseRows.ts';
import { scratch, sha256 } from '../../fakes/doorBed.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

test('a file that is no database is set aside, never deleted', (t) => {
  const dir = scratch(t);
  const file = join(dir, 'state.db');
  writeFileSync(file, 'this is not a database, it only looks like a file '.repeat(100));
  const told: string[] = [];
  const db = Database.open(file, (bad) => told.push(bad));
  t.after(() => db.close());
  assert.equal(told.length, 1);
  assert.ok(existsSync(told[0]!));
  assert.equal(createJobRows(db, dir, new RecordingLogger()).countFinished(), 0);
});

test('a file of a newer version is refused and left alone', (t) => {
  const dir = scratch(t);
  const file = join(dir, 'state.db');
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA user_version = 9999');
  raw.close();
  assert.throws(() => Database.open(file), { code: 'storage', message: /newer version/ });
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.includes('bad')),
    [],
  );
});

test('one unreadable row hides no other', (t) => {
  const dir = scratch(t);
  const db = Database.open(join(dir, 'state.db'));
  t.after(() => db.close());
  const logger = new RecordingLogger();
  for (const [id, body] of [
    ['a', '{"id":"a"}'],
    ['b', 'garbage'],
    ['c', '[]'],
  ]) {
    db.sql(
      'INSERT INTO jobs (id, server_id, owner, is_final, created_at, ended_at, body) VALUES (?, ?, ?, 1, 1, 1, ?)',
    ).run(id!, 's', 'w', body!);
    db.sql('INSERT INTO decisions (id, created_at, body) VALUES (?, 1, ?)').run(id!, body!);
  }
  const decision = {
    id: 'good',
    serverId: 's',
    serverName: 'n',
    tool: 't',
    launchHash: 'l',
    definitionHash: 'd',
    caller: 'user',
    effect: 'allow',
    scope: 'always',
    createdAt: 2,
  } as const;
  createDecisionRows(db, logger).insert(decision);
  assert.deepEqual(createJobRows(db, dir, logger).finished(10), []);
  assert.deepEqual(createDecisionRows(db, logger).all(), [decision]);
  assert.equal(logger.lines.length, 6);
});

test('a changed, removed or reordered activity line is found', (t) => {
  const make = () => {
    const db = Database.open(join(scratch(t), 'state.db'));
    t.after(() => db.close());
    const rows = createActivityRows(db, sha256);
    for (let i = 0; i < 20; i++)
      rows.append(i, { kind: 'call-ended', jobId: `j${i}`, status: 'completed', ms: i });
    return { db, rows };
  };
  const clean = make();
  assert.equal(clean.rows.verify(), undefined);
  for (const [sql, seq] of [
    [`UPDATE activity SET body = replace(body, 'j7', 'jX') WHERE seq = 8`, 8],
    [`UPDATE activity SET at = at + 1 WHERE seq = 8`, 8],
    [`DELETE FROM activity WHERE seq = 8`, 8],
    [
      `UPDATE activity SET seq = CASE seq WHEN 8 THEN -9 ELSE seq END; UPDATE activity SET seq = 8 WHERE seq = 9; UPDATE activity SET seq = 9 WHERE seq = -9`,
      8,
    ],
    [`UPDATE activity SET body = 'garbage' WHERE seq = 8`, 8],
  ] as const) {
    const { db, rows } = make();
    for (const statement of sql.split(';')) db.sql(statement).run();
    assert.equal(rows.verify()?.seq, seq, sql);
  }
});

test('the activity chain is one over two windows', (t) => {
  const dir = scratch(t);
  const dbs = [0, 1].map(() => Database.open(join(dir, 'state.db')));
  t.after(() => dbs.forEach((db) => db.close()));
  const [one, two] = dbs.map((db) => createActivityRows(db, sha256));
  for (let i = 0; i < 10; i++)
    (i % 2 ? one! : two!).append(i, { kind: 'consent', serverId: 's', launchHash: 'l', granted: true });
  assert.equal(one!.verify(), undefined);
  assert.equal(two!.page(100).length, 10);
});

test('a transaction that fails leaves nothing behind', (t) => {
  const db = Database.open(join(scratch(t), 'state.db'));
  t.after(() => db.close());
  const rows = createActivityRows(db, sha256);
  assert.throws(
    () =>
      db.transaction(() => {
        rows.append(1, { kind: 'consent', serverId: 's', launchHash: 'l', granted: true });
        throw new Error('later step failed');
      }),
    { code: 'storage' },
  );
  assert.deepEqual(rows.page(10), []);
});

test('a lease lapses with its heartbeat or its process', (t) => {
  const db = Database.open(join(scratch(t), 'state.db'));
  t.after(() => db.close());
  let now = 0;
  const clock = () => now;
  const mine = createLeases(db, 'mine', process.pid, clock);
  const silent = createLeases(db, 'silent', process.pid, clock);
  const dead = createLeases(db, 'dead', 2 ** 22 + 1, clock); // above the largest pid of Linux
  for (const lease of [mine, silent, dead]) lease.beat();
  assert.deepEqual(
    [mine.isAlive('silent'), mine.isAlive('dead'), mine.isAlive('unknown')],
    [true, false, false],
  );
  now = 20_000;
  assert.equal(mine.isAlive('silent'), false);
  silent.beat();
  assert.equal(mine.isAlive('silent'), true);
  silent.release();
  assert.equal(mine.isAlive('silent'), false);
});
