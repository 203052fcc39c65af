import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallerAsks } from '../../../src/core/callerAsks.ts';
import { CallerRuns, type RunRequest } from '../../../src/core/callerRuns.ts';
import type { Ask, AskOrigin } from '../../../src/core/connection.ts';
import type { Job, Jobs } from '../../../src/core/jobs.ts';
import type { CallIntent, CallOutcome } from '../../../src/core/toolCalls.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { Store } from '../../../src/core/util/store.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const agent = { kind: 'gateway', name: 'agent' } as const;
const other = { kind: 'gateway', name: 'other' } as const;
const never = new AbortController().signal;
const form: Ask = { kind: 'elicit-form', message: 'Who?', schema: {} };
const origin = (key: string): AskOrigin => ({ callId: 'run-1', taskId: undefined, key });

/** Runs over a door that the test opens by hand. */
function bed() {
  const asks = new CallerAsks();
  const calls: { intent: CallIntent; signal: AbortSignal; end: PromiseWithResolvers<CallOutcome> }[] = [];
  const open = new Store<readonly Job[]>([]);
  const jobs = { open, get: () => undefined, result: () => undefined, finishedPage: () => [] };
  let id = 0;
  const runs = new CallerRuns({
    asks,
    calls: {
      call: (intent, signal) => {
        const end = Promise.withResolvers<CallOutcome>();
        calls.push({ intent, signal, end });
        return end.promise;
      },
    },
    jobs: jobs as unknown as Jobs,
    clock: new FakeClock(),
    newId: () => `run-${++id}`,
  });
  const request: RunRequest = {
    ...{ caller: agent, serverId: 's', serverName: 'S', tool: 't', arguments: {}, mode: 'plain' },
    takes: (ask) => ask.kind !== 'sampling',
  };
  const first = () => {
    const [call] = calls;
    assert.ok(call);
    return call;
  };
  return { asks, runs, request, first };
}

test('the job has the id that the caller was given before anybody approved', () => {
  const { runs, request, first } = bed();
  const run = runs.start(request);
  assert.equal(first().intent.jobId, run.id);
  assert.equal(runs.view(agent, run.id)?.state, 'waiting-for-approval');
});

test('nobody but its caller sees or cancels a run', () => {
  const { runs, request, first } = bed();
  const run = runs.start(request);
  assert.equal(runs.view(other, run.id), undefined);
  assert.equal(runs.cancel(other, run.id), false);
  assert.equal(first().signal.aborted, false);
  assert.deepEqual(runs.list(other, 10), []);
  assert.equal(runs.cancel(agent, run.id), true);
  assert.equal(first().signal.aborted, true);
});

test('a denied run says why as long as its caller has the id', async () => {
  const { runs, request, first } = bed();
  const run = runs.start(request);
  run.handOut();
  first().end.resolve({
    kind: 'denied',
    reason: 'not today',
    decision: { effect: 'deny', rule: 'x' } as never,
  });
  await run.until(() => run.end !== undefined, never);
  const view = runs.view(agent, run.id);
  assert.deepEqual([view?.state, view?.message, view?.isFinal], ['denied', 'not today', true]);
});

test('a call that could not be sent ends its run with the error', async () => {
  const { runs, request, first } = bed();
  const run = runs.start(request);
  first().end.reject(new AppError('not-connected', 'it is down'));
  await run.until(() => run.end !== undefined, never);
  assert.equal(run.end?.kind === 'error' && run.end.error.code, 'not-connected');
});

test('a question goes to its caller under the name the server gave it, once for each', async () => {
  const { asks, runs, request } = bed();
  const run = runs.start(request);
  const first = asks.offer(run.id, form, origin('round:1:user_name'), never);
  const second = asks.offer(run.id, form, origin('round:2:user_name'), never);
  assert.deepEqual(
    run.questions.map(({ key }) => key),
    ['user_name', 'user_name-2'],
  );
  assert.equal(run.answer('user_name', { kind: 'accept', content: { name: 'Ada' } }), true);
  assert.equal(run.answer('user_name', { kind: 'decline' }), false);
  assert.deepEqual(await first, { kind: 'accept', content: { name: 'Ada' } });
  run.leaveQuestions();
  assert.equal(await second, undefined);
  assert.equal(asks.offer(run.id, form, origin('round:3:x'), never), undefined);
});

test('what the caller cannot answer is not offered to it', () => {
  const { asks, runs, request } = bed();
  const run = runs.start(request);
  assert.equal(asks.offer(run.id, { kind: 'sampling', params: {} }, origin('1'), never), undefined);
  assert.equal(asks.offer('another', form, origin('1'), never), undefined);
});

test('a question that is over is closed, and so are all when the run ends', async () => {
  const { asks, runs, request, first } = bed();
  const run = runs.start(request);
  const over = new AbortController();
  const gone = asks.offer(run.id, form, origin('a'), over.signal);
  over.abort();
  await assert.rejects(async () => gone, { code: 'cancelled' });
  const left = asks.offer(run.id, form, origin('b'), never);
  first().end.resolve({ kind: 'cancelled', job: undefined });
  assert.equal(await left, undefined);
  assert.deepEqual(run.questions, []);
});

test('who waits for a run leaves when it gives up, and the run goes on', async () => {
  const { runs, request, first } = bed();
  const run = runs.start(request);
  const abort = new AbortController();
  const waiting = run.until(() => run.end !== undefined, abort.signal);
  abort.abort();
  await assert.rejects(waiting, { code: 'cancelled' });
  assert.equal(first().signal.aborted, false);
});
