import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const officialKey = 'io.modelcontextprotocol.registry/official';

/** One version of a server, as the API answers it. */
export interface ServerResponse {
  readonly server: {
    readonly name: string;
    readonly version: string;
    readonly description?: string;
    readonly [key: string]: unknown;
  };
  readonly _meta?: { readonly [key: string]: unknown };
}

/** The registry's own data about a version. */
export interface OfficialMeta {
  readonly status: 'active' | 'deprecated' | 'deleted';
  readonly statusMessage?: string;
  readonly statusChangedAt: string;
  readonly publishedAt: string;
  readonly updatedAt: string;
  readonly isLatest: boolean;
}

/** A stored version with what the list needs at hand. */
export interface Row {
  readonly name: string;
  readonly version: string;
  readonly haystack: string;
  readonly meta: OfficialMeta;
  readonly json: string;
}

/** All versions, ordered by name, then version text, as the official registry orders them. */
export class Snapshot {
  #rows: Row[];

  constructor(items: readonly ServerResponse[]) {
    this.#rows = items.map(rowOf).sort(byKey);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** The versions of one server, newest publication first. */
  versionsOf(name: string): readonly Row[] {
    return this.#rows
      .filter((row) => row.name === name)
      .sort((a, b) => Date.parse(b.meta.publishedAt) - Date.parse(a.meta.publishedAt));
  }

  /** Adds or replaces a version; as the latest one it takes the mark from the others. */
  put(item: ServerResponse, now = new Date().toISOString()): void {
    const row = rowOf(item);
    const others = this.#rows
      .filter((other) => other.name !== row.name || other.version !== row.version)
      .map((other) =>
        row.meta.isLatest && other.name === row.name && other.meta.isLatest
          ? changed(other, { isLatest: false, updatedAt: now })
          : other,
      );
    this.#rows = [...others, row].sort(byKey);
  }

  /** Changes the lifecycle of a version. */
  setStatus(
    name: string,
    version: string,
    status: OfficialMeta['status'],
    statusMessage?: string,
    now = new Date().toISOString(),
  ): void {
    this.#rows = this.#rows.map((row) =>
      row.name === name && row.version === version
        ? changed(row, {
            status,
            statusChangedAt: now,
            updatedAt: now,
            ...(statusMessage === undefined ? {} : { statusMessage }),
          })
        : row,
    );
  }
}

/** The real versions of December 2025 that come with the repository. */
export function realServers(): readonly ServerResponse[] {
  const file = new URL('../../test/fixtures/registry/serversAllVersions.json.gz', import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as ServerResponse[];
}

function rowOf(item: ServerResponse): Row {
  const { name, version, description = '' } = item.server;
  return {
    name,
    version,
    haystack: `${name}\n${description}`.toLowerCase(),
    meta: item._meta?.[officialKey] as OfficialMeta,
    json: JSON.stringify(item),
  };
}

function changed(row: Row, change: Partial<OfficialMeta>): Row {
  const item = JSON.parse(row.json) as ServerResponse;
  return rowOf({ ...item, _meta: { ...item._meta, [officialKey]: { ...row.meta, ...change } } });
}

/** Orders by code units, so that a cursor always means the same place. */
function byKey(a: Row, b: Row): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.version === b.version ? 0 : a.version < b.version ? -1 : 1;
}
