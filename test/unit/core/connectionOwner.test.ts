import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autostart, createConnections, type OwnerDeps } from '../../../src/core/connectionOwner.ts';
import type { Configuration, ServerDefinition, Source } from '../../../src/core/server.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { Store } from '../../../src/core/util/store.ts';
import { fakeTool } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { FakeConnector } from '../../fakes/fakeConnector.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

const never = new AbortController().signal;
const source: Source = { id: 'user', kind: 'user', file: '/mcp.json', folder: undefined };
const server = (name: string, hash = 'h1'): ServerDefinition => ({
  id: `user/${name}`, name, source, line: 1, inputs: [], launchHash: hash,
  launch: { kind: 'stdio', command: name, args: [], env: {}, envFile: undefined, cwd: undefined },
});
const configured = (...servers: ServerDefinition[]): Configuration => ({ servers, problems: [], sources: [source] });

function bed(overrides: Partial<OwnerDeps> = {}, ...servers: ServerDefinition[]) {
  const connector = new FakeConnector();
  const clock = new FakeClock();
  const configuration = new Store(configured(...(servers.length ? servers : [server('a')])));
  const asked = { consent: 0, resolve: 0 };
  const connections = createConnections({
    configuration, connector, clock, random: () => 1, logger: new RecordingLogger(), memory: new FakeMemory(),
    settings: new Store({ connectTimeoutMs: 1000, maxConcurrentStarts: 2, eraOf: () => 'auto' as const }),
    features: new Store({ elicitation: true, sampling: false, roots: true, tasks: true }),
    resolve: () => {
      asked.resolve++;
      return Promise.resolve({ launch: { kind: 'stdio', command: 'x', args: [], env: {}, cwd: undefined }, secretValues: [] });
    },
    consent: () => {
      asked.consent++;
      return Promise.resolve(true);
    },
    access: () => ({ kind: 'allowed' }),
    ask: () => Promise.resolve({ kind: 'cancel' }),
    taskChanged: () => {},
    resumeOf: () => undefined,
    roots: () => [],
    serverLog: () => ({ log: () => {}, stderr: () => {} }),
    ...overrides,
  });
  const state = (id = 'user/a') => connections.get(id)?.state;
  return { connector, clock, configuration, connections, asked, state };
}

test('a server is stopped until somebody needs it, then ready with its tools', async () => {
  const { connections, connector, state, asked } = bed();
  assert.equal(state()?.kind, 'stopped');
  connector.prepare = (c) => (c.listTools = () => Promise.resolve({ items: [fakeTool('echo')], problems: [], ttlMs: undefined }));
  await connections.need('user/a', never);
  assert.equal(state()?.kind, 'ready');
  assert.deepEqual(connections.get('user/a')?.offer?.tools.items.map((t) => t.name), ['echo']);
  await connections.need('user/a', never);
  assert.deepEqual([connector.connections.length, asked.consent], [1, 1]);
});

test('callers share one start, and one that leaves does not end it for the others', async () => {
  const { connections, connector, state } = bed();
  connector.isAutomatic = false;
  const abort = new AbortController();
  const one = connections.start('user/a', abort.signal);
  const two = connections.start('user/a', never);
  await settle();
  abort.abort();
  await assert.rejects(one, { code: 'cancelled' });
  connector.waiting[0]!.accept();
  await two;
  assert.equal(connector.connections.length, 1);
  assert.equal(state()?.kind, 'ready');
});

test('a start that nobody waits for any more is ended', async () => {
  const { connections, connector, state } = bed();
  connector.isAutomatic = false;
  const abort = new AbortController();
  const start = connections.start('user/a', abort.signal);
  await settle();
  abort.abort();
  await assert.rejects(start, { code: 'cancelled' });
  await settle();
  assert.equal(connector.connections[0]!.signal.aborted, true);
  assert.equal(state()?.kind, 'stopped');
});

