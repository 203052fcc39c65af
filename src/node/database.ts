import { mkdirSync, renameSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../core/util/errors.ts';

/** Each entry lifts the schema by one version; entries are never edited once released. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, server_id TEXT NOT NULL, owner TEXT NOT NULL, is_final INTEGER NOT NULL,
    created_at INTEGER NOT NULL, ended_at INTEGER, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_open ON jobs (is_final, created_at) WHERE is_final = 0;
  CREATE INDEX jobs_finished ON jobs (ended_at DESC, id DESC) WHERE is_final = 1;
  CREATE TABLE results (job_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL, file TEXT, body TEXT) STRICT;
  CREATE TABLE activity (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    previous TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE decisions (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE approved_arguments (
    server_id TEXT NOT NULL, tool TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (server_id, tool)
  ) STRICT;
  CREATE TABLE leases (owner TEXT PRIMARY KEY, pid INTEGER NOT NULL, beat_at INTEGER NOT NULL) STRICT;
  `,
  `CREATE TABLE installs (server_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;`,
  // What a list shows of a finished job, without its long history.
  'ALTER TABLE jobs ADD COLUMN summary TEXT;',
  // Agents of the gateway with the SHA-256 of their tokens, and which window serves them at which port.
  `
  CREATE TABLE callers (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, token_hash TEXT NOT NULL UNIQUE,
    issued_at INTEGER NOT NULL, last_used_at INTEGER, body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE gateway (slot INTEGER PRIMARY KEY CHECK (slot = 1), owner TEXT, port INTEGER) STRICT;
  `,
  // What was accepted of each server's definitions, and what happened to them.
  `
  CREATE TABLE definition_pins (
    server_id TEXT NOT NULL, launch_hash TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    hash TEXT, rejected TEXT, told TEXT, body TEXT, PRIMARY KEY (server_id, launch_hash, account, kind, name)
  ) STRICT;
  CREATE TABLE definition_events (
    seq INTEGER PRIMARY KEY, server_id TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX definition_events_of ON definition_events (server_id, seq);
  CREATE TABLE definition_revision (n INTEGER NOT NULL) STRICT;
  INSERT INTO definition_revision VALUES (0);
  `,
  // The end of the activity log in a second place, and what its lines are looked up by, always as their bodies have it.
  `
  CREATE TABLE activity_head (
    slot INTEGER PRIMARY KEY CHECK (slot = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL,
    lines INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO activity_head
    SELECT 1, seq, hash, (SELECT count(*) FROM activity), (SELECT sum(length(body) + 200) FROM activity)
    FROM activity ORDER BY seq DESC LIMIT 1;
  ALTER TABLE activity ADD COLUMN server_id TEXT AS (CASE WHEN json_valid(body) THEN CAST(body ->> '$.serverId' AS TEXT) END) VIRTUAL;
  ALTER TABLE activity ADD COLUMN caller TEXT AS (CASE WHEN json_valid(body) THEN CAST(body ->> '$.caller.name' AS TEXT) END) VIRTUAL;
  ALTER TABLE activity ADD COLUMN job_id TEXT AS (CASE WHEN json_valid(body) THEN CAST(body ->> '$.jobId' AS TEXT) END) VIRTUAL;
  CREATE INDEX activity_job ON activity (job_id) WHERE job_id IS NOT NULL;
  CREATE INDEX activity_server ON activity (server_id) WHERE server_id IS NOT NULL;
  CREATE INDEX activity_caller ON activity (caller) WHERE caller IS NOT NULL;
  `,
  // The last look at who each server is.
  `CREATE TABLE identity_reports (server_id TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;`,
];

/** The one SQLite file of this machine, shared by all windows (WAL; a commit survives the death of the process). */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Opens or creates `file` and migrates it (by `steps`, for a database of its own). A file that is no usable database is set aside as `<file>.bad-<time>`, which `onSetAside` is told; throws `storage` when nothing can be opened or a newer version wrote the file. */
  static open(
    file: string,
    onSetAside: (badFile: string, reason: string) => void = () => {},
    steps: readonly string[] = migrations,
  ): Database {
    try {
      mkdirSync(dirname(file), { recursive: true });
      return new Database(openAndMigrate(file, steps));
    } catch (error) {
      if (!isCorrupt(error) || !existsSync(file)) throw storageError(`cannot open ${file}`, error);
      const bad = `${file}.bad-${Date.now()}`;
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(file + suffix)) renameSync(file + suffix, bad + suffix);
      onSetAside(bad, error instanceof Error ? error.message : String(error));
      return new Database(openAndMigrate(file, steps));
    }
  }

  /** A prepared statement, kept for the life of the database. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /** Runs `fn` in one write transaction (nested calls join it); rolls back and throws `storage` when it fails. */
  transaction<T>(fn: () => T): T {
    if (this.#depth > 0) return fn();
    try {
      this.sql('BEGIN IMMEDIATE').run();
    } catch (error) {
      throw storageError('cannot write', error);
    }
    this.#depth++;
    try {
      const value = fn();
      this.sql('COMMIT').run();
      return value;
    } catch (error) {
      if (this.#db.isOpen) this.#db.exec('ROLLBACK');
      throw error instanceof AppError ? error : storageError('write failed', error);
    } finally {
      this.#depth--;
    }
  }

  /** Changes whenever another connection (another window) has committed. */
  dataVersion(): number {
    return Number(this.sql('PRAGMA data_version').get()?.['data_version'] ?? 0);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function openAndMigrate(file: string, migrations: readonly string[]): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(
      // A check point flushes to the disk: one per 16 MiB of log instead of one per hundred calls.
      'PRAGMA busy_timeout = 4000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000',
    );
    const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (found > migrations.length) {
      throw new AppError(
        'storage',
        `${file} was written by a newer version of MCP Switchboard (schema ${found}, this one knows ${migrations.length})`,
        {
          nextStep: 'Update MCP Switchboard.',
        },
      );
    }
    if (found < migrations.length) {
      db.exec('BEGIN IMMEDIATE');
      const now = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0); // another window may have migrated meanwhile
      for (const step of migrations.slice(now)) db.exec(step);
      db.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function isCorrupt(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26; // SQLITE_CORRUPT, SQLITE_NOTADB
}

function storageError(what: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(
    'storage',
    `database: ${what}: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  );
}
