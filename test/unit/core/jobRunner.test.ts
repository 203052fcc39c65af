import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { fakeTask, fakeTool, FakeServer, openWindow, scratch, textResult } from '../../fakes/doorBed.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

const never = new AbortController().signal;
type Window = ReturnType<typeof openWindow>;

async function call(window: Window, tool = 'echo', signal = never) {
  const outcome = window.door.call(
    { serverId: 's', tool, arguments: {}, caller: userCaller, mode: 'auto' },
    signal,
  );
  await settle();
  window.requests.decide(window.requests.open.get()[0]!.id, { kind: 'allow', scope: 'once', arguments: {} });
  await settle();
  return outcome;
}

function started(window: Window, tool?: string, signal?: AbortSignal) {
  const outcome = call(window, tool, signal);
  return settle()
    .then(settle)
    .then(settle)
    .then(() => ({ outcome, job: window.runner.open.get()[0]! }));
}

const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new AppError('cancelled', 'aborted'))),
  );

test('a job is on disk before it is sent', async (t) => {
  const server = new FakeServer();
  const window = openWindow(scratch(t), server, new FakeClock());
  t.after(() => window.kill());
  let stored: number | undefined;
  server.onCall = () => {
    stored = window.rows.open().length;
    return Promise.resolve({ kind: 'done', result: textResult('ok') });
  };
  await call(window);
  assert.equal(stored, 1);
});

test('progress is shown in order and kept as history', async (t) => {
  const server = new FakeServer();
  const window = openWindow(scratch(t), server, new FakeClock());
  t.after(() => window.kill());
  server.onCall = (_request, onProgress) => {
    for (let i = 1; i <= 1000; i++) onProgress({ progress: i, total: 1000, message: `step ${i}` });
    return Promise.resolve({ kind: 'done', result: textResult('ok') });
  };
  await call(window);
  const job = window.rows.finished(1)[0]!;
  assert.equal(job.progress?.progress, 1000);
  assert.ok(job.history.length <= 200);
  assert.equal(job.history.at(-1)?.progress, 1000);
  assert.deepEqual(
    job.history.map((p) => p.progress),
    job.history.map((p) => p.progress).sort((a, b) => a - b),
  );
});

test('cancelling a plain call aborts it and the job says so', async (t) => {
  const server = new FakeServer();
  const window = openWindow(scratch(t), server, new FakeClock());
  t.after(() => window.kill());
  server.onCall = (_r, _p, signal) => hang(signal);
  const { outcome, job } = await started(window);
  window.runner.cancel(job.id);
  assert.equal((await outcome).kind, 'cancelled');
  assert.equal(window.rows.get(job.id)?.status.kind, 'cancelled');
});

test('a plain call in flight when the window dies is interrupted for the next one and never sent again', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = new FakeServer();
  server.onCall = (_r, _p, signal) => hang(signal);
  const dead = openWindow(dir, server, clock, 'dead');
  await started(dead);
  dead.kill();
  await clock.advanceAsync(20_000);
  const next = openWindow(dir, server, clock, 'next');
  t.after(() => next.kill());
  await settle();
  assert.equal(next.runner.finished.get()[0]?.status.kind, 'interrupted');
  assert.equal(server.sent.length, 1);
});

test('a living window keeps its jobs; another sees them without touching them', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = new FakeServer();
  server.onCall = (_r, _p, signal) => hang(signal);
  const one = openWindow(dir, server, clock, 'one');
  const two = openWindow(dir, server, clock, 'two');
  t.after(() => (one.kill(), two.kill()));
  await started(one);
  await clock.advanceAsync(60_000);
  assert.equal(two.runner.open.get()[0]?.status.kind, 'running');
  assert.throws(() => two.runner.cancel(two.runner.open.get()[0]!.id), { code: 'conflict' });
});