test('stop wins over a start that is under way', async () => {
  const { connections, connector, state } = bed();
  connector.isAutomatic = false;
  const start = connections.start('user/a', never);
  await settle();
  const stopped = connections.stop('user/a');
  await assert.rejects(start, { code: 'cancelled' });
  await stopped;
  assert.equal(state()?.kind, 'stopped');
});

test('a server that the user does not accept is not started', async () => {
  const { connections, connector, state } = bed({ consent: () => Promise.resolve(false) });
  await assert.rejects(connections.start('user/a', never), { code: 'cancelled' });
  assert.equal(connector.connections.length, 0);
  assert.equal(state()?.kind, 'stopped');
});

test('a server that enterprise settings forbid is blocked with the reason and nobody is asked', async () => {
  const { connections, asked, state } = bed({ access: () => ({ kind: 'blocked', reason: 'not on the list' }) });
  await assert.rejects(connections.start('user/a', never), { code: 'blocked' });
  assert.deepEqual(state(), { kind: 'blocked', reason: 'not on the list' });
  assert.equal(asked.consent, 0);
});

test('a lost connection comes back by itself, with growing pauses and without asking anything', async () => {
  const { connections, connector, clock, state, asked } = bed();
  await connections.start('user/a', never);
  connector.last.lose();
  const first = state();
  assert.equal(first?.kind === 'retrying' && first.at - clock.now(), 1_000);
  await clock.advanceAsync(1_000);
  assert.equal(state()?.kind, 'ready');
  connector.last.lose();
  const second = state();
  assert.equal(second?.kind === 'retrying' && second.at - clock.now(), 2_000);
  await clock.advanceAsync(2_000);
  assert.equal(state()?.kind, 'ready');
  assert.deepEqual(asked, { consent: 1, resolve: 1 });
});

test('a crash loop stops with the last words of the server', async () => {
  const { connections, connector, clock, state } = bed();
  await connections.start('user/a', never);
  for (let i = 0; i < 5; i++) {
    connector.last.lose('exit code 1', 'Traceback\nModuleNotFoundError: foo');
    await clock.advanceAsync(60_000 / 4);
  }
  const failed = state();
  assert.equal(failed?.kind, 'failed');
  assert.match(failed?.kind === 'failed' ? failed.cause : '', /ModuleNotFoundError: foo.*repeated crashes/);
  const starts = connector.connections.length;
  await clock.advanceAsync(3_600_000);
  assert.equal(connector.connections.length, starts);
});

test('the user stops a server that is waiting to retry', async () => {
  const { connections, connector, clock, state } = bed();
  await connections.start('user/a', never);
  connector.last.lose();
  await connections.stop('user/a');
  await clock.advanceAsync(3_600_000);
  assert.equal(state()?.kind, 'stopped');
  assert.equal(connector.connections.length, 1);
});

test('a start that fails says why and what to do', async () => {
  const { connections, connector, state } = bed();
  connector.failure = new AppError('connect-failed', 'command nope was not found', { nextStep: 'Install it.' });
  await assert.rejects(connections.start('user/a', never), { code: 'connect-failed' });
  assert.deepEqual(state(), { kind: 'failed', cause: 'command nope was not found', nextStep: 'Install it.' });
});

test('a changed entry shows as changed and restarts only when asked', async () => {
  const { connections, configuration, connector } = bed();
  await connections.start('user/a', never);
  configuration.set(configured(server('a', 'h2')));
  assert.equal(connections.get('user/a')?.isChanged, true);
  assert.equal(connector.connections.length, 1);
  await connections.restart('user/a', never);
  assert.equal(connections.get('user/a')?.isChanged, false);
  assert.equal(connector.connections[0]!.isClosed, true);
});

test('an entry that is removed stops its server; a file that cannot be read removes nothing', async () => {
  const { connections, configuration, connector } = bed();
  await connections.start('user/a', never);
  configuration.set({ servers: [], problems: [{ source, entry: undefined, line: 1, column: 1, message: 'broken' }], sources: [source] });
  assert.equal(connections.get('user/a')?.state.kind, 'ready');
  configuration.set(configured());
  await settle();
  assert.equal(connections.get('user/a'), undefined);
  assert.equal(connector.connections[0]!.isClosed, true);
});

