import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { callerNameProblem, defaultCallerSettings, freeCallerName } from '../../../src/core/callerRecord.ts';
import { Callers, isSameText } from '../../../src/core/callers.ts';
import { createActivityRows } from '../../../src/node/activityRows.ts';
import { createCallerRows, newCallerToken } from '../../../src/node/callerRows.ts';
import { Database } from '../../../src/node/database.ts';
import { sha256 } from '../../../src/node/host.ts';
import { scratch } from '../../fakes/doorBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { FakeSecrets } from '../../fakes/fakeSecrets.ts';

function bed(t: TestContext, dir = scratch(t), secrets = new FakeSecrets()) {
  const db = Database.open(join(dir, 'state.db'));
  t.after(() => db.close());
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const activity = createActivityRows(db, sha256);
  let ids = 0;
  const callers = new Callers({
    rows: createCallerRows(db, activity, clock, logger),
    secrets,
    clock,
    sha256,
    newId: () => `${process.hrtime.bigint()}-${++ids}`,
    newToken: newCallerToken,
    logger,
    isInPreset: (preset, serverId, tool) => preset === 'read' && serverId === 's' && tool === 'get',
  });
  return { dir, db, clock, secrets, activity, callers, logger };
}

test('a token opens for its caller only, and the database holds nothing that opens', async (t) => {
  const { callers, dir, activity } = bed(t);
  const codex = await callers.issue('codex');
  const cursor = await callers.issue('cursor');
  assert.deepEqual(callers.authenticate(codex.token), { kind: 'gateway', name: 'codex' });
  assert.deepEqual(callers.authenticate(cursor.token), { kind: 'gateway', name: 'cursor' });
  for (const wrong of ['', 'x', codex.token.slice(0, -1), `${codex.token}x`, codex.record.tokenHash])
    assert.equal(callers.authenticate(wrong), undefined);
  assert.equal(await callers.token(codex.record.id), codex.token);
  assert.match(codex.token, /^mcpsb_[A-Za-z0-9_-]{43}$/);
  const stored = readdirSync(dir)
    .map((file) => readFileSync(join(dir, file), 'latin1'))
    .join('\n');
  assert.ok(stored.includes(codex.record.tokenHash));
  assert.equal(stored.includes(codex.token), false);
  assert.equal(JSON.stringify(activity.page(10)).includes(codex.token), false);
});

test('a revoked token is refused at once, here and in another window', async (t) => {
  const one = bed(t);
  const two = bed(t, one.dir, one.secrets);
  const { record, token } = await one.callers.issue('claude-code');
  assert.equal(two.callers.authenticate(token)?.name, 'claude-code');
  await two.callers.revoke(record.id);
  assert.equal(two.callers.authenticate(token), undefined);
  assert.equal(one.callers.authenticate(token), undefined);
  assert.deepEqual(one.callers.list.get(), []);
  assert.equal(one.secrets.values.size, 0);
  assert.deepEqual(
    one.activity.page(10).map(({ event }) => event.kind),
    ['caller-revoked', 'caller-issued'],
  );
  assert.equal(one.activity.verify(), undefined);
});

test('a renewed token replaces the old one', async (t) => {
  const { callers } = bed(t);
  const { record, token } = await callers.issue('vscode');
  const renewed = await callers.renew(record.id);
  assert.equal(callers.authenticate(token), undefined);
  assert.equal(callers.authenticate(renewed)?.name, 'vscode');
});

test('a token that another profile kept is not given out', async (t) => {
  const { callers, secrets } = bed(t);
  const { record } = await callers.issue('cline');
  secrets.values.set(`gatewayToken:${record.id}`, 'mcpsb_other');
  assert.equal(await callers.token(record.id), undefined);
});

test('names are unique over windows, and a renamed caller keeps its token', async (t) => {
  const one = bed(t);
  const two = bed(t, one.dir, one.secrets);
  const first = await one.callers.issue('codex');
  const second = await two.callers.issue('codex');
  assert.equal(second.record.name, 'codex-2');
  assert.throws(() => two.callers.rename(second.record.id, 'codex'), { code: 'conflict' });
  assert.throws(() => two.callers.rename(second.record.id, 'Not a name'), { code: 'invalid-input' });
  one.callers.rename(first.record.id, 'laptop-codex');
  assert.equal(two.callers.authenticate(first.token)?.name, 'laptop-codex');
  two.callers.rename(second.record.id, 'codex');
  assert.equal(one.callers.authenticate(second.token)?.name, 'codex');
  assert.deepEqual(
    one.activity.page(2).map(({ event }) => event),
    [
      { kind: 'caller-renamed', callerId: second.record.id, name: 'codex', before: 'codex-2' },
      { kind: 'caller-renamed', callerId: first.record.id, name: 'laptop-codex', before: 'codex' },
    ],
  );
});

