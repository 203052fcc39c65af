import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { contentOf, simpleQuestion, type SimpleQuestion } from '../../../src/core/elicitation.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const one = (field: JsonObject, more: JsonObject = {}) =>
  simpleQuestion({ type: 'object', properties: { field }, required: ['field'], ...more });
const options = (question: SimpleQuestion | undefined) =>
  question?.kind === 'choice' ? question.options.map(({ value, label }) => [value, label]) : undefined;
const typed = (question: SimpleQuestion | undefined, text: string) => {
  assert.equal(question?.kind, 'text');
  return contentOf(question, text);
};

suite('a question that a quick input answers', () => {
  test('is one choice: yes or no, or any kind of enumeration of both revisions', () => {
    assert.deepEqual(options(one({ type: 'boolean' })), [
      [true, 'Yes'],
      [false, 'No'],
    ]);
    const kinds: readonly JsonObject[] = [
      { type: 'string', enum: ['csv'], enumNames: ['Table'] },
      { type: 'string', oneOf: [{ const: 'csv', title: 'Table' }] },
    ];
    for (const kind of kinds) assert.deepEqual(options(one(kind)), [['csv', 'Table']]);
    assert.deepEqual(options(one({ type: 'string', enum: ['csv'] })), [['csv', 'csv']]);
  });

  test('is one line of text or one number', () => {
    assert.deepEqual(typed(one({ type: 'string', format: 'email' }), 'a@b.c'), { field: 'a@b.c' });
    assert.deepEqual(typed(one({ type: 'string' }), ''), {});
    assert.deepEqual(typed(one({ type: 'integer' }), ' 7 '), { field: 7 });
    assert.equal(typed(one({ type: 'integer' }), '7.5'), undefined);
    assert.equal(typed(one({ type: 'number' }), 'seven'), undefined);
    const start = one({ type: 'integer', default: 3 });
    assert.equal(start?.kind === 'text' && start.start, '3');
  });

  test('is a bare yes or no when there is nothing to fill in', () => {
    assert.deepEqual(simpleQuestion({ type: 'object', properties: {} }), { kind: 'confirm' });
    assert.deepEqual(simpleQuestion({ type: 'object' }), { kind: 'confirm' });
  });

  test('is not one with several fields, several values, several lines, a secret or too much of anything', () => {
    const long = Array.from({ length: 60 }, (_, i) => `option ${i}`);
    for (const field of [
      { type: 'array', items: { type: 'string', enum: ['a'] } },
      { type: 'object', properties: { a: { type: 'string' } } },
      { type: 'string', format: 'password' },
      { type: 'string', title: 'API key' },
      { type: 'string', maxLength: 100_000 },
      { type: 'string', enum: long },
      { type: 'string', enum: ['x'], description: 'x'.repeat(30_000) },
    ])
      assert.equal(one(field), undefined, JSON.stringify(field).slice(0, 80));
    assert.equal(
      simpleQuestion({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } }),
      undefined,
    );
    assert.equal(one({ type: 'string' }, { additionalProperties: true }), undefined);
  });
});
