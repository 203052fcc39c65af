import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfigProblem } from '../../../src/core/server.ts';
import {
  configuration,
  connectionBed,
  defined,
  httpLaunch,
  never,
  source,
} from '../../fakes/connectionBed.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { AppError } from '../../../src/core/util/errors.ts';

const problem = (facts: Partial<ConfigProblem> = {}): ConfigProblem => ({
  source: source(),
  entry: undefined,
  line: 1,
  column: 1,
  message: 'something is wrong',
  ...facts,
});

const many = (count: number) => Array.from({ length: count }, (_, i) => defined(`s${i}`));

describe('the list of servers', () => {
  test('is there at once, in the order of the configuration', () => {
    const bed = connectionBed([defined('b'), defined('a')]);
    assert.deepEqual(
      bed.connections.servers.get().map(({ definition, state }) => [definition.name, state.kind]),
      [
        ['b', 'stopped'],
        ['a', 'stopped'],
      ],
    );
  });

  test('names others of the same name', () => {
    const bed = connectionBed([defined('a'), defined('a', { source: source('workspace') }), defined('b')]);
    assert.deepEqual(
      bed.connections.servers.get().map(({ sameName }) => sameName),
      [['workspace/a'], ['user/a'], []],
    );
    bed.config.set(configuration([defined('a'), defined('b')]));
    assert.deepEqual(bed.snapshot().sameName, []);
  });

  test('is current for `get` at once and for subscribers after a microtask', async () => {
    const bed = connectionBed();
    bed.connections.setAutostart('user/a', true);
    assert.equal(bed.snapshot().isAutostart, true);
    assert.equal(bed.connections.servers.get()[0]?.isAutostart, false);
    await settle();
    assert.equal(bed.connections.servers.get()[0], bed.snapshot());
  });

  test('keeps the snapshots of servers that did not change', async () => {
    const bed = connectionBed([defined('a'), defined('b')]);
    const before = bed.snapshot('user/b');
    await bed.connections.start('user/a', never);
    await settle();
    assert.equal(bed.snapshot('user/b'), before);
    assert.equal(bed.connections.servers.get()[1], before);
  });

  test('is replaced once for everything that happens in a microtask', async () => {
    const bed = connectionBed(many(200));
    let updates = 0;
    bed.connections.servers.subscribe(() => updates++);
    for (let i = 0; i < 200; i++) bed.connections.setToolEnabled(`user/s${i}`, 'rm', false);
    await settle();
    assert.equal(updates, 1);
  });

  test('takes few updates for 200 servers that start at once', async () => {
    const bed = connectionBed(many(200));
    bed.settings.update((settings) => ({ ...settings, maxConcurrentStarts: 200 }));
    let updates = 0;
    bed.connections.servers.subscribe(() => updates++);
    await Promise.all(many(200).map(({ id }) => bed.connections.start(id, never)));
    await settle();
    assert.ok(bed.connections.servers.get().every(({ state }) => state.kind === 'ready'));
    assert.ok(updates <= 40, `${updates} updates`);
  });
});

describe('the configuration', () => {
  test('an entry that comes is there, and one that goes takes its server along', async () => {
    const bed = connectionBed();
    await bed.connections.start('user/a', never);
    bed.config.set(configuration([defined('b')]));
    assert.equal(bed.connections.get('user/a'), undefined);
    assert.equal(bed.state('user/b').kind, 'stopped');
    await assert.rejects(bed.connections.start('user/a', never), { code: 'not-found' });
    await assert.rejects(bed.connections.needQuietly('user/a', never), { code: 'not-connected' });
    await settle();
    assert.equal(bed.connector.alive, 0);
    assert.deepEqual(
      bed.connections.servers.get().map(({ definition }) => definition.id),
      ['user/b'],
    );
  });

  test('an entry that comes back while its server still ends is started only after that', async () => {
    const bed = connectionBed();
    await bed.connections.start('user/a', never);
    const gone = Promise.withResolvers<void>();
    bed.connector.last.closing = gone.promise;
    bed.config.set(configuration([]));
    bed.config.set(configuration([defined('a')]));
    const start = bed.connections.start('user/a', never);
    await settle();
    assert.equal(bed.connector.connections.length, 1);
    gone.resolve();
    await start;
    assert.deepEqual([bed.state().kind, bed.connector.alive], ['ready', 1]);
    await settle();
    assert.equal(bed.state().kind, 'ready');
  });

  test('a file that cannot be read whole takes no entry away', async () => {
    const bed = connectionBed();
    await bed.connections.start('user/a', never);
    bed.config.set(configuration([], { problems: [problem({ hidesEntries: true })] }));
    assert.equal(bed.state().kind, 'ready');
    assert.equal(bed.connections.servers.get().length, 1);
    bed.config.set(configuration([]));
    assert.equal(bed.connections.get('user/a'), undefined);
  });

  test('an entry that cannot be read is not taken for one that is gone', async () => {
    const bed = connectionBed([defined('a'), defined('b')]);
    bed.config.set(
      configuration([], { problems: [problem({ entry: 'a', message: 'command: expected a string' })] }),
    );
    assert.ok(bed.connections.get('user/a'));
    assert.equal(bed.connections.get('user/b'), undefined);
  });

  test('a fault elsewhere does not keep an entry that is gone', () => {
    const bed = connectionBed([defined('a'), defined('b', { source: source('cursor') })]);
    const problems = [problem(), problem({ source: source('cursor'), hidesEntries: true })];
    bed.config.set(configuration([], { problems, sources: [source(), source('cursor')] }));
    assert.equal(bed.connections.get('user/a'), undefined);
    assert.ok(bed.connections.get('cursor/b'));
  });

  test('a source that is switched off takes its servers along, whatever was wrong with it', () => {
    const bed = connectionBed();
    bed.config.set(configuration([], { sources: [], problems: [problem({ hidesEntries: true })] }));
    assert.equal(bed.connections.get('user/a'), undefined);
  });
});

