import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectOptions, Connection } from '../../../src/core/connection.ts';
import type { ConnectionLink } from '../../../src/core/connectionLink.ts';
import type { Launched, RunDeps } from '../../../src/core/serverStart.ts';
import { StartAttempt, type StartKind } from '../../../src/core/startAttempt.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { defined, httpLaunch, never, resolved } from '../../fakes/connectionBed.ts';
import { settle } from '../../fakes/fakeClock.ts';

const entry = defined('a', { launch: httpLaunch() });
const resume = { sessionId: 'before' } as ConnectOptions['resume'];
const connection = { name: 'the connection' } as unknown as Connection;

/** One attempt over scripted ports that notes what it does. */
class Bed {
  readonly done: string[] = [];
  readonly resumed: ConnectOptions['resume'][] = [];
  launched: Launched | undefined;
  isAccepted = true;
  connect: (signal: AbortSignal) => Promise<Connection> = () => Promise.resolve(connection);

  start(kind: StartKind, after: Promise<unknown> = Promise.resolve(), isAfterExpiry = false): StartAttempt {
    const deps = {
      access: () => ({ kind: 'allowed' }),
      consent: (_definition: unknown, _signal: unknown, prompting: string) => {
        this.done.push(`consent ${prompting}`);
        return Promise.resolve(this.isAccepted);
      },
      resolve: () => Promise.resolve(resolved(entry)),
      resumeOf: () => resume,
      settings: { get: () => ({ connectTimeoutMs: 1, eraOf: () => 'auto' }) },
      features: { get: () => ({}) },
      remembered: {
        verdict: () => undefined,
        setVerdict: () => {},
        forgetVerdict: () => {},
        logLevel: () => undefined,
      },
      slots: {
        take: (_signal: unknown, isUrgent: () => boolean) => {
          this.done.push(isUrgent() ? 'urgent' : 'in turn');
          return Promise.resolve({ dispose: () => {} });
        },
      },
      connector: {
        connect: (options: ConnectOptions, _hooks: unknown, signal: AbortSignal) => {
          this.resumed.push(options.resume);
          return this.connect(signal);
        },
      },
    } as unknown as RunDeps;
    const link = {
      connection,
      open: () => Promise.resolve(),
      close: () => Promise.resolve(void this.done.push('closed')),
    } as unknown as ConnectionLink;
    const server = {
      entry: () => entry,
      launched: () => this.launched,
      link: () => link,
      onPrepared: () => this.done.push('prepared'),
      onStarted: () => this.done.push('started'),
      onFailed: (_attempt: unknown, error: AppError, isAborted: boolean) =>
        this.done.push(`failed ${error.code}${isAborted ? ' (aborted)' : ''}`),
    };
    return new StartAttempt(deps, server, { kind, after, isAfterExpiry });
  }
}

describe('an attempt to start a server', () => {
  test('begins when what ran before is over', async () => {
    const bed = new Bed();
    const before = Promise.withResolvers<void>();
    const started = bed.start('asked', before.promise).work.join(never);
    await settle();
    assert.deepEqual(bed.done, []);
    before.resolve();
    assert.equal(await started, connection);
    assert.deepEqual(bed.done, ['consent may-ask', 'prepared', 'urgent', 'started']);
  });

  test('by itself asks nobody, and says that it would have had to', async () => {
    const bed = new Bed();
    bed.isAccepted = false;
    const attempt = bed.start('quiet');
    await assert.rejects(attempt.work.join(never), { code: 'not-connected' });
    assert.deepEqual(bed.done, ['consent never', 'failed not-connected']);
    assert.equal(attempt.needsHuman, true);
  });

  test('that the human turns down needs them no more', async () => {
    const bed = new Bed();
    bed.isAccepted = false;
    const attempt = bed.start('asked');
    await assert.rejects(attempt.work.join(never), { code: 'cancelled' });
    assert.equal(attempt.needsHuman, false);
  });

  test('is urgent once somebody waits for it', async () => {
    const bed = new Bed();
    bed.isAccepted = true;
    const attempt = bed.start('quiet');
    attempt.hurry();
    await attempt.work.join(never);
    assert.ok(bed.done.includes('urgent'));
    await bed.start('quiet').work.join(never);
    assert.equal(bed.done.filter((what) => what === 'in turn').length, 1);
  });

  test('after a loss takes what was resolved before', async () => {
    const bed = new Bed();
    bed.launched = { definition: entry, ...resolved(entry) };
    await bed.start('retry').work.join(never);
    assert.deepEqual(bed.done, ['in turn', 'started']);
  });

  test('leaves an expired session behind', async () => {
    const bed = new Bed();
    bed.connect = () =>
      bed.resumed.length === 1
        ? Promise.reject(new AppError('session-expired', 'gone'))
        : Promise.resolve(connection);
    await bed.start('asked').work.join(never);
    assert.deepEqual(bed.resumed, [resume, undefined]);
    await bed.start('asked', Promise.resolve(), true).work.join(never);
    assert.deepEqual(bed.resumed.slice(2), [undefined]);
  });

  test('that everybody left closes a connection that comes all the same', async () => {
    const bed = new Bed();
    const late = Promise.withResolvers<Connection>();
    bed.connect = () => late.promise;
    const abort = new AbortController();
    const attempt = bed.start('asked');
    const started = attempt.work.join(abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(started, { code: 'cancelled' });
    assert.equal(attempt.isJoinable, false);
    late.resolve(connection);
    await attempt.work.ended;
    assert.deepEqual(bed.done.slice(-2), ['closed', 'failed cancelled (aborted)']);
  });
});
