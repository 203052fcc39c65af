import { readFileSync } from 'node:fs';
import type { Platform } from '../../src/core/installDraft.ts';
import type { Json } from '../../src/core/json.ts';
import type { BadEntry, RegistryEntry } from '../../src/core/registry.ts';
import { isBadEntry, parseEntry, parsePage } from '../../src/core/registryParse.ts';
import { AppError } from '../../src/core/util/errors.ts';

/** The entry in a file: a `server.json` or one answer of a registry; throws `invalid-input`. */
export function readEntry(file: string): RegistryEntry {
  const entry = parseEntry(unwrapped(readJson(file)));
  if (isBadEntry(entry)) throw new AppError('invalid-input', `${file}: the entry ${entry.reason}`);
  return entry;
}

/** The entries in a file: a list answer, an array of entries, or an array of test cases with a `response`. */
export function readEntries(file: string): readonly (RegistryEntry | BadEntry)[] {
  const json = readJson(file);
  const { entries, bad } = parsePage(Array.isArray(json) ? { servers: json.map(unwrapped) } : json);
  return [...entries, ...bad];
}

/** A platform as "linux-x64"; throws `invalid-input`. */
export function readPlatform(text: string): Platform {
  const [os, arch] = text.split('-');
  const isOs = os === 'darwin' || os === 'linux' || os === 'win32';
  if (isOs && (arch === 'x64' || arch === 'arm64')) return { os, arch };
  throw new AppError('invalid-input', `unknown platform "${text}"; for example linux-x64`);
}

function readJson(file: string): Json {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid-input', `${file}: ${reason}`, { cause: error });
  }
}

function unwrapped(item: Json): Json {
  const isCase = typeof item === 'object' && item !== null && 'response' in item;
  return isCase ? (item as { readonly response: Json }).response : item;
}
