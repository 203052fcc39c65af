import { hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SiteOf } from '../core/identityEvidence.ts';
import type { Json } from '../core/json.ts';
import type { Logger } from '../core/ports.ts';
import type { RegistryEntry, RegistryPage } from '../core/registry.ts';
import type { RegistryIndex, RegistryRow, SavedPage, SyncRecord } from '../core/registryIndex.ts';
import { compareVersions, latestOf } from '../core/registryLatest.ts';
import { isBadEntry, parseEntry } from '../core/registryParse.ts';
import { AppError } from '../core/util/errors.ts';
import type { Database } from './database.ts';
import { RegistryColumns } from './registryColumns.ts';
import { isProcessAlive } from './leaseRows.ts';
import { maxRegistries } from './registryFlags.ts';
import { RegistrySearch } from './registrySearch.ts';
import { readRow, RegistryServers } from './registryServers.ts';

/** A synchronisation that has not beaten for this long may be taken over. */
const leaseMs = 60_000;

/** The copy of all registries in SQLite, with a full-text index over the latest version of each server; `siteOf` has to be loaded before pages are saved. */
export function createRegistryRows(db: Database, logger: Logger, siteOf: SiteOf): RegistryIndex {
  return new RegistryRows(db, logger, siteOf);
}

interface StoredVersion {
  readonly id: number;
  readonly version: string;
  readonly isLatest: boolean | undefined;
  readonly status: RegistryEntry['status'];
  readonly publishedAt: string | undefined;
  readonly digest: string;
  readonly chunk: number;
  readonly place: number;
}

interface Changed {
  readonly entry: RegistryEntry;
  readonly digest: string;
  readonly json: string;
}

class RegistryRows implements RegistryIndex {
  readonly #db: Database;
  readonly #logger: Logger;
  readonly #columns: RegistryColumns;
  readonly #search: RegistrySearch;
  readonly #servers: RegistryServers;

  constructor(db: Database, logger: Logger, siteOf: SiteOf) {
    this.#db = db;
    this.#logger = logger;
    this.#columns = new RegistryColumns(db);
    this.#search = new RegistrySearch(db, this.#columns, (id) => readRow(db, id));
    this.#servers = new RegistryServers(db, this.#columns, this.#search, siteOf);
  }

  record(registryId: string): SyncRecord | undefined {
    const row = this.#db.sql('SELECT body FROM registries WHERE id = ?').get(registryId);
    return typeof row?.['body'] === 'string' ? readRecord(row['body']) : undefined;
  }

  records(): readonly SyncRecord[] {
    const rows = this.#db.sql('SELECT body FROM registries WHERE body IS NOT NULL ORDER BY number').all();
    return rows.flatMap((row) => readRecord(String(row['body'])) ?? []);
  }

