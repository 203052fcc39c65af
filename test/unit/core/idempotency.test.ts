import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotencyKeyOf } from '../../../src/core/idempotency.ts';
import { interruptionOf } from '../../../src/core/jobEnding.ts';
import type { JsonObject } from '../../../src/core/json.ts';

test('the key is found under the names that servers give it, when it is text', () => {
  for (const name of ['idempotencyKey', 'idempotency_key', 'Idempotency-Key'])
    assert.equal(idempotencyKeyOf({ other: 1, [name]: 'k-1' }), 'k-1');
  assert.equal(idempotencyKeyOf({ idempotencyKey: 7 }), undefined);
  assert.equal(idempotencyKeyOf({ idempotencyKey: '' }), undefined);
  assert.equal(idempotencyKeyOf({ key: 'k' }), undefined);
});

test('an interrupted job says what a repeat with its key does', () => {
  const said = (args: JsonObject) => {
    const status = interruptionOf({ mode: 'plain', arguments: args });
    return status.kind === 'interrupted' ? status.message : '';
  };
  assert.match(said({ idempotencyKey: 'k-1' }), /idempotency key "k-1": run it again with the same key/);
  assert.doesNotMatch(said({}), /idempotency/);
});