describe('what is remembered', () => {
  test('tools that are switched off and autostart outlive a reload', () => {
    const first = connectionBed();
    first.connections.setToolEnabled('user/a', 'rm', false);
    first.connections.setToolEnabled('user/a', 'mv', false);
    first.connections.setToolEnabled('user/a', 'mv', true);
    first.connections.setAutostart('user/a', true);
    const second = connectionBed([defined('a')], { memory: first.memory });
    assert.deepEqual([...second.snapshot().disabledTools], ['rm']);
    assert.equal(second.snapshot().isAutostart, true);
    second.connections.setToolEnabled('user/a', 'rm', true);
    second.connections.setAutostart('user/a', false);
    const third = connectionBed([defined('a')], { memory: first.memory });
    assert.deepEqual([third.snapshot().disabledTools.size, third.snapshot().isAutostart], [0, false]);
  });

  test('damaged memory counts as none', async () => {
    const bed = connectionBed();
    bed.memory.set('disabledTools:user/a', '{"a":');
    bed.memory.set('verdict:user/a', '[]]');
    assert.equal(connectionBed([defined('a')], { memory: bed.memory }).snapshot().disabledTools.size, 0);
    await bed.connections.start('user/a', never);
    assert.equal(bed.connector.last.options.verdict, undefined);
  });
});

describe('autostart', () => {
  const known = (bed: ReturnType<typeof connectionBed>, ...names: string[]) => {
    for (const name of names) {
      bed.human.consents.add(`hash of ${name}`);
      bed.human.inputs.add(`user/${name}`);
      bed.connections.setAutostart(`user/${name}`, true);
    }
  };

  test('starts what is set to and accepted already, and asks nobody about the rest', async () => {
    const bed = connectionBed([...'abcd'].map((name) => defined(name, { isDisabledInFile: name === 'd' })));
    known(bed, 'a', 'b', 'c', 'd');
    bed.connections.setAutostart('user/b', false);
    bed.human.consents.delete('hash of c');
    await bed.connections.autostartAll();
    assert.deepEqual(
      [...'abcd'].map((name) => bed.state(`user/${name}`).kind),
      ['ready', 'stopped', 'stopped', 'stopped'],
    );
    assert.deepEqual(bed.human.asked, []);
  });

  test('a remote server that is away is retried, others do not suffer', async () => {
    const bed = connectionBed([defined('a', { launch: httpLaunch() }), defined('b')]);
    known(bed, 'a', 'b');
    const away = new AppError('connect-failed', 'no network');
    bed.connector.prepare = ({ options }) =>
      (bed.connector.failure = options.launch.kind === 'http' ? away : undefined);
    await bed.connections.autostartAll();
    assert.deepEqual([bed.state('user/a').kind, bed.state('user/b').kind], ['retrying', 'ready']);
  });

  test('of a workspace server follows when the workspace is trusted', async () => {
    const mine = defined('a', { source: source('workspace') });
    const bed = connectionBed([mine]);
    bed.trust.set(false);
    bed.connections.setAutostart('workspace/a', true);
    bed.human.consents.add('hash of a');
    bed.human.inputs.add('workspace/a');
    await bed.connections.autostartAll();
    assert.equal(bed.state('workspace/a').kind, 'blocked');
    bed.trust.set(true);
    await settle();
    assert.equal(bed.state('workspace/a').kind, 'ready');
  });

  test('does nothing by itself before it is asked for', async () => {
    const bed = connectionBed();
    known(bed, 'a');
    bed.trust.set(false);
    bed.trust.set(true);
    await settle();
    assert.equal(bed.connector.connections.length, 0);
  });
});

