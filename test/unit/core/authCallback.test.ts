import assert from 'node:assert/strict';
import test from 'node:test';
import { readCallback } from '../../../src/core/authCallback.ts';
import { isAppError } from '../../../src/core/util/errors.ts';

const state = 'A'.repeat(43);
const read = (query: string) => Object.fromEntries(new URLSearchParams(readCallback(query).query));

test('the answer of a sign-in keeps what we read and drops the rest', () => {
  assert.deepEqual(read(`code=abc&state=${state}&iss=https://as.example&extra=<script>`), {
    state,
    code: 'abc',
    iss: 'https://as.example',
  });
});

test('a plus sign of a code that the editor decoded stays one', () => {
  assert.equal(read(`code=a+b/c==&state=${state}`)['code'], 'a+b/c==');
});

test('a refusal is an answer too', () => {
  assert.deepEqual(read(`error=access_denied&error_description=no way&state=${state}`), {
    state,
    error: 'access_denied',
    error_description: 'no way',
  });
});

const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['no state', 'code=abc', /state is none of ours/],
  ['a state that we never make', 'code=abc&state=short', /state is none of ours/],
  ['a state with other characters', `code=abc&state=${state}%20x`, /state is none of ours/],
  ['two states', `code=abc&state=${state}&state=${state}`, /"state" is there 2 times/],
  ['two codes', `code=a&code=b&state=${state}`, /"code" is there 2 times/],
  ['nothing to go on with', `state=${state}`, /neither a code nor an error/],
  ['far too much', `code=${'a'.repeat(9000)}&state=${state}`, /too long/],
];

for (const [what, query, expected] of wrong) {
  test(`an answer with ${what} is refused with the reason`, () => {
    assert.throws(
      () => readCallback(query),
      (error) => isAppError(error, 'invalid-input') && expected.test(error.message),
    );
  });
}
