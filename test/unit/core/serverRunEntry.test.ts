import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../src/core/util/errors.ts';
import { configuration, connectionBed, defined, httpLaunch, never } from '../../fakes/connectionBed.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { listing } from '../../fakes/fakeConnector.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';
import { fakeTool } from '../../fakes/fakeTool.ts';

const crash = new AppError('connect-failed', 'the process ended at once');
const away = new AppError('connect-failed', 'no answer from mcp.example');
const remote = defined('a', { launch: httpLaunch() });

/** A bed whose server is up. */
async function running(...args: Parameters<typeof connectionBed>) {
  const bed = connectionBed(...args);
  await bed.connections.start('user/a', never);
  return bed;
}

describe('starting quietly', () => {
  const known = (bed: ReturnType<typeof connectionBed>) => {
    bed.human.consents.add('hash of a');
    bed.human.inputs.add('user/a');
  };

  test('works when everything is known', async () => {
    const bed = connectionBed();
    known(bed);
    await bed.connections.needQuietly('user/a', never);
    assert.deepEqual([bed.state().kind, bed.human.asked], ['ready', []]);
  });

  for (const missing of ['consents', 'inputs'] as const) {
    test(`asks nobody when ${missing} are missing, and shows no start`, async () => {
      const bed = connectionBed();
      known(bed);
      bed.human[missing].clear();
      const states: string[] = [];
      bed.connections.servers.subscribe(() => states.push(bed.state().kind));
      await assert.rejects(bed.connections.needQuietly('user/a', never), { code: 'not-connected' });
      assert.deepEqual([bed.state().kind, bed.human.asked, states], ['stopped', [], []]);
    });
  }

  test('does not bring back what the user stopped, until they start it', async () => {
    const bed = await running();
    await bed.connections.stop('user/a');
    await assert.rejects(bed.connections.needQuietly('user/a', never), { code: 'not-connected' });
    assert.equal(bed.state().kind, 'stopped');
    await bed.connections.start('user/a', never);
    await bed.connections.needQuietly('user/a', never);
  });

  test('leaves what failed as it is', async () => {
    const bed = connectionBed();
    bed.connector.failure = crash;
    await assert.rejects(bed.connections.start('user/a', never));
    await assert.rejects(bed.connections.needQuietly('user/a', never), crash);
    assert.equal(bed.connector.connections.length, 1);
  });

  test('does not shorten the pause before a retry', async () => {
    const bed = await running();
    bed.connector.last.lose();
    await assert.rejects(bed.connections.needQuietly('user/a', never), /it is tried again/);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['retrying', 1]);
  });

  test('that would have to ask is taken over by a human who asks for the server', async () => {
    const bed = connectionBed();
    const quiet = bed.connections.needQuietly('user/a', never);
    const asked = bed.connections.start('user/a', never);
    await assert.rejects(quiet, { code: 'not-connected' });
    await asked;
    assert.deepEqual([bed.state().kind, bed.human.asked.length], ['ready', 2]);
  });

  test('goes on trying a remote server that is away', async () => {
    const bed = connectionBed([remote]);
    known(bed);
    bed.connector.failure = away;
    await assert.rejects(bed.connections.needQuietly('user/a', never), away);
    assert.equal(bed.state().kind, 'retrying');
    bed.connector.failure = undefined;
    await bed.clock.advanceAsync(2_000);
    assert.deepEqual([bed.state().kind, bed.human.asked], ['ready', []]);
  });
});

