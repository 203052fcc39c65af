import type { EntryStanding } from './identityEntry.ts';
import type { RegistryApi } from './registryClient.ts';
import type { EntryStatus, RegistryEntry, RegistryPage } from './registry.ts';

/** How far the copy of a registry is; stored with each page, so that a killed pass goes on where it was. */
export interface SyncRecord {
  readonly registryId: string;
  /** The address that the rows came from. */
  readonly url: string;
  readonly api: RegistryApi | undefined;
  /** `mirror`: all versions; `update`: what changed since; `idle`: no pass is open. */
  readonly mode: 'idle' | 'mirror' | 'update';
  /** Cursor of the next page; undefined at the start of a pass. */
  readonly cursor: string | undefined;
  /** What an update asks for. */
  readonly since: string | undefined;
  /** Counts the mirrors; rows of older ones are removed when one is complete. */
  readonly generation: number;
  /** Of the open pass. */
  readonly pages: number;
  readonly rows: number;
  readonly bad: number;
  /** When the open pass began, by the registry's clock where it tells. */
  readonly startedAt: number;
  /** The newest change that was seen; an update asks from some minutes before it. */
  readonly watermark: string | undefined;
  /** When the last pass was complete; undefined while there was none. */
  readonly completedAt: number | undefined;
  /** Rows of the last complete mirror. */
  readonly mirrorRows: number | undefined;
}

/** A server as a row of the list; every text is untrusted. */
export interface RegistryRow {
  readonly registryId: string;
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string;
  readonly publisher: string;
  /** The latest one. */
  readonly version: string;
  readonly status: EntryStatus;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number | undefined;
  readonly publishedAt: number | undefined;
  readonly versionCount: number;
  /** npm, pypi, … of its packages. */
  readonly packageKinds: readonly string[];
  /** stdio, streamable-http, sse over packages and remotes. */
  readonly transports: readonly string[];
  readonly hasRemote: boolean;
  /** Who the latest version is by, as far as the entry alone says. */
  readonly standing: EntryStanding;
}

/** What narrows a list; lists mean "one of these", missing means "any". */
export interface RegistryFilters {
  readonly registries?: readonly string[];
  readonly place?: 'remote' | 'local';
  /** npm, pypi, nuget, oci, mcpb, cargo, go, other. */
  readonly packageKinds?: readonly string[];
  readonly transports?: readonly ('stdio' | 'streamable-http' | 'sse')[];
  readonly statuses?: readonly EntryStatus[];
  /** Only verified sources: the entry proves it, and the registry checks who publishes. */
  readonly isVerified?: true;
  /** Only these servers: the installed ones, or those with an update. */
  readonly only?: readonly { readonly registryId: string; readonly name: string }[];
}

/** One look at the list. */
export interface RegistryQuery {
  readonly text: string;
  readonly filters: RegistryFilters;
  /** `relevance` without text is by name. */
  readonly sort: 'relevance' | 'name' | 'updated' | 'published';
  readonly offset: number;
  readonly limit: number;
}

/** What a look at the list found. */
export interface RegistryResult {
  /** All that fit, also beyond this page. */
  readonly total: number;
  readonly rows: readonly RegistryRow[];
  /** Words that were read as others, because nothing had them. */
  readonly corrections: readonly { readonly from: string; readonly to: readonly string[] }[];
  /** No server has all words: these have some. */
  readonly isPartial: boolean;
}

/** What saving a page changed. */
export interface SavedPage {
  /** Rows that this pass had not seen before; a pass without any goes round in circles. */
  readonly fresh: number;
  readonly changed: number;
  readonly removed: number;
}

/** The copy of all registries on this machine. Every method is synchronous and bounded. */
export interface RegistryIndex {
  record(registryId: string): SyncRecord | undefined;
  records(): readonly SyncRecord[];
  /**
   * Stores a page and the state of its pass in one commit. Deleted versions are removed; with the last page of a mirror
   * that saw everything (`removeUnseen`), so are the versions that it did not see.
   */
  savePage(record: SyncRecord, page: RegistryPage, options?: { readonly removeUnseen: boolean }): SavedPage;
  /** Reserves the registry for one synchronisation; false while another window beats. An owner `pid-N…` stops beating with its process. */
  claim(registryId: string, owner: string, now: number): boolean;
  release(registryId: string, owner: string): void;
  /** Removes everything of a registry. */
  forget(registryId: string): void;
  size(registryId?: string): { readonly servers: number; readonly versions: number };
  search(query: RegistryQuery): RegistryResult;
  row(registryId: string, name: string): RegistryRow | undefined;
  /** All stored versions of a server, newest first. */
  versions(registryId: string, name: string): readonly RegistryEntry[];
  /** One version, or `latest`. */
  entry(registryId: string, name: string, version: string): RegistryEntry | undefined;
}
