import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject } from '../core/json.ts';
import { isFinal, type Job, type JobResult, type JobRows } from '../core/jobs.ts';
import type { Logger } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import type { Database } from './database.ts';

/** How large results may be, in bytes. */
export interface ResultLimits {
  /** Kept in the database; larger ones go to a file. */
  readonly inline: number;
  /** Larger ones are not kept. */
  readonly kept: number;
}

const defaultLimits: ResultLimits = { inline: 256 * 1024, kept: 64 * 1024 * 1024 };

/** Job records in SQLite; large results are files in `resultDir`. A row that cannot be read is logged and skipped. */
export function createJobRows(
  db: Database,
  resultDir: string,
  logger: Logger,
  limits = defaultLimits,
): JobRows {
  const decode = (row: Record<string, unknown> | undefined): Job | undefined => {
    if (!row) return undefined;
    try {
      return decodeJob(JSON.parse(String(row['body'])));
    } catch (error) {
      logger.warn(`job row ${String(row['id'])} cannot be read and is skipped`, error);
      return undefined;
    }
  };
  const decodeAll = (rows: readonly unknown[]): Job[] =>
    rows.flatMap((row) => decode(row as Record<string, unknown>) ?? []);

  return {
    insert: (job) => {
      db.sql(
        'INSERT INTO jobs (id, server_id, owner, is_final, created_at, ended_at, body, summary) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ).run(
        job.id,
        job.serverId,
        job.owner,
        Number(isFinal(job.status)),
        job.createdAt,
        job.endedAt ?? null,
        JSON.stringify(job),
        summaryOf(job),
      );
    },
    update: (job) => {
      const { changes } = db
        .sql('UPDATE jobs SET is_final = ?, ended_at = ?, body = ?, summary = ? WHERE id = ? AND owner = ?')
        .run(
          Number(isFinal(job.status)),
          job.endedAt ?? null,
          JSON.stringify(job),
          summaryOf(job),
          job.id,
          job.owner,
        );
      if (changes === 0) throw new AppError('conflict', `job ${job.id} is gone or belongs to another window`);
    },
    adopt: (id, from, to) => {
      const { changes } = db
        .sql(
          `UPDATE jobs SET owner = ?, body = json_set(body, '$.owner', ?) WHERE id = ? AND owner = ? AND is_final = 0`,
        )
        .run(to, to, id, from);
      return changes > 0;
    },
    get: (id) => decode(db.sql('SELECT id, body FROM jobs WHERE id = ?').get(id)),
    open: (owner) =>
      decodeAll(
        owner === undefined
          ? db.sql('SELECT id, body FROM jobs WHERE is_final = 0 ORDER BY created_at').all()
          : db
              .sql('SELECT id, body FROM jobs WHERE is_final = 0 AND owner = ? ORDER BY created_at')
              .all(owner),
      ),
    openOwners: () =>
      new Map(
        db
          .sql('SELECT owner, count(*) AS n FROM jobs WHERE is_final = 0 GROUP BY owner')
          .all()
          .map((row) => [String(row['owner']), Number(row['n'])]),
      ),
    finished: (limit, before) =>
      decodeAll(
        db
          .sql(
            'SELECT id, COALESCE(summary, body) AS body FROM jobs WHERE is_final = 1 AND ended_at < ? ORDER BY ended_at DESC, id DESC LIMIT ?',
          )
          .all(before ?? Number.MAX_SAFE_INTEGER, limit),
      ),
    countFinished: () =>
      Number(db.sql('SELECT count(*) AS n FROM jobs WHERE is_final = 1').get()?.['n'] ?? 0),
    saveResult: (id, result) => {
      const body = JSON.stringify(result);
      const bytes = Buffer.byteLength(body);
      if (bytes > limits.kept) {
        throw new AppError(
          'too-large',
          `the result has ${bytes} bytes; results over ${limits.kept} bytes are not kept`,
        );
      }
      const file = bytes > limits.inline ? join(resultDir, `${id}.json`) : null;
      if (file) {
        mkdirSync(resultDir, { recursive: true, mode: 0o700 });
        writeFileSync(`${file}.part`, body, { mode: 0o600 });
        renameSync(`${file}.part`, file);
      }
      db.sql('INSERT OR REPLACE INTO results (job_id, bytes, file, body) VALUES (?, ?, ?, ?)').run(
        id,
        bytes,
        file,
        file ? null : body,
      );
    },
    result: (id) => {
      const row = db.sql('SELECT file, body FROM results WHERE job_id = ?').get(id);
      if (!row) return undefined;
      try {
        return decodeResult(
          JSON.parse(row['file'] ? readFileSync(String(row['file']), 'utf8') : String(row['body'])),
        );
      } catch (error) {
        throw new AppError(
          'storage',
          `the stored result of job ${id} cannot be read${row['file'] ? ` (${String(row['file'])})` : ''}`,
          { cause: error },
        );
      }
    },
    forget: (id) => {
      db.transaction(() => {
        const file = db.sql('SELECT file FROM results WHERE job_id = ?').get(id)?.['file'];
        if (Number(db.sql('DELETE FROM jobs WHERE id = ? AND is_final = 1').run(id).changes) === 0) {
          throw new AppError('conflict', `job ${id} is not finished or already gone`);
        }
        db.sql('DELETE FROM results WHERE job_id = ?').run(id);
        if (file) rmSync(String(file), { force: true });
      });
    },
    forgetFinished: () => {
      db.transaction(() => {
        const files = db
          .sql(
            'SELECT file FROM results WHERE file IS NOT NULL AND job_id IN (SELECT id FROM jobs WHERE is_final = 1)',
          )
          .all();
        db.sql('DELETE FROM results WHERE job_id IN (SELECT id FROM jobs WHERE is_final = 1)').run();
        db.sql('DELETE FROM jobs WHERE is_final = 1').run();
        for (const row of files) rmSync(String(row['file']), { force: true });
      });
    },
    lastArguments: (serverId, tool) => {
      const row = db
        .sql('SELECT body FROM approved_arguments WHERE server_id = ? AND tool = ?')
        .get(serverId, tool);
      const value: unknown = row ? JSON.parse(String(row['body'])) : undefined;
      return isJsonObject(value) ? value : undefined;
    },
    saveLastArguments: (serverId, tool, args) => {
      db.sql(
        'INSERT INTO approved_arguments (server_id, tool, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body WHERE body <> excluded.body',
      ).run(serverId, tool, JSON.stringify(args));
    },
    version: () => db.dataVersion(),
  };
}

