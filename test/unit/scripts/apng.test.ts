import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { apng, chunksOf } from '../../../scripts/apng.ts';

function png(width: number, grey: number): Buffer {
  const part = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(1, 4);
  header[8] = 8;
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width, grey)]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    part('IHDR', header),
    part('IDAT', deflateSync(row)),
    part('IEND', Buffer.alloc(0)),
  ]);
}

test('an animation has its frames in order, numbered through, each with its time; the first is the still picture', () => {
  const [a, b, c] = [png(2, 1), png(2, 2), png(2, 3)] as const;
  const made = chunksOf(apng([a, b, c].map((frame, index) => ({ png: frame, ms: 100 * (index + 1) }))));
  assert.deepEqual(
    made.map(({ type }) => type),
    ['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'fcTL', 'fdAT', 'IEND'],
  );
  assert.deepEqual([made[1]?.data.readUInt32BE(0), made[1]?.data.readUInt32BE(4)], [3, 0]);
  const controls = made.filter(({ type }) => type === 'fcTL');
  assert.deepEqual(
    controls.map(({ data }) => [data.readUInt32BE(4), data.readUInt32BE(8), data.readUInt16BE(20)]),
    [
      [2, 1, 100],
      [2, 1, 200],
      [2, 1, 300],
    ],
  );
  const numbered = made.filter(({ type }) => type === 'fcTL' || type === 'fdAT');
  assert.deepEqual(
    numbered.map(({ data }) => data.readUInt32BE(0)),
    [0, 1, 2, 3, 4],
  );
  const pixels = (frame: Buffer) => chunksOf(frame).find(({ type }) => type === 'IDAT')?.data;
  assert.deepEqual(made[3]?.data, pixels(a));
  assert.deepEqual(made[7]?.data.subarray(4), pixels(c));
});

test('frames of different sizes, damaged pictures and what is no picture are refused', () => {
  assert.throws(
    () =>
      apng([
        { png: png(2, 1), ms: 1 },
        { png: png(3, 1), ms: 1 },
      ]),
    /of one size/,
  );
  const damaged = png(2, 1);
  damaged[20] = 99;
  assert.throws(() => apng([{ png: damaged, ms: 1 }]), /damaged/);
  assert.throws(() => apng([{ png: Buffer.from('GIF89a..'), ms: 1 }]), /no PNG/);
});
