import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ResumeState } from '../../../src/core/connection.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { connectionBed, defined, httpLaunch, never } from '../../fakes/connectionBed.ts';
import { settle } from '../../fakes/fakeClock.ts';

const cancelled = { code: 'cancelled' };
const crash = new AppError('connect-failed', 'the process ended at once');
const away = new AppError('connect-failed', 'no answer from mcp.example');
const remote = defined('a', { launch: httpLaunch() });

/** A bed whose server is up. */
async function running(...args: Parameters<typeof connectionBed>) {
  const bed = connectionBed(...args);
  await bed.connections.start('user/a', never);
  return bed;
}

describe('after a loss', () => {
  test('the server comes back by itself after a pause, and nobody is asked anything', async () => {
    const bed = await running();
    bed.human.asked.length = 0;
    bed.human.consents.clear();
    bed.human.inputs.clear();
    bed.connector.last.lose('the process ended', 'out of memory');
    const state = bed.state();
    assert.deepEqual(state.kind === 'retrying' && [state.at - bed.clock.now(), state.attempt, state.cause], [
      1_000,
      1,
      'the process ended\nout of memory',
    ]);
    await bed.clock.advanceAsync(999);
    assert.equal(bed.connector.connections.length, 1);
    await bed.clock.advanceAsync(1);
    assert.equal(bed.state().kind, 'ready');
    assert.deepEqual(bed.human.asked, []);
    assert.deepEqual(bed.connector.last.options.secretValues, ['sesame']);
  });

  test('pauses grow while it keeps failing, and start over once it was stable', async () => {
    const bed = await running([remote]);
    const pause = () => {
      const state = bed.state();
      return state.kind === 'retrying' ? state.at - bed.clock.now() : state.kind;
    };
    bed.connector.last.lose();
    bed.connector.failure = away;
    const pauses = [];
    for (let i = 0; i < 8; i++) {
      pauses.push(pause());
      await bed.clock.advanceAsync(Number(pause()));
    }
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    bed.connector.failure = undefined;
    await bed.clock.advanceAsync(30_000);
    assert.equal(bed.state().kind, 'ready');
    bed.connector.last.lose();
    assert.equal(pause(), 30_000);
    await bed.clock.advanceAsync(30_000);
    await bed.clock.advanceAsync(60_000);
    bed.connector.last.lose();
    assert.equal(pause(), 1_000);
  });

  test('a remote server that is away is tried for as long as it takes', async () => {
    const bed = await running([remote]);
    bed.connector.last.lose();
    bed.connector.failure = away;
    await bed.clock.advanceAsync(3_600_000);
    assert.equal(bed.state().kind, 'retrying');
    bed.connector.failure = undefined;
    await bed.clock.advanceAsync(60_000);
    assert.equal(bed.state().kind, 'ready');
  });

  test('five losses within three minutes are a crash loop: given up with the last words of the server', async () => {
    const bed = await running();
    for (let i = 0; i < 5; i++) {
      bed.connector.last.lose('exit code 1', 'Traceback\nModuleNotFoundError: foo');
      if (i < 4) await bed.clock.advanceAsync(30_000);
    }
    const state = bed.state();
    assert.match(
      state.kind === 'failed' ? state.cause : state.kind,
      /given up after 5.*exit code 1.*\n.*ModuleNotFoundError: foo/s,
    );
    assert.ok(state.kind === 'failed' && state.nextStep);
    await bed.clock.advanceAsync(3_600_000);
    assert.equal(bed.connector.connections.length, 5);
    assert.equal(bed.connections.lastError('user/a')?.code, 'connect-failed');
  });

  test('a local server that does not come up any more is given up too', async () => {
    const bed = await running();
    bed.connector.last.lose();
    bed.connector.failure = crash;
    await bed.clock.advanceAsync(60_000);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['failed', 5]);
  });

  test('five losses in more than three minutes are none', async () => {
    const bed = await running();
    for (let i = 0; i < 12; i++) {
      bed.connector.last.lose();
      await bed.clock.advanceAsync(50_000);
      assert.equal(bed.state().kind, 'ready');
    }
  });

  test('a start by hand after a crash loop begins with a clean slate', async () => {
    const bed = await running();
    bed.connector.last.lose();
    bed.connector.failure = crash;
    await bed.clock.advanceAsync(60_000);
    bed.connector.failure = undefined;
    await bed.connections.start('user/a', never);
    bed.connector.last.lose();
    assert.equal(bed.state().kind, 'retrying');
  });

  test('whoever needs the server does not wait for the pause, and a failure then is not the end', async () => {
    const bed = await running([remote]);
    bed.connector.last.lose();
    bed.connector.failure = away;
    await assert.rejects(bed.connections.need('user/a', never), away);
    assert.equal(bed.state().kind, 'retrying');
    bed.connector.failure = undefined;
    await bed.connections.need('user/a', never);
    assert.equal(bed.state().kind, 'ready');
    await bed.clock.advanceAsync(3_600_000);
    assert.equal(bed.connector.alive, 1);
  });

  test('a caller that gives up waiting leaves the retries going', async () => {
    const bed = await running([remote]);
    bed.connector.last.lose();
    bed.connector.isManual = true;
    const abort = new AbortController();
    const start = bed.connections.start('user/a', abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(start, cancelled);
    await settle();
    assert.equal(bed.state().kind, 'retrying');
    bed.connector.isManual = false;
    await bed.clock.advanceAsync(60_000);
    assert.equal(bed.state().kind, 'ready');
  });

  test('a retry finds that the server may not run any more', async () => {
    let isForbidden = false;
    const bed = await running([defined('a')], {
      access: () => (isForbidden ? { kind: 'blocked', reason: 'forbidden now' } : { kind: 'allowed' }),
    });
    bed.connector.last.lose();
    isForbidden = true;
    await bed.clock.advanceAsync(60_000);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['blocked', 1]);
  });

  test('a retry that needs a sign-in says so', async () => {
    const bed = await running([remote]);
    bed.connector.last.lose();
    bed.connector.failure = new AppError('needs-sign-in', 'sign in');
    await bed.clock.advanceAsync(3_600_000);
    assert.deepEqual([bed.state().kind, bed.connector.connections.length], ['needs-sign-in', 2]);
  });

  test('questions of the lost connection are withdrawn', async () => {
    let question: AbortSignal | undefined;
    const bed = await running([defined('a')], {
      ask: (_, __, ___, signal) => {
        question = signal;
        return new Promise(() => {});
      },
    });
    const { hooks } = bed.connector.last;
    void hooks.ask(
      { kind: 'sampling', params: {} },
      { callId: undefined, taskId: undefined, key: '1' },
      never,
    );
    await settle();
    assert.equal(question?.aborted, false);
    bed.connector.last.lose();
    assert.equal(question?.aborted, true);
  });

  test('an ended connection is closed, so that its children go too', async () => {
    const bed = await running();
    const closed = Promise.withResolvers<void>();
    const { last } = bed.connector;
    last.closing = closed.promise;
    last.lose();
    last.isAlive = true; // a child outlives the process
    await bed.clock.advanceAsync(10_000);
    assert.equal(bed.connector.connections.length, 1);
    closed.resolve();
    await settle();
    assert.deepEqual([last.isAlive, bed.state().kind], [false, 'ready']);
  });
});

