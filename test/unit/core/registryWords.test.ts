import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  keyOf,
  letterMask,
  nameWordsOf,
  nearestWords,
  prefixDistance,
  publisherWordsOf,
  queryWords,
  wordsOf,
} from '../../../src/core/registryWords.ts';

test('words are lower case and without accents; scripts without blanks are cut into characters', () => {
  assert.deepEqual(wordsOf('Hello, World-2!'), ['hello', 'world', '2']);
  assert.deepEqual(wordsOf('Café NAÏVE'), ['cafe', 'naive']);
  assert.deepEqual(wordsOf('東京x'), ['東', '京', 'x']);
  assert.deepEqual(wordsOf('---'), []);
});

test('a text without end costs a bounded number of words', () => {
  assert.ok(wordsOf('a '.repeat(100_000)).length <= 400);
  assert.ok(wordsOf('ä '.repeat(100_000)).length <= 400);
  assert.ok(queryWords('a b c d e f g h i j k l'.repeat(1000)).length <= 8);
});

test('names are found by their parts and with their parts together', () => {
  assert.deepEqual(nameWordsOf('pulse-fetch'), ['pulse', 'fetch', 'pulsefetch']);
  assert.deepEqual(nameWordsOf('a-b-c'), ['a', 'b', 'c', 'ab', 'bc', 'abc']);
  assert.ok(nameWordsOf('gitHubServer').includes('hub'));
  assert.deepEqual(publisherWordsOf('io.github.upstash'), ['upstash']);
  assert.equal(keyOf('Pulse Fetch!'), 'pulse-fetch');
});

/** The definition itself: edits between `typed` and every beginning of `word`, counted without shortcuts. */
function slowDistance(typed: string, word: string): number {
  const rows = Array.from({ length: typed.length + 1 }, () => Array<number>(word.length + 1).fill(0));
  for (let i = 0; i <= typed.length; i++) {
    for (let j = 0; j <= word.length; j++) {
      if (i === 0 || j === 0) rows[i]![j] = i + j;
      else {
        const same = typed[i - 1] === word[j - 1] ? 0 : 1;
        rows[i]![j] = Math.min(rows[i - 1]![j - 1]! + same, rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1);
        if (i > 1 && j > 1 && typed[i - 1] === word[j - 2] && typed[i - 2] === word[j - 1])
          rows[i]![j] = Math.min(rows[i]![j]!, rows[i - 2]![j - 2]! + 1);
      }
    }
  }
  return Math.min(...rows[typed.length]!);
}

test('the quick distance is the true one up to its bound', () => {
  let state = 11;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const word = () => Array.from({ length: 1 + random(8) }, () => 'abc'[random(3)]).join('');
  for (let round = 0; round < 20_000; round++) {
    const [typed, other] = [word(), word()];
    for (const max of [1, 2]) {
      const truth = slowDistance(typed, other);
      assert.equal(prefixDistance(typed, other, max), Math.min(truth, max + 1), `${typed} ${other} ${max}`);
    }
  }
});

test('the look at the letters rules no near word out', () => {
  let state = 5;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const list = Array.from({ length: 3000 }, () =>
    Array.from({ length: 4 + random(8) }, () => 'abcdefghij'[random(10)]).join(''),
  );
  const masks = Int32Array.from(list, letterMask);
  for (let round = 0; round < 100; round++) {
    const typed = Array.from({ length: 4 + random(6) }, () => 'abcdefghij'[random(10)]).join('');
    const max = typed.length < 8 ? 1 : 2;
    const found = new Set(nearestWords(typed, list, masks, 10_000).map(({ word }) => word));
    const near = list.filter((word) => word.length >= typed.length - max && slowDistance(typed, word) <= max);
    assert.deepEqual([...found].sort(), [...new Set(near)].sort(), typed);
  }
});

test('short words are taken as they are', () => {
  assert.deepEqual(nearestWords('abc', ['abd'], Int32Array.of(letterMask('abd')), 5), []);
});
