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
  const listed = window.rows.finished(1)[0]!;
  assert.deepEqual([listed.history, listed.timeline], [[], []]); // a list is read without them
  const job = window.rows.get(listed.id)!;
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

const question = { callId: undefined, taskId: 't1', key: 'review', isLasting: true } as const;
const accept = { kind: 'accept', content: { decision: 'continue' } } as const;

function longServer(task = fakeTask('t1', 'working')): FakeServer {
  const server = new FakeServer();
  server.tools = [fakeTool('long', { taskSupport: 'optional' })];
  server.onCall = () => Promise.resolve({ kind: 'task', task });
  server.tasks.set('t1', task);
  return server;
}

test('a window that slept through its lease asks and answers nothing for what another took over', async (t) => {
  const dir = scratch(t);
  const [awake, asleep] = [new FakeClock(), new FakeClock()];
  const server = longServer();
  const old = openWindow(dir, server, asleep, 'old');
  const { outcome, job } = await started(old, 'long');
  const polls = server.polls;
  await awake.advanceAsync(20_000);
  const next = openWindow(dir, server, awake, 'next');
  t.after(() => (old.kill(), next.kill()));
  assert.equal(next.rows.get(job.id)?.owner, 'next');
  // All timers of the sleeper fall due at once when it wakes up.
  const over = old.runner.overOf(job.id);
  asleep.advance(20_000);
  assert.throws(() => old.runner.markAnswered(job.id, question, accept), { code: 'conflict' });
  await settle();
  assert.equal(server.polls, polls);
  assert.ok(over?.aborted);
  const ended = await outcome;
  assert.match(ended.kind === 'failed' ? ended.message : '', /belongs to another window/);
  assert.equal(old.runner.open.get()[0]?.owner, 'next');
  await awake.advanceAsync(2_000);
  assert.ok(server.polls > polls);
});

test('a window that wakes up before anybody took its jobs keeps them', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = longServer();
  const window = openWindow(dir, server, clock, 'one');
  t.after(() => window.kill());
  const { job } = await started(window, 'long');
  window.db.sql('UPDATE leases SET beat_at = 0').run();
  await clock.advanceAsync(60_000);
  assert.equal(window.rows.get(job.id)?.owner, 'one');
  assert.ok(server.polls > 10);
});

test('an answer that was not sent yet is there for the next window, until the server has moved on', async (t) => {
  const dir = scratch(t);
  const clock = new FakeClock();
  const server = longServer(fakeTask('t1', 'input-required'));
  const dead = openWindow(dir, server, new FakeClock(), 'dead');
  const { job } = await started(dead, 'long');
  dead.runner.markAnswered(job.id, question, accept);
  dead.runner.markAnswered(job.id, { ...question, key: 'request:1', isLasting: undefined as never }, accept);
  dead.kill();
  await clock.advanceAsync(20_000);
  const next = openWindow(dir, server, clock, 'next');
  t.after(() => next.kill());
  assert.deepEqual(next.runner.givenAnswer(job.id, question), accept);
  assert.equal(next.runner.givenAnswer(job.id, { ...question, key: 'other' }), undefined);
  server.tasks.set('t1', fakeTask('t1', 'working', { statusMessage: 'thanks' }));
  await clock.advanceAsync(3_000);
  assert.equal(next.runner.givenAnswer(job.id, question), undefined);
  assert.deepEqual(next.rows.get(job.id)?.task?.answeredKeys, ['review']);
  assert.doesNotMatch(JSON.stringify(next.rows.get(job.id)), /continue/);
});

test('a cancel before the handle of a task has come cancels the task, not the request', async (t) => {
  const clock = new FakeClock();
  const server = longServer();
  const reply = Promise.withResolvers<{ kind: 'task'; task: ReturnType<typeof fakeTask> }>();
  server.onCall = (_request, _progress, signal) => Promise.race([reply.promise, hang(signal)]);
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome, job } = await started(window, 'long');
  window.runner.cancel(job.id);
  assert.equal(window.rows.get(job.id)?.status.kind, 'cancel-requested');
  assert.equal(server.sent[0]?.signal.aborted, false);
  reply.resolve({ kind: 'task', task: fakeTask('t1', 'working') });
  await settle();
  await clock.advanceAsync(0);
  assert.deepEqual(server.cancelled, ['t1']);
  server.tasks.set('t1', fakeTask('t1', 'cancelled'));
  await clock.advanceAsync(2_000);
  assert.equal((await outcome).kind, 'cancelled');
});

