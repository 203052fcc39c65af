import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PollSlots } from '../../../src/core/pollSlots.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

test('a moment lies in the span that was asked for', () => {
  const random = seededRandom(1);
  const slots = new PollSlots(() => random.next());
  for (let i = 0; i < 500; i++) {
    const { at } = slots.book(1_000, 1_100);
    assert.ok(at >= 1_000 && at <= 1_100, String(at));
  }
});

test('many that begin together are spread more evenly than by chance alone', () => {
  const fullest = (book: () => number) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 1_000; i++) {
      const slot = Math.floor(book() / 20);
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    return Math.max(...counts.values());
  };
  const random = seededRandom(2);
  const slots = new PollSlots(() => random.next());
  const spread = fullest(() => slots.book(0, 2_000).at); // 100 slots of 20 ms: 10 each at best
  const byChance = fullest(() => 2_000 * random.next());
  assert.ok(spread <= 13, `${spread} in one slot`);
  assert.ok(spread < byChance, `${spread} against ${byChance}`);
});

test('what is given back is free again, once', () => {
  const values = [0.1, 0.9, 0.1, 0.9, 0.1, 0.9, 0.9, 0.9];
  const slots = new PollSlots(() => values.shift() ?? 0);
  const first = slots.book(0, 100);
  assert.equal(first.at, 10);
  assert.equal(slots.book(0, 100).at, 90);
  first.release();
  first.release();
  assert.equal(slots.book(0, 100).at, 10);
});
