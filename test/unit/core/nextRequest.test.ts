import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRequest } from '../../../src/core/nextRequest.ts';

const open = [
  { id: 'b', createdAt: 2 },
  { id: 'a', createdAt: 1 },
  { id: 'c', createdAt: 3 },
];

test('requests are gone through oldest first, and round again', () => {
  assert.equal(nextRequest(open, undefined)?.id, 'a');
  assert.equal(nextRequest(open, 'a')?.id, 'b');
  assert.equal(nextRequest(open, 'c')?.id, 'a');
});

test('after one that was answered meanwhile comes the oldest', () => {
  assert.equal(nextRequest(open, 'gone')?.id, 'a');
  assert.equal(nextRequest([], 'gone'), undefined);
});
