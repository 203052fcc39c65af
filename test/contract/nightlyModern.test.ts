import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Afterwards } from '../fixtures/servers/cleanUp.ts';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { answersIn, countCalls, nightlyStdio, startNightlyHttp } from '../fixtures/servers/nightly.ts';
import type { RawClient } from '../fixtures/servers/rawClients.ts';
import {
  allCapabilities,
  ModernHttpClient,
  ModernStdioClient,
  plainCapabilities,
} from '../fixtures/servers/rawClients.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { until } from '../fixtures/servers/rawPeer.ts';

const transports = ['stdio', 'http'] as const;
const backtest = { name: 'run_backtest', arguments: { symbol: 'NOVA' } };
const reviewed = { name: 'run_backtest', arguments: { symbol: 'NOVA', reviewAfter: 1 } };
const accepted = { action: 'accept', content: { decision: 'continue' } };

interface Bed {
  readonly client: RawClient;
  readonly state: string;
}

async function bed(
  t: Afterwards,
  transport: (typeof transports)[number],
  setup: { speed?: number; flags?: string[] } = {},
): Promise<Bed> {
  const later = lastFirst(t);
  const state = mkdtempSync(join(tmpdir(), 'nightly-'));
  later(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  if (transport === 'stdio') {
    const client = new ModernStdioClient(nightlyStdio({ era: 'modern', state, ...setup }));
    later(() => client.close());
    return { client, state };
  }
  const server = await startNightlyHttp({ era: 'modern', state, ...setup });
  later(() => server.stop());
  const client = new ModernHttpClient(server.url);
  later(() => client.close());
  return { client, state };
}

/** Polls `tasks/get` until the task has this status. */
async function reach(client: RawClient, taskId: string, status: string): Promise<Frame> {
  return await until(`task ${status}`, async (): Promise<Frame> => {
    const { result } = await client.request('tasks/get', { taskId });
    assert.equal(result.resultType, 'complete');
    return result.status === status && result;
  });
}

for (const transport of transports) {
  describe(`nightly, 2026-07-28 frames over ${transport}`, () => {
    const ends: (() => Promise<void> | void)[] = [];
    let shared: Bed;
    before(async () => {
      shared = await bed({ after: (end) => void ends.push(end) }, transport);
    });
    after(async () => {
      for (const end of ends.reverse()) await end();
    });

    test('answers every result with a type, an identity and, where it may be cached, for how long', async () => {
      const { client } = shared;
      const discover = (await client.request('server/discover')).result;
      assert.deepEqual(discover.supportedVersions, ['2026-07-28']);
      assert.deepEqual(discover.capabilities.extensions, { 'io.modelcontextprotocol/tasks': {} });
      assert.ok(discover.instructions);
      for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
        const { result } = await client.request(method);
        assert.equal(result.resultType, 'complete', method);
        assert.equal(result._meta['io.modelcontextprotocol/serverInfo'].name, 'nightly');
        assert.equal(typeof result.ttlMs, 'number');
        assert.match(result.cacheScope, /^(public|private)$/);
      }
    });

    test('sends progress and wanted log messages of a plain call before its result', async () => {
      const { client } = shared;
      const call = await client.open('tools/call', backtest, {
        capabilities: plainCapabilities,
        meta: { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'info' },
      });
      const last = await call.next('the last month', (frame) => frame.params?.progress === 6);
      assert.deepEqual(
        { ...last.params, message: undefined },
        { progressToken: 'p', progress: 6, total: 6, message: undefined },
      );
      const note = await call.next('a log message', (frame) => frame.method === 'notifications/message');
      assert.equal(note.params.level, 'info');
      const { result } = await call.answer();
      assert.equal(result.resultType, 'complete');
      assert.equal(result.structuredContent.months.length, 6);
    });

    test('is silent about progress and logs when nobody asked for them', async () => {
      const { client } = shared;
      const call = await client.open('tools/call', backtest, { capabilities: plainCapabilities });
      await call.answer();
      assert.deepEqual(
        call.frames().filter((frame) => 'method' in frame),
        [],
      );
    });

    test('hands a long call out as a task only to clients that declare the extension', async () => {
      const { client, state } = shared;
      const calls = countCalls(state, 'run_backtest');
      const { result } = await client.request('tools/call', backtest);
      assert.equal(result.resultType, 'task');
      assert.match(result.taskId, /^[\da-f-]{36}$/);
      assert.equal(result.status, 'working');
      assert.ok(Date.parse(result.createdAt) <= Date.parse(result.lastUpdatedAt));
      assert.equal(typeof result.ttlMs, 'number');
      assert.equal(typeof result.pollIntervalMs, 'number');
      const done = await reach(client, result.taskId, 'completed');
      assert.equal(done.result.resultType, 'complete');
      assert.equal(done.result.structuredContent.runId, result.taskId);
      assert.equal(countCalls(state, 'run_backtest'), calls + 1);
      const quick = await client.request('tools/call', { name: 'get_quote', arguments: { symbol: 'NOVA' } });
      assert.equal(quick.result.resultType, 'complete');
      const refused = await client.request('tasks/get', { taskId: result.taskId }, { capabilities: {} });
      assert.equal(refused.error.code, -32021);
      assert.deepEqual(refused.error.data.requiredCapabilities, {
        extensions: { 'io.modelcontextprotocol/tasks': {} },
      });
    });

    test('asks within a task, takes each answer once and refuses one that does not fit', async () => {
      const { client, state } = shared;
      const { taskId } = (await client.request('tools/call', reviewed)).result;
      const waiting = await reach(client, taskId, 'input_required');
      assert.deepEqual(Object.keys(waiting.inputRequests), ['review']);
      assert.equal(waiting.inputRequests.review.method, 'elicitation/create');
      assert.equal(waiting.inputRequests.review.params.mode, 'form');
      const update = (inputResponses: Frame) => client.request('tasks/update', { taskId, inputResponses });
      assert.equal(
        (await update({ review: { action: 'accept', content: { decision: 'maybe' } } })).error.code,
        -32602,
      );
      assert.equal((await update({ other: accepted })).result.resultType, 'complete');
      await reach(client, taskId, 'input_required');
      assert.equal((await update({ review: accepted })).result.resultType, 'complete');
      assert.equal((await update({ review: { action: 'decline' } })).result.resultType, 'complete');
      const done = await reach(client, taskId, 'completed');
      assert.deepEqual(done.result.structuredContent.review, { action: 'accept', decision: 'continue' });
      assert.deepEqual(
        answersIn(state)
          .filter((line) => line.runId === taskId)
          .map((line) => [line.key, line.isApplied]),
        [
          ['other', false],
          ['review', true],
          ['review', false],
        ],
      );
    });

    test('pushes the whole task to a listener until it ends', async () => {
      const { client } = shared;
      const { taskId } = (await client.request('tools/call', reviewed)).result;
      const filter = { taskIds: [taskId, 'unknown'], toolsListChanged: true };
      const listening = await client.open('subscriptions/listen', { notifications: filter });
      const ack = await listening.next('the acknowledgement', (frame) => /acknowledged$/.test(frame.method));
      assert.deepEqual(ack.params.notifications, { taskIds: [taskId] });
      const subscription = ack.params._meta['io.modelcontextprotocol/subscriptionId'];
      const isTask = (status: string) => (frame: Frame) =>
        frame.method === 'notifications/tasks' && frame.params.status === status;
      const asked = await listening.next('the question', isTask('input_required'));
      assert.equal(asked.params._meta['io.modelcontextprotocol/subscriptionId'], subscription);
      await client.request('tasks/update', { taskId, inputResponses: { review: accepted } });
      const done = await listening.next('the end', isTask('completed'));
      assert.equal(done.params.result.structuredContent.runId, taskId);
      listening.cancel();
    });

    test('tells a listener about resources, and ends a subscription to nothing at once', async () => {
      const { client } = shared;
      const notifications = { resourcesListChanged: true, resourceSubscriptions: ['runs://index'] };
      const listening = await client.open('subscriptions/listen', { notifications });
      await listening.next('the acknowledgement', (frame) => /acknowledged$/.test(frame.method));
      await client.request('tools/call', backtest);
      await listening.next(
        'list changed',
        (frame) => frame.method === 'notifications/resources/list_changed',
      );
      const updated = await listening.next(
        'updated',
        (frame) => frame.method === 'notifications/resources/updated',
      );
      assert.equal(updated.params.uri, 'runs://index');
      listening.cancel();
      const empty = await client.request('subscriptions/listen', {
        notifications: { toolsListChanged: true },
      });
      assert.equal(empty.result.resultType, 'complete');
      assert.ok('io.modelcontextprotocol/subscriptionId' in empty.result._meta);
    });

    test('cancels a task when asked, at once while it waits for an answer', async (t) => {
      const { client } = await bed(t, transport, { speed: 20 });
      const { taskId } = (await client.request('tools/call', backtest)).result;
      assert.equal((await client.request('tasks/cancel', { taskId })).result.resultType, 'complete');
      await reach(client, taskId, 'cancelled');
      const asking = (await client.request('tools/call', reviewed)).result.taskId;
      await reach(client, asking, 'input_required');
      await client.request('tasks/cancel', { taskId: asking });
      const { result } = await client.request('tasks/get', { taskId: asking });
      assert.equal(result.status, 'cancelled');
      assert.equal(result.inputRequests, undefined);
      assert.equal((await client.request('tasks/cancel', { taskId: 'nothing' })).error.code, -32602);
    });

    test('completes late when it is started to ignore cancellation', async (t) => {
      const { client } = await bed(t, transport, { flags: ['--cancel', 'ignore'] });
      const { taskId } = (await client.request('tools/call', backtest)).result;
      await client.request('tasks/cancel', { taskId });
      await reach(client, taskId, 'completed');
    });

    test('keeps a tool error a completed task and a broken feed a failed one', async () => {
      const { client } = shared;
      const failing = { name: 'run_backtest', arguments: { symbol: 'DLST' } };
      const { taskId } = (await client.request('tools/call', failing)).result;
      const failed = await reach(client, taskId, 'failed');
      assert.equal(failed.error.code, -32603);
      assert.equal(failed.result, undefined);
    });

    test('forgets a finished task after its time to live', async (t) => {
      const { client } = await bed(t, transport, { flags: ['--ttl', '300'] });
      const { taskId, ttlMs } = (
        await client.request('tools/call', { ...backtest, arguments: { symbol: 'NOVA', to: '2026-01' } })
      ).result;
      assert.equal(ttlMs, 300);
      const error = await until(
        'the end of its life',
        async (): Promise<Frame> => (await client.request('tasks/get', { taskId })).error,
      );
      assert.equal(error.code, -32602);
    });

    test('answers two calls with one idempotency key by one run', async () => {
      const { client, state } = shared;
      const calls = countCalls(state, 'run_backtest');
      const keyed = { name: 'run_backtest', arguments: { symbol: 'NOVA', idempotencyKey: 'once' } };
      const [one, two] = await Promise.all([
        client.request('tools/call', keyed),
        client.request('tools/call', keyed),
      ]);
      assert.equal(one.result.taskId, two.result.taskId);
      const done = await reach(client, one.result.taskId, 'completed');
      assert.deepEqual(done.result.structuredContent.idempotency, { key: 'once', calls: 2 });
      const again = await client.request('tools/call', keyed, { capabilities: plainCapabilities });
      assert.equal(again.result.structuredContent.runId, one.result.taskId);
      assert.equal(again.result.structuredContent.idempotency.calls, 3);
      const other = { ...keyed, arguments: { ...keyed.arguments, symbol: 'TIDE' } };
      const refused = await client.request('tools/call', other);
      assert.equal(refused.result.isError, true);
      assert.match(refused.result.content[0].text, /already used with other arguments/);
      assert.equal(countCalls(state, 'run_backtest'), calls + 4);
    });

    test('asks a plain call by multi round-trip, with a state that only fits this call', async () => {
      const { client, state } = shared;
      const calls = countCalls(state, 'run_backtest');
      const plain = { capabilities: plainCapabilities };
      const first = (await client.request('tools/call', reviewed, plain)).result;
      assert.equal(first.resultType, 'input_required');
      assert.equal(first.inputRequests.review.method, 'elicitation/create');
      const { requestState } = first;
      const retry = (changes: Frame) =>
        client.request('tools/call', { ...reviewed, requestState, ...changes }, plain);
      const forged = `${requestState.slice(0, -2)}AA`;
      assert.equal((await retry({ requestState: forged })).error.code, -32602);
      assert.equal((await retry({ arguments: { symbol: 'TIDE', reviewAfter: 1 } })).error.code, -32602);
      const unanswered = (await retry({})).result;
      assert.deepEqual(Object.keys(unanswered.inputRequests), ['review']);
      const done = (await retry({ inputResponses: { review: accepted } })).result;
      assert.equal(done.resultType, 'complete');
      assert.equal(done.structuredContent.review.decision, 'continue');
      assert.equal(countCalls(state, 'run_backtest'), calls + 1);
    });

    test('resolves roots before it creates a task', async () => {
      const { client } = shared;
      const call = { name: 'index_repository', arguments: { path: 'docs' } };
      const { inputRequests, requestState } = (await client.request('tools/call', call)).result;
      assert.deepEqual(inputRequests, { roots: { method: 'roots/list' } });
      const roots = [{ uri: new URL('../../demo/workspace', import.meta.url).href }];
      const inputResponses = { roots: { roots } };
      const created = (await client.request('tools/call', { ...call, requestState, inputResponses })).result;
      assert.equal(created.resultType, 'task');
      const done = await reach(client, created.taskId, 'completed');
      assert.deepEqual(done.result.structuredContent.languages, [{ language: 'Markdown', files: 1 }]);
      const without = await client.request('tools/call', call, { capabilities: {} });
      assert.match(without.result.content[0].text, /no workspace root/);
    });

    test('waits for the confirmation page after consent, and only a click counts', async () => {
      const { client } = shared;
      const args = { dataset: 'runs', format: 'json', email: 'ada@example.com' };
      const { taskId } = (await client.request('tools/call', { name: 'export_data', arguments: args }))
        .result;
      const { inputRequests } = await reach(client, taskId, 'input_required');
      const { url, mode, elicitationId } = inputRequests['confirm-1'].params;
      assert.equal(mode, 'url');
      assert.equal(elicitationId, undefined);
      assert.equal((await fetch(url)).status, 200);
      await client.request('tasks/update', { taskId, inputResponses: { 'confirm-1': { action: 'accept' } } });
      await until('it waits for the page', async () =>
        /page/.test((await reach(client, taskId, 'working')).statusMessage),
      );
      assert.equal((await fetch(`${url}x`, { method: 'POST' })).status, 404);
      assert.equal((await fetch(url, { method: 'POST' })).status, 200);
      const done = await reach(client, taskId, 'completed');
      assert.equal(done.result.structuredContent.status, 'exported');
      assert.equal((await fetch(url, { method: 'POST' })).status, 404);
    });

    test('exports nothing when any question is declined', async () => {
      const { client } = shared;
      const answers: Frame[] = [{ format: { action: 'decline' } }, { format: { action: 'cancel' } }];
      for (const inputResponses of answers) {
        const { taskId } = (await client.request('tools/call', { name: 'export_data', arguments: {} }))
          .result;
        await reach(client, taskId, 'input_required');
        await client.request('tasks/update', { taskId, inputResponses });
        const done = await reach(client, taskId, 'completed');
        assert.equal(done.result.structuredContent.status, 'declined');
      }
      const formOnly = { elicitation: {}, extensions: allCapabilities.extensions };
      const args = { format: 'csv', email: 'ada@example.com' };
      const call = await client.request(
        'tools/call',
        { name: 'export_data', arguments: args },
        { capabilities: formOnly },
      );
      const { taskId } = call.result;
      const { inputRequests } = await reach(client, taskId, 'input_required');
      assert.equal(inputRequests.confirm.params.mode, 'form');
      const refused = await client.request(
        'tools/call',
        { name: 'export_data', arguments: {} },
        { capabilities: {} },
      );
      assert.equal(refused.error.code, -32021);
    });

    test('stops a plain call that the client gives up', async (t) => {
      const { client, state } = await bed(t, transport, { speed: 20 });
      const calls = countCalls(state, 'run_backtest');
      const call = await client.open('tools/call', backtest, {
        capabilities: plainCapabilities,
        meta: { progressToken: 1 },
      });
      await call.next('the first month', (frame) => frame.params?.progress === 1);
      call.cancel();
      const list = { name: 'list_runs', arguments: {} };
      const run = await until('the run to stop', async (): Promise<Frame> => {
        const { runs } = (await client.request('tools/call', list)).result.structuredContent;
        return runs[0].status === 'cancelled' && runs[0];
      });
      assert.ok(run.progress < 6);
      assert.equal(countCalls(state, 'run_backtest'), calls + 1);
    });

    test('refuses what is not its revision', async () => {
      const { client } = shared;
      const wrong = { 'io.modelcontextprotocol/protocolVersion': '2025-11-25' };
      const old = await client.request(
        'tools/list',
        {},
        { meta: wrong, headers: { 'mcp-protocol-version': '2025-11-25' } },
      );
      assert.equal(old.error.code, -32022);
      assert.deepEqual(old.error.data, { supported: ['2026-07-28'], requested: '2025-11-25' });
      const bare = await client.request(
        'tools/list',
        {},
        { meta: { 'io.modelcontextprotocol/clientCapabilities': undefined } },
      );
      assert.equal(bare.error.code, -32602);
      assert.equal((await client.request('tasks/list')).error.code, -32601);
      assert.equal((await client.request('resources/read', { uri: 'runs://none' })).error.code, -32602);
      assert.equal((await client.request('tools/call', { name: 'none' })).error.code, -32602);
      assert.equal((await client.request('tools/list', { cursor: 'x' })).error.code, -32602);
    });
  });
}
