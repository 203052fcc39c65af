import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame } from '../../../src/core/connection.ts';
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
