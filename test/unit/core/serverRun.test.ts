import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../src/core/util/errors.ts';
import { configuration, connectionBed, defined, never, source } from '../../fakes/connectionBed.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

type Bed = ReturnType<typeof connectionBed>;

const cancelled = { code: 'cancelled' };
const crash = new AppError('connect-failed', 'the process ended at once');

/** A bed whose server is up. */
async function running(...args: Parameters<typeof connectionBed>) {
  const bed = connectionBed(...args);
  await bed.connections.start('user/a', never);
  return bed;
}

describe('starting', () => {
  test('goes from stopped over starting to ready with its tools, after one consent', async () => {
    const bed = connectionBed();
    bed.connector.isManual = true;
    assert.deepEqual(bed.state(), { kind: 'stopped' });
    const start = bed.connections.start('user/a', never);
    await settle();
    assert.deepEqual(bed.state(), { kind: 'starting', since: bed.clock.now() });
    bed.connector.pending[0]!.accept();
    await start;
    const state = bed.state();
    assert.equal(state.kind === 'ready' && state.info.era, 'modern');
    assert.deepEqual(bed.tools(), ['echo']);
    assert.deepEqual(bed.human.asked, ['consent hash of a', 'inputs user/a']);
  });

  test('passes launch, secrets and settings on to the connector', async () => {
    const bed = await running();
    const { launch, secretValues, connectTimeoutMs, eraSetting, features } = bed.connector.last.options;
    assert.deepEqual(
      [launch.kind === 'stdio' && launch.command, secretValues, connectTimeoutMs, eraSetting, features.tasks],
      ['a', ['sesame'], 30_000, 'auto', true],
    );
    assert.deepEqual(bed.connector.last.hooks.roots(), [{ uri: 'file:///w', name: 'w' }]);
  });

  test('is joined by whoever needs the server meanwhile', async () => {
    const bed = connectionBed();
    bed.connector.isManual = true;
    const waiters = [bed.connections.start('user/a', never), bed.connections.need('user/a', never)];
    await settle();
    bed.connector.pending[0]!.accept();
    const [first, second] = await Promise.all(waiters);
    assert.equal(first, second);
    assert.equal(bed.connector.connections.length, 1);
  });

  test('goes on for the others when one of them leaves', async () => {
    const bed = connectionBed();
    bed.connector.isManual = true;
    const abort = new AbortController();
    const leaving = bed.connections.start('user/a', abort.signal);
    const staying = bed.connections.start('user/a', never);
    await settle();
    abort.abort();
    await assert.rejects(leaving, cancelled);
    assert.equal(bed.connector.last.signal.aborted, false);
    bed.connector.pending[0]!.accept();
    await staying;
    assert.equal(bed.state().kind, 'ready');
  });

  test('ends when the last of them leaves', async () => {
    const bed = connectionBed();
    bed.connector.isManual = true;
    const [one, two] = [new AbortController(), new AbortController()];
    const starts = [one, two].map(({ signal }) => bed.connections.start('user/a', signal));
    await settle();
    one.abort();
    two.abort();
    for (const start of starts) await assert.rejects(start, cancelled);
    await settle();
    assert.deepEqual(bed.state(), { kind: 'stopped' });
    assert.equal(bed.connector.alive, 0);
  });

  test('that was left by everybody is not joined: a new one waits until its process is gone', async () => {
    const bed = connectionBed();
    bed.connector.isManual = true;
    const gone = Promise.withResolvers<void>();
    bed.connector.aborting = gone.promise;
    const abort = new AbortController();
    const left = bed.connections.start('user/a', abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(left, cancelled);
    const again = bed.connections.start('user/a', never);
    await settle();
    assert.equal(bed.connector.connections.length, 1);
    gone.resolve();
    await settle();
    assert.deepEqual([bed.connector.connections.length, bed.state().kind], [2, 'starting']);
    bed.connector.pending[1]!.accept();
    await again;
    assert.equal(bed.state().kind, 'ready');
  });

  test('is not begun for a caller that has gone already', async () => {
    const bed = connectionBed();
    await assert.rejects(bed.connections.start('user/a', AbortSignal.abort()), cancelled);
    await settle();
    assert.deepEqual([bed.human.asked, bed.connector.connections.length], [[], 0]);
  });

  test('fails with cause and next step, the same error for caller and state, and is not retried', async () => {
    const bed = connectionBed();
    bed.connector.failure = new AppError('connect-failed', 'nope: command not found', {
      nextStep: 'Install nope.',
    });
    await assert.rejects(bed.connections.start('user/a', never), bed.connector.failure);
    assert.deepEqual(bed.state(), {
      kind: 'failed',
      cause: 'nope: command not found',
      nextStep: 'Install nope.',
    });
    assert.equal(bed.connections.lastError('user/a'), bed.connector.failure);
    await bed.clock.advanceAsync(3_600_000);
    assert.equal(bed.connector.connections.length, 1);
  });

  test('can be tried again by hand after a failure', async () => {
    const bed = connectionBed();
    bed.connector.failure = crash;
    await assert.rejects(bed.connections.start('user/a', never));
    bed.connector.failure = undefined;
    await bed.connections.start('user/a', never);
    assert.equal(bed.state().kind, 'ready');
  });

  test('shows when the server wants a sign-in', async () => {
    const bed = connectionBed();
    bed.connector.failure = new AppError('needs-sign-in', 'mcp.example wants you to sign in');
    await assert.rejects(bed.connections.start('user/a', never), { code: 'needs-sign-in' });
    assert.deepEqual(bed.state(), { kind: 'needs-sign-in', message: 'mcp.example wants you to sign in' });
    await bed.clock.advanceAsync(3_600_000);
    assert.equal(bed.connector.connections.length, 1);
  });

  test('fails when the server ends while it is listed', async () => {
    const bed = connectionBed();
    bed.connector.prepare = (connection) => {
      connection.tools = () => {
        connection.lose('ended with code 3', 'Traceback\nKeyError: 1');
        return new Promise(() => {});
      };
    };
    await assert.rejects(bed.connections.start('user/a', never), /ended with code 3/);
    const state = bed.state();
    assert.match(state.kind === 'failed' ? state.cause : '', /KeyError: 1/);
    assert.equal(bed.connector.alive, 0);
  });
});

describe('consent and inputs', () => {
  test('a launch that is not accepted is not started', async () => {
    const bed = connectionBed();
    bed.human.consent = () => Promise.resolve(false);
    await assert.rejects(bed.connections.start('user/a', never), cancelled);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['stopped', 0]);
  });

  test('an input that is not given stops the start', async () => {
    const bed = connectionBed();
    bed.human.resolution = () => Promise.reject(new AppError('cancelled', 'no value was given'));
    await assert.rejects(bed.connections.start('user/a', never), cancelled);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['stopped', 0]);
  });

  test('a variable that cannot be resolved fails the start', async () => {
    const bed = connectionBed();
    bed.human.resolution = () => Promise.reject(new AppError('invalid-config', '${env:X} is not set'));
    await assert.rejects(bed.connections.start('user/a', never), { code: 'invalid-config' });
    assert.equal(bed.state().kind, 'failed');
  });

  test('a question that hangs takes no place of other starts and is withdrawn by stop', async () => {
    const bed = connectionBed([defined('a'), defined('b')]);
    bed.settings.update((settings) => ({ ...settings, maxConcurrentStarts: 1 }));
    let question: AbortSignal | undefined;
    bed.human.consents.add('hash of b');
    bed.human.consent = (signal) => {
      question = signal;
      return new Promise(() => {});
    };
    const start = bed.connections.start('user/a', never);
    await bed.connections.start('user/b', never);
    const stopped = bed.connections.stop('user/a');
    await assert.rejects(start, cancelled);
    await stopped;
    assert.equal(question?.aborted, true);
    assert.equal(bed.state().kind, 'stopped');
  });
});

