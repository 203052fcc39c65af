import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import type { Connection, Progress, TaskSnapshot } from '../../src/core/connection.ts';
import type { ResolvedLaunch } from '../../src/core/server.ts';
import { Exchanges } from '../../src/core/trafficExchanges.ts';
import {
  answersIn,
  countCalls,
  nightlyStdio,
  startNightlyHttp,
  type NightlyHttp,
} from '../fixtures/servers/nightly.ts';
import {
  connect,
  httpLaunch,
  never,
  rejection,
  stdioLaunch,
  type Bed,
  type BedOptions,
} from './connectionBed.ts';

const backtest = { symbol: 'NOVA' };
const reviewed = { symbol: 'NOVA', reviewAfter: 1 };
const proceed = { kind: 'accept', content: { decision: 'continue' } } as const;

interface TaskBed extends Bed {
  readonly state: string;
  readonly launch: ResolvedLaunch;
  readonly server: NightlyHttp | undefined;
  begin(args?: typeof backtest | typeof reviewed): Promise<TaskSnapshot>;
}

type Era = 'legacy' | 'modern';
type Transport = 'stdio' | 'http';

for (const era of ['legacy', 'modern'] as const) {
  for (const transport of ['stdio', 'http'] as const) {
    describe(`tasks: ${era} ${transport}`, { timeout: 60_000 }, () => {
      test('a call becomes a task with a result in the end', async (t) => {
        const bed = await open(t, era, transport);
        const task = await bed.begin();
        assert.equal(task.status, 'working');
        assert.ok(
          task.ttlMs !== undefined && task.pollIntervalMs !== undefined && task.createdAt > 1_700_000_000_000,
        );
        const done = await reach(bed.connection, task.taskId, 'completed');
        assert.equal(done.createdAt, task.createdAt);
        assert.equal(done.result?.isError, false);
        const { runId, months } = done.result?.structuredContent as { runId: string; months: unknown[] };
        assert.equal(runId, task.taskId);
        assert.equal(months.length, 6);
        assert.equal(countCalls(bed.state, 'run_backtest'), 1);
        const exchanges = new Exchanges().of(bed.hooks.frames);
        const looks = exchanges.filter(({ first }) => first.method?.startsWith('tasks/'));
        const call = exchanges.find(({ first }) => first.method === 'tools/call');
        assert.ok(call && looks.length > 0);
        for (const { partOf } of looks) assert.deepEqual(partOf, { kind: 'task', key: call.key });
      });

      test('a watched task is pushed until it has ended', async (t) => {
        const bed = await open(t, era, transport, { speed: 300 });
        const { taskId } = await bed.begin();
        t.after(bed.connection.watchTask(taskId, new Set()));
        const last = await bed.hooks.until(() =>
          bed.hooks.tasks.find((task) => task.taskId === taskId && task.status === 'completed'),
        );
        assert.equal(last.statusMessage, 'Finished');
      });

      test('its question is asked once, for the task, and the answer brings it on', async (t) => {
        const bed = await open(t, era, transport);
        bed.hooks.answer = () => proceed;
        const { taskId } = await bed.begin(reviewed);
        t.after(bed.connection.watchTask(taskId, new Set()));
        const done = await reach(bed.connection, taskId, 'completed');
        assert.equal(
          (done.result?.structuredContent as { review: { decision: string } }).review.decision,
          'continue',
        );
        assert.equal(bed.hooks.asks.length, 1);
        const { ask, origin } = bed.hooks.asks[0]!;
        assert.ok(ask.kind === 'elicit-form' && ask.schema['type'] === 'object');
        assert.equal(origin.taskId, taskId);
        assert.equal(origin.callId, undefined);
        assert.equal(
          answersIn(bed.state).filter((answer) => answer.runId === taskId && answer.wanted !== false).length,
          1,
        );
      });

      test('without a watcher it waits', async (t) => {
        const bed = await open(t, era, transport);
        const { taskId } = await bed.begin(reviewed);
        await reach(bed.connection, taskId, 'input-required');
        await bed.connection.getTask(taskId, never);
        assert.equal(bed.hooks.asks.length, 0);
      });

      test('it is cancelled on request, and a second cancel is refused or has no effect', async (t) => {
        const bed = await open(t, era, transport);
        const { taskId } = await bed.begin(reviewed);
        await reach(bed.connection, taskId, 'input-required');
        await bed.connection.cancelTask(taskId, never);
        const ended = await reach(bed.connection, taskId, 'cancelled');
        assert.equal(ended.result, undefined);
        await bed.connection
          .cancelTask(taskId, never)
          .catch((error: unknown) => assert.ok(error instanceof Error));
        assert.equal((await bed.connection.getTask(taskId, never)).status, 'cancelled');
      });

      test('several at once do not mix', async (t) => {
        const bed = await open(t, era, transport);
        bed.hooks.answer = (_ask, { taskId }) => ({
          kind: 'accept',
          content: { decision: 'continue', note: taskId ?? 'none' },
        });
        const begun = await Promise.all([bed.begin(reviewed), bed.begin(reviewed), bed.begin(reviewed)]);
        for (const { taskId } of begun) t.after(bed.connection.watchTask(taskId, new Set()));
        const done = await Promise.all(begun.map(({ taskId }) => reach(bed.connection, taskId, 'completed')));
        assert.deepEqual(
          done.map((task) => (task.result?.structuredContent as { runId: string }).runId),
          begun.map((task) => task.taskId),
        );
        assert.deepEqual(
          new Set(bed.hooks.asks.map(({ origin }) => origin.taskId)),
          new Set(begun.map((task) => task.taskId)),
        );
      });

      test('a task that the server does not know is not found', async (t) => {
        const { connection } = await open(t, era, transport);
        assert.equal((await rejection(connection.getTask('no-such-task', never))).code, 'not-found');
      });

      test('a call that is meant to be plain is answered, or becomes a task where the server decides', async (t) => {
        const bed = await open(t, era, transport);
        const reply = await bed.call('run_backtest', backtest, { mode: 'plain' });
        assert.equal(reply.kind, era === 'legacy' ? 'done' : 'task');
        assert.equal((await bed.call('get_quote', { symbol: 'NOVA' }, { mode: 'task' })).kind, 'done');
      });

      test('another connection finds it again', async (t) => {
        const first = await open(t, era, transport);
        const { taskId } = await first.begin(reviewed);
        await reach(first.connection, taskId, 'input-required');
        const resume = first.connection.resumeState;
        await first.connection.close();
        const second = await connect(first.launch, {
          resume: era === 'legacy' && transport === 'stdio' ? undefined : resume,
        });
        t.after(() => second.connection.close());
        if (era === 'legacy' && transport === 'http') {
          assert.equal(second.connection.info.sessionId, resume.sessionId);
          assert.equal(second.hooks.sent('initialize').length, 0);
        }
        second.hooks.answer = () => proceed;
        t.after(second.connection.watchTask(taskId, new Set()));
        const done = await reach(second.connection, taskId, 'completed');
        assert.equal((done.result?.structuredContent as { runId: string }).runId, taskId);
        assert.equal(countCalls(first.state, 'run_backtest'), 1);
      });
    });
  }
}

