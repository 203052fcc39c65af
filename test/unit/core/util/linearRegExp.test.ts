import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LinearRegExp } from '../../../../src/core/util/linearRegExp.ts';

const texts = [
  '',
  'a',
  'b',
  'ab',
  'aab',
  'abab',
  'AB',
  'a-b',
  'a b',
  '1',
  '12',
  '123',
  '1234',
  'x1y',
  '.',
  'a.b',
  '\n',
  'é',
  '😀',
  'a@b.cd',
  '_',
  '-',
  ']',
  '\\',
  '^',
  '😀😀',
];
const patterns = [
  'a',
  '^a$',
  'a|b',
  '^(a|b)+$',
  '^(?:ab)*$',
  '^(?<n>ab){1,2}$',
  'a?b',
  '^a{2}b',
  '^\\d{2,3}$',
  '^\\d{2,}$',
  '^\\w+$',
  '\\bb\\b',
  'a\\Bb',
  '^.$',
  '^[a-z]+$',
  '^[^a-z]+$',
  '^[\\w.-]+@[\\w-]+\\.[a-z]{2,}$',
  '^\\p{L}+$',
  '^\\u{1F600}$',
  '^\\x61',
  '^\\u0061',
  '[\\]]',
  '^\\\\$',
  '^[\\^]$',
  '',
  '^$',
  '(|a)b',
  '^(a*)*$',
  '^(a?){3}$',
  'a+?b',
  '^\\u{1F600}{2}$',
  '()',
  '^(?:a|ab)(?:c|bcd)?$',
];

suite('LinearRegExp', () => {
  test('decides like the engine', () => {
    for (const pattern of patterns) {
      const engine = new RegExp(pattern, 'u');
      const ours = new LinearRegExp(pattern);
      for (const text of texts) {
        assert.equal(
          ours.verdict(text),
          engine.test(text) ? 'match' : 'no-match',
          `/${pattern}/u on ${JSON.stringify(text)}`,
        );
      }
    }
  });

  test('accepts needless escapes, which the engine refuses', () => {
    assert.equal(new LinearRegExp('^[\\w\\-\\_]+\\:\\ x$').verdict('a-_: x'), 'match');
    assert.equal(new LinearRegExp('^\\_$').verdict('a'), 'no-match');
  });

  test('takes patterns that make an engine backtrack without end', () => {
    const text = `${'a'.repeat(5000)}!`;
    for (const pattern of [
      '^(a+)+$',
      '^(a|aa)+$',
      '^(a|a?)+$',
      '(x+x+)+y',
      '^([a-zA-Z]+)*$',
      '^a*a*a*a*a*a*$',
    ]) {
      assert.equal(new LinearRegExp(pattern).verdict(text), 'no-match', pattern);
    }
  });

  test('says unknown for what is not regular or too large, and lets it pass', () => {
    for (const pattern of [
      '(?=a)b',
      '(?!a)',
      '(?<=a)',
      '(a)\\1',
      '(?<x>a)\\k<x>',
      '(((a{100}){100}){100})',
      '(',
      ')',
      '[',
      '*',
      'a{3,1}',
      '\\',
      '[z-a]',
      '('.repeat(500),
    ]) {
      assert.equal(new LinearRegExp(pattern).verdict('a'), 'unknown', pattern);
      assert.equal(new LinearRegExp(pattern).test('a'), true);
    }
    assert.equal(new LinearRegExp('(a?){1000}b').verdict('a'.repeat(20_000)), 'unknown');
  });
});