describe('what stands in the way', () => {
  test('enterprise settings block with their reason, and nobody is asked', async () => {
    const bed = connectionBed([defined('a')], {
      access: () => ({ kind: 'blocked', reason: 'not on the list' }),
    });
    assert.deepEqual(bed.state(), { kind: 'blocked', reason: 'not on the list' });
    await assert.rejects(bed.connections.start('user/a', never), { code: 'blocked' });
    assert.deepEqual([bed.human.asked, bed.connector.connections.length], [[], 0]);
  });

  test('the resolved launch has the final word', async () => {
    const bed = connectionBed([defined('a')], {
      access: (_, launch) =>
        launch ? { kind: 'blocked', reason: 'this command is denied' } : { kind: 'allowed' },
    });
    await assert.rejects(bed.connections.start('user/a', never), { code: 'blocked' });
    assert.deepEqual(bed.state(), { kind: 'blocked', reason: 'this command is denied' });
    assert.equal(bed.connector.connections.length, 0);
  });

  test('a server of the workspace waits for its trust, others do not', async () => {
    const mine = defined('a', { source: source('workspace') });
    const bed = connectionBed([mine, defined('b')]);
    bed.trust.set(false);
    assert.equal(bed.state('workspace/a').kind, 'blocked');
    await assert.rejects(bed.connections.start('workspace/a', never), { code: 'needs-trust' });
    await bed.connections.start('user/b', never);
    bed.trust.set(true);
    assert.equal(bed.state('workspace/a').kind, 'stopped');
    await bed.connections.start('workspace/a', never);
    assert.equal(bed.state('workspace/a').kind, 'ready');
  });

  test('a running server that is forbidden is stopped at once', async () => {
    let isForbidden = false;
    const bed = await running([defined('a')], {
      access: () => (isForbidden ? { kind: 'blocked', reason: 'forbidden now' } : { kind: 'allowed' }),
    });
    isForbidden = true;
    bed.settings.update((settings) => ({ ...settings }));
    assert.deepEqual(bed.state(), { kind: 'blocked', reason: 'forbidden now' });
    await settle();
    assert.equal(bed.connector.alive, 0);
  });

  test('a start under way that is forbidden is told why', async () => {
    let isForbidden = false;
    const bed = connectionBed([defined('a')], {
      access: () => (isForbidden ? { kind: 'blocked', reason: 'forbidden now' } : { kind: 'allowed' }),
    });
    bed.connector.isManual = true;
    const start = bed.connections.start('user/a', never);
    await settle();
    isForbidden = true;
    bed.settings.update((settings) => ({ ...settings }));
    await assert.rejects(start, { code: 'blocked' });
    await settle();
    assert.deepEqual([bed.state().kind, bed.connector.alive], ['blocked', 0]);
  });
});

