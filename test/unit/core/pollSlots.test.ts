import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PollSlots } from '../../../src/core/pollSlots.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

function slots(seed: number) {
  const random = seededRandom(seed);
  return new PollSlots(() => random.next());
}

/** How many fall into the fullest second. */
function fullest(moments: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const at of moments) counts.set(Math.floor(at / 1_000), (counts.get(Math.floor(at / 1_000)) ?? 0) + 1);
  return Math.max(...counts.values());
}

test('a moment lies in the span that was asked for while there is room', () => {
  const free = slots(1);
  for (let i = 0; i < 500; i++) {
    const { at } = free.book(10_100, 14_900, 1_000);
    assert.ok(at >= 10_100 && at <= 14_900, String(at));
  }
  assert.equal(free.book(20_000, 20_000, 1).at, 20_000);
});

test('many that begin together are spread more evenly than by chance alone', () => {
  const random = seededRandom(2);
  const spread = slots(3);
  const ours = Array.from({ length: 1_000 }, () => spread.book(0, 100_000, 1_000).at); // 10 in each at best
  const byChance = ours.map(() => 100_000 * random.next());
  assert.ok(fullest(ours) <= 13, `${fullest(ours)} in one slot`);
  assert.ok(fullest(ours) < fullest(byChance));
});

test('what does not fit comes later, and never more than was allowed at once', () => {
  const full = slots(4);
  const moments = Array.from({ length: 100 }, () => full.book(1_000, 2_000, 5).at);
  assert.equal(fullest(moments), 5);
  assert.ok(Math.max(...moments) < 1_000 + 22 * 1_000);
});

test('what shares a second shares the moment', () => {
  const shared = slots(5);
  const moments = Array.from({ length: 300 }, () => shared.book(1_000, 9_999, 1_000).at);
  assert.ok(new Set(moments).size <= 9, `${new Set(moments).size} moments in nine seconds`);
});

test('what is given back is free again, once', () => {
  const one = new PollSlots(() => 0);
  const first = one.book(0, 0, 1);
  assert.equal(one.book(0, 0, 1).at, 1_000);
  first.release();
  first.release();
  assert.equal(one.book(0, 0, 1).at, 0);
  assert.equal(one.book(0, 0, 1).at, 2_000);
});
