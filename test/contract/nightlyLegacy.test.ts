import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Afterwards } from '../fixtures/servers/cleanUp.ts';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { answersIn, countCalls, nightlyStdio, startNightlyHttp } from '../fixtures/servers/nightly.ts';
import type { Answerer, RawClient } from '../fixtures/servers/rawClients.ts';
import { LegacyHttpClient, LegacyStdioClient } from '../fixtures/servers/rawClients.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { exchange, until } from '../fixtures/servers/rawPeer.ts';

const backtest = { name: 'run_backtest', arguments: { symbol: 'NOVA' } };
const reviewed = { name: 'run_backtest', arguments: { symbol: 'NOVA', reviewAfter: 1 } };
const relatedTask = 'io.modelcontextprotocol/related-task';
const proceed = { result: { action: 'accept', content: { decision: 'continue' } } };

interface Bed {
  readonly client: RawClient & { onRequest: Answerer | undefined };
  readonly state: string;
  readonly url: string | undefined;
  readonly hello: Frame;
}

async function bed(
  t: Afterwards,
  transport: 'stdio' | 'http',
  setup: { speed?: number; flags?: string[] } = {},
): Promise<Bed> {
  const later = lastFirst(t);
  const state = mkdtempSync(join(tmpdir(), 'nightly-'));
  later(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  if (transport === 'stdio') {
    const client = new LegacyStdioClient(nightlyStdio({ era: 'legacy', state, ...setup }));
    later(() => client.close());
    return { client, state, url: undefined, hello: await client.connect() };
  }
  const server = await startNightlyHttp({ era: 'legacy', state, ...setup });
  later(() => server.stop());
  const client = new LegacyHttpClient(server.url);
  later(() => client.close());
  return { client, state, url: server.url, hello: await client.connect() };
}

async function reach(client: RawClient, taskId: string, status: string): Promise<Frame> {
  return await until(`task ${status}`, async (): Promise<Frame> => {
    const { result } = await client.request('tasks/get', { taskId });
    return result.status === status && result;
  });
}

async function createTask(client: RawClient, call: Frame = backtest): Promise<Frame> {
  return (await client.request('tools/call', { ...call, task: { ttl: 60_000 } })).result.task;
}

for (const transport of ['stdio', 'http'] as const) {
  describe(`nightly, 2025-11-25 frames over ${transport}`, () => {
    const ends: (() => Promise<void> | void)[] = [];
    let shared: Bed;
    before(async () => {
      shared = await bed({ after: (end) => void ends.push(end) }, transport);
    });
    after(async () => {
      for (const end of ends.reverse()) await end();
    });

    test('shakes hands with its tasks capability', () => {
      assert.equal(shared.hello.result.protocolVersion, '2025-11-25');
      assert.deepEqual(shared.hello.result.capabilities.tasks, {
        list: {},
        cancel: {},
        requests: { tools: { call: {} } },
      });
      assert.equal(shared.hello.result.serverInfo.name, 'nightly');
    });

    test('sends every month of a plain call as progress', async () => {
      const call = await shared.client.open('tools/call', backtest, { meta: { progressToken: 7 } });
      await call.answer();
      const notes = call.frames().filter((frame) => frame.method === 'notifications/progress');
      assert.deepEqual(
        notes.map((note) => [note.params.progressToken, note.params.progress, note.params.total]),
        [1, 2, 3, 4, 5, 6].map((month) => [7, month, 6]),
      );
    });

    test('runs a call with "task" as a task whose result says which task it is', async () => {
      const { client, state } = shared;
      const calls = countCalls(state, 'run_backtest');
      const task = await createTask(client);
      assert.equal(task.status, 'working');
      assert.equal(task.ttl, 60_000);
      assert.equal(typeof task.pollInterval, 'number');
      const { result } = await client.request('tasks/result', { taskId: task.taskId });
      assert.equal(result.structuredContent.runId, task.taskId);
      assert.deepEqual(result._meta[relatedTask], { taskId: task.taskId });
      assert.equal((await reach(client, task.taskId, 'completed')).statusMessage, 'Finished');
      assert.equal(countCalls(state, 'run_backtest'), calls + 1);
      const quick = { name: 'get_quote', arguments: { symbol: 'NOVA' }, task: {} };
      assert.equal((await client.request('tools/call', quick)).error.code, -32601);
    });

    test('asks on tasks/result, again for an answer that does not fit, and takes one answer', async () => {
      const { client, state } = shared;
      const { taskId } = await createTask(client, reviewed);
      await reach(client, taskId, 'input_required');
      const questions: Frame[] = [];
      client.onRequest = (request) => {
        questions.push(request);
        const isFirst = questions.length === 1;
        return isFirst ? { result: { action: 'accept', content: { decision: 'maybe' } } } : proceed;
      };
      const { result } = await client.request('tasks/result', { taskId });
      assert.deepEqual(
        questions.map((question) => question.method),
        ['elicitation/create', 'elicitation/create'],
      );
      assert.match(questions[1].params.message, /does not fit/);
      assert.deepEqual(questions[0].params._meta[relatedTask], { taskId });
      assert.equal(result.structuredContent.review.decision, 'continue');
      const answers = answersIn(state).filter((line) => line.runId === taskId);
      assert.deepEqual(
        answers.map((line) => [line.key, line.isApplied]),
        [['review', true]],
      );
    });

    test('asks again on the next tasks/result when the first one was given up', async () => {
      const { client } = shared;
      const { taskId } = await createTask(client, reviewed);
      client.onRequest = undefined;
      const first = await client.open('tasks/result', { taskId });
      await first.next('the question', (frame) => frame.method === 'elicitation/create');
      first.cancel();
      client.onRequest = () => proceed;
      const { result } = await client.request('tasks/result', { taskId });
      assert.equal(result.structuredContent.months.length, 6);
    });

    test('treats a client that cannot answer as one that dismissed the question', async () => {
      const { client } = shared;
      client.onRequest = () => ({ error: { code: -32601, message: 'No such method' } });
      const { result } = await client.request('tools/call', { name: 'export_data', arguments: {} });
      assert.match(result.content[0].text, /dismissed/);
    });

    test('cancels at once, and only once', async (t) => {
      const { client } = await bed(t, transport, { speed: 20 });
      const { taskId } = await createTask(client);
      const cancelled = (await client.request('tasks/cancel', { taskId })).result;
      assert.equal(cancelled.status, 'cancelled');
      assert.equal((await client.request('tasks/cancel', { taskId })).error.code, -32602);
      assert.equal((await client.request('tasks/result', { taskId })).error.code, -32800);
    });

    test('calls a result with isError a failed task and keeps the result', async () => {
      const { client } = shared;
      const failing = await createTask(client, { name: 'run_backtest', arguments: { symbol: 'DLST' } });
      const { error } = await client.request('tasks/result', { taskId: failing.taskId });
      assert.match(error.message, /ends on/);
      assert.equal((await reach(client, failing.taskId, 'failed')).statusMessage, error.message);
      const refused = await client.request('tools/call', { ...backtest, arguments: { symbol: 1 }, task: {} });
      assert.equal(refused.result.isError, true);
    });

    test('lists tasks page by page, newest first', async (t) => {
      const { client } = await bed(t, transport);
      const created: string[] = [];
      for (let count = 0; count < 22; count += 1) created.push((await createTask(client)).taskId);
      const first = (await client.request('tasks/list')).result;
      assert.equal(first.tasks.length, 20);
      const second = (await client.request('tasks/list', { cursor: first.nextCursor })).result;
      assert.equal(second.nextCursor, undefined);
      const listed: string[] = [...first.tasks, ...second.tasks].map((task) => task.taskId);
      assert.deepEqual(listed.toSorted(), created.toSorted());
    });

    test('stops a plain call that the client cancels', async (t) => {
      const { client } = await bed(t, transport, { speed: 20 });
      const call = await client.open('tools/call', backtest, { meta: { progressToken: 1 } });
      await call.next('the first month', (frame) => frame.params?.progress === 1);
      call.cancel();
      const list = { name: 'list_runs', arguments: { status: 'cancelled' } };
      await until('the run to stop', async () => {
        return (await client.request('tools/call', list)).result.structuredContent.total === 1;
      });
    });
  });
}

describe('nightly over 2025-11-25 Streamable HTTP', () => {
  test('pushes task status, resource changes and logs on the GET stream', async (t) => {
    const { client, url } = await bed(t, 'http');
    assert.ok(client instanceof LegacyHttpClient && url);
    const stream = await client.listen();
    await client.request('logging/setLevel', { level: 'info' });
    await client.request('resources/subscribe', { uri: 'runs://index' });
    const { taskId } = await createTask(client);
    const isDone = (frame: Frame) =>
      frame.method === 'notifications/tasks/status' && frame.params.status === 'completed';
    const done = await stream.next('the status', isDone);
    assert.equal(done.params.taskId, taskId);
    const methods = new Set(stream.frames.map((frame) => frame.method));
    assert.ok(methods.has('notifications/resources/updated'));
    assert.ok(methods.has('notifications/resources/list_changed'));
    assert.ok(methods.has('notifications/message'));
    await client.request('resources/unsubscribe', { uri: 'runs://index' });
  });

  test('tells when the confirmation page was visited', async (t) => {
    const { client } = await bed(t, 'http');
    assert.ok(client instanceof LegacyHttpClient);
    const stream = await client.listen();
    let question: Frame;
    client.onRequest = (request) => {
      question = request;
      return { result: { action: 'accept' } };
    };
    const args = { format: 'csv', email: 'ada@example.com' };
    const call = await client.open('tools/call', { name: 'export_data', arguments: args });
    await until('the question', () => question !== undefined);
    await fetch(question.params.url, { method: 'POST' });
    const complete = await stream.next('the completion', (frame) =>
      /elicitation\/complete$/.test(frame.method),
    );
    assert.equal(complete.params.elicitationId, question.params.elicitationId);
    assert.equal((await call.answer()).result.structuredContent.status, 'exported');
  });

  test('goes on with a plain call whose stream broke, as that is no cancellation', async (t) => {
    const { client } = await bed(t, 'http', { speed: 200 });
    assert.ok(client instanceof LegacyHttpClient);
    const call = await client.exchange('tools/call', backtest, { meta: { progressToken: 1 } });
    await call.next('the first month', (frame) => frame.params?.progress === 1);
    call.abort();
    const list = { name: 'list_runs', arguments: { status: 'completed' } };
    await until('the run to finish', async () => {
      return (await client.request('tools/call', list)).result.structuredContent.total === 1;
    });
  });

  test('answers a session it does not know with 404, a request without one with 400', async (t) => {
    const { client, url } = await bed(t, 'http');
    assert.ok(client instanceof LegacyHttpClient && url);
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    assert.equal((await exchange(url, { body: list })).status, 400);
    const discover = { ...list, method: 'server/discover' };
    assert.equal(
      (await exchange(url, { body: discover, headers: { 'mcp-protocol-version': '2026-07-28' } })).status,
      400,
    );
    const unknown = { 'mcp-session-id': 'none' };
    assert.equal((await exchange(url, { body: list, headers: unknown })).status, 404);
    const known = { 'mcp-session-id': client.sessionId! };
    const modern = { ...known, 'mcp-protocol-version': '2026-07-28' };
    assert.equal((await exchange(url, { body: list, headers: modern })).status, 400);
    assert.equal((await exchange(url, { method: 'DELETE', headers: known })).status, 204);
    assert.equal((await exchange(url, { body: list, headers: known })).status, 404);
  });

  test('offers its own revision to a client of an unknown one, and serves an older one without tasks', async (t) => {
    const { url } = await bed(t, 'http');
    const unknown = {
      protocolVersion: '2031-01-01',
      capabilities: {},
      clientInfo: { name: 'new', version: '1' },
    };
    assert.equal((await new LegacyHttpClient(url!).connect(unknown)).result.protocolVersion, '2025-11-25');
    const client = new LegacyHttpClient(url!);
    const hello = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    };
    const answer = await client.connect(hello);
    assert.equal(answer.result.protocolVersion, '2025-06-18');
    assert.equal(answer.result.capabilities.tasks, undefined);
    const { tools } = (
      await client.request('tools/list', {}, { headers: { 'mcp-protocol-version': '2025-06-18' } })
    ).result;
    assert.ok(tools.every((tool: Frame) => tool.execution === undefined));
  });
});
