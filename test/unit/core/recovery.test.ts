import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Recovery } from '../../../src/core/recovery.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

function bed() {
  const clock = new FakeClock();
  return { clock, recovery: new Recovery({ clock, random: () => 0 }) };
}

const crash = new AppError('not-connected', 'the process ended');

describe('recovery', () => {
  test('tries again after pauses that grow, and short ones again only after a stable time', () => {
    const { recovery } = bed();
    assert.deepEqual(
      recovery.retry(() => {}),
      { attempt: 1, delay: 1_000 },
    );
    recovery.lived(59_999);
    assert.deepEqual(
      recovery.retry(() => {}),
      { attempt: 2, delay: 2_000 },
    );
    recovery.lived(60_000);
    assert.deepEqual(
      recovery.retry(() => {}),
      { attempt: 1, delay: 1_000 },
    );
  });

  test('waits for one retry at a time', () => {
    const { clock, recovery } = bed();
    const tried: string[] = [];
    recovery.retry(() => tried.push('first'));
    recovery.retry(() => tried.push('second'));
    clock.advance(60_000);
    assert.deepEqual(tried, ['second']);
  });

  test('retries nothing once somebody starts the server or it is given up', () => {
    const { clock, recovery } = bed();
    let tries = 0;
    recovery.retry(() => tries++);
    recovery.stopWaiting();
    recovery.retry(() => tries++);
    recovery.reset();
    clock.advance(60_000);
    assert.equal(tries, 0);
    assert.equal(clock.pending, 0);
  });

  test('gives up at the fifth crash within three minutes, with the last words of the server', () => {
    const { clock, recovery } = bed();
    for (let i = 0; i < 4; i++) {
      assert.equal(recovery.crashLoop(crash), undefined);
      clock.advance(40_000);
    }
    const loop = recovery.crashLoop(
      new AppError('not-connected', 'out of memory', { nextStep: 'Buy some.' }),
    );
    assert.equal(loop?.message, 'given up after 5 failures within 3 minutes: out of memory');
    assert.deepEqual([loop.code, loop.nextStep], ['connect-failed', 'Buy some.']);
  });

  test('does not count crashes from before it was given up', () => {
    const { recovery } = bed();
    for (let i = 0; i < 4; i++) recovery.crashLoop(crash);
    recovery.reset();
    assert.equal(recovery.crashLoop(crash), undefined);
  });

  test('takes only the first of two expiries in a row for an accident', () => {
    const { clock, recovery } = bed();
    const first = recovery.isFirstExpiry();
    clock.advance(59_999);
    const soon = recovery.isFirstExpiry();
    clock.advance(60_000);
    assert.deepEqual([first, soon, recovery.isFirstExpiry()], [true, false, true]);
  });
});
