import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppGuard } from '../../../src/core/mcpAppGuard.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } };
const taken = (message: unknown) =>
  new AppGuard(new FakeClock()).take(typeof message === 'string' ? message : JSON.stringify(message)).kind;

test('requests, notifications and answers of JSON-RPC 2.0 pass as they are', () => {
  assert.deepEqual(new AppGuard(new FakeClock()).take(JSON.stringify(call)), { kind: 'pass', message: call });
  for (const message of [
    { ...call, id: 'a' },
    { jsonrpc: '2.0', method: 'ui/notifications/initialized' },
    { jsonrpc: '2.0', id: 1, result: {} },
    { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } },
  ])
    assert.equal(taken(message), 'pass', JSON.stringify(message));
});

test('everything else is dropped', () => {
  for (const message of [
    '',
    '{',
    'null',
    '7',
    [call],
    { ...call, jsonrpc: '1.0' },
    { ...call, id: null },
    { ...call, id: 1.5 },
    { ...call, id: {} },
    { ...call, id: 'x'.repeat(300) },
    { ...call, method: 7 },
    { ...call, method: 'x'.repeat(200) },
    { ...call, params: [] },
    { ...call, params: 'x' },
    { ...call, result: {} },
    { ...call, error: { code: 1, message: '' } },
    { jsonrpc: '2.0' },
    { jsonrpc: '2.0', id: 1 },
    { jsonrpc: '2.0', result: {} },
    { jsonrpc: '2.0', id: 1, result: 'x' },
    { jsonrpc: '2.0', id: 1, error: { code: 'x', message: 'no' } },
    { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } },
    { kind: 'approve' },
    { jsonrpc: '2.0', method: 'ui/notifications/sandbox-resource-ready', params: { html: '' } },
    { ...call, params: { text: 'x'.repeat(1_000_000) } },
  ])
    assert.equal(taken(message), 'drop', JSON.stringify(message).slice(0, 100));
});

test('too many messages are dropped until time has passed, and an app that goes on is stopped', () => {
  const clock = new FakeClock();
  const guard = new AppGuard(clock);
  const text = JSON.stringify(call);
  const kinds = (count: number) => Array.from({ length: count }, () => guard.take(text).kind);
  assert.deepEqual(new Set(kinds(100)), new Set(['pass']));
  assert.equal(guard.take(text).kind, 'drop');
  clock.advance(1_000);
  assert.deepEqual(new Set(kinds(20)), new Set(['pass']));
  const flood = kinds(300);
  assert.equal(flood[0], 'drop');
  assert.equal(flood.at(-1), 'stop');
});
