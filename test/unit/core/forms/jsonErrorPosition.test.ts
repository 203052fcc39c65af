import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonErrorPosition } from '../../../../src/core/forms/jsonErrorPosition.ts';

test('finds where a text stops being JSON', () => {
  const at = (text: string) => {
    const { line, column } = jsonErrorPosition(text);
    return `${line}:${column}`;
  };
  assert.equal(at('{\n  "a": }'), '2:8');
  assert.equal(at('{"a": 1,}'), '1:9');
  assert.equal(at('[1, 2'), '1:6');
  assert.equal(at('[1 2]'), '1:4');
  assert.equal(at("{'a': 1}"), '1:2');
  assert.equal(at('{"a" 1}'), '1:6');
  assert.equal(at('nope'), '1:1');
  assert.equal(at(''), '1:1');
  assert.equal(at('{} x'), '1:4');
  assert.equal(at('"a\nb"'), '1:1');
  assert.equal(at('[[[['), '1:5');
});

test('agrees with the engine on what is JSON', () => {
  const texts = [
    '{}',
    '[]',
    '[[],{}]',
    ' {"a" : [1, -2.5e+3, true, null, "x\\u00e9\\n"] } ',
    '"\u0085\u007f"',
    '0',
    '01',
    '-',
    '{"a":{"b":[{}]}}',
    '[,]',
    '1.',
    '"\\x"',
  ];
  for (const text of texts) {
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    assert.equal(jsonErrorPosition(text).line === undefined, isJson, text);
  }
});

test('needs no stack for deep nesting', () => {
  assert.deepEqual(jsonErrorPosition('['.repeat(200_000)), { line: 1, column: 200_001 });
});