describe('many starts', () => {
  test('run a bounded number at a time', async () => {
    const bed = connectionBed(many(5));
    bed.settings.update((settings) => ({ ...settings, maxConcurrentStarts: 2 }));
    bed.connector.isManual = true;
    const starts = many(5).map(({ id }) => bed.connections.start(id, never));
    const names = () =>
      bed.connector.pending.map(
        ({ connection: { options } }) => options.launch.kind === 'stdio' && options.launch.command,
      );
    await settle();
    assert.deepEqual(names(), ['s0', 's1']);
    bed.connector.pending[1]!.accept();
    await settle();
    assert.deepEqual(names(), ['s0', 's1', 's2']);
    bed.connector.pending[0]!.refuse(new AppError('connect-failed', 'no'));
    await assert.rejects(starts[0]!);
    for (let i = 2; i < 5; i++) {
      await settle();
      bed.connector.pending[i]!.accept();
    }
    await Promise.all(starts.slice(1));
  });

  test('what somebody waits for goes before what starts by itself', async () => {
    const bed = connectionBed(many(4));
    bed.settings.update((settings) => ({ ...settings, maxConcurrentStarts: 1 }));
    for (const { id, launchHash } of many(4)) {
      bed.human.consents.add(launchHash);
      bed.human.inputs.add(id);
      bed.connections.setAutostart(id, true);
    }
    bed.connector.isManual = true;
    void bed.connections.autostartAll();
    await settle();
    void bed.connections.start('user/s3', never).catch(() => {});
    await settle();
    bed.connector.pending[0]!.accept();
    await settle();
    const second = bed.connector.pending[1]!.connection.options.launch;
    assert.equal(second.kind === 'stdio' && second.command, 's3');
    for (let i = 1; i < 4; i++) {
      bed.connector.pending[i]!.accept();
      await settle();
    }
    assert.ok(many(4).every(({ id }) => bed.state(id).kind === 'ready'));
  });

  test('one whose lists are slow does not hold up the others', async () => {
    const bed = connectionBed(many(2));
    bed.settings.update((settings) => ({ ...settings, maxConcurrentStarts: 1 }));
    bed.connector.prepare = (connection) => {
      if (bed.connector.connections.length === 1) connection.tools = () => new Promise(() => {});
    };
    void bed.connections.start('user/s0', never).catch(() => {});
    await bed.connections.start('user/s1', never);
    assert.deepEqual([bed.state('user/s0').kind, bed.state('user/s1').kind], ['starting', 'ready']);
    await bed.connections.dispose();
  });

  test('one that is stopped while it waits for its turn leaves the queue', async () => {
    const bed = connectionBed(many(3));
    bed.settings.update((settings) => ({ ...settings, maxConcurrentStarts: 1 }));
    bed.connector.isManual = true;
    const [, second, third] = many(3).map(({ id }) => bed.connections.start(id, never));
    await settle();
    await Promise.all([bed.connections.stop('user/s1'), assert.rejects(second!, { code: 'cancelled' })]);
    bed.connector.pending[0]!.accept();
    await settle();
    bed.connector.pending[1]!.accept();
    await third;
    assert.equal(bed.connector.connections.length, 2);
  });
});

describe('dispose', () => {
  test('ends everything in parallel: connections, starts, retries and what was removed', async () => {
    const bed = connectionBed(many(5));
    const start = (i: number) => bed.connections.start(`user/s${i}`, never);
    await Promise.all([start(0), start(1), start(2)]);
    const gone = Promise.withResolvers<void>();
    for (const connection of bed.connector.connections) connection.closing = gone.promise;
    bed.connector.connections[1]!.lose();
    bed.config.set(configuration(many(5).filter(({ name }) => name !== 's2')));
    bed.connector.isManual = true;
    const starting = start(3);
    await settle();
    let isOver = false;
    const disposed = bed.connections.dispose().then(() => (isOver = true));
    await assert.rejects(starting, { code: 'cancelled' });
    await settle();
    assert.equal(isOver, false);
    gone.resolve();
    await disposed;
    assert.deepEqual([bed.connector.alive, bed.clock.pending], [0, 0]);
    await bed.clock.advanceAsync(3_600_000);
    assert.equal(bed.connector.connections.length, 4);
  });

  test('lets nothing start any more', async () => {
    const bed = connectionBed();
    bed.connections.setAutostart('user/a', true);
    bed.human.consents.add('hash of a');
    bed.human.inputs.add('user/a');
    await bed.connections.dispose();
    await bed.connections.dispose();
    await assert.rejects(bed.connections.start('user/a', never), { code: 'cancelled' });
    await assert.rejects(bed.connections.needQuietly('user/a', never), { code: 'cancelled' });
    await bed.connections.autostartAll();
    bed.config.set(configuration([defined('b')]));
    assert.equal(bed.connector.connections.length, 0);
  });
});

test('no secret reaches a log', async () => {
  const bed = connectionBed();
  await bed.connections.start('user/a', never);
  bed.connector.last.lose();
  bed.connector.failure = new AppError('connect-failed', 'no');
  await bed.clock.advanceAsync(3_600_000);
  assert.equal(bed.state().kind, 'failed');
  assert.doesNotMatch(
    bed.logger.text +
      bed.log.join('\n') +
      [...(bed.memory as never as { values: Map<string, string> }).values.values()].join(),
    /sesame/,
  );
});