describe('a changed entry', () => {
  const edited = defined('a', { launchHash: 'other', line: 7 });

  test('shows as changed while the connection goes on as it was approved', async () => {
    const bed = await running();
    bed.config.set(configuration([edited]));
    const { isChanged, definition, changedTo, state } = bed.snapshot();
    assert.deepEqual(
      [isChanged, definition.launchHash, definition.line, changedTo?.launchHash, state.kind],
      [true, 'hash of a', 7, 'other', 'ready'],
    );
    assert.equal(bed.connector.connections.length, 1);
  });

  test('comes into force, with consent, when the server is started again', async () => {
    const bed = await running();
    bed.config.set(configuration([edited]));
    await bed.connections.restart('user/a', never);
    const { isChanged, definition, changedTo } = bed.snapshot();
    assert.deepEqual([isChanged, definition.launchHash, changedTo], [false, 'other', undefined]);
    assert.ok(bed.human.asked.includes('consent other'));
  });

  test('is no change once it is edited back', async () => {
    const bed = await running();
    bed.config.set(configuration([edited]));
    bed.config.set(configuration([defined('a')]));
    assert.equal(bed.snapshot().isChanged, false);
  });

  test('does not reach a start that the user has accepted already', async () => {
    const bed = connectionBed();
    const answer = Promise.withResolvers<boolean>();
    bed.human.consent = () => answer.promise;
    const start = bed.connections.start('user/a', never);
    await settle();
    bed.config.set(configuration([{ ...edited, launch: { ...edited.launch, command: 'evil' } as never }]));
    answer.resolve(true);
    await start;
    const { launch } = bed.connector.last.options;
    assert.equal(launch.kind === 'stdio' && launch.command, 'a');
    assert.deepEqual([bed.snapshot().isChanged, bed.snapshot().definition.launchHash], [true, 'hash of a']);
  });

  test('does not reach retries either', async () => {
    const bed = await running();
    bed.config.set(configuration([edited]));
    bed.connector.last.lose();
    assert.equal(bed.snapshot().isChanged, true);
    await bed.clock.advanceAsync(2_000);
    assert.deepEqual([bed.state().kind, bed.snapshot().isChanged], ['ready', true]);
    assert.equal(bed.human.asked.includes('consent other'), false);
  });

  test('makes a failure and an old offer a thing of the past', async () => {
    const bed = await running();
    await bed.connections.stop('user/a');
    bed.connector.failure = crash;
    await assert.rejects(bed.connections.start('user/a', never));
    assert.deepEqual([bed.state().kind, bed.tools()], ['failed', ['echo']]);
    bed.config.set(configuration([edited]));
    assert.deepEqual([bed.state().kind, bed.tools()], ['stopped', undefined]);
  });

  test('drops the old offer when the old server is stopped', async () => {
    const bed = await running();
    bed.config.set(configuration([edited]));
    assert.deepEqual(bed.tools(), ['echo']);
    await bed.connections.stop('user/a');
    assert.deepEqual([bed.tools(), bed.snapshot().isChanged], [undefined, false]);
  });
});

describe('the era that was found', () => {
  test('is offered to the next connect, also after a reload, until the launch changes', async () => {
    const bed = await running();
    assert.equal(bed.connector.last.options.verdict, undefined);
    await bed.connections.restart('user/a', never);
    assert.deepEqual(bed.connector.last.options.verdict, {
      era: 'modern',
      at: 1,
      discover: { resultType: 'complete' },
    });
    const reloaded = await running([defined('a')], { memory: bed.memory });
    assert.equal(reloaded.connector.last.options.verdict?.era, 'modern');
    reloaded.config.set(configuration([defined('a', { launchHash: 'other' })]));
    await reloaded.connections.restart('user/a', never);
    assert.equal(reloaded.connector.last.options.verdict, undefined);
  });

  test('is forgotten when a connect with it fails', async () => {
    const bed = await running();
    await bed.connections.stop('user/a');
    bed.connector.failure = crash;
    await assert.rejects(bed.connections.start('user/a', never));
    bed.connector.failure = undefined;
    await bed.connections.start('user/a', never);
    assert.equal(bed.connector.last.options.verdict, undefined);
  });
});