describe('tasks: legacy', { timeout: 60_000 }, () => {
  for (const transport of ['stdio', 'http'] as const) {
    test(`progress goes on after the call became a task (${transport})`, async (t) => {
      const bed = await open(t, 'legacy', transport, { speed: 300 });
      const seen: number[] = [];
      const fifth = Promise.withResolvers<void>();
      const onProgress = ({ progress }: Progress) => {
        seen.push(progress);
        if (progress === 5) fifth.resolve();
      };
      const reply = await bed.call('run_backtest', backtest, { mode: 'task', onProgress });
      assert.ok(reply.kind === 'task');
      await fifth.promise;
      await reach(bed.connection, reply.task.taskId, 'completed');
      assert.deepEqual(seen.slice(0, 5), [1, 2, 3, 4, 5]);
    });

    test(`the server lists its tasks (${transport})`, async (t) => {
      const bed = await open(t, 'legacy', transport);
      const begun = [await bed.begin(), await bed.begin()];
      const listed = await bed.connection.listTasks(never);
      assert.deepEqual(new Set(listed.map((task) => task.taskId)), new Set(begun.map((task) => task.taskId)));
    });
  }

  test('a session that is gone is replaced by a new one', async (t) => {
    const first = await open(t, 'legacy', 'http');
    const resume = { ...first.connection.resumeState, sessionId: 'a-session-of-yesterday' };
    const second = await connect(first.launch, { resume });
    t.after(() => second.connection.close());
    assert.notEqual(second.connection.info.sessionId, 'a-session-of-yesterday');
    assert.equal((await second.connection.tools(never)).items.length > 0, true);
  });

  test('the session of a running task is left, a session without one is ended', async (t) => {
    const bed = await open(t, 'legacy', 'http');
    const { sessionId } = bed.connection.resumeState;
    const status = async () => {
      const response = await fetch((bed.launch as { url: string }).url, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
          ...{ 'mcp-session-id': sessionId!, 'mcp-protocol-version': '2025-11-25' },
        },
        body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      });
      await response.text();
      return response.status;
    };
    await bed.begin(reviewed);
    await bed.connection.close();
    assert.equal(await status(), 200);
    const again = await connect(bed.launch, { resume: bed.connection.resumeState });
    await again.connection.close();
    assert.equal(await status(), 404);
  });
});

