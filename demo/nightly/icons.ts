import { crc32, deflateSync } from 'node:zlib';
import type { JsonObject } from './jsonRpc.ts';

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

const night: Colour = [38, 47, 92, 255];
const moon: Colour = [255, 214, 102, 255];
const line: Colour = [96, 199, 166, 255];
const clear: Colour = [0, 0, 0, 0];

/** The server's icon: a crescent over a dark disc, as a PNG data URI. */
export const serverIcons: readonly JsonObject[] = [
  icon(48, (x, y) => {
    const isDisc = distance(x, y, 0.5, 0.5) < 0.48;
    const isMoon = distance(x, y, 0.46, 0.5) < 0.32 && distance(x, y, 0.6, 0.42) > 0.26;
    return isMoon ? moon : isDisc ? night : clear;
  }),
];

/** The icon of `run_backtest`: rising bars. */
export const chartIcons: readonly JsonObject[] = [
  icon(32, (x, y) => {
    const bar = Math.floor(x * 4);
    const isInBar = x * 4 - bar > 0.15 && x * 4 - bar < 0.85;
    return isInBar && y > 0.8 - bar * 0.2 && y < 0.95 ? line : clear;
  }),
];

function icon(size: number, colourAt: (x: number, y: number) => Colour): JsonObject {
  const png = encodePng(size, colourAt);
  return {
    src: `data:image/png;base64,${png.toString('base64')}`,
    mimeType: 'image/png',
    sizes: [`${size}x${size}`],
  };
}

function distance(x: number, y: number, centreX: number, centreY: number): number {
  return Math.hypot(x - centreX, y - centreY);
}

function encodePng(size: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const rows: number[] = [];
  for (let row = 0; row < size; row += 1) {
    rows.push(0);
    for (let column = 0; column < size; column += 1)
      rows.push(...colourAt((column + 0.5) / size, (row + 0.5) / size));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
