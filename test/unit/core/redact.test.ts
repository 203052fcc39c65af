import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previewOf } from '../../../src/core/redact.ts';

test('members that look secret are hidden at any depth', () => {
  const text = previewOf({
    user: 'ada',
    password: 'p1',
    nested: { Authorization: 'p2', list: [{ 'api-key': 'p3', accessToken: 'p4' }] },
  });
  assert.ok(text.includes('ada'));
  for (const secret of ['p1', 'p2', 'p3', 'p4']) assert.ok(!text.includes(secret), text);
});

test('a preview stays short whatever it is given', () => {
  const deep = JSON.parse('{"a":'.repeat(500) + '1' + '}'.repeat(500));
  for (const value of ['x'.repeat(1e6), Array.from({ length: 1e5 }, (_, i) => i), deep])
    assert.ok(previewOf(value).length <= 200);
});
