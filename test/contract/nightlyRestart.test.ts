import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { answersIn, countCalls, nightlyStdio, startNightlyHttp } from '../fixtures/servers/nightly.ts';
import type { RawClient } from '../fixtures/servers/rawClients.ts';
import {
  LegacyHttpClient,
  LegacyStdioClient,
  ModernHttpClient,
  ModernStdioClient,
  plainCapabilities,
} from '../fixtures/servers/rawClients.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { until } from '../fixtures/servers/rawPeer.ts';

type Era = 'modern' | 'legacy';
type Transport = 'stdio' | 'http';

const reviewed = { name: 'run_backtest', arguments: { symbol: 'NOVA', reviewAfter: 4 } };
const accepted = { action: 'accept', content: { decision: 'continue' } };

/** A server that can be killed and started again on its state, with a client on it. */
interface Bed {
  readonly state: string;
  client: RawClient;
  kill(): Promise<void>;
  /** Cleans up before the server and its folder go. */
  readonly later: (end: () => Promise<void>) => void;
  /** Starts the server again at this speed; a legacy HTTP client comes back with the session it had. */
  restart(speed: number): Promise<void>;
}

async function bed(t: TestContext, era: Era, transport: Transport, speed: number): Promise<Bed> {
  const later = lastFirst(t);
  const state = mkdtempSync(join(tmpdir(), 'nightly-'));
  later(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  let end: () => Promise<void> = async () => undefined;
  let session: string | undefined;
  const start = async (now: number): Promise<RawClient> => {
    const setup = { era, state, speed: now };
    if (transport === 'stdio') {
      const client =
        era === 'modern'
          ? new ModernStdioClient(nightlyStdio(setup))
          : new LegacyStdioClient(nightlyStdio(setup));
      end = () => client.peer.kill();
      if (client instanceof LegacyStdioClient) await client.connect();
      return client;
    }
    const server = await startNightlyHttp(setup);
    end = () => server.kill();
    if (era === 'modern') return new ModernHttpClient(server.url);
    const client = new LegacyHttpClient(server.url, session);
    if (session === undefined) await client.connect();
    session = client.sessionId;
    return client;
  };
  const made: Bed = {
    state,
    later,
    client: await start(speed),
    kill: () => end(),
    restart: async (now) => {
      made.client = await start(now);
    },
  };
  later(() => end());
  return made;
}

async function createTask(client: RawClient, era: Era, call: Frame = reviewed): Promise<string> {
  if (era === 'modern') return (await client.request('tools/call', call)).result.taskId;
  return (await client.request('tools/call', { ...call, task: {} })).result.task.taskId;
}

async function reach(client: RawClient, taskId: string, test: (task: Frame) => boolean): Promise<Frame> {
  return await until('the task to get there', async (): Promise<Frame> => {
    const answer = await client.request('tasks/get', { taskId });
    assert.equal(answer.error, undefined);
    return test(answer.result) && answer.result;
  });
}

async function storedRun(client: RawClient, runId: string): Promise<Frame> {
  const { contents } = (await client.request('resources/read', { uri: `runs://${runId}` })).result;
  return JSON.parse(contents[0].text);
}

function progressOf(run: Frame): number | undefined {
  return run.progress > 0 ? run.progress : undefined;
}

async function answerReview(client: RawClient, era: Era, taskId: string): Promise<void> {
  await reach(client, taskId, (task) => task.status === 'input_required');
  if (era === 'modern') {
    await client.request('tasks/update', { taskId, inputResponses: { review: accepted } });
    return;
  }
  (client as LegacyHttpClient).onRequest = () => ({ result: accepted });
  await client.open('tasks/result', { taskId });
}

async function resultOf(client: RawClient, era: Era, taskId: string): Promise<Frame> {
  const done = await reach(client, taskId, (task) => task.status === 'completed');
  return era === 'modern' ? done.result : (await client.request('tasks/result', { taskId })).result;
}

for (const era of ['modern', 'legacy'] as const) {
  for (const transport of ['stdio', 'http'] as const) {
    describe(`nightly, ${era} over ${transport}, killed and started again`, () => {
      test('carries a task through a kill while it works, asks and is done', async (t) => {
        const made = await bed(t, era, transport, 20);
        const call = {
          name: 'run_backtest',
          arguments: { symbol: 'NOVA', reviewAfter: 4, idempotencyKey: 'k' },
        };
        const taskId = await createTask(made.client, era, call);
        const months = await until('the first month', async () =>
          progressOf(await storedRun(made.client, taskId)),
        );
        await made.kill();

        await made.restart(2000);
        const resumed = await storedRun(made.client, taskId);
        assert.ok(resumed.progress >= months, 'it starts where it was');
        await reach(made.client, taskId, (task) => task.status === 'input_required');
        await made.kill();

        await made.restart(2000);
        await answerReview(made.client, era, taskId);
        await reach(made.client, taskId, (task) => task.status === 'completed');
        await made.kill();

        await made.restart(2000);
        assert.equal(await createTask(made.client, era, call), taskId);
        const { structuredContent } = await resultOf(made.client, era, taskId);
        assert.equal(structuredContent.months.length, 6);
        assert.equal(structuredContent.review.decision, 'continue');
        assert.deepEqual(structuredContent.idempotency, { key: 'k', calls: 2 });
        assert.equal(countCalls(made.state, 'run_backtest'), 2);
        assert.deepEqual(
          answersIn(made.state).map((line) => [line.key, line.isApplied]),
          [['review', true]],
        );
      });

      test('says that a plain call was interrupted', async (t) => {
        const made = await bed(t, era, transport, 20);
        const call = await made.client.open(
          'tools/call',
          { name: 'run_backtest', arguments: { symbol: 'NOVA' } },
          {
            capabilities: plainCapabilities,
            meta: { progressToken: 1 },
          },
        );
        await call.next('the first month', (frame) => frame.params?.progress === 1);
        await made.kill();
        await made.restart(2000);
        const list = { name: 'list_runs', arguments: { status: 'failed' } };
        const run = await until('the run', async (): Promise<Frame> => {
          return (await made.client.request('tools/call', list)).result.structuredContent.runs[0];
        });
        assert.match(run.statusMessage, /Interrupted/);
      });
    });
  }
}

test('nightly serves the confirmation page again after a restart', async (t) => {
  const made = await bed(t, 'modern', 'stdio', 2000);
  const args = { format: 'json', email: 'ada@example.com' };
  const taskId = await createTask(made.client, 'modern', { name: 'export_data', arguments: args });
  const before = await reach(made.client, taskId, (task) => task.status === 'input_required');
  const { url } = before.inputRequests['confirm-1'].params;
  await made.kill();
  await made.restart(2000);
  await made.client.request('tools/list');
  const confirmed = await until(
    'the page',
    async () => (await fetch(url, { method: 'POST' }).catch(() => undefined))?.ok,
  );
  assert.ok(confirmed);
  const result = await resultOf(made.client, 'modern', taskId);
  assert.equal(result.structuredContent.status, 'exported');
});

test('nightly asks for confirmation under a new key when its address changed', async (t) => {
  const made = await bed(t, 'modern', 'http', 2000);
  const args = { format: 'json', email: 'ada@example.com' };
  const taskId = await createTask(made.client, 'modern', { name: 'export_data', arguments: args });
  const before = await reach(made.client, taskId, (task) => task.status === 'input_required');
  await made.kill();
  await made.restart(2000);
  const moved = await reach(made.client, taskId, (task) => task.inputRequests?.['confirm-2'] !== undefined);
  const url: string = moved.inputRequests['confirm-2'].params.url;
  assert.notEqual(url, before.inputRequests['confirm-1'].params.url);
  assert.equal((await fetch(url, { method: 'POST' })).status, 200);
  assert.equal((await resultOf(made.client, 'modern', taskId)).structuredContent.status, 'exported');
});

test('nightly answers a multi round-trip call that was asked before the restart', async (t) => {
  const made = await bed(t, 'modern', 'http', 2000);
  const plain = { capabilities: plainCapabilities };
  const { requestState } = (await made.client.request('tools/call', reviewed, plain)).result;
  await made.kill();
  await made.restart(2000);
  const retry = { ...reviewed, requestState, inputResponses: { review: accepted } };
  const { result } = await made.client.request('tools/call', retry, plain);
  assert.equal(result.structuredContent.months.length, 6);
  assert.equal(countCalls(made.state, 'run_backtest'), 1);
});

test('two nightly processes on one state folder share a task, and the second takes it up when the first is killed', async (t) => {
  const made = await bed(t, 'modern', 'stdio', 100);
  const second = new ModernStdioClient(nightlyStdio({ era: 'modern', state: made.state, speed: 100 }));
  made.later(() => second.close());
  const taskId = await createTask(made.client, 'modern');
  const listening = await second.open('subscriptions/listen', { notifications: { taskIds: [taskId] } });
  await listening.next('a push about the work of the other', (frame) =>
    /\(2 of 6/.test(frame.params?.statusMessage),
  );
  await made.kill();
  await answerReview(second, 'modern', taskId);
  const result = await resultOf(second, 'modern', taskId);
  assert.equal(result.structuredContent.months.length, 6);
  assert.equal(countCalls(made.state, 'run_backtest'), 1);
});
