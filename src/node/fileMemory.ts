import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isJsonObject } from '../core/json.ts';
import type { Logger, Memory } from '../core/ports.ts';

/** Memory in one JSON file, written whole and atomically; a damaged file counts as empty and is kept as `.bad`. */
export function createFileMemory(file: string, logger: Logger): Memory {
  const values = read(file, logger);
  return {
    get: (key) => values.get(key),
    set: (key, value) => {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.part`, JSON.stringify(Object.fromEntries(values)), { mode: 0o600 });
      renameSync(`${file}.part`, file);
    },
  };
}

function read(file: string, logger: Logger): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return new Map(); // not written yet
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value))
      return new Map(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      );
    throw new TypeError('not an object');
  } catch (error) {
    renameSync(file, `${file}.bad`);
    logger.warn(`${file} is damaged and was set aside as ${file}.bad`, error);
    return new Map();
  }
}
