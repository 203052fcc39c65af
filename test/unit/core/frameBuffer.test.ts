import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../../src/core/connection.ts';
import { FrameBudget, memoryOf } from '../../../src/core/frameBudget.ts';
import { FrameBuffer } from '../../../src/core/frameBuffer.ts';

const frame = (id: number, text = ''): Frame => ({
  at: id,
  direction: 'received',
  bytes: text.length,
  kind: 'notification',
  method: 'x',
  id,
  text,
});
const ids = (buffer: FrameBuffer) => buffer.list().map(({ id }) => id);

test('keeps the last frames, oldest first', () => {
  const buffer = new FrameBuffer(3);
  for (let i = 0; i < 100; i++) {
    buffer.push(frame(i));
    assert.deepEqual(
      ids(buffer),
      [i - 2, i - 1, i].filter((id) => id >= 0),
    );
  }
});

test('drops the oldest when their text grows too long', () => {
  const buffer = new FrameBuffer(100, 10);
  for (const [id, text] of ['aaaa', 'bbbb', 'cc', 'dddddd'].entries()) buffer.push(frame(id, text));
  assert.deepEqual(ids(buffer), [2, 3]);
});

test('cuts a frame that is longer than everything that may be kept', () => {
  const buffer = new FrameBuffer(100, 10);
  buffer.push(frame(1, 'short'));
  buffer.push(frame(2, 'x'.repeat(50)));
  assert.deepEqual(
    buffer.list().map(({ id, text, bytes }) => [id, text.length, bytes]),
    [[2, 10, 50]],
  );
  buffer.push(frame(3, 'y'));
  assert.deepEqual(ids(buffer), [3]);
});

test('gives the same list until a frame comes', () => {
  const buffer = new FrameBuffer();
  buffer.push(frame(1));
  const first = buffer.list();
  assert.equal(buffer.list(), first);
  buffer.push(frame(2));
  assert.deepEqual([first.length, buffer.list().length], [1, 2]);
});

test('holds no more than its bounds after a flood', () => {
  const buffer = new FrameBuffer(500, 10_000);
  for (let i = 0; i < 20_000; i++) buffer.push(frame(i, 'x'.repeat(i % 97)));
  const list = buffer.list();
  assert.ok(list.length <= 500 && list.reduce((sum, { text }) => sum + text.length, 0) <= 10_000);
  assert.equal(list.at(-1)?.id, 19_999);
});

test('says how many had to go, until it is cleared', () => {
  const buffer = new FrameBuffer(2);
  for (let i = 0; i < 5; i++) buffer.push(frame(i));
  assert.equal(buffer.dropped, 3);
  buffer.clear();
  assert.deepEqual([buffer.dropped, ids(buffer)], [0, []]);
  buffer.push(frame(9));
  assert.deepEqual([buffer.dropped, ids(buffer)], [0, [9]]);
});

test('shares one budget: the oldest frame of any buffer goes first', () => {
  const one = memoryOf(frame(1, 'x'.repeat(100)));
  const budget = new FrameBudget(3 * one);
  const [a, b] = [new FrameBuffer(500, 10_000, budget), new FrameBuffer(500, 10_000, budget)];
  a.push(frame(1, 'x'.repeat(100)));
  b.push(frame(2, 'x'.repeat(100)));
  a.push(frame(3, 'x'.repeat(100)));
  b.push(frame(4, 'x'.repeat(100)));
  assert.deepEqual([ids(a), ids(b)], [[3], [2, 4]]);
  b.push(frame(5, 'x'.repeat(100)));
  assert.deepEqual([ids(a), ids(b)], [[3], [4, 5]]);
  assert.deepEqual([a.dropped, b.dropped, budget.bytes], [1, 1, 3 * one]);
});

test('many servers in a flood stay within the budget, headers counted', () => {
  const budget = new FrameBudget(100_000);
  const buffers = Array.from({ length: 40 }, () => new FrameBuffer(500, 10_000, budget));
  const http = { status: 200, requestHeaders: { 'mcp-name': 'y'.repeat(300) }, responseHeaders: {} };
  for (let i = 0; i < 8_000; i++) {
    buffers[(i * 7) % 40]?.push({ ...frame(i, 'x'.repeat(i % 97)), http });
    assert.ok(budget.bytes <= 100_000);
  }
  const held = buffers.flatMap((buffer) => buffer.list());
  assert.equal(
    held.reduce((sum, one) => sum + memoryOf(one), 0),
    budget.bytes,
  );
  assert.equal(Math.min(...held.map(({ at }) => at)), 8_000 - held.length);
  assert.equal(
    buffers.reduce((sum, { dropped }) => sum + dropped, 0),
    8_000 - held.length,
  );
});

test('a closed buffer gives its share back and takes nothing more', () => {
  const budget = new FrameBudget();
  const buffer = new FrameBuffer(500, 10_000, budget);
  buffer.push(frame(1, 'text'));
  assert.ok(budget.bytes > 0);
  buffer.close();
  buffer.push(frame(2, 'late'));
  assert.deepEqual([budget.bytes, ids(buffer)], [0, []]);
});
