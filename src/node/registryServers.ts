import { entryStanding } from '../core/identityEntry.ts';
import type { SiteOf } from '../core/identityEvidence.ts';
import type { RegistryRow } from '../core/registryIndex.ts';
import { keyOf, nameWordsOf, publisherWordsOf, wordsOf } from '../core/registryWords.ts';
import { shortNameOf, type RegistryEntry } from '../core/registry.ts';
import type { Database } from './database.ts';
import type { RegistryColumns } from './registryColumns.ts';
import { flagsOf, standingIn, traitsOf, type Traits } from './registryFlags.ts';
import type { RegistrySearch } from './registrySearch.ts';

/** A server's row as far as keeping it up to date needs it. */
export interface KnownServer {
  readonly id: number;
  readonly version: string;
  readonly digest: string;
}

/** The latest version of each server: its row, its words in the text index, its keys. */
export class RegistryServers {
  readonly #db: Database;
  readonly #columns: RegistryColumns;
  readonly #search: RegistrySearch;
  readonly #siteOf: SiteOf;
  readonly #keys: [key: string, server: number, kind: number][] = [];

  constructor(db: Database, columns: RegistryColumns, search: RegistrySearch, siteOf: SiteOf) {
    this.#db = db;
    this.#columns = columns;
    this.#search = search;
    this.#siteOf = siteOf;
  }

  /** Stores the keys of what was put; call it before the transaction ends. */
  flush(): void {
    if (this.#keys.length === 0) return;
    this.#db
      .sql(
        `INSERT OR IGNORE INTO keys (key, server, kind)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
      )
      .run(JSON.stringify(this.#keys.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))));
    this.#keys.length = 0;
  }

  /** Forgets what was put in a transaction that failed. */
  reset(): void {
    this.#keys.length = 0;
  }

  known(registryId: string, name: string): KnownServer | undefined {
    const row = this.#db
      .sql('SELECT id, version, digest FROM servers WHERE registry = ? AND name = ?')
      .get(registryId, name);
    return row && { id: Number(row['id']), version: String(row['version']), digest: String(row['digest']) };
  }

  /** Adds a server, or puts another version in the place of the known one. */
  put(
    registryId: string,
    number: number,
    entry: RegistryEntry,
    digest: string,
    known: KnownServer | undefined,
  ): void {
    if (known) this.remove(known.id);
    const flags = flagsOf(entry, number, entryStanding(entry, this.#siteOf));
    const time = (text: string | undefined) => (text === undefined ? null : Date.parse(text));
    const { name, title, description, publisher, version, status } = entry;
    const insert = this.#db.sql(
      `INSERT INTO servers (id, registry, name, digest, title, description, publisher, version, status, updated_at, published_at, traits, flags)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const [updatedAt, publishedAt] = [time(entry.updatedAt ?? entry.publishedAt), time(entry.publishedAt)];
    const traits = JSON.stringify(traitsOf(entry));
    const id = Number(
      insert.run(
        ...[
          known?.id ?? null,
          registryId,
          name,
          digest,
          title ?? null,
          description,
          publisher,
          version,
          status,
        ],
        ...[updatedAt, publishedAt, traits, flags],
      ).lastInsertRowid,
    );

    const nameWords = nameWordsOf(shortNameOf(name));
    const titleWords = nameWordsOf(title ?? '');
    const publisherWords = publisherWordsOf(publisher);
    const packageWords = entry.packages.flatMap((item) =>
      nameWordsOf(item.identifier.replace(/^https:\/\/[^/]*\//, '')),
    );
    const hosts = new Set(
      entry.remotes.flatMap((remote) => /^https?:\/\/([^/?#]+)/i.exec(remote.url)?.[1] ?? []),
    );
    const columns = [
      nameWords,
      titleWords,
      wordsOf(description),
      publisherWords,
      packageWords,
      [...hosts].flatMap(wordsOf),
    ];
    this.#db
      .sql(
        'INSERT INTO servers_text (rowid, name, title, description, publisher, packages, host) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(id, ...columns.map((words) => words.join(' ')));
    for (const [kind, key] of keysOf(name, title, publisher).entries()) {
      if (key !== '') this.#keys.push([key, id, kind]);
    }
    this.#search.learn([...nameWords, ...titleWords, ...publisherWords, ...packageWords]);
    this.#columns.set(id, flags);
  }

  remove(id: number): void {
    this.flush();
    const row = this.#db.sql('SELECT name, title, publisher FROM servers WHERE id = ?').get(id);
    if (row === undefined) return;
    const title = row['title'] === null ? undefined : String(row['title']);
    const deleteKey = this.#db.sql('DELETE FROM keys WHERE key = ? AND server = ?');
    for (const key of keysOf(String(row['name']), title, String(row['publisher']))) deleteKey.run(key, id);
    this.#db.sql('DELETE FROM servers_text WHERE rowid = ?').run(id);
    this.#db.sql('DELETE FROM servers WHERE id = ?').run(id);
    this.#columns.remove(id);
  }

  removeAll(registryId: string): void {
    for (const row of this.#db.sql('SELECT id FROM servers WHERE registry = ?').all(registryId))
      this.remove(Number(row['id']));
  }
}

/** The row of the list with this id. */
export function readRow(db: Database, id: number): RegistryRow | undefined {
  const row = db
    .sql(
      `SELECT registry, name, title, description, publisher, version, status, updated_at, published_at, traits, flags,
         (SELECT count(*) FROM versions WHERE versions.registry = servers.registry AND versions.name = servers.name) AS version_count
       FROM servers WHERE id = ?`,
    )
    .get(id);
  if (row === undefined) return undefined;
  const traits = JSON.parse(String(row['traits'])) as Traits;
  const time = (name: string) => (row[name] === null ? undefined : Number(row[name]));
  return {
    registryId: String(row['registry']),
    name: String(row['name']),
    title: row['title'] === null ? undefined : String(row['title']),
    description: String(row['description']),
    publisher: String(row['publisher']),
    version: String(row['version']),
    status: String(row['status']) as RegistryRow['status'],
    updatedAt: time('updated_at'),
    publishedAt: time('published_at'),
    versionCount: Number(row['version_count']),
    packageKinds: traits.kinds,
    transports: traits.transports,
    hasRemote: traits.hasRemote,
    standing: standingIn(Number(row['flags'])),
  };
}

/** What a server can be called, by kind: whole name, short name, title, publisher. */
function keysOf(name: string, title: string | undefined, publisher: string): readonly string[] {
  return [name, shortNameOf(name), title ?? '', publisher.split('.').at(-1) ?? ''].map(keyOf);
}
