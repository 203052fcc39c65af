import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotencyArgument, idempotencyKeyOf } from '../../../src/core/idempotency.ts';

test('the key is found under the names that servers give it, when it is text', () => {
  for (const name of ['idempotencyKey', 'idempotency_key', 'Idempotency-Key'])
    assert.equal(idempotencyKeyOf({ other: 1, [name]: 'k-1' }), 'k-1');
  assert.equal(idempotencyKeyOf({ idempotencyKey: 7 }), undefined);
  assert.equal(idempotencyKeyOf({ idempotencyKey: '' }), undefined);
  assert.equal(idempotencyKeyOf({ key: 'k' }), undefined);
});

test('a tool takes a key when its schema names one', () => {
  assert.equal(idempotencyArgument({ properties: { a: {}, idempotency_key: {} } }), 'idempotency_key');
  assert.equal(idempotencyArgument({ properties: { a: {} } }), undefined);
  assert.equal(idempotencyArgument({ properties: [] }), undefined);
  assert.equal(idempotencyArgument({}), undefined);
});