describe('tasks: modern', { timeout: 60_000 }, () => {
  test('a question that was answered before is not asked again', async (t) => {
    const first = await open(t, 'modern', 'http');
    const { taskId } = await first.begin(reviewed);
    await reach(first.connection, taskId, 'input-required');
    const held = Promise.withResolvers<typeof proceed>();
    first.hooks.answer = () => held.promise;
    t.after(first.connection.watchTask(taskId, new Set()));
    await first.connection.getTask(taskId, never);
    const { origin } = await first.hooks.until(() => first.hooks.asks[0]);
    const second = await connect(first.launch);
    t.after(() => second.connection.close());
    second.hooks.answer = () => proceed;
    t.after(second.connection.watchTask(taskId, new Set([origin.key])));
    await second.connection.getTask(taskId, never);
    await second.connection.getTask(taskId, never);
    assert.equal(second.hooks.asks.length, 0);
    held.resolve(proceed);
    await reach(second.connection, taskId, 'completed');
  });
});

async function open(
  t: TestContext,
  era: Era,
  transport: Transport,
  options: BedOptions & { readonly speed?: number } = {},
): Promise<TaskBed> {
  const state = mkdtempSync(join(tmpdir(), 'tasks-'));
  t.after(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  const { speed, ...rest } = options;
  const setup = { era, state, ...(speed === undefined ? {} : { speed }) };
  const server = transport === 'http' ? await startNightlyHttp(setup) : undefined;
  if (server) t.after(() => server.stop());
  const { command, args } = nightlyStdio(setup);
  const launch = server ? httpLaunch(server.url) : stdioLaunch(command, args);
  const bed = await connect(launch, rest);
  t.after(() => bed.connection.close());
  await bed.connection.tools(never);
  return {
    ...bed,
    ...{ state, launch, server },
    begin: async (args_ = backtest) => {
      const reply = await bed.call('run_backtest', args_, { mode: 'task' });
      assert.ok(reply.kind === 'task');
      return reply.task;
    },
  };
}

/** Polls as often as the server answers. */
async function reach(
  connection: Connection,
  taskId: string,
  status: TaskSnapshot['status'],
): Promise<TaskSnapshot> {
  for (;;) {
    const task = await connection.getTask(taskId, never);
    if (task.status === status) return task;
    assert.notEqual(`${task.status} ${task.error?.message ?? ''}`, 'failed ');
    await new Promise((resolve) => setTimeout(resolve, task.pollIntervalMs));
  }
}
