import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Listing, Tool } from '../../../src/core/connection.ts';
import type { Offer } from '../../../src/core/connections.ts';
import { OfferLists } from '../../../src/core/offerLists.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { never } from '../../fakes/connectionBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { FakeConnection, listing } from '../../fakes/fakeConnector.ts';
import { fakeTool } from '../../fakes/fakeTool.ts';

const everything = { tools: {}, resources: {}, prompts: {} };
const boom = new AppError('server-error', 'boom');

function setup(script: (connection: FakeConnection) => void = () => {}) {
  const clock = new FakeClock();
  const connection = new FakeConnection({ launch: { kind: 'stdio' } } as never, {} as never, never);
  connection.capabilities = everything;
  script(connection);
  const offers: Offer[] = [];
  const lists = new OfferLists({
    connection: connection.port,
    clock,
    toolsTimeoutMs: 30_000,
    onOffer: (offer) => offers.push(offer),
  });
  const names = () => lists.offer.tools.items.map((tool) => tool.name);
  return { clock, connection, offers, lists, names };
}

/** Lists that the test answers one by one. */
function answeredByHand(connection: FakeConnection) {
  const waiting: ((listing: Listing<Tool>) => void)[] = [];
  connection.tools = () => new Promise((resolve) => waiting.push(resolve));
  return waiting;
}

describe('the first look', () => {
  test('reads only what the server says it has', async () => {
    const { connection, lists } = setup((c) => (c.capabilities = { tools: {}, logging: {} }));
    await lists.first();
    assert.deepEqual(
      connection.reads.map(({ list }) => list),
      ['tools'],
    );
    assert.deepEqual(lists.offer.resources, { items: [], problems: [], ttlMs: undefined });
  });

  test('asks for everything in parallel', async () => {
    const { connection, lists } = setup((c) => (c.tools = () => new Promise(() => {})));
    void lists.first();
    assert.deepEqual(connection.reads.map(({ list }) => list).sort(), [
      'prompts',
      'resourceTemplates',
      'resources',
      'tools',
    ]);
    lists.dispose();
  });

  test('survives a list that fails: its problem shows and the others are there', async () => {
    const { lists, names } = setup((c) => (c.prompts = () => Promise.reject(boom)));
    await lists.first();
    assert.deepEqual(names(), ['echo']);
    assert.deepEqual(lists.offer.prompts, { items: [], problems: ['prompts: boom'], ttlMs: undefined });
  });

  test('takes a server that knows no templates as having none', async () => {
    const { lists } = setup(
      (c) => (c.resourceTemplates = () => Promise.reject(new AppError('unsupported', 'unknown method'))),
    );
    await lists.first();
    assert.deepEqual(lists.offer.resourceTemplates.problems, []);
  });

  test('does not wait long for lists that are not tools; they come later', async () => {
    const late = Promise.withResolvers<Listing<never>>();
    const { clock, lists, offers } = setup((c) => (c.resources = () => late.promise));
    let isOver = false;
    void lists.first().then(() => (isOver = true));
    await clock.advanceAsync(2_999);
    assert.equal(isOver, false);
    await clock.advanceAsync(1);
    assert.equal(isOver, true);
    assert.deepEqual(lists.offer.resources.problems, ['resources: the server has not answered yet']);
    assert.equal(offers.length, 0);
    late.resolve(listing([]));
    await settle();
    assert.deepEqual([offers.length, lists.offer.resources.problems], [1, []]);
  });

  test('waits for tools as long as a connect may take', async () => {
    const { clock, lists } = setup((c) => (c.tools = () => new Promise(() => {})));
    let isOver = false;
    void lists.first().then(() => (isOver = true));
    await clock.advanceAsync(29_999);
    assert.equal(isOver, false);
    await clock.advanceAsync(1);
    assert.equal(isOver, true);
    assert.deepEqual(lists.offer.tools.problems, ['tools: the server has not answered yet']);
  });

  test('ends with the connection', async () => {
    const { clock, connection, lists } = setup((c) => (c.tools = () => new Promise(() => {})));
    const first = lists.first();
    lists.dispose();
    await first;
    assert.deepEqual([connection.reads[0]?.signal.aborted, clock.pending], [true, 0]);
  });
});