describe('an expired session', () => {
  const expired = new AppError('session-expired', 'the session is not known any more');
  const resume: ResumeState = {
    era: 'legacy',
    protocolVersion: '2025-11-25',
    sessionId: 'old',
    capabilities: {},
    discover: undefined,
  };

  test('makes one new connection at once, without the old session', async () => {
    const bed = await running([remote], { resumeOf: () => resume });
    assert.equal(bed.connector.last.options.resume, resume);
    const connection = await bed.connections.need('user/a', never);
    bed.connector.last.call = () => Promise.reject(expired);
    const call = connection.call(
      '1',
      { tool: 'echo', arguments: {}, mode: 'plain', timeoutMs: 0 },
      () => {},
      never,
    );
    await assert.rejects(call, expired);
    await settle();
    assert.deepEqual(
      [bed.state().kind, bed.connector.connections.length, bed.connector.alive],
      ['ready', 2, 1],
    );
    assert.equal(bed.connector.last.options.resume, undefined);
    assert.notEqual(await bed.connections.need('user/a', never), connection);
  });

  test('that expires again soon is retried with pauses', async () => {
    const bed = await running([remote]);
    for (let i = 0; i < 2; i++) {
      const connection = await bed.connections.need('user/a', never);
      bed.connector.last.call = () => Promise.reject(expired);
      await assert.rejects(
        connection.call('1', { tool: 'echo', arguments: {}, mode: 'plain', timeoutMs: 0 }, () => {}, never),
        expired,
      );
      await settle();
    }
    assert.equal(bed.state().kind, 'retrying');
  });

  test('of running tasks is left behind when the server does not take it up', async () => {
    const bed = connectionBed([remote], { resumeOf: () => resume });
    bed.connector.prepare = (connection) => {
      bed.connector.failure = connection.options.resume ? expired : undefined;
    };
    await bed.connections.start('user/a', never);
    assert.deepEqual(
      bed.connector.connections.map(({ options }) => options.resume?.sessionId),
      ['old', undefined],
    );
  });

  test('that expires while the server is listed is replaced once', async () => {
    const bed = connectionBed([remote]);
    bed.connector.prepare = (connection) => (connection.tools = () => Promise.reject(expired));
    await assert.rejects(bed.connections.start('user/a', never), expired);
    assert.deepEqual(
      [bed.connector.connections.length, bed.connector.alive, bed.state().kind],
      [2, 0, 'failed'],
    );
    bed.connector.prepare = (connection) => {
      if (bed.connector.connections.length === 3) connection.tools = () => Promise.reject(expired);
    };
    await bed.connections.start('user/a', never);
    assert.deepEqual(
      [bed.connector.connections.length, bed.connector.alive, bed.state().kind],
      [4, 1, 'ready'],
    );
  });

  test('is asked for with the launch it belongs to, and never for a local server', async () => {
    const asked: string[] = [];
    const resumeOf = (id: string, hash: string) => {
      asked.push(`${id} ${hash}`);
      return resume;
    };
    const bed = connectionBed([remote, defined('b')], { resumeOf });
    await bed.connections.start('user/a', never);
    await bed.connections.start('user/b', never);
    assert.deepEqual(asked, ['user/a hash of a']);
    assert.equal(bed.connector.last.options.resume, undefined);
  });
});
