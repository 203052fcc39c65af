import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of an archive; everything that a hostile one lies about can be said. */
export interface ZipEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Unix mode with the file type, as `0o120777` for a link; none when missing. */
  readonly mode?: number;
  readonly isStored?: boolean;
  readonly isEncrypted?: boolean;
  readonly method?: number;
  /** What the headers say instead of the truth. */
  readonly claimedSize?: number;
  /** The index of the entry whose bytes it shares. */
  readonly sharesWith?: number;
}

/** Writes a zip archive as told, valid or not. */
export function zipOf(entries: readonly ZipEntry[], claimedEntries = entries.length): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  const offsets: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? '');
    const packed = entry.isStored ? content : deflateRawSync(content);
    const size = entry.claimedSize ?? content.length;
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(0x800 | (entry.isEncrypted ? 1 : 0), 2);
    head.writeUInt16LE(entry.method ?? (entry.isStored ? 0 : 8), 4);
    head.writeUInt32LE(crc32(content), 10);
    head.writeUInt32LE(entry.isStored ? size : packed.length, 14);
    head.writeUInt32LE(size, 18);
    head.writeUInt16LE(name.length, 22);
    const shared = entry.sharesWith === undefined ? undefined : offsets[entry.sharesWith];
    offsets.push(shared ?? at);
    if (shared === undefined) {
      const record = Buffer.concat([Buffer.from('PK\x03\x04'), head, name, packed]);
      local.push(record);
      at += record.length;
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    rest.writeUInt32LE(offsets.at(-1) ?? 0, 10);
    const madeBy = Buffer.from([20, 3]);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, head, rest, name]));
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(claimedEntries, 4);
  end.writeUInt16LE(claimedEntries, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}
