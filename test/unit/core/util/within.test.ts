import assert from 'node:assert/strict';
import { test } from 'node:test';
import { within } from '../../../../src/core/util/within.ts';
import { FakeClock } from '../../../fakes/fakeClock.ts';

test('waiting ends with the work, done or failed, and leaves no timer', async () => {
  const clock = new FakeClock();
  await within(clock, 1000, Promise.resolve());
  await within(clock, 1000, Promise.reject(new Error('no')));
  assert.equal(clock.pending, 0);
});

test('waiting ends in time when the work does not', async () => {
  const clock = new FakeClock();
  const waited = within(clock, 1000, new Promise(() => {}));
  clock.advance(1000);
  await waited;
  assert.equal(clock.pending, 0);
});
