import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../../../src/core/util/canonicalJson.ts';

test('members are sorted by UTF-16 code units as RFC 8785 section 3.2.3 shows', () => {
  const input = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  assert.deepEqual(Object.values(JSON.parse(canonicalJson(input)) as object).length, 7);
  const order = [...canonicalJson(input).matchAll(/:"([^"]+)"/g)].map((m) => m[1]);
  assert.deepEqual(order, [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ]);
});

test('numbers and strings are written as ECMAScript does', () => {
  assert.equal(
    canonicalJson({ numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27], string: '€$\u000f\nA\'B"\\"/' }),
    '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\"/"}',
  );
});

test('the order of members does not matter, the order of items does', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: 1, c: 2 }], a: null }),
    canonicalJson({ a: null, b: [1, { c: 2, d: 1 }] }),
  );
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test('what is not JSON is refused', () => {
  for (const value of [NaN, Infinity, '\ud800', { '\udc00': 1 }, () => 1, 1n])
    assert.throws(() => canonicalJson(value), { code: 'invalid-input' });
});
