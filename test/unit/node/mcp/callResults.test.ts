import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../../src/core/json.ts';
import { readTask } from '../../../../src/node/mcp/callResults.ts';

// Shapes of the specifications' own examples, contradictions included.
const at = '2025-11-25T10:30:00Z';
const plain = (text: string) => text;
const flat = { taskId: '786512e2', status: 'working', createdAt: at, lastUpdatedAt: at };

const sameTask: readonly (readonly [string, JsonObject])[] = [
  ['2025-11-25 `CreateTaskResult`', { task: { ...flat, ttl: 60_000, pollInterval: 5_000 } }],
  ['2025-11-25 `tasks/get`', { ...flat, ttl: 60_000, pollInterval: 5_000 }],
  ['the extension, flat', { resultType: 'task', ...flat, ttlMs: 60_000, pollIntervalMs: 5_000 }],
  [
    'the extension, `tasks/get` as complete',
    { resultType: 'complete', ...flat, ttlMs: 60_000, pollIntervalMs: 5_000 },
  ],
  [
    'the extension with the names of 2025-11-25',
    { resultType: 'task', ...flat, ttl: 60_000, pollInterval: 5_000 },
  ],
];

for (const [name, raw] of sameTask) {
  test(`a task is read from ${name}`, () => {
    assert.deepEqual(readTask(raw, 0, plain), {
      ...{ taskId: '786512e2', status: 'working', statusMessage: undefined },
      ...{ createdAt: Date.parse(at), updatedAt: Date.parse(at), ttlMs: 60_000, pollIntervalMs: 5_000 },
      ...{ result: undefined, error: undefined },
    });
  });
}

test('a result inside a task needs no `resultType`', () => {
  const content = [{ type: 'text', text: 'done' }];
  for (const result of [{ content }, { resultType: 'complete', content }])
    assert.deepEqual(readTask({ ...flat, status: 'completed', result }, 0, plain)?.result?.content, content);
});

test('a failed task has its JSON-RPC error, also a malformed one', () => {
  const failed = { ...flat, status: 'failed' };
  assert.deepEqual(readTask({ ...failed, error: { code: -32603, message: 'Rate limit' } }, 0, plain)?.error, {
    code: -32603,
    message: 'Rate limit',
  });
  assert.deepEqual(readTask({ ...failed, error: {} }, 0, plain)?.error, {
    code: 0,
    message: 'no reason given',
  });
});

test('no limit, no interval and no times are what they say', () => {
  const task = readTask({ taskId: 't', status: 'working', ttlMs: null, createdAt: 'soon' }, 7, plain);
  assert.deepEqual([task?.ttlMs, task?.pollIntervalMs, task?.createdAt], [undefined, undefined, 7]);
});

test('a status that we do not know is not an end', () => {
  assert.equal(readTask({ ...flat, status: 'paused' }, 0, plain)?.status, 'working');
  assert.equal(readTask({ ...flat, status: 'constructor' }, 0, plain)?.status, 'working');
});

test('what has no id is no task', () => {
  for (const raw of [{}, { taskId: '' }, { taskId: 7 }, { task: {} }])
    assert.equal(readTask(raw, 0, plain), undefined);
});

test('the texts beside a result are redacted, the result is not', () => {
  const hide = (text: string) => text.replaceAll('s3cret', '(hidden)');
  const result = { content: [{ type: 'text', text: 's3cret' }] };
  const raw = {
    ...flat,
    statusMessage: 'with s3cret',
    error: { code: 1, message: 'not with s3cret' },
    result,
  };
  const task = readTask(raw, 0, hide);
  assert.equal(task?.statusMessage, 'with (hidden)');
  assert.equal(task.error?.message, 'not with (hidden)');
  assert.deepEqual(task.result?.content, result.content);
});
