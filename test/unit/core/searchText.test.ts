import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergedRanges, SearchText, termsOf } from '../../../src/core/searchText.ts';

const fit = (text: string, term: string, isSpreadable = true) => new SearchText(text).fit(term, isSpreadable);
const parts = (text: string, term: string) =>
  new SearchText(text).ranges(term, true).map(({ start, end }) => text.slice(start, end));

test('a query is words, whatever separates them', () => {
  assert.deepEqual(termsOf(' Get_sum  of-a.b:c/d '), ['get', 'sum', 'of', 'a', 'b', 'c', 'd']);
  assert.deepEqual(termsOf(' _ '), []);
});

describe('a term', () => {
  for (const [text, term, expected] of [
    ['sum', 'sum', 'exact'],
    ['summary', 'sum', 'prefix'],
    ['get_sum', 'sum', 'word'],
    ['getSum', 'sum', 'word'],
    ['HTTPServer2Go', 'go', 'word'],
    ['resummon_sum', 'sum', 'word'],
    ['resummon', 'sum', 'inside'],
    ['seTSummer', 'summer', 'word'],
    ['run_backtest', 'rbt', 'spread'],
    ['run_backtest', 'bcktst', 'spread'],
    ['run_backtest', 'nk', 'none'],
    ['monthly prices', 'months', 'none'],
    ['monthly status', 'mostat', 'spread'],
    ['run_backtest', 'tr', 'none'],
    ['', 'a', 'none'],
  ] as const) {
    test(`"${term}" in "${text}": ${expected}`, () => assert.equal(fit(text, term), expected));
  }

  test('stands apart only where that is wanted, and never as a single letter', () => {
    assert.equal(fit('run_backtest', 'rbt', false), 'none');
    assert.equal(fit('run', 'x'), 'none');
  });

  test('is found in scripts without case and beyond the basic plane', () => {
    assert.equal(fit('数据导出', '导出'), 'inside');
    assert.equal(fit('数据 导出', '导出'), 'word');
    assert.equal(fit('𝐑𝐮𝐧 it', 'run'), 'prefix');
  });
});

describe('the places of a term', () => {
  test('are those of the text as it was given', () => {
    assert.deepEqual(parts('get_Sum', 'sum'), ['Sum']);
    assert.deepEqual(parts('run_backtest', 'rbt'), ['r', 'b', 't']);
    assert.deepEqual(parts('run_backtest', 'backt'), ['backt']);
    assert.deepEqual(parts('nothing', 'xyz'), []);
  });

  test('hold though folding changes the length', () => {
    assert.deepEqual(parts('İstanbul_Straße', 'stra'), ['Stra']);
    assert.deepEqual(parts('ﬁle_reader', 'reader'), ['reader']);
    assert.deepEqual(parts('Re\u0301sume\u0301 text', 'resume'), ['Re\u0301sume\u0301']);
    assert.deepEqual(parts('a\u200Bb c', 'ab'), ['a\u200Bb']);
    assert.deepEqual(parts('𝐑𝐮𝐧 it', 'it'), ['it']);
  });
});

test('ranges that touch become one', () => {
  assert.deepEqual(
    mergedRanges([
      { start: 5, end: 7 },
      { start: 0, end: 3 },
      { start: 2, end: 5 },
      { start: 9, end: 10 },
    ]),
    [
      { start: 0, end: 7 },
      { start: 9, end: 10 },
    ],
  );
});
