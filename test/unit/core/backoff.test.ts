import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LossCounter, retryDelay } from '../../../src/core/backoff.ts';

const almostOne = 1 - Number.EPSILON;

describe('the pause before a retry', () => {
  test('lies between one second and one minute, and doubles', () => {
    const bounds = Array.from({ length: 8 }, (_, i) => [
      retryDelay(i + 1, () => 0),
      Math.round(retryDelay(i + 1, () => almostOne)),
    ]);
    assert.deepEqual(bounds, [
      [1_000, 2_000],
      [2_000, 4_000],
      [4_000, 8_000],
      [8_000, 16_000],
      [16_000, 32_000],
      [30_000, 60_000],
      [30_000, 60_000],
      [30_000, 60_000],
    ]);
  });

  test('stays a number however often it was tried', () => {
    assert.equal(
      retryDelay(1e9, () => 0),
      30_000,
    );
    assert.equal(
      retryDelay(0, () => 0),
      1_000,
    );
  });

  test('is spread by chance', () => {
    assert.equal(
      retryDelay(1, () => 0.25),
      1_250,
    );
    assert.equal(
      retryDelay(3, () => 0.5),
      6_000,
    );
  });
});

describe('a crash loop', () => {
  test('is the fifth loss within three minutes', () => {
    const losses = new LossCounter();
    assert.deepEqual(
      [0, 40, 80, 120, 179].map((second) => losses.add(second * 1_000)),
      [false, false, false, false, true],
    );
  });

  test('forgets what is older', () => {
    const losses = new LossCounter();
    assert.deepEqual(
      [0, 40, 80, 120, 180].map((second) => losses.add(second * 1_000)),
      [false, false, false, false, false],
    );
  });

  test('starts over after a reset', () => {
    const losses = new LossCounter(2, 1_000);
    losses.add(0);
    losses.reset();
    assert.equal(losses.add(1), false);
    assert.equal(losses.add(2), true);
  });
});