describe('a change that the server announces', () => {
  test('has that list read again, past the cache', async () => {
    const { connection, lists, offers } = setup();
    await lists.first();
    lists.changed('resources');
    await settle();
    assert.deepEqual(
      connection.reads.slice(4).map(({ list, isFresh }) => [list, isFresh]),
      [
        ['resources', true],
        ['resourceTemplates', true],
      ],
    );
    assert.ok(offers.length > 0);
  });

  test('a flood of them causes one read under way and one after it', async () => {
    const { clock, connection, lists } = setup();
    await lists.first();
    const waiting = answeredByHand(connection);
    for (let i = 0; i < 1_000; i++) lists.changed('tools');
    assert.deepEqual([connection.count('tools'), clock.pending], [2, 1]);
    await clock.advanceAsync(60_000);
    for (let i = 0; i < 1_000; i++) lists.changed('tools');
    await clock.advanceAsync(10_000);
    assert.equal(connection.count('tools'), 2);
    waiting[0]!(listing([fakeTool('old')]));
    await settle();
    assert.equal(connection.count('tools'), 3);
    waiting[1]!(listing([fakeTool('new')]));
    await settle();
    assert.equal(connection.count('tools'), 3);
    assert.deepEqual(
      lists.offer.tools.items.map(({ name }) => name),
      ['new'],
    );
  });

  test('a server that announces one after every read is read ever more rarely', async () => {
    const { clock, connection, lists } = setup();
    await lists.first();
    connection.tools = async () => {
      queueMicrotask(() => lists.changed('tools'));
      return listing([]);
    };
    lists.changed('tools');
    await clock.advanceAsync(60_000);
    const inOneMinute = connection.count('tools') - 1;
    assert.ok(inOneMinute >= 10 && inOneMinute <= 20, `${inOneMinute} reads`);
  });

  test('after a quiet minute is followed at once again', async () => {
    const { clock, connection, lists } = setup();
    await lists.first();
    for (let i = 0; i < 3; i++) {
      const before = connection.count('tools');
      lists.changed('tools');
      assert.equal(connection.count('tools'), before + 1);
      await clock.advanceAsync(120_000);
    }
  });

  test('after a flood and a quiet minute is read as soon as ever', async () => {
    const { clock, connection, lists } = setup();
    await lists.first();
    for (let i = 0; i < 20; i++) {
      lists.changed('tools');
      await clock.advanceAsync(5_000);
    }
    await clock.advanceAsync(120_000);
    const before = connection.count('tools');
    lists.changed('tools');
    lists.changed('tools');
    await clock.advanceAsync(250);
    assert.equal(connection.count('tools'), before + 2);
  });

  test('during the first look leads to a second read', async () => {
    const { connection, lists, names } = setup();
    const waiting = answeredByHand(connection);
    const first = lists.first();
    lists.changed('tools');
    waiting[0]!(listing([fakeTool('early')]));
    await first;
    await settle();
    waiting[1]!(listing([fakeTool('early'), fakeTool('late')]));
    await settle();
    assert.deepEqual(names(), ['early', 'late']);
  });

  test('of a list that then cannot be read keeps its items and shows the problem', async () => {
    const { connection, lists, names } = setup();
    await lists.first();
    connection.tools = () => Promise.reject(boom);
    lists.changed('tools');
    await settle();
    assert.deepEqual([names(), lists.offer.tools.problems], [['echo'], ['tools: boom']]);
  });

  test('of something the server does not have is nothing', async () => {
    const { connection, lists } = setup((c) => (c.capabilities = {}));
    await lists.first();
    lists.changed('tools');
    assert.equal(connection.reads.length, 0);
  });

  test('after the end is nothing', async () => {
    const { clock, connection, lists } = setup();
    await lists.first();
    lists.changed('tools');
    lists.changed('tools');
    lists.dispose();
    lists.changed('tools');
    await clock.advanceAsync(60_000);
    assert.deepEqual([connection.count('tools'), clock.pending], [2, 0]);
  });
});

describe('the time to live', () => {
  const withTtl = (ttlMs: number) => setup((c) => (c.tools = async () => listing([fakeTool('echo')], ttlMs)));

  test('is respected by those who look', async () => {
    const { clock, connection, lists } = withTtl(10_000);
    await lists.first();
    clock.advance(9_999);
    await lists.lookedAt();
    assert.equal(connection.count('tools'), 1);
    clock.advance(1);
    await lists.lookedAt();
    assert.deepEqual(
      connection.reads.filter(({ list }) => list === 'tools').map(({ isFresh }) => isFresh),
      [false, false],
    );
    await lists.lookedAt();
    assert.equal(connection.count('tools'), 2);
  });

  test('of zero does not mean a read for every call', async () => {
    const { clock, connection, lists } = withTtl(0);
    await lists.first();
    for (let i = 0; i < 100; i++) {
      clock.advance(100);
      await lists.lookedAt();
    }
    assert.ok(connection.count('tools') <= 3);
  });

  test('that is not said never ends', async () => {
    const { clock, connection, lists } = setup();
    await lists.first();
    clock.advance(1e9);
    await lists.lookedAt();
    assert.equal(connection.count('tools'), 1);
  });

  test('does not hold anybody up for long when the server hangs', async () => {
    const { clock, connection, lists, names } = withTtl(10_000);
    await lists.first();
    connection.tools = () => new Promise(() => {});
    clock.advance(10_000);
    let isOver = false;
    void lists.lookedAt().then(() => (isOver = true));
    await clock.advanceAsync(3_000);
    assert.deepEqual([isOver, names()], [true, ['echo']]);
    await lists.lookedAt();
    assert.equal(connection.count('tools'), 2);
  });
});

describe('a refresh', () => {
  test('reads everything past the cache, after what is under way', async () => {
    const { connection, lists, names } = setup();
    await lists.first();
    const waiting = answeredByHand(connection);
    lists.changed('tools');
    const refreshed = lists.refresh(never);
    waiting[0]!(listing([fakeTool('stale')]));
    await settle();
    waiting[1]!(listing([fakeTool('fresh')]));
    await refreshed;
    assert.deepEqual(names(), ['fresh']);
    assert.equal(connection.reads.filter(({ isFresh }) => isFresh).length, 5);
  });

  test('rejects after all were tried', async () => {
    const { connection, lists } = setup();
    await lists.first();
    connection.tools = () => Promise.reject(boom);
    await assert.rejects(lists.refresh(never), boom);
    assert.equal(connection.count('prompts'), 2);
  });

  test('is left by whoever goes away', async () => {
    const { connection, lists } = setup();
    await lists.first();
    answeredByHand(connection);
    const abort = new AbortController();
    const refreshed = lists.refresh(abort.signal);
    abort.abort();
    await assert.rejects(refreshed, { code: 'cancelled' });
  });
});
