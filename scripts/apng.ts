import { crc32 } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** One picture of an animation: a whole PNG, and how long it stays. */
export interface Frame {
  readonly png: Buffer;
  readonly ms: number;
}

/**
 * An animated PNG that repeats for ever and shows its first frame where animation is not known. All frames are whole pictures of one size
 * and colour type; throws when they are not.
 */
export function apng(frames: readonly Frame[]): Buffer {
  const pictures = frames.map(({ png }) => chunksOf(png));
  const headers = pictures.map((chunks) => dataOf(chunks, 'IHDR')[0]);
  const [header] = headers;
  if (!header || headers.some((other) => !other?.equals(header)))
    throw new Error('the frames of an animation are of one size and colour type');
  const palettes = pictures.map((chunks) => dataOf(chunks, 'PLTE')[0]);
  if (palettes.some((palette) => palette !== undefined)) throw new Error('palettes are not shared by frames');
  const parts = [signature, chunk('IHDR', header), chunk('acTL', numbers(frames.length, 0))];
  let sequence = 0;
  for (const [index, chunks] of pictures.entries()) {
    const control = Buffer.alloc(26);
    control.writeUInt32BE(sequence++, 0);
    header.copy(control, 4, 0, 8);
    control.writeUInt16BE(frames[index]?.ms ?? 0, 20);
    control.writeUInt16BE(1000, 22);
    parts.push(chunk('fcTL', control));
    for (const data of dataOf(chunks, 'IDAT'))
      parts.push(
        index === 0 ? chunk('IDAT', data) : chunk('fdAT', Buffer.concat([numbers(sequence++), data])),
      );
  }
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]);
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The chunks of a PNG in their order; throws when it is none. */
export function chunksOf(png: Buffer): readonly Chunk[] {
  if (!png.subarray(0, 8).equals(signature)) throw new Error('this is no PNG');
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    if (png.readUInt32BE(at + 8 + length) !== crc32(body)) throw new Error('a chunk of the PNG is damaged');
    chunks.push({ type: body.toString('latin1', 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

function dataOf(chunks: readonly Chunk[], type: string): readonly Buffer[] {
  return chunks.flatMap((one) => (one.type === type ? [one.data] : []));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([numbers(data.length), body, numbers(crc32(body))]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