test('a cancel waits for the handle of a task for a while only', async (t) => {
  const clock = new FakeClock();
  const server = longServer();
  server.onCall = (_request, _progress, signal) => hang(signal);
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome, job } = await started(window, 'long');
  window.runner.cancel(job.id);
  await clock.advanceAsync(10_000);
  assert.equal((await outcome).kind, 'cancelled');
});

test('a job whose server cannot be asked to cancel can be given up, and says that the server may go on', async (t) => {
  const clock = new FakeClock();
  const server = longServer();
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const { outcome, job } = await started(window, 'long');
  server.isUp = false;
  window.runner.cancel(job.id);
  await clock.advanceAsync(5_000);
  assert.equal(window.runner.get(job.id)?.status.kind, 'cancel-requested');
  window.runner.cancel(job.id);
  const ended = await outcome;
  assert.equal(ended.kind === 'failed' && ended.job.status.kind, 'lost');
  assert.match(ended.kind === 'failed' ? ended.message : '', /may go on/);
});

test('what the server said last is shown again once it answers after a while of silence', async (t) => {
  const clock = new FakeClock();
  const server = longServer(fakeTask('t1', 'working', { statusMessage: 'month 3' }));
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  await started(window, 'long');
  server.isUp = false;
  await clock.advanceAsync(5_000);
  assert.match(window.runner.open.get()[0]?.statusMessage ?? '', /cannot be asked/);
  server.isUp = true;
  server.tasks.set('t1', fakeTask('t1', 'working'));
  window.runner.serverReady('s');
  await clock.advanceAsync(1_100);
  assert.equal(window.runner.open.get()[0]?.statusMessage, 'month 3');
});

test('a job that is cancelled before it is sent is not sent', async (t) => {
  const server = longServer();
  const window = openWindow(scratch(t), server, new FakeClock());
  t.after(() => window.kill());
  const abort = new AbortController();
  const outcome = window.door.call(
    {
      ...{ serverId: 's', tool: 'long', arguments: {}, caller: userCaller, mode: 'auto' },
      onJob: () => abort.abort(),
    },
    abort.signal,
  );
  await settle();
  window.requests.decide(window.requests.open.get()[0]!.id, { kind: 'allow', scope: 'once', arguments: {} });
  await settle();
  assert.equal(server.sent.length, 0);
  const ended = await outcome;
  assert.equal(ended.kind === 'cancelled' && ended.job?.status.kind, 'cancelled');
});

test('a cancel that waited for the handle of a task leaves no timer behind once the job has ended', async (t) => {
  const clock = new FakeClock();
  const server = longServer();
  const reply = Promise.withResolvers<never>();
  server.onCall = () => reply.promise;
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  const idle = clock.pending;
  const { outcome, job } = await started(window, 'long');
  window.runner.cancel(job.id);
  reply.reject(new AppError('server-error', 'no such month'));
  await outcome;
  assert.equal(clock.pending, idle);
});

test('a job whose end cannot be stored has ended, and is not taken for an interruption', async (t) => {
  const clock = new FakeClock();
  const window = openWindow(scratch(t), new FakeServer(), clock);
  t.after(() => window.kill());
  const update = window.rows.update.bind(window.rows);
  window.rows.update = () => {
    throw new AppError('storage', 'the disk is full');
  };
  const outcome = await call(window);
  const id = outcome.kind === 'done' ? outcome.job.id : '';
  await clock.advanceAsync(10_000);
  assert.equal(window.rows.get(id)?.status.kind, 'running');
  assert.equal(window.runner.get(id)?.status.kind, 'completed');
  assert.throws(() => window.runner.cancel(id), /has ended already/);
  window.rows.update = update;
  await clock.advanceAsync(10_000);
  assert.equal(window.rows.get(id)?.status.kind, 'completed');
});

test('the last progress before a long silence is stored too', async (t) => {
  const clock = new FakeClock();
  const server = new FakeServer();
  const window = openWindow(scratch(t), server, clock);
  t.after(() => window.kill());
  let report: (progress: number) => void = () => {};
  server.onCall = (_request, onProgress, signal) => {
    report = (progress) => onProgress({ progress, total: 100, message: undefined });
    return hang(signal);
  };
  const { job } = await started(window);
  await clock.advanceAsync(1_000);
  report(1);
  report(2);
  await clock.advanceAsync(5_000);
  assert.equal(window.rows.get(job.id)?.progress?.progress, 2);
});
