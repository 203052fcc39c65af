import { parseEnv } from 'node:util';
import { AppError } from '../core/util/errors.ts';
import { readTextFile } from './configText.ts';

/** The variables of an env file (`NAME=value` lines); rejects `invalid-config` naming the file, never a value. */
export async function readEnvFile(file: string): Promise<Readonly<Record<string, string>>> {
  const found = await readTextFile(file);
  if (found.kind === 'absent') {
    throw new AppError('invalid-config', `the env file ${file} does not exist`, {
      nextStep: 'Create it, or change "envFile".',
    });
  }
  if (found.kind === 'unreadable')
    throw new AppError('invalid-config', `the env file ${file} cannot be read: ${found.reason}`);
  const variables = parseEnv(found.text.replace(/^\uFEFF/, ''));
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