  savePage(
    record: SyncRecord,
    page: RegistryPage,
    options: { readonly removeUnseen: boolean } = { removeUnseen: false },
  ): SavedPage {
    return this.#write(() => {
      const number = this.#numberOf(record.registryId);
      let fresh = 0;
      let removed = 0;
      const changed: Changed[] = [];
      const deleted = new Set<string>();
      const stored = this.#storedDigests(record.registryId, page.entries);
      for (const entry of page.entries) {
        const key = `${entry.name}\n${entry.version}`;
        const known = stored.get(key);
        if (entry.status === 'deleted') {
          if (known) removed += this.#deleteVersion(known.id);
          fresh++;
          deleted.add(entry.name);
          continue;
        }
        const json = JSON.stringify(entry.raw);
        const digest = hash('sha256', json, 'base64url').slice(0, 22);
        if (known?.generation !== record.generation) fresh++;
        if (known?.digest !== digest) changed.push({ entry, digest, json });
        else if (known.generation !== record.generation) {
          this.#db.sql('UPDATE versions SET generation = ? WHERE id = ?').run(record.generation, known.id);
        }
      }
      this.#insert(record, changed);
      const byName = Map.groupBy(changed, ({ entry }) => entry.name);
      for (const name of new Set([...byName.keys(), ...deleted])) {
        this.#refreshServer(record.registryId, number, name, byName.get(name) ?? [], deleted.has(name));
      }
      if (options.removeUnseen) removed += this.#removeUnseen(record, number);
      if (record.mode === 'idle') this.#dropUnusedChunks();
      this.#search.flush();
      this.#servers.flush();
      this.#put(record);
      return { fresh, changed: changed.length, removed };
    });
  }

  claim(registryId: string, owner: string, now: number): boolean {
    return this.#db.transaction(() => {
      this.#numberOf(registryId);
      const row = this.#db.sql('SELECT owner, beat_at FROM registries WHERE id = ?').get(registryId);
      const other = typeof row?.['owner'] === 'string' && row['owner'] !== owner ? row['owner'] : undefined;
      const isBeating = Math.abs(now - Number(row?.['beat_at'] ?? 0)) <= leaseMs;
      if (other !== undefined && isBeating && !isGone(other)) return false;
      this.#db.sql('UPDATE registries SET owner = ?, beat_at = ? WHERE id = ?').run(owner, now, registryId);
      return true;
    });
  }

  release(registryId: string, owner: string): void {
    this.#db
      .sql('UPDATE registries SET owner = NULL, beat_at = NULL WHERE id = ? AND owner = ?')
      .run(registryId, owner);
  }

  forget(registryId: string): void {
    this.#write(() => {
      this.#servers.removeAll(registryId);
      this.#db.sql('DELETE FROM versions WHERE registry = ?').run(registryId);
      this.#dropUnusedChunks();
      this.#db.sql('UPDATE registries SET body = NULL WHERE id = ?').run(registryId);
    });
  }

  size(registryId?: string): { readonly servers: number; readonly versions: number } {
    const count = (table: 'servers' | 'versions') =>
      Number(
        (registryId === undefined
          ? this.#db.sql(`SELECT count(*) AS n FROM ${table}`).get()
          : this.#db.sql(`SELECT count(*) AS n FROM ${table} WHERE registry = ?`).get(registryId))?.['n'],
      );
    return { servers: count('servers'), versions: count('versions') };
  }

  search(query: Parameters<RegistryIndex['search']>[0]): ReturnType<RegistryIndex['search']> {
    return this.#search.search(query);
  }

  row(registryId: string, name: string): RegistryRow | undefined {
    const known = this.#servers.known(registryId, name);
    return known && readRow(this.#db, known.id);
  }

  versions(registryId: string, name: string): readonly RegistryEntry[] {
    const stored = this.#storedVersions(registryId, name);
    const entries = this.#readEntries(stored);
    return entries.sort((a, b) => compareVersions(b, a));
  }

  entry(registryId: string, name: string, version: string): RegistryEntry | undefined {
    const stored = this.#storedVersions(registryId, name);
    const wanted =
      version === 'latest' ? latestOf(stored) : stored.find((candidate) => candidate.version === version);
    return wanted && this.#readEntries([wanted])[0];
  }

  #deleteVersion(id: number): number {
    return Number(this.#db.sql('DELETE FROM versions WHERE id = ?').run(id).changes);
  }

  /** What is stored of the servers of a page, by name and version. */
  #storedDigests(
    registryId: string,
    entries: readonly RegistryEntry[],
  ): ReadonlyMap<string, { readonly id: number; readonly digest: string; readonly generation: number }> {
    const names = [...new Set(entries.map((entry) => entry.name))];
    const rows = this.#db
      .sql(
        `SELECT id, name, version, digest, generation FROM versions
         WHERE registry = ? AND name IN (SELECT value FROM json_each(?))`,
      )
      .all(registryId, JSON.stringify(names));
    return new Map(
      rows.map((row) => [
        `${String(row['name'])}\n${String(row['version'])}`,
        { id: Number(row['id']), digest: String(row['digest']), generation: Number(row['generation']) },
      ]),
    );
  }

  #removeUnseen({ registryId, generation }: SyncRecord, number: number): number {
    const unseen = this.#db
      .sql('SELECT DISTINCT name FROM versions WHERE registry = ? AND generation <> ?')
      .all(registryId, generation);
    const gone = this.#db
      .sql('DELETE FROM versions WHERE registry = ? AND generation <> ?')
      .run(registryId, generation);
    for (const row of unseen) this.#refreshServer(registryId, number, String(row['name']), [], true);
    return Number(gone.changes);
  }

  #dropUnusedChunks(): void {
    this.#db
      .sql('DELETE FROM chunks WHERE NOT EXISTS (SELECT 1 FROM versions WHERE chunk = chunks.id)')
      .run();
  }

  /** A transaction over rows and what is kept of them in memory. */
  #write<T>(fn: () => T): T {
    try {
      return this.#db.transaction(fn);
    } catch (error) {
      this.#columns.reset();
      this.#search.reset();
      this.#servers.reset();
      throw error;
    }
  }

  #put(record: SyncRecord): void {
    this.#numberOf(record.registryId);
    this.#db
      .sql('UPDATE registries SET body = ? WHERE id = ?')
      .run(JSON.stringify(record), record.registryId);
  }

  /** The small number of a registry, given at its first use. */
  #numberOf(registryId: string): number {
    const known = this.#db.sql('SELECT number FROM registries WHERE id = ?').get(registryId);
    if (known !== undefined) return Number(known['number']);
    const number = Number(
      this.#db.sql('INSERT INTO registries (id) VALUES (?)').run(registryId).lastInsertRowid,
    );
    if (number > maxRegistries) throw new AppError('storage', 'too many registries were ever added');
    return number;
  }

  /** Stores new versions; what was received lies compressed in one chunk for the page. */
  #insert(record: SyncRecord, items: readonly Changed[]): void {
    if (items.length === 0) return;
    const body = deflateRawSync(`[${items.map(({ json }) => json).join(',')}]`, { level: 1 });
    const chunk = Number(this.#db.sql('INSERT INTO chunks (body) VALUES (?)').run(body).lastInsertRowid);
    const insert = this.#db.sql(
      `INSERT INTO versions (registry, name, version, is_latest, status, published_at, digest, generation, chunk, place)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (registry, name, version) DO UPDATE SET is_latest = excluded.is_latest, status = excluded.status,
         published_at = excluded.published_at, digest = excluded.digest, generation = excluded.generation,
         chunk = excluded.chunk, place = excluded.place`,
    );
    items.forEach(({ entry, digest }, place) => {
      const isLatest = entry.isLatest === undefined ? null : Number(entry.isLatest);
      const { name, version, status, publishedAt = null } = entry;
      insert.run(
        record.registryId,
        name,
        version,
        isLatest,
        status,
        publishedAt,
        digest,
        record.generation,
        chunk,
        place,
      );
    });
  }

  #storedVersions(registryId: string, name: string): StoredVersion[] {
    return this.#db
      .sql(
        'SELECT id, version, is_latest, status, published_at, digest, chunk, place FROM versions WHERE registry = ? AND name = ?',
      )
      .all(registryId, name)
      .map((row) => ({
        id: Number(row['id']),
        version: String(row['version']),
        isLatest: row['is_latest'] === null ? undefined : row['is_latest'] === 1,
        status: String(row['status']) as RegistryEntry['status'],
        publishedAt: row['published_at'] === null ? undefined : String(row['published_at']),
        digest: String(row['digest']),
        chunk: Number(row['chunk']),
        place: Number(row['place']),
      }));
  }

  #readEntries(stored: readonly StoredVersion[]): RegistryEntry[] {
    const chunks = new Map<number, readonly Json[]>();
    return stored.flatMap(({ chunk, place, version }) => {
      try {
        let items = chunks.get(chunk);
        if (!items) {
          const row = this.#db.sql('SELECT body FROM chunks WHERE id = ?').get(chunk);
          items = JSON.parse(inflateRawSync(row?.['body'] as Uint8Array).toString()) as readonly Json[];
          chunks.set(chunk, items);
        }
        const entry = parseEntry(items[place] ?? null);
        if (!isBadEntry(entry)) return [entry];
        this.#logger.warn(`registry: a stored version ${entry.reason}: skipped`);
      } catch (error) {
        this.#logger.warn(`registry: the stored version ${version} cannot be read: skipped`, error);
      }
      return [];
    });
  }

  /** Makes the server's row and its words those of its latest version. */
  #refreshServer(
    registryId: string,
    number: number,
    name: string,
    changed: readonly Changed[],
    hasDeleted: boolean,
  ): void {
    const known = this.#servers.known(registryId, name);
    const marked = hasDeleted ? undefined : changed.find(({ entry }) => entry.isLatest === true);
    if (marked) {
      if (known?.digest !== marked.digest)
        this.#servers.put(registryId, number, marked.entry, marked.digest, known);
      return;
    }
    // Older versions of a server whose latest one is not concerned.
    const isOld =
      changed.length > 0 &&
      changed.every(({ entry }) => entry.isLatest === false && entry.version !== known?.version);
    if (known && isOld && !hasDeleted) return;
    const latest = latestOf(this.#storedVersions(registryId, name));
    if (known?.digest === latest?.digest) return;
    const entry =
      latest &&
      (changed.find((item) => item.entry.version === latest.version)?.entry ??
        this.#readEntries([latest])[0]);
    if (latest && entry) this.#servers.put(registryId, number, entry, latest.digest, known);
    else if (known) this.#servers.remove(known.id);
  }
}

/** True when an owner names its process (`pid-N…`) and that is no more: nobody has to wait for its lease. */
function isGone(owner: string): boolean {
  const pid = /^pid-(\d+)(?:-|$)/.exec(owner)?.[1];
  return pid !== undefined && !isProcessAlive(Number(pid));
}

function readRecord(body: string): SyncRecord | undefined {
  try {
    const record = JSON.parse(body) as Partial<SyncRecord>;
    return typeof record.registryId === 'string' && typeof record.generation === 'number'
      ? (record as SyncRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
