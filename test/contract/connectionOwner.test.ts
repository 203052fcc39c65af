import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { createConnections, type OwnerDeps } from '../../src/core/connectionOwner.ts';
import type { Connections, ServerSnapshot, ServerState } from '../../src/core/connections.ts';
import type { Configuration, ResolvedLaunch, ServerDefinition } from '../../src/core/server.ts';
import { Store } from '../../src/core/util/store.ts';
import { createConnector } from '../../src/node/mcp/connector.ts';
import { configuration, defined, httpLaunch as configured, never } from '../fakes/connectionBed.ts';
import { RecordingLogger } from '../fakes/fakeLogger.ts';
import { FakeMemory } from '../fakes/fakeMemory.ts';
import { contractStdio, startContractHttp } from '../fixtures/servers/contract.ts';
import { hostileStdio, startHostileHttp } from '../fixtures/servers/hostile.ts';
import {
  allFeatures,
  httpLaunch,
  modes,
  rejection,
  stdioLaunch,
  systemClock,
  textOf,
} from './connectionBed.ts';
import { assertGone } from './hostileBed.ts';

/** Makes the pauses between retries a hundred times shorter than any chance would. */
const noPauses = () => -0.99;

interface Served {
  readonly name: string;
  readonly launch: ResolvedLaunch;
  readonly secretValues?: readonly string[];
}

/** The owner of connections over the real connector; everything is gone after the test. */
function bed(t: TestContext, servers: readonly Served[], facts: Partial<OwnerDeps> = {}) {
  const launches = new Map(servers.map((server) => [`user/${server.name}`, server]));
  const logger = new RecordingLogger();
  const log: string[] = [];
  const asked: string[] = [];
  const pids = new Set<number>();
  const config = new Store<Configuration>(
    configuration(
      servers.map(({ name, launch }) =>
        defined(name, launch.kind === 'http' ? { launch: configured(launch.url) } : {}),
      ),
    ),
  );
  const connections = createConnections({
    configuration: config,
    connector: createConnector({ clock: systemClock, logger, version: '0.0.0-test' }),
    clock: systemClock,
    random: noPauses,
    logger,
    memory: new FakeMemory(),
    settings: new Store({ connectTimeoutMs: 60_000, maxConcurrentStarts: 4, eraOf: () => 'auto' as const }),
    features: new Store(allFeatures),
    consent: async ({ id }: ServerDefinition) => {
      asked.push(id);
      return true;
    },
    resolve: async ({ id }) => {
      const { launch, secretValues = [] } = launches.get(id)!;
      return { launch, secretValues };
    },
    access: () => ({ kind: 'allowed' }),
    ask: async () => ({ kind: 'decline' }),
    roots: () => [],
    serverLog: () => ({ log: (_, text) => log.push(text), stderr: (text) => log.push(text) }),
    taskChanged: () => {},
    resumeOf: () => undefined,
    ...facts,
  });
  const remember = (list: readonly ServerSnapshot[]) => {
    for (const { state } of list)
      if (state.kind === 'ready' && state.info.pid !== undefined) pids.add(state.info.pid);
  };
  connections.servers.subscribe(remember);
  t.after(async () => {
    await connections.dispose();
    for (const pid of pids) assertGone(pid);
  });
  return { connections, config, logger, log, asked, pids };
}

/** Resolves with the snapshot that passes, looked at after each change. */
async function until(
  connections: Connections,
  passes: (snapshot: ServerSnapshot) => boolean,
  id = 'user/a',
): Promise<ServerSnapshot> {
  for (;;) {
    const snapshot = connections.get(id);
    if (snapshot && passes(snapshot)) return snapshot;
    const { promise, resolve } = Promise.withResolvers<void>();
    const subscription = connections.servers.subscribe(() => resolve());
    await promise;
    subscription.dispose();
  }
}

const inState =
  (kind: ServerState['kind']) =>
  ({ state }: ServerSnapshot) =>
    state.kind === kind;

function contractServer(era: 'legacy' | 'modern' = 'legacy', name = 'a'): Served {
  const { command, args } = contractStdio(era);
  return { name, launch: stdioLaunch(command, args) };
}

/** A server that forgets its session once, after so many requests. */
async function withExpiry(t: TestContext, value: number) {
  const http = await startHostileHttp({ mode: 'session-expiry', era: 'legacy', value });
  t.after(() => http.close());
  return { http, ...bed(t, [{ name: 'a', launch: httpLaunch(http.url) }]) };
}

function script(source: string, env: Record<string, string> = {}): ResolvedLaunch {
  return stdioLaunch(process.execPath, ['-e', source], env);
}