test('the last use is known at once and written at most twice a minute', async (t) => {
  const one = bed(t);
  const { record, token } = await one.callers.issue('cursor');
  const stored = () =>
    one.db.sql('SELECT last_used_at FROM callers WHERE id = ?').get(record.id)?.['last_used_at'];
  one.clock.advance(1_000);
  one.callers.authenticate(token);
  assert.equal(one.callers.get(record.id)?.lastUsedAt, one.clock.now());
  assert.equal(stored(), null);
  one.clock.advance(30_000);
  assert.equal(stored(), one.clock.now() - 30_000);
  one.callers.authenticate(token);
  one.callers.dispose();
  assert.equal(stored(), one.clock.now());
});

test('calls are counted from the log, by caller and since a time', async (t) => {
  const { activity, db, clock, logger } = bed(t);
  const rows = createCallerRows(db, activity, clock, logger);
  const call = (name: string, kind: 'gateway' | 'user') => ({
    ...({ kind: 'call', jobId: 'j', serverId: 's', tool: 't', rule: 'r', launchHash: 'l' } as const),
    ...{ definitionHash: 'd', argumentsHash: 'a', preview: '{}', caller: { kind, name } },
  });
  activity.append(10, call('codex', 'gateway'));
  activity.append(20, call('codex', 'gateway'));
  activity.append(21, call('user', 'user'));
  activity.append(22, call('cursor', 'gateway'));
  assert.deepEqual([...rows.callsSince(20)].sort(), [
    ['codex', 1],
    ['cursor', 1],
  ]);
});

test('a damaged row authenticates nobody and hides no other', async (t) => {
  const { callers, db, activity, clock, logger } = bed(t);
  const { token } = await callers.issue('codex');
  const bad = await callers.issue('cursor');
  db.sql('UPDATE callers SET body = ? WHERE id = ?').run('{"agent":', bad.record.id);
  const rows = createCallerRows(db, activity, clock, logger);
  assert.deepEqual(
    rows.all().map(({ name }) => name),
    ['codex'],
  );
  assert.match(logger.text, /caller row .* cannot be read/);
  db.sql('UPDATE callers SET body = ? WHERE id = ?').run(
    '{"agent":"martian","settings":{"offers":{"kind":"everything!"},"callsPerMinute":-3}}',
    bad.record.id,
  );
  const [, odd] = rows.all();
  assert.equal(odd?.agent, 'other');
  assert.deepEqual(odd.settings, { ...defaultCallerSettings, offers: { kind: 'servers', serverIds: [] } });
  assert.ok(token);
});

test('a caller is offered what its settings say, and a stranger nothing', async (t) => {
  const { callers } = bed(t);
  const { record, token } = await callers.issue('codex');
  const caller = callers.authenticate(token);
  assert.ok(caller);
  const offered = (serverId: string, tool: string) => callers.isOffered(caller, serverId, tool);
  assert.equal(offered('s', 'drop'), true);
  callers.configure(record.id, {
    ...defaultCallerSettings,
    offers: { kind: 'servers', serverIds: ['s'] },
    callsPerMinute: 5,
  });
  assert.deepEqual([offered('s', 'drop'), offered('other', 'get')], [true, false]);
  assert.equal(callers.settingsOf(caller).callsPerMinute, 5);
  callers.configure(record.id, { ...defaultCallerSettings, offers: { kind: 'preset', name: 'read' } });
  assert.deepEqual([offered('s', 'get'), offered('s', 'drop')], [true, false]);
  assert.equal(callers.isOffered({ kind: 'gateway', name: 'nobody' }, 's', 'get'), false);
  assert.equal(callers.isOffered({ kind: 'lm-tool', name: 'codex' }, 's', 'get'), false);
});

test('a caller that could not be kept is not there', async (t) => {
  const { callers, secrets } = bed(t);
  secrets.failWith = new Error('locked');
  await assert.rejects(callers.issue('codex'), /locked/);
  assert.deepEqual(callers.list.get(), []);
});

test('names are made free and fit', () => {
  assert.equal(freeCallerName('My Agent!', new Set()), 'my-agent');
  assert.equal(freeCallerName('codex', new Set(['codex', 'codex-2'])), 'codex-3');
  assert.equal(freeCallerName('…', new Set()), 'agent');
  const long = freeCallerName('a'.repeat(300), new Set(['a'.repeat(58)]));
  assert.equal(callerNameProblem(long), undefined);
  for (const bad of ['', 'A', '-a', 'a b', 'a'.repeat(64), 'ä'])
    assert.notEqual(callerNameProblem(bad), undefined);
});

test('texts are compared whole', () => {
  assert.equal(isSameText('', ''), true);
  assert.equal(isSameText('abc', 'abc'), true);
  for (const [a, b] of [
    ['abc', 'abd'],
    ['abc', 'ab'],
    ['ab', 'abc'],
    ['', 'a'],
    ['a', ''],
    ['abab', 'ab'],
  ] as const)
    assert.equal(isSameText(a, b), false);
});