test('a task is polled to its end at the interval the server asks for', async (t) => {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'optional' })];
  server.onCall = () =>
    Promise.resolve({ kind: 'task', task: fakeTask('t1', 'working', { pollIntervalMs: 1_000 }) });
  server.tasks.set('t1', fakeTask('t1', 'working', { statusMessage: 'month 1' }));
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome } = await started(window, 'long');
  await clock.advanceAsync(10_000);
  assert.ok(server.polls >= 8 && server.polls <= 10, `${server.polls} polls in 10 intervals`);
  assert.equal(window.runner.open.get()[0]?.statusMessage, 'month 1');
  server.tasks.set('t1', fakeTask('t1', 'completed', { result: textResult('done') }));
  await clock.advanceAsync(2_000);
  assert.equal((await outcome).kind, 'done');
  const polls = server.polls;
  await clock.advanceAsync(60_000);
  assert.equal(server.polls, polls);
});

test('a task survives the death of its window and is followed, not sent, by the next', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'optional' })];
  server.onCall = () => Promise.resolve({ kind: 'task', task: fakeTask('t1', 'working') });
  server.tasks.set('t1', fakeTask('t1', 'working'));
  const dead = openWindow(dir, server, clock, 'dead');
  const { job } = await started(dead, 'long');
  dead.runner.dispose();
  dead.kill();
  const next = openWindow(dir, server, clock, 'next');
  t.after(() => next.kill());
  server.tasks.set('t1', fakeTask('t1', 'completed', { result: textResult('done') }));
  await clock.advanceAsync(5_000);
  assert.equal(next.rows.get(job.id)?.status.kind, 'completed');
  assert.equal(next.rows.result(job.id)?.result.content[0]?.['text'], 'done');
  assert.equal(server.sent.length, 1);
});

test('a task the server no longer knows is lost, with the reason', async (t) => {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'optional' })];
  server.onCall = () => Promise.resolve({ kind: 'task', task: fakeTask('gone', 'working') });
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome } = await started(window, 'long');
  await clock.advanceAsync(3_000);
  const ended = await outcome;
  assert.equal(ended.kind === 'failed' && ended.job.status.kind, 'lost');
  assert.match(ended.kind === 'failed' ? ended.message : '', /does not know/);
});

test('a server that is down is asked again ever more slowly until it answers', async (t) => {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'optional' })];
  server.onCall = () => Promise.resolve({ kind: 'task', task: fakeTask('t1', 'working') });
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome } = await started(window, 'long');
  server.isUp = false;
  await clock.advanceAsync(120_000);
  assert.match(window.runner.open.get()[0]?.statusMessage ?? '', /cannot be asked/);
  server.isUp = true;
  server.tasks.set('t1', fakeTask('t1', 'completed', { result: textResult('late') }));
  await clock.advanceAsync(120_000);
  assert.equal((await outcome).kind, 'done');
});

test('cancel of a task shows cancel-requested until the server confirms, and a late completion honestly', async (t) => {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'optional' })];
  server.onCall = () => Promise.resolve({ kind: 'task', task: fakeTask('t1', 'working') });
  server.tasks.set('t1', fakeTask('t1', 'working'));
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome, job } = await started(window, 'long');
  window.runner.cancel(job.id);
  await clock.advanceAsync(100);
  assert.deepEqual(server.cancelled, ['t1']);
  assert.equal(window.runner.open.get()[0]?.status.kind, 'cancel-requested');
  server.tasks.set('t1', fakeTask('t1', 'completed', { result: textResult('too late') }));
  await clock.advanceAsync(3_000);
  const ended = await outcome;
  assert.equal(ended.kind, 'done');
  assert.deepEqual(
    window.rows.get(job.id)?.timeline.map((e) => e.status),
    ['running', 'cancel-requested', 'completed'],
  );
});

test('a large result goes to a file and comes back whole; forgetting removes it', async (t) => {
  const server = new FakeServer();
  const window = openWindow(scratch(t), server, new FakeClock());
  t.after(() => window.kill());
  const text = 'x'.repeat(1_000_000);
  server.onCall = () => Promise.resolve({ kind: 'done', result: textResult(text) });
  const outcome = await call(window);
  const id = outcome.kind === 'done' ? outcome.job.id : '';
  assert.equal(window.runner.result(id)?.result.content[0]?.['text'], text);
  window.runner.forget(id);
  assert.equal(window.runner.get(id), undefined);
  assert.equal(window.runner.result(id), undefined);
});
