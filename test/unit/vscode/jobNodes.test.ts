import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobNodes, type JobNode } from '../../../src/vscode/jobNodes.ts';
import { elapsedText, finishedSince, progressText } from '../../../src/vscode/jobText.ts';
import { english, sampleJob } from '../../fakes/samples.ts';

const now = new Date(2026, 10, 22, 12, 0, 0).getTime();
const hour = 3_600_000;
const done = { kind: 'completed' } as const;
const finished = (id: string, endedAt: number) =>
  sampleJob(id, { status: done, createdAt: endedAt - 5000, endedAt, hasResult: true });

function shape(nodes: JobNodes): [string, ...string[]][] {
  return nodes
    .children()
    .map((group) => [
      nodes.view(group, now).label,
      ...nodes.children(group).map((node) => (node.kind === 'job' ? node.jobId : '?')),
    ]);
}

test('jobs stand by what they need, then by day, newest first', () => {
  const nodes = new JobNodes(english);
  nodes.update(
    [
      sampleJob('old', { createdAt: now - hour }),
      sampleJob('new', { createdAt: now - 1000 }),
      sampleJob('asks', { createdAt: now - 2 * hour, status: { kind: 'needs-input' } }),
      sampleJob('ending', { createdAt: now - 3 * hour, status: { kind: 'cancel-requested' } }),
    ],
    [
      finished('today', now - hour),
      finished('yesterday', now - 24 * hour),
      finished('before', now - 100 * hour),
    ],
    7,
    now,
  );
  assert.deepEqual(shape(nodes).slice(0, 4), [
    ['Needs You', 'asks'],
    ['Running', 'new', 'old', 'ending'],
    ['Today', 'today'],
    ['Yesterday', 'yesterday'],
  ]);
  assert.equal(shape(nodes)[4]?.[1], 'before');
  assert.deepEqual(shape(nodes)[5], ['7 older jobs…']);
});

test('progress refreshes one row, a finished job the whole view', () => {
  const nodes = new JobNodes(english);
  const [a, b] = [sampleJob('a'), sampleJob('b')];
  assert.equal(nodes.update([a, b], [], 0, now), 'all');
  assert.deepEqual(nodes.update([a, b], [], 0, now), []);
  const further = { ...a, progress: { progress: 1, total: 2, message: undefined } };
  assert.deepEqual(nodes.update([further, b], [], 0, now), [nodes.find('a')]);
  assert.equal(nodes.update([b], [finished('a', now)], 0, now), 'all');
});

test('a row shows bar, percentage, elapsed time and what the server says', () => {
  const nodes = new JobNodes(english);
  const job = sampleJob('a', {
    createdAt: now - 65_000,
    progress: { progress: 3, total: 6, message: undefined },
    statusMessage: 'loading\u200B',
  });
  nodes.update([job], [], 0, now);
  const view = nodes.view(nodes.find('a') as JobNode, now);
  assert.equal(view.description, '▰▰▰▰▱▱▱▱ 50 % · 1:05 · files · loading<U+200B>');
  assert.equal(view.spoken, 'echo, running, 50 %, files');
  assert.equal(view.context, 'job open running without-result');
});

test('a running row shows what is left by its pace, and how long its server will keep it once that is soon', () => {
  const nodes = new JobNodes(english);
  const total = 10;
  const history = [1, 2, 3, 4, 5].map((progress) => ({
    at: now - (5 - progress) * 10_000,
    progress,
    total,
    message: undefined,
  }));
  const task = {
    taskId: 't',
    createdAt: now - 60_000,
    ttlMs: 360_000,
    pollIntervalMs: undefined,
    resume: {
      era: 'legacy' as const,
      protocolVersion: '2025-11-25',
      sessionId: undefined,
      capabilities: {},
      discover: undefined,
    },
    answeredKeys: [],
  };
  const job = sampleJob('a', { createdAt: now - 60_000, history, task });
  const described = (changed: typeof job) => {
    nodes.update([changed], [], 0, now);
    return nodes.view(nodes.find('a') as JobNode, now).description;
  };
  assert.equal(described(job), '1:00 · about 0:50 left · expires in 5:00 · files');
  assert.equal(described({ ...job, task: { ...task, ttlMs: 10 * hour } }), '1:00 · about 0:50 left · files');
  assert.equal(
    described({ ...job, history: [], task: { ...task, ttlMs: 1000 } }),
    '1:00 · expired on the server · files',
  );
});

test('jobs that finished since the last look are counted', () => {
  const ended = [finished('a', now - 1000), finished('b', now - hour), sampleJob('c')];
  assert.equal(finishedSince(ended, now - 2000), 1);
  assert.equal(finishedSince(ended, now - 2 * hour), 2);
  assert.equal(finishedSince(ended, now), 0);
});

test('a finished row shows how it ended and how long it took', () => {
  const nodes = new JobNodes(english);
  const job = sampleJob('a', {
    status: { kind: 'failed', code: 'tool-error', message: 'boom' },
    createdAt: now - 90_000,
    endedAt: now - 30_000,
    hasResult: true,
  });
  nodes.update([], [job], 0, now);
  const node = nodes.find('a') as JobNode;
  assert.equal(nodes.view(node, now).description, 'the tool reported an error · 1:00 · files');
  assert.equal(nodes.view(node, now).context, 'job final failed with-result');
  assert.match(nodes.tooltip(node), /boom/);
});

test('every row knows its parent', () => {
  const nodes = new JobNodes(english);
  nodes.update([sampleJob('a')], [finished('b', now)], 0, now);
  for (const group of nodes.children())
    for (const child of nodes.children(group)) assert.equal(nodes.parent(child), group);
});

test('progress of any kind is shown without lying', () => {
  const text = (progress: number, total?: number) => progressText({ progress, total, message: undefined });
  assert.equal(text(0, 10), '▱▱▱▱▱▱▱▱ 0 %');
  assert.equal(text(9.99, 10), '▰▰▰▰▰▰▰▱ 99 %');
  assert.equal(text(10, 10), '▰▰▰▰▰▰▰▰ 100 %');
  assert.equal(text(50, 10), '▰▰▰▰▰▰▰▰ 100 %');
  assert.equal(text(-1, 10), '▱▱▱▱▱▱▱▱ 0 %');
  assert.equal(text(42), '42');
  assert.equal(text(5, 0), '5');
  assert.equal(text(Number.NaN, 5), '');
  assert.equal(progressText(undefined), '');
});

test('elapsed time reads like a clock', () => {
  assert.deepEqual([0, 999, 7000, 65_000, 3_600_000, 90_061_000, -5].map(elapsedText), [
    '0:00',
    '0:00',
    '0:07',
    '1:05',
    '1:00:00',
    '25:01:01',
    '0:00',
  ]);
});