/** A finished job as lists show it. */
function summaryOf(job: Job): string | null {
  return isFinal(job.status) ? JSON.stringify({ ...job, history: [], timeline: [] }) : null;
}

function decodeJob(value: unknown): Job {
  if (!isJsonObject(value)) throw new AppError('storage', 'not an object');
  for (const key of [
    'id',
    'serverId',
    'serverName',
    'tool',
    'owner',
    'definitionHash',
    'launchHash',
    'approval',
  ] as const) {
    if (typeof value[key] !== 'string') throw new AppError('storage', `${key} is not text`);
  }
  if (typeof value['createdAt'] !== 'number') throw new AppError('storage', 'createdAt is not a number');
  for (const key of ['arguments', 'caller', 'status'] as const) {
    if (!isJsonObject(value[key])) throw new AppError('storage', `${key} is not an object`);
  }
  for (const key of ['history', 'timeline'] as const) {
    if (!Array.isArray(value[key])) throw new AppError('storage', `${key} is not a list`);
  }
  return value as unknown as Job;
}

function decodeResult(value: unknown): JobResult {
  if (!isJsonObject(value) || !isJsonObject(value['result']) || !Array.isArray(value['result']['content'])) {
    throw new AppError('storage', 'not a result');
  }
  return value as unknown as JobResult;
}
