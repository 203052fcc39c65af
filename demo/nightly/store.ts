import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from './jsonRpc.ts';
import type { Run } from './runs.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, tool TEXT NOT NULL, idempotency_key TEXT, status TEXT NOT NULL, owner TEXT,
    created_at INTEGER NOT NULL, rev INTEGER NOT NULL, body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS runs_by_rev ON runs (rev);
  CREATE INDEX IF NOT EXISTS runs_by_key ON runs (tool, idempotency_key);
  CREATE TABLE IF NOT EXISTS owners (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, beat INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
`;

const leaseMs = 5000;

/** The server's durable state: one SQLite file that several server processes may share. */
export class Store {
  readonly dir: string;
  readonly #db: DatabaseSync;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.dir = dir;
    this.#db = new DatabaseSync(join(dir, 'nightly.db'));
    this.#db.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.#db.exec(schema);
  }

  /** A secret of this state folder, the same for every process that opens it. */
  secret(): Buffer {
    return this.#transaction(() => {
      const known = this.#db.prepare('SELECT value FROM settings WHERE name = ?').get('secret');
      if (known !== undefined) return Buffer.from(String(known['value']), 'base64');
      const fresh = randomBytes(32);
      this.#db.prepare('INSERT INTO settings VALUES (?, ?)').run('secret', fresh.toString('base64'));
      return fresh;
    });
  }

  /** Adds the run that `make` returns, or returns the run that already answers `key`; one transaction. */
  insertOrReuse(tool: string, key: string | undefined, make: () => Run, reuse: (run: Run) => Run): Run {
    return this.#transaction(() => {
      const known = key === undefined ? undefined : this.#findByKey(tool, key);
      const run = { ...(known === undefined ? make() : reuse(known)), rev: this.#nextRev() };
      this.#write(run);
      return run;
    });
  }

  get(id: string): Run | undefined {
    const row = this.#db.prepare('SELECT body FROM runs WHERE id = ?').get(id);
    return row === undefined ? undefined : toRun(row);
  }

  /** Applies `change` to the stored run in one transaction; undefined when it is unknown or `change` declined. */
  change(id: string, change: (run: Run) => Partial<Run> | undefined): Run | undefined {
    return this.#transaction(() => {
      const run = this.get(id);
      const patch = run === undefined ? undefined : change(run);
      if (run === undefined || patch === undefined) return undefined;
      const next = { ...run, ...patch, updatedAt: Date.now(), rev: this.#nextRev() };
      this.#write(next);
      return next;
    });
  }

  delete(id: string): boolean {
    return this.#db.prepare('DELETE FROM runs WHERE id = ?').run(id).changes > 0;
  }

  /** All runs, newest first. */
  list(): Run[] {
    return this.#db.prepare('SELECT body FROM runs ORDER BY created_at DESC, id DESC').all().map(toRun);
  }

  /** Runs that still work or wait, oldest first. */
  unfinished(): Run[] {
    return this.#db
      .prepare("SELECT body FROM runs WHERE status IN ('working', 'input_required') ORDER BY created_at")
      .all()
      .map(toRun);
  }

  /** Runs changed after revision `rev`, oldest change first. */
  changedSince(rev: number): Run[] {
    return this.#db.prepare('SELECT body FROM runs WHERE rev > ? ORDER BY rev').all(rev).map(toRun);
  }

  currentRev(): number {
    const row = this.#db.prepare("SELECT value FROM settings WHERE name = 'rev'").get();
    return row === undefined ? 0 : Number(row['value']);
  }

  /** A number that changes when another process has written. */
  dataVersion(): number {
    return Number(this.#db.prepare('PRAGMA data_version').get()?.['data_version']);
  }

  /** Declares that process `pid` with the owner id is alive now. */
  beat(owner: string, pid: number): void {
    this.#db.prepare('INSERT OR REPLACE INTO owners VALUES (?, ?, ?)').run(owner, pid, Date.now());
  }

  /** Gives up everything the owner works on, so that another process can take it at once. */
  dropOwner(owner: string): void {
    this.#db.prepare('DELETE FROM owners WHERE id = ?').run(owner);
  }

  /** Unfinished runs whose process is gone, now owned by `owner`. */
  adoptOrphans(owner: string): Run[] {
    return this.#transaction(() => {
      const live = this.#liveOwners();
      const orphans = this.unfinished().filter((run) => run.owner === undefined || !live.has(run.owner));
      return orphans.map((run) => {
        const adopted = { ...run, owner, rev: this.#nextRev() };
        this.#write(adopted);
        return adopted;
      });
    });
  }

  saveSession(id: string, body: JsonObject): void {
    this.#db.prepare('INSERT OR REPLACE INTO sessions VALUES (?, ?)').run(id, JSON.stringify(body));
  }

  session(id: string): JsonObject | undefined {
    const row = this.#db.prepare('SELECT body FROM sessions WHERE id = ?').get(id);
    return row === undefined ? undefined : (JSON.parse(String(row['body'])) as JsonObject);
  }

  deleteSession(id: string): boolean {
    return this.#db.prepare('DELETE FROM sessions WHERE id = ?').run(id).changes > 0;
  }

  close(): void {
    this.#db.close();
  }

  #liveOwners(): Set<string> {
    const live = new Set<string>();
    for (const row of this.#db.prepare('SELECT id, pid, beat FROM owners').all()) {
      const id = String(row['id']);
      if (Date.now() - Number(row['beat']) < leaseMs && isAlive(Number(row['pid']))) live.add(id);
      else this.dropOwner(id);
    }
    return live;
  }

  #findByKey(tool: string, key: string): Run | undefined {
    const row = this.#db
      .prepare(
        "SELECT body FROM runs WHERE tool = ? AND idempotency_key = ? AND status NOT IN ('failed', 'cancelled') ORDER BY created_at DESC",
      )
      .get(tool, key);
    return row === undefined ? undefined : toRun(row);
  }

  #nextRev(): number {
    const rev = this.currentRev() + 1;
    this.#db.prepare("INSERT OR REPLACE INTO settings VALUES ('rev', ?)").run(String(rev));
    return rev;
  }

  #write(run: Run): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        run.id,
        run.tool,
        run.idempotencyKey ?? null,
        run.status,
        run.owner ?? null,
        run.createdAt,
        run.rev,
        JSON.stringify(run),
      );
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      this.#db.exec('COMMIT');
      return value;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function toRun(row: Record<string, unknown>): Run {
  return JSON.parse(String(row['body'])) as Run;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
