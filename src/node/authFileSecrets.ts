import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isJsonObject } from '../core/json.ts';
import type { Secrets } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';

/** Secrets in one file that only its owner can read, for a host without an editor; read anew each time, written whole. */
export function createFileSecrets(file: string): Secrets {
  const read = (): Record<string, string> => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw new AppError('storage', `${file} cannot be read`, { cause: error });
    }
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) throw new AppError('storage', `${file} holds no secrets`);
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  };
  const write = (values: Readonly<Record<string, string>>) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.part`, JSON.stringify(values), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  };
  return {
    get: (key) => Promise.resolve(read()[key]),
    set: async (key, value) => write({ ...read(), [key]: value }),
    delete: async (key) => {
      const { [key]: _gone, ...rest } = read();
      write(rest);
    },
  };
}