test('a flood of list changes causes one list under way and one after it', async () => {
  const { connections, connector } = bed();
  await connections.start('user/a', never);
  const { last } = connector;
  const lists: (() => void)[] = [];
  last.listTools = () => new Promise((resolve) => lists.push(() => resolve({ items: [fakeTool(`t${lists.length}`)], problems: [], ttlMs: undefined })));
  last.toolLists = 0;
  for (let i = 0; i < 1_000; i++) last.hooks.listChanged('tools');
  assert.equal(last.toolLists, 1);
  lists[0]!();
  await settle();
  assert.equal(last.toolLists, 2);
  lists[1]!();
  await settle();
  assert.equal(last.toolLists, 2);
  assert.deepEqual(connections.get('user/a')?.offer?.tools.items.map((t) => t.name), ['t2']);
});

test('one list that fails becomes a problem and does not fail the start', async () => {
  const { connections, connector, state } = bed();
  connector.prepare = (c) => (c.listTools = () => Promise.reject(new AppError('server-error', 'boom')));
  await connections.start('user/a', never);
  assert.equal(state()?.kind, 'ready');
  assert.deepEqual(connections.get('user/a')?.offer?.tools.problems, ['tools: boom']);
});

test('a list past its time to live is read again when somebody looks', async () => {
  const { connections, connector, clock } = bed();
  connector.prepare = (c) => (c.listTools = () => Promise.resolve({ items: [], problems: [], ttlMs: 5_000 }));
  await connections.need('user/a', never);
  await connections.need('user/a', never);
  assert.equal(connector.last.toolLists, 1);
  clock.advance(6_000);
  await connections.need('user/a', never);
  assert.equal(connector.last.toolLists, 2);
});

test('at most so many servers start at a time, in order', async () => {
  const { connections, connector } = bed({}, ...['a', 'b', 'c', 'd'].map((name) => server(name)));
  connector.isAutomatic = false;
  const starts = ['a', 'b', 'c', 'd'].map((name) => connections.start(`user/${name}`, never));
  await settle();
  assert.equal(connector.waiting.length, 2);
  connector.waiting[0]!.accept();
  await starts[0];
  await settle();
  assert.equal(connector.waiting.length, 3);
  for (const waiting of connector.waiting.slice(1)) waiting.accept();
  await settle();
  connector.waiting[3]!.accept();
  await Promise.all(starts);
});

test('switches of tools and autostart are kept', async () => {
  const memory = new FakeMemory();
  const first = bed({ memory });
  first.connections.setToolEnabled('user/a', 'rm', false);
  first.connections.setAutostart('user/a', true);
  const second = bed({ memory });
  assert.deepEqual([...second.connections.get('user/a')!.disabledTools], ['rm']);
  await autostart(second.connections, () => true, never);
  assert.equal(second.state()?.kind, 'ready');
  second.connections.setToolEnabled('user/a', 'rm', true);
  assert.equal(second.connections.get('user/a')!.disabledTools.size, 0);
});

test('the era found once is offered to the next connect, until the launch changes', async () => {
  const { connections, connector, configuration } = bed();
  await connections.start('user/a', never);
  assert.equal(connector.last.options.verdict, undefined);
  await connections.restart('user/a', never);
  assert.equal(connector.last.options.verdict?.era, 'modern');
  configuration.set(configured(server('a', 'h2')));
  await connections.restart('user/a', never);
  assert.equal(connector.last.options.verdict, undefined);
});

test('dispose closes every connection', async () => {
  const { connections, connector } = bed({}, server('a'), server('b'));
  await Promise.all(['a', 'b'].map((name) => connections.start(`user/${name}`, never)));
  await connections.dispose();
  assert.ok(connector.connections.every((c) => c.isClosed));
  await assert.rejects(connections.start('user/a', never), { code: 'cancelled' });
});
