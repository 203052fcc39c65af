import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import { fakeTask, fakeTool, FakeServer, openWindow, scratch, textResult } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

/** A window with one job whose server made the task `t1` of it. */
async function openTask(t: TestContext) {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'required' })];
  server.onCall = () => Promise.resolve({ kind: 'task', task: fakeTask('t1', 'working') });
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const writes: string[] = [];
  const update = window.rows.update.bind(window.rows);
  window.rows.update = (job) => {
    writes.push(job.status.kind);
    update(job);
  };
  const intent = { serverId: 's', tool: 'long', arguments: {}, caller: userCaller, mode: 'task' } as const;
  const outcome = window.door.call(intent, new AbortController().signal);
  await settle();
  window.requests.decide(window.requests.open.get()[0]!.id, { kind: 'allow', scope: 'once', arguments: {} });
  await settle();
  await settle();
  const says = async (...task: Parameters<typeof fakeTask> extends [string, ...infer R] ? R : never) => {
    server.tasks.set('t1', fakeTask('t1', ...task));
    await clock.advanceAsync(3_000);
    return window.rows.open()[0]?.status.kind;
  };
  return { clock, server, window, writes, outcome, says };
}

test('the handle of a task is stored before anything is asked about it', async (t) => {
  const { window, server, writes } = await openTask(t);
  assert.equal(server.polls, 0);
  assert.deepEqual(writes, ['running']);
  assert.equal(window.rows.open()[0]?.task?.taskId, 't1');
});

test('a poll that says nothing new writes nothing', async (t) => {
  const { clock, server, writes, says } = await openTask(t);
  await says('working', { statusMessage: 'month 1' });
  const [before, polls] = [writes.length, server.polls];
  await clock.advanceAsync(60_000);
  assert.ok(server.polls > polls + 30);
  assert.equal(writes.length, before);
});

test('a task that wants input and goes on is a job that waits and runs again', async (t) => {
  const { says, window, outcome } = await openTask(t);
  assert.equal(await says('input-required', { statusMessage: 'which month?' }), 'needs-input');
  assert.equal(await says('working', { statusMessage: 'thanks' }), 'running');
  assert.equal(await says('completed', { result: textResult('done') }), undefined);
  assert.equal((await outcome).kind, 'done');
  const id = window.rows.finished(1)[0]!.id;
  assert.deepEqual(
    window.rows.get(id)?.timeline.map(({ status, message }) => [status, message]),
    [
      ['running', undefined],
      ['running', 'which month?'],
      ['needs-input', undefined],
      ['needs-input', 'thanks'],
      ['running', undefined],
      ['completed', undefined],
    ],
  );
});

test('a task that failed with a result is a failed job with that result', async (t) => {
  const { says, window, outcome } = await openTask(t);
  await says('failed', { result: textResult('out of paper') });
  const ended = await outcome;
  assert.equal(ended.kind === 'failed' && ended.message, 'out of paper');
  assert.equal(window.rows.finished(1)[0]?.hasResult, true);
});
