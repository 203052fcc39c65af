import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ActivityHead } from '../src/core/activity.ts';
import { exportActivity } from '../src/core/activityExport.ts';
import { readLine } from '../src/core/activityRead.ts';
import { findActivity, verifyActivity } from '../src/core/activityVerify.ts';
import { AppError } from '../src/core/util/errors.ts';
import { createActivityRows } from '../src/node/activityRows.ts';
import { Database } from '../src/node/database.ts';
import { sha256 } from '../src/node/host.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { CommandOutput } from './hostRegistry.ts';

/** How the command is used. */
export const activityUsage = `  activity --state DIR [--text WORDS]         the newest hundred lines of the activity log
  activity verify --state DIR                 checks every line; exit status 1 when the log was changed
       [--anchor SEQ:HASH]                    … and that this line, written down earlier, is still in it
  activity export --state DIR                 the whole log on stdout
       [--format jsonl|otlp]`;

/** Runs `activity`; nothing to print after an export. */
export async function activityCommand(
  argv: readonly string[],
  signal: AbortSignal,
): Promise<CommandOutput | undefined> {
  const { values, positionals } = options(argv);
  const [action, ...others] = positionals;
  if (others.length > 0 || (action !== undefined && action !== 'verify' && action !== 'export'))
    throw new AppError(
      'invalid-input',
      `activity: unknown command ${positionals.join(' ')}\n${activityUsage}`,
    );
  if (values.state === undefined) throw new AppError('invalid-input', 'activity: give --state DIR');
  const file = join(resolve(values.state), 'switchboard.db');
  if (!existsSync(file)) throw new AppError('not-found', `there is no log in ${values.state}`);
  const db = Database.open(file);
  const rows = createActivityRows(db, sha256);
  const pause = () => nextTurn();
  try {
    if (action === 'verify') {
      const head = rows.head();
      const anchor = values.anchor === undefined ? undefined : anchorOf(values.anchor);
      const verdict = await verifyActivity(rows, { sha256, pause, anchor }, signal);
      if (verdict.problemCount > 0) process.exitCode = 1;
      return {
        kind: 'json',
        value: JSON.parse(JSON.stringify({ isIntact: verdict.problemCount === 0, ...verdict, head })),
      };
    }
    if (action === 'export') {
      const format = values.format === 'otlp' ? 'otlp' : 'jsonl';
      for await (const text of exportActivity(rows, {}, format, packageJson.version, pause, signal))
        if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      return undefined;
    }
    const filter = values.text === undefined ? {} : { text: values.text };
    const { lines } = await findActivity(rows, filter, {}, 100, pause, signal);
    return { kind: 'json', value: JSON.parse(JSON.stringify({ lines: lines.map(readLine) })) };
  } finally {
    db.close();
  }
}

function options(argv: readonly string[]) {
  try {
    const parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        state: { type: 'string' },
        format: { type: 'string' },
        anchor: { type: 'string' },
        text: { type: 'string' },
      },
    });
    const { format } = parsed.values;
    if (format !== undefined && format !== 'jsonl' && format !== 'otlp')
      throw new TypeError(`--format ${format} is neither jsonl nor otlp`);
    return parsed;
  } catch (error) {
    throw new AppError(
      'invalid-input',
      `${error instanceof Error ? error.message : String(error)}\n${activityUsage}`,
    );
  }
}

function anchorOf(text: string): ActivityHead {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new AppError('invalid-input', '--anchor is a line number and its hash: SEQ:HASH');
  return { seq: Number(seq), hash };
}