const plain = (tool: string, args = {}) => ({ tool, arguments: args, mode: 'plain' as const, timeoutMs: 0 });

describe('the owner of connections', { timeout: 120_000 }, () => {
  for (const mode of modes) {
    test(`${mode.name}: a start gives the whole offer, a stop leaves nothing`, async (t) => {
      const server = await mode.start();
      t.after(() => server.close());
      const { connections, pids } = bed(t, [{ name: 'a', launch: server.launch }]);
      const connection = await connections.start('user/a', never);
      const { state, offer } = connections.get('user/a')!;
      assert.ok(state.kind === 'ready');
      assert.deepEqual([state.info.era, state.info.transport], [mode.era, mode.transport]);
      assert.ok(offer!.tools.items.some(({ name }) => name === 'echo'));
      assert.ok(offer!.resources.items.length > 0 && offer!.resourceTemplates.items.length > 0);
      assert.ok(offer!.prompts.items.length > 0);
      const reply = await connection.call('1', plain('echo', { text: 'hello' }), () => {}, never);
      assert.equal(reply.kind === 'done' && textOf(reply.result), 'hello');
      assert.ok(connections.frames('user/a').some(({ method }) => method === 'tools/call'));
      await connections.stop('user/a');
      assert.equal(connections.get('user/a')?.state.kind, 'stopped');
      for (const pid of pids) assertGone(pid);
    });

    test(`${mode.name}: a change of the tools shows without asking`, async (t) => {
      const server = await mode.start();
      t.after(() => server.close());
      const { connections } = bed(t, [{ name: 'a', launch: server.launch }]);
      const connection = await connections.start('user/a', never);
      await connection.call('1', plain('change_tools'), () => {}, never);
      await until(connections, ({ offer }) => offer!.tools.items.some(({ name }) => name === 'added'));
    });
  }

  test('a second start knows the era and does not probe', async (t) => {
    const { connections } = bed(t, [contractServer('modern')]);
    await connections.start('user/a', never);
    await connections.restart('user/a', never);
    const methods = connections.frames('user/a').map(({ method }) => method);
    assert.ok(methods.includes('tools/list') && !methods.includes('initialize'), methods.join());
  });

  test('a server that is killed comes back as another process, without a question', async (t) => {
    const { connections, asked, pids, log } = bed(t, [contractServer()]);
    await connections.start('user/a', never);
    const [first] = pids;
    const back = until(connections, ({ state }) => state.kind === 'ready' && state.info.pid !== first);
    const lost = until(connections, inState('retrying'));
    process.kill(first!, 'SIGKILL');
    const { state } = await lost;
    assert.match(state.kind === 'retrying' ? state.cause : '', /SIGKILL/);
    await back;
    assert.equal(pids.size, 2);
    assertGone(first);
    assert.deepEqual(asked, ['user/a']);
    assert.ok(log.some((line) => /retry 1/.test(line)));
  });

  test('a server that is killed again and again is given up', async (t) => {
    const { connections, pids } = bed(t, [contractServer()]);
    connections.servers.subscribe(([server]) => {
      if (server?.state.kind === 'ready') process.kill(server.state.info.pid!, 'SIGKILL');
    });
    await connections.start('user/a', never);
    const { state } = await until(connections, inState('failed'));
    assert.match(state.kind === 'failed' ? state.cause : '', /given up after 5/);
    assert.equal(pids.size, 5);
  });

  test('a server that ends at once fails with its own last words', async (t) => {
    const { command, args } = hostileStdio({ mode: 'crash-on-start' });
    const { connections } = bed(t, [{ name: 'a', launch: stdioLaunch(command, args) }]);
    const error = await rejection(connections.start('user/a', never));
    const state = connections.get('user/a')?.state;
    assert.ok(state?.kind === 'failed' && state.nextStep);
    assert.match(state.cause, /missing API_URL/);
    assert.equal(state.cause, error.message);
  });

  test('a server that ends while it is listed fails and does not hang', async (t) => {
    const { command, args } = hostileStdio({ mode: 'exit-after', value: 700 });
    const { connections } = bed(t, [{ name: 'a', launch: stdioLaunch(command, args) }]);
    await rejection(connections.start('user/a', never));
    assert.equal(connections.get('user/a')?.state.kind, 'failed');
  });

  test('an expired session is replaced at once; the call is not sent again', async (t) => {
    const { http, connections } = await withExpiry(t, 20);
    const isCall = (method: string | undefined) => method === 'tools/call';
    const old = await connections.start('user/a', never);
    const call = (text: string) => old.call(text, plain('echo', { text }), () => {}, never);
    let sent = 0;
    const expire = async (): Promise<unknown> => {
      for (;;) {
        sent++;
        await call(String(sent));
      }
    };
    assert.equal((await rejection(expire())).code, 'session-expired');
    const connection = await connections.need('user/a', never);
    assert.notEqual(connection, old);
    assert.equal(http.requests.filter(isCall).length, sent);
    const reply = await connection.call('again', plain('echo', { text: 'again' }), () => {}, never);
    assert.equal(reply.kind === 'done' && textOf(reply.result), 'again');
  });

  test('a session that expires while the server is listed does not fail the start', async (t) => {
    const { http, connections } = await withExpiry(t, 3);
    await connections.start('user/a', never);
    assert.equal(http.requests.filter((method) => method === 'initialize').length, 2);
    assert.ok(connections.get('user/a')!.offer!.tools.items.length > 0);
  });

  test('a remote server that goes away is found again when it is back', async (t) => {
    const server = await startContractHttp({ era: 'modern' });
    t.after(() => server.close());
    let isAway = false;
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const connector = createConnector({
      clock: systemClock,
      logger: new RecordingLogger(),
      version: '0.0.0-test',
      fetch: (url, init) =>
        isAway ? Promise.reject(new TypeError('fetch failed', { cause: refused })) : fetch(url, init),
    });
    const { connections } = bed(t, [{ name: 'a', launch: httpLaunch(server.url) }], { connector });
    const connection = await connections.start('user/a', never);
    isAway = true;
    await rejection(connection.call('1', plain('echo', { text: 'x' }), () => {}, never));
    await until(connections, ({ state }) => state.kind === 'retrying' && state.attempt >= 2);
    isAway = false;
    await until(connections, inState('ready'));
  });

  test('stop ends a start whose server never answers, with its process', async (t) => {
    const source = 'console.error("pid " + process.pid); setInterval(() => {}, 1000)';
    const { connections, log } = bed(t, [{ name: 'a', launch: script(source) }], {
      serverLog: () => ({
        log: () => {},
        stderr: (text) => {
          log.push(text);
          said.resolve();
        },
      }),
    });
    const said = Promise.withResolvers<void>();
    const start = rejection(connections.start('user/a', never));
    await said.promise;
    await connections.stop('user/a');
    assert.equal((await start).code, 'cancelled');
    for (const line of log) assertGone(Number(/pid (\d+)/.exec(line)?.[1]));
  });

  test('many servers start together, and dispose leaves no process', async (t) => {
    const servers = Array.from({ length: 8 }, (_, i) => contractServer(i % 2 ? 'modern' : 'legacy', `s${i}`));
    const { connections, pids } = bed(t, servers);
    for (const { name } of servers) connections.setAutostart(`user/${name}`, true);
    await connections.autostartAll();
    assert.equal(pids.size, 8);
    await connections.dispose();
    for (const pid of pids) assertGone(pid);
  });

  test('dispose in the middle of starts leaves no process', async (t) => {
    const servers = Array.from({ length: 4 }, (_, i) => contractServer('legacy', `s${i}`));
    const { connections, pids } = bed(t, servers);
    const starts = servers.map(({ name }) => rejection(connections.start(`user/${name}`, never)));
    await until(connections, inState('starting'), 'user/s0');
    await connections.dispose();
    for (const { code } of await Promise.all(starts)) assert.equal(code, 'cancelled');
    assert.equal(pids.size, 0);
  });

  test('an entry that goes takes the process along', async (t) => {
    const { connections, config, pids } = bed(t, [contractServer()]);
    await connections.start('user/a', never);
    config.set(configuration([]));
    assert.equal(connections.get('user/a'), undefined);
    await connections.dispose();
    for (const pid of pids) assertGone(pid);
  });

  test('a secret that a server shouts is nowhere to be read', async (t) => {
    const secret = 'correct-horse-battery-staple';
    const source = 'console.error("token " + process.env.TOKEN); process.exit(1)';
    const launch = script(source, { TOKEN: secret });
    const { connections, log, logger } = bed(t, [{ name: 'a', launch, secretValues: [secret] }]);
    const error = await rejection(connections.start('user/a', never));
    const everything = [
      JSON.stringify(connections.get('user/a')),
      JSON.stringify(connections.frames('user/a')),
      log.join('\n'),
      logger.text,
      error.stack,
      String((error.cause as Error | undefined)?.stack),
    ].join('\n');
    assert.match(everything, /token \(hidden\)/);
    assert.doesNotMatch(everything, new RegExp(secret));
  });
});