describe('reports of a connection', () => {
  test('frames are kept from the current or last connection', async () => {
    const bed = await running();
    const frame = (text: string) => ({
      at: 1,
      direction: 'sent' as const,
      bytes: text.length,
      kind: 'request' as const,
      method: 'x',
      id: 1,
      text,
    });
    bed.connector.last.hooks.frame(frame('one'));
    await bed.connections.stop('user/a');
    assert.deepEqual(
      bed.connections.frames('user/a').map(({ text }) => text),
      ['one'],
    );
    await bed.connections.start('user/a', never);
    assert.deepEqual(bed.connections.frames('user/a'), []);
  });

  test('no frame is wanted while the user has paused them, also after a reconnect; cleared ones are forgotten', async () => {
    const bed = await running();
    const { connections } = bed;
    const recording = () => connections.trafficStanding('user/a')?.recording;
    const isWanted = () => bed.connector.last.hooks.wantsFrames?.();
    assert.deepEqual([recording(), isWanted()], ['on', true]);
    bed.connector.last.hooks.frame({
      ...{ at: 1, direction: 'sent', bytes: 3, kind: 'request', method: 'x', id: 1, text: 'one' },
    });
    connections.setTrafficPaused('user/a', true);
    assert.deepEqual([recording(), isWanted(), connections.frames('user/a').length], ['paused', false, 1]);
    connections.clearTraffic('user/a');
    assert.deepEqual(connections.frames('user/a'), []);
    await connections.restart('user/a', never);
    assert.deepEqual([recording(), isWanted()], ['paused', false]);
    connections.setTrafficPaused('user/a', false);
    assert.deepEqual([recording(), isWanted()], ['on', true]);
  });

  test('a paused recording is still paused in the next window, that of other servers is not', () => {
    const memory = new FakeMemory();
    const servers = [defined('a'), defined('b')];
    const recordings = () => {
      const { connections } = connectionBed(servers, { memory });
      return ['user/a', 'user/b'].map((id) => connections.trafficStanding(id)?.recording);
    };
    connectionBed(servers, { memory }).connections.setTrafficPaused('user/a', true);
    assert.deepEqual(recordings(), ['paused', 'on']);
    connectionBed(servers, { memory }).connections.setTrafficPaused('user/a', false);
    assert.deepEqual(recordings(), ['on', 'on']);
    assert.equal(memory.values.size, 0);
  });

  test('stderr and log go to the log of the server', async () => {
    const bed = await running();
    bed.connector.last.hooks.stderr('hello');
    bed.connector.last.hooks.log('error', 'boom');
    assert.ok(bed.log.includes('user/a stderr: hello') && bed.log.includes('user/a error: boom'));
  });

  test('a log that fails harms nothing', async () => {
    const bed = await running([defined('a')], {
      serverLog: () => ({
        log: () => {
          throw new Error('disk full');
        },
        stderr: () => {
          throw new Error('disk full');
        },
      }),
    });
    bed.connector.last.hooks.stderr('hello');
    assert.equal(bed.state().kind, 'ready');
    assert.match(bed.logger.text, /disk full/);
  });

  test('a connection that cannot be closed is still over', async () => {
    const bed = await running();
    bed.connector.last.closing = Promise.reject(new Error('EPERM'));
    await bed.connections.stop('user/a');
    assert.equal(bed.state().kind, 'stopped');
    assert.match(bed.logger.text, /EPERM/);
  });
});

describe('lists', () => {
  test('a change that the server announces shows', async () => {
    const bed = await running();
    bed.connector.last.tools = async () => listing([fakeTool('new')]);
    bed.connector.last.hooks.listChanged('tools');
    await settle();
    assert.deepEqual(bed.tools(), ['new']);
  });

  test('are read again when their time to live is over and somebody needs the server', async () => {
    const bed = connectionBed();
    bed.connector.prepare = (connection) => (connection.tools = async () => listing([], 10_000));
    await bed.connections.need('user/a', never);
    await bed.clock.advanceAsync(9_000);
    await bed.connections.need('user/a', never);
    assert.equal(bed.connector.last.count('tools'), 1);
    await bed.clock.advanceAsync(1_000);
    await bed.connections.need('user/a', never);
    assert.equal(bed.connector.last.count('tools'), 2);
  });

  test('refresh reads past every cache and fails as the server does', async () => {
    const bed = await running();
    await bed.connections.refresh('user/a', never);
    assert.equal(bed.connector.last.reads.at(-1)?.isFresh, true);
    bed.connector.last.tools = () => Promise.reject(new AppError('server-error', 'boom'));
    await assert.rejects(bed.connections.refresh('user/a', never), /boom/);
    assert.deepEqual(bed.snapshot().offer?.tools.problems, ['tools: boom']);
    assert.deepEqual(bed.tools(), ['echo']);
    await bed.connections.stop('user/a');
    await assert.rejects(bed.connections.refresh('user/a', never), { code: 'not-connected' });
  });
});
