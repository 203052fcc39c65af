import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { AppError } from '../core/util/errors.ts';

/** Writes a text of any length to a file, whole or not at all; rejects `storage`. */
export async function writeTextFile(file: string, text: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`;
  const stream = createWriteStream(part, { mode: 0o600 });
  try {
    await once(stream, 'open');
    for await (const piece of text) if (!stream.write(piece)) await once(stream, 'drain');
    stream.end();
    await once(stream, 'close');
    await rename(part, file);
  } catch (error) {
    stream.destroy();
    await rm(part, { force: true });
    throw error instanceof AppError
      ? error
      : new AppError('storage', `${file} cannot be written`, { cause: error });
  }
}
