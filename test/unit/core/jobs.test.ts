import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userCaller } from '../../../src/core/caller.ts';
import { isFinal, transition, withProgress, type Job, type JobStatus } from '../../../src/core/jobs.ts';

const job: Job = {
  id: 'j',
  serverId: 's',
  serverName: 'server',
  launchHash: 'l',
  tool: 't',
  toolTitle: undefined,
  definitionHash: 'd',
  arguments: {},
  caller: userCaller,
  approval: 'x',
  mode: 'plain',
  createdAt: 1,
  endedAt: undefined,
  status: { kind: 'running' },
  statusMessage: undefined,
  progress: undefined,
  history: [],
  timeline: [],
  task: undefined,
  hasResult: false,
  rerunOf: undefined,
  owner: 'w',
};
const finals: JobStatus[] = [
  { kind: 'completed' },
  { kind: 'failed', code: 'timeout', message: 'm' },
  { kind: 'cancelled' },
  { kind: 'interrupted', message: 'm' },
  { kind: 'lost', message: 'm' },
];

test('a final status is kept for ever', () => {
  for (const status of finals) {
    const ended = transition(job, status, 9);
    assert.ok(isFinal(ended.status));
    assert.equal(ended.endedAt, 9);
    for (const next of [...finals, { kind: 'running' } as const])
      assert.throws(() => transition(ended, next, 10), { code: 'conflict' });
  }
});

test('a job whose cancel was requested may still complete, but never runs again', () => {
  const asked = transition(job, { kind: 'cancel-requested' }, 2);
  assert.equal(transition(asked, { kind: 'completed' }, 3).status.kind, 'completed');
  assert.throws(() => transition(asked, { kind: 'running' }, 3), { code: 'conflict' });
});

test('the timeline keeps every step with its reason', () => {
  const ended = transition(
    transition(transition(job, { kind: 'needs-input' }, 2), { kind: 'running' }, 3),
    { kind: 'lost', message: 'gone' },
    4,
  );
  assert.deepEqual(ended.timeline, [
    { at: 2, status: 'needs-input', message: undefined },
    { at: 3, status: 'running', message: undefined },
    { at: 4, status: 'lost', message: 'gone' },
  ]);
});

test('progress history is thinned but keeps its first and newest point', () => {
  let running = job;
  for (let i = 0; i < 5_000; i++)
    running = withProgress(running, { progress: i, total: undefined, message: undefined }, i);
  assert.ok(running.history.length <= 200);
  assert.equal(running.history[0]?.progress, 0);
  assert.equal(running.history.at(-1)?.progress, 4_999);
});
