import { stat, readFile } from 'node:fs/promises';
import { parse, type ParseError } from 'jsonc-parser';
import type { Json } from '../core/json.ts';
import { AppError, toAppError } from '../core/util/errors.ts';

/** GETs a JSON document from a public address; undefined `json` for anything else than an answer that is JSON. */
export type GuardedGet = (
  url: string,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly json?: unknown; readonly problem?: string }>;

const maxBytes = 1024 * 1024;

/** Where a server.json is read from. Both reject with what is wrong: `not-found`, `too-large`, `invalid-input`, or as the request fails. */
export function createEntryDocuments(get: GuardedGet): {
  file(path: string): Promise<Json>;
  url(url: string, signal: AbortSignal): Promise<Json>;
} {
  return {
    file: async (path) => {
      const text = await readText(path);
      const errors: ParseError[] = [];
      const json = parse(text, errors, { allowTrailingComma: true }) as Json | undefined;
      if (json === undefined || errors.length > 0) throw new AppError('invalid-input', `${path} is not JSON`);
      return json;
    },
    url: async (url, signal) => {
      const { status, json, problem } = await get(url, signal);
      const { host } = new URL(url);
      if (problem !== undefined) throw new AppError('invalid-input', `${host}: ${problem}`);
      if (json === undefined)
        throw new AppError(
          status === 404 ? 'not-found' : 'server-error',
          `${host} answered with status ${status}`,
        );
      return json as Json;
    },
  };
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new AppError('too-large', `${path} is larger than ${maxBytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('not-found', `${path} cannot be read: ${toAppError(error).message}`, { cause: error });
  }
}
