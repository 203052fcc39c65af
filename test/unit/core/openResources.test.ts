import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../../src/core/connection.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { OpenResources } from '../../../src/core/openResources.ts';
import { ServerReports } from '../../../src/core/serverReports.ts';
import { AppError, isAppError } from '../../../src/core/util/errors.ts';
import { Store } from '../../../src/core/util/store.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

const never = new AbortController().signal;
const target = { serverId: 's', uri: 'notes://one', name: 'one' };

function bed(resources: object = { subscribe: true }) {
  const clock = new FakeClock();
  const reports = new ServerReports();
  let since = 0;
  const snapshot = (state: unknown) => ({ definition: { id: 's' }, state }) as unknown as ServerSnapshot;
  const ready = () => snapshot({ kind: 'ready', since: ++since, info: { capabilities: { resources } } });
  const servers = new Store<readonly ServerSnapshot[]>([ready()]);
  const log: string[] = [];
  let text = 'first';
  let read = () => Promise.resolve([{ uri: target.uri, text }]);
  let subscribe = () => Promise.resolve();
  const connection = {
    readResource: (uri: string) => {
      log.push(`read ${uri}`);
      return read();
    },
    subscribeResource: async (uri: string) => {
      log.push(`subscribe ${uri}`);
      await subscribe();
      return async () => void log.push(`unsubscribe ${uri}`);
    },
  } as unknown as Connection;
  const need = () => Promise.resolve(connection);
  const open = new OpenResources({
    connections: { servers, get: () => servers.get()[0], need, needQuietly: need },
    ...{ reports, clock },
    newId: () => `r${log.length}`,
  });
  return {
    ...{ clock, reports, open, log },
    write: (next: string) => (text = next),
    readWith: (next: typeof read) => (read = next),
    subscribeWith: (next: typeof subscribe) => (subscribe = next),
    lose: () => servers.set([snapshot({ kind: 'retrying' })]),
    reconnect: () => servers.set([ready()]),
    shown: () => {
      const [one] = [...open.all.get().values()];
      const [part] = one?.parts ?? [];
      return { live: one?.live.kind, text: part?.body.kind === 'text' ? part.body.text : undefined, one };
    },
  };
}

void test('an open resource is read again when its server says that it changed', async () => {
  const { open, write, reports, clock, shown } = bed();
  await open.open(target, never);
  await settle();
  assert.deepEqual([shown().live, shown().text], ['live', 'first']);
  write('second');
  reports.tell({ kind: 'resource-updated', serverId: 's', uri: target.uri });
  await clock.advanceAsync(1_000);
  assert.equal(shown().text, 'second');
  assert.equal(shown().one?.version, 2);
});

void test('changes of other resources and of other servers are not its own, those below it are', async () => {
  const { open, log, reports, clock } = bed();
  await open.open(target, never);
  await settle();
  reports.tell({ kind: 'resource-updated', serverId: 'other', uri: target.uri });
  reports.tell({ kind: 'resource-updated', serverId: 's', uri: `${target.uri}s` });
  await clock.advanceAsync(5_000);
  assert.equal(log.filter((line) => line.startsWith('read')).length, 1);
  reports.tell({ kind: 'resource-updated', serverId: 's', uri: `${target.uri}/part` });
  await clock.advanceAsync(5_000);
  assert.equal(log.filter((line) => line.startsWith('read')).length, 2);
});

void test('a flood of changes is a read every half second', async () => {
  const { open, log, reports, clock } = bed();
  await open.open(target, never);
  await settle();
  for (let i = 0; i < 100; i++) {
    reports.tell({ kind: 'resource-updated', serverId: 's', uri: target.uri });
    await clock.advanceAsync(10);
  }
  await clock.advanceAsync(1_000);
  const reads = log.filter((line) => line.startsWith('read')).length;
  assert.ok(reads >= 2 && reads <= 4, `${reads} reads`);
});

void test('a lost connection is shown; the next one is subscribed to and what was missed is read', async () => {
  const { open, write, log, clock, lose, reconnect, shown } = bed();
  await open.open(target, never);
  await settle();
  lose();
  assert.equal(shown().live, 'lost');
  write('meanwhile');
  reconnect();
  await clock.advanceAsync(1_000);
  assert.deepEqual([shown().live, shown().text], ['live', 'meanwhile']);
  assert.equal(log.filter((line) => line.startsWith('subscribe')).length, 2);
});

void test('closing ends the subscription, also one that is only being asked for', async () => {
  const { open, log, subscribeWith, shown } = bed();
  const { id } = await open.open(target, never);
  await settle();
  open.close(id);
  await settle();
  assert.equal(log.at(-1), `unsubscribe ${target.uri}`);
  assert.equal(shown().one, undefined);

  const answer = Promise.withResolvers<void>();
  subscribeWith(() => answer.promise);
  const second = await open.open(target, never);
  await settle();
  open.close(second.id);
  answer.resolve();
  await settle();
  assert.equal(log.filter((line) => line.startsWith('unsubscribe')).length, 2);
});

void test('a server that tells no changes, or refuses to, is said not to offer it', async () => {
  const plain = bed({});
  await plain.open.open(target, never);
  assert.equal(plain.shown().live, 'not-offered');
  assert.ok(!plain.log.some((line) => line.startsWith('subscribe')));
  const refusing = bed();
  refusing.subscribeWith(() => Promise.reject(new AppError('unsupported', 'no')));
  await refusing.open.open(target, never);
  await settle();
  assert.equal(refusing.shown().live, 'not-offered');
});

void test('when reading again fails, the old content stays and the reason is told', async () => {
  const { open, readWith, reports, clock, shown } = bed();
  await open.open(target, never);
  await settle();
  readWith(() => Promise.reject(new AppError('server-error', 'the disk is gone')));
  reports.tell({ kind: 'resource-updated', serverId: 's', uri: target.uri });
  await clock.advanceAsync(1_000);
  assert.deepEqual([shown().text, shown().one?.problem], ['first', 'the disk is gone']);
});

void test('opening it twice is one document, and an empty answer none', async () => {
  const { open, readWith } = bed();
  const first = await open.open(target, never);
  const second = await open.open(target, never);
  assert.equal(first.id, second.id);
  assert.equal(second.version, 2);
  readWith(() => Promise.resolve([]));
  await assert.rejects(open.open({ ...target, uri: 'notes://two' }, never), (error) =>
    isAppError(error, 'not-found'),
  );
});
