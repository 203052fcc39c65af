import assert from 'node:assert/strict';
import test from 'node:test';
import { growthOf, problemsOf, type Account, type Sample } from '../soak/soakAccount.ts';

const sampled = (...heaps: readonly number[]): readonly Sample[] =>
  heaps.map((heapMb, i) => ({ minute: i + 1, rssMb: 200, heapMb, ready: 50, calls: i * 100 }));

const good: Account = {
  samples: sampled(30, 40, 44, 45, 44, 45, 44, 46),
  outcomes: { done: 90, failed: 6, cancelled: 4 },
  jobs: { completed: 90, failed: 6, cancelled: 4 },
  lostJobs: [],
  waiting: [],
  rejections: [],
  chain: [],
  processes: 0,
  handles: 0,
};

test('a run in which everything is accounted for has no problem', () => {
  assert.deepEqual(problemsOf(good), []);
});

const wrong: readonly (readonly [string, Partial<Account>, RegExp])[] = [
  ['a job that never ended', { jobs: { completed: 99, running: 1 } }, /left in running/],
  ['a job that is not stored', { lostJobs: ['a'] }, /1 jobs are not stored/],
  ['a call without an answer', { waiting: ['a echo'] }, /without an answer: a echo/],
  ['fewer answers than jobs', { outcomes: { done: 98 } }, /100 jobs, 98 answers/],
  ['no answered call at all', { outcomes: { failed: 100 } }, /no call was answered/],
  ['a rejection nobody handled', { rejections: ['Error: x'] }, /nobody handled: Error: x/],
  ['a broken log', { chain: [{ kind: 'changed', seq: 7 }] }, /breaks at line 7/],
  ['a process that is left', { processes: 1 }, /1 server processes/],
  ['a handle that is left', { handles: 2 }, /2 handles/],
  ['a heap that grows', { samples: sampled(30, 40, 44, 45, 50, 55, 60, 65) }, /heap grew 1\.4/],
];

for (const [what, part, expected] of wrong) {
  test(`${what} is a problem`, () => {
    const [first, ...more] = problemsOf({ ...good, ...part });
    assert.match(first ?? '', expected);
    assert.deepEqual(more, []);
  });
}

test('too few minutes say nothing about growth', () => {
  assert.equal(growthOf(sampled(10, 20, 30)), undefined);
});