describe('stop', () => {
  test('closes the connection and keeps what was offered', async () => {
    const bed = await running();
    await bed.connections.stop('user/a');
    assert.deepEqual([bed.state().kind, bed.connector.alive, bed.tools()], ['stopped', 0, ['echo']]);
  });

  test('wins over a start, also one whose connect comes too late', async () => {
    const bed = connectionBed();
    bed.connector.isManual = true;
    bed.connector.aborting = new Promise(() => {}); // it does not notice the abort
    const start = bed.connections.start('user/a', never);
    await settle();
    const stopped = bed.connections.stop('user/a');
    assert.equal(bed.state().kind, 'stopped');
    await assert.rejects(start, cancelled);
    bed.connector.pending[0]!.accept();
    await stopped;
    assert.deepEqual([bed.state().kind, bed.connector.alive], ['stopped', 0]);
  });

  test('wins over a start that is listing', async () => {
    const bed = connectionBed();
    bed.connector.prepare = (connection) => (connection.tools = () => new Promise(() => {}));
    const start = bed.connections.start('user/a', never);
    await settle();
    const stopped = bed.connections.stop('user/a');
    await assert.rejects(start, cancelled);
    await stopped;
    assert.deepEqual([bed.state().kind, bed.connector.alive], ['stopped', 0]);
    assert.equal(bed.connector.last.reads[0]?.signal.aborted, true);
  });

  test('ends the waiting for a retry', async () => {
    const bed = await running();
    bed.connector.last.lose();
    await bed.connections.stop('user/a');
    await bed.clock.advanceAsync(3_600_000);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['stopped', 1]);
    assert.equal(bed.clock.pending, 0);
  });

  test('resolves only when the process is gone, and a new start waits for that', async () => {
    const bed = await running();
    const gone = Promise.withResolvers<void>();
    bed.connector.last.closing = gone.promise;
    let isStopped = false;
    const stopped = bed.connections.stop('user/a').then(() => (isStopped = true));
    const start = bed.connections.start('user/a', never);
    await settle();
    assert.deepEqual([isStopped, bed.connector.connections.length], [false, 1]);
    gone.resolve();
    await Promise.all([stopped, start]);
    assert.deepEqual([bed.state().kind, bed.connector.alive], ['ready', 1]);
  });

  test('in the moment between two steps of a start wins too', async () => {
    const stop = () => void bed.connections.stop('user/a');
    let isResolved = false;
    const bed = connectionBed([defined('a')], {
      access: (_, launch) => {
        if (launch && !isResolved) stop();
        isResolved ||= launch !== undefined;
        return { kind: 'allowed' };
      },
    });
    await assert.rejects(bed.connections.start('user/a', never), cancelled);
    await settle();
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['stopped', 0]);
    bed.config.set(configuration([defined('a', { launchHash: 'other' })]));
    assert.deepEqual([bed.snapshot().isChanged, bed.snapshot().definition.launchHash], [false, 'other']);
  });

  for (const [what, end, state] of [
    ['stop', (bed: Bed) => void bed.connections.stop('user/a'), 'stopped'],
    ['a loss', (bed: Bed) => bed.connector.last.lose(), 'failed'],
  ] as const) {
    test(`${what} right before a start is done leaves nothing behind`, async () => {
      class Reporting extends FakeMemory {
        override set(key: string, value: string | undefined): void {
          super.set(key, value);
          if (key.startsWith('verdict')) end(bed);
        }
      }
      const bed: Bed = connectionBed([defined('a')], { memory: new Reporting() });
      await assert.rejects(bed.connections.start('user/a', never));
      await settle();
      assert.deepEqual([bed.state().kind, bed.connector.alive], [state, 0]);
    });
  }

  test('leaves a blocked server blocked', async () => {
    const bed = connectionBed([defined('a')], { access: () => ({ kind: 'blocked', reason: 'no' }) });
    await bed.connections.stop('user/a');
    assert.equal(bed.state().kind, 'blocked');
  });

  test('a loss reported by a connection that was stopped changes nothing', async () => {
    const bed = await running();
    const { last } = bed.connector;
    await bed.connections.stop('user/a');
    last.lose();
    last.hooks.listChanged('tools');
    await bed.clock.advanceAsync(60_000);
    assert.deepEqual([bed.state().kind, last.count('tools')], ['stopped', 1]);
  });

  test('restart closes before it connects anew', async () => {
    const bed = await running();
    await bed.connections.restart('user/a', never);
    assert.deepEqual(
      [bed.connector.connections.length, bed.connector.alive, bed.state().kind],
      [2, 1, 'ready'],
    );
  });
});
