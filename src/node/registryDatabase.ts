import { join } from 'node:path';
import { Database } from './database.ts';

/** Each entry lifts the schema by one version; entries are never edited once released. */
const migrations: readonly string[] = [
  `
  CREATE TABLE registries (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT, owner TEXT, beat_at INTEGER
  ) STRICT;
  CREATE TABLE chunks (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TABLE versions (
    id INTEGER PRIMARY KEY, registry TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    is_latest INTEGER, status TEXT NOT NULL, published_at TEXT, digest TEXT NOT NULL,
    generation INTEGER NOT NULL, chunk INTEGER NOT NULL, place INTEGER NOT NULL,
    UNIQUE (registry, name, version)
  ) STRICT;
  CREATE INDEX versions_chunk ON versions (chunk);
  CREATE TABLE servers (
    id INTEGER PRIMARY KEY, registry TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
    title TEXT, description TEXT NOT NULL, publisher TEXT NOT NULL, version TEXT NOT NULL, status TEXT NOT NULL,
    updated_at INTEGER, published_at INTEGER, traits TEXT NOT NULL, flags INTEGER NOT NULL,
    UNIQUE (registry, name)
  ) STRICT;
  CREATE TABLE keys (key TEXT NOT NULL, server INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (key, server, kind)) STRICT, WITHOUT ROWID;
  CREATE TABLE words (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE VIRTUAL TABLE servers_text USING fts5 (
    name, title, description, publisher, packages, host,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3'
  );
  `,
  // The flags of a server hold more: the copy is read again.
  `
  DELETE FROM versions; DELETE FROM chunks; DELETE FROM keys; DELETE FROM words; DELETE FROM servers;
  INSERT INTO servers_text (servers_text) VALUES ('delete-all');
  UPDATE registries SET body = NULL;
  `,
];

/** Opens the copy of the registries in a state folder: a file of its own, because it can be fetched again. */
export function openRegistryDatabase(
  stateDir: string,
  onSetAside?: (badFile: string, reason: string) => void,
): Database {
  return Database.open(join(stateDir, 'registry.db'), onSetAside, migrations);
}
