import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Frame } from '../../../src/core/connection.ts';
import { framesOfJob } from '../../../src/core/jobFrames.ts';

const frame = (
  direction: Frame['direction'],
  kind: Frame['kind'],
  id: Frame['id'],
  body: object,
  method?: string,
): Frame => ({ at: 0, direction, kind, id, method, bytes: 1, text: JSON.stringify(body) });

const call = frame('sent', 'request', 100, { params: { name: 'a' } }, 'tools/call');
const other = frame('sent', 'request', 101, { params: { name: 'b' } }, 'tools/call');
const progress = (token: number) =>
  frame(
    'received',
    'notification',
    undefined,
    { params: { progressToken: token } },
    'notifications/progress',
  );
const theirs = frame('received', 'request', 100, { params: {} }, 'elicitation/create');
const answer = frame('received', 'response', 100, { result: {} });

suite('the messages of a job', () => {
  test('are its request, the answer and the progress on it; ids of the server’s own requests are others', () => {
    const frames = [call, other, progress(100), progress(101), progress(1000), theirs, answer];
    assert.deepEqual(framesOfJob(frames, new Set([100]), undefined), [call, progress(100), answer]);
    assert.deepEqual(framesOfJob(frames, new Set(), undefined), []);
  });

  test('are what names its task, with the answers to it that do not', () => {
    const get = frame('sent', 'request', 7, { params: { taskId: 't"1' } }, 'tasks/get');
    const got = frame('received', 'response', 7, { result: { status: 'working' } });
    const elicit = frame(
      'received',
      'request',
      7,
      { params: { _meta: { taskId: 't"1' } } },
      'elicitation/create',
    );
    const replied = frame('sent', 'response', 7, { result: {} });
    const foreign = frame('sent', 'request', 8, { params: { taskId: 't2' } }, 'tasks/get');
    assert.deepEqual(framesOfJob([get, foreign, got, elicit, replied], new Set(), 't"1'), [
      get,
      got,
      elicit,
      replied,
    ]);
  });

  test('are at most the last two hundred', () => {
    const many = Array.from({ length: 500 }, () => progress(100));
    assert.equal(framesOfJob(many, new Set([100]), undefined).length, 200);
  });
});
