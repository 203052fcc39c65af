import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../../../src/core/json.ts';
import { HeldTasks, heldTaskCapabilities, type Reply } from '../../../../src/node/mcp/heldTasks.ts';
import { FakeClock, settle } from '../../../fakes/fakeClock.ts';

const features = { elicitation: true, sampling: false, roots: true, tasks: true };

function bed() {
  const clock = new FakeClock();
  const closed = new AbortController();
  const replies = new Map<unknown, Reply>();
  const asked: {
    params: JsonObject;
    signal: AbortSignal;
    resolve: (result: JsonObject) => void;
    reject: (error: unknown) => void;
  }[] = [];
  let next = 1;
  const held = new HeldTasks({
    features,
    clock,
    newId: () => `task-${next++}`,
    closed: closed.signal,
    ask: (_method, params, _id, signal) =>
      new Promise((resolve, reject) => {
        asked.push({ params, signal, resolve, reject });
      }),
    reply: (id, answer) => replies.set(id, answer),
  });
  let id = 1;
  const send = async (method: string, params: JsonObject): Promise<JsonObject | undefined> => {
    const own = id++;
    if (!held.request(own, method, params)) return undefined;
    await settle();
    return replies.get(own);
  };
  const begin = (ttl?: number) =>
    send('elicitation/create', {
      message: 'Your name?',
      task: ttl === undefined ? {} : { ttl },
    });
  return { clock, closed, asked, replies, send, begin, held };
}

const taskOf = (reply: JsonObject | undefined) => (reply?.['result'] as JsonObject)['task'] as JsonObject;
const codeOf = (reply: JsonObject | undefined) => (reply?.['error'] as JsonObject | undefined)?.['code'];

test('a question with `task` gets a handle at once and is asked without it', async () => {
  const { begin, asked, clock } = bed();
  const now = new Date(clock.now()).toISOString();
  assert.deepEqual(taskOf(await begin(5000)), {
    taskId: 'task-1',
    status: 'working',
    statusMessage: 'Waiting for the user',
    createdAt: now,
    lastUpdatedAt: now,
    ttl: 5000,
    pollInterval: 1000,
  });
  assert.deepEqual(asked[0]?.params, { message: 'Your name?' });
});

test('the answer is fetched with `tasks/result`, also when that was opened before it was given', async () => {
  const { begin, send, asked, replies } = bed();
  await begin();
  assert.equal(await send('tasks/result', { taskId: 'task-1' }), undefined);
  asked[0]?.resolve({ action: 'accept', content: { name: 'Ada' } });
  await settle();
  const expected = {
    result: {
      action: 'accept',
      content: { name: 'Ada' },
      _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'task-1' } },
    },
  };
  assert.deepEqual(replies.get(2), expected);
  assert.equal((await send('tasks/get', { taskId: 'task-1' }))?.['result'] !== undefined, true);
  assert.deepEqual(await send('tasks/result', { taskId: 'task-1' }), expected);
});

test('a refusal is the error that a plain request would have got', async () => {
  const { begin, send, asked } = bed();
  await begin();
  asked[0]?.reject(new ProtocolError(-1, 'User rejected sampling request'));
  await settle();
  const status = (await send('tasks/get', { taskId: 'task-1' }))?.['result'] as JsonObject;
  assert.equal(status['status'], 'failed');
  assert.deepEqual(await send('tasks/result', { taskId: 'task-1' }), {
    error: { code: -1, message: 'User rejected sampling request' },
  });
});

test('a cancelled task closes its question and cannot be cancelled twice', async () => {
  const { begin, send, asked } = bed();
  await begin();
  const cancelled = (await send('tasks/cancel', { taskId: 'task-1' }))?.['result'] as JsonObject;
  assert.equal(cancelled['status'], 'cancelled');
  assert.equal(asked[0]?.signal.aborted, true);
  assert.equal(codeOf(await send('tasks/cancel', { taskId: 'task-1' })), -32602);
  assert.equal(codeOf(await send('tasks/result', { taskId: 'task-1' })), -32603);
});

test('a task is gone when its time is over, and with its connection', async () => {
  const { begin, send, asked, clock, closed } = bed();
  await begin(5000);
  await begin(1e12);
  clock.advance(5000);
  assert.equal(asked[0]?.signal.aborted, true);
  assert.equal(codeOf(await send('tasks/get', { taskId: 'task-1' })), -32602);
  const list = (await send('tasks/list', {}))?.['result'] as { tasks: JsonObject[] };
  assert.deepEqual(
    list.tasks.map(({ taskId, ttl }) => [taskId, ttl]),
    [['task-2', 86_400_000]],
  );
  closed.abort();
  assert.equal(asked[1]?.signal.aborted, true);
  assert.equal(clock.pending, 0);
});

test('no server makes us hold tasks without end', async () => {
  const { begin } = bed();
  const replies = [];
  for (let i = 0; i < 33; i++) replies.push(await begin());
  assert.deepEqual(
    replies.map(codeOf).filter((code) => code !== undefined),
    [-32603],
  );
});

test('what is no task of ours is left to others', async () => {
  const { held } = bed();
  assert.equal(held.request(1, 'elicitation/create', { message: 'plain' }), false);
  assert.equal(held.request(2, 'sampling/createMessage', { task: {} }), false, 'not declared');
  assert.equal(held.request(3, 'roots/list', {}), false);
});

test('only what can be asked is declared', () => {
  assert.deepEqual(heldTaskCapabilities(features), {
    list: {},
    cancel: {},
    requests: { elicitation: { create: {} } },
  });
  assert.equal(heldTaskCapabilities({ ...features, elicitation: false }), undefined);
  assert.equal(heldTaskCapabilities({ ...features, tasks: false }), undefined);
});
