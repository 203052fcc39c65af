import type { Row } from './snapshot.ts';

/** An error answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly location: string | undefined;

  constructor(status: number, detail: string, location?: string) {
    super(detail);
    this.status = status;
    this.location = location;
  }
}

/** What a list request asks for, after its cursor was read. */
export interface Listing {
  readonly limit: number;
  readonly search: string | undefined;
  readonly version: string | undefined;
  readonly updatedSince: number | undefined;
  readonly includeDeleted: boolean;
  /** The last row of the page before. */
  readonly after: { readonly name: string; readonly version: string } | undefined;
}

const zoned = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Reads the query of a list request; throws the 400 or 422 that the official registry answers. */
export function readListing(query: URLSearchParams): Listing {
  const cursor = query.get('cursor');
  const kept = cursor === null || cursor === '' ? undefined : readCursor(cursor);
  const limitText = query.get('limit') ?? '30';
  const limit = /^-?\d{1,9}$/.test(limitText) ? Number(limitText) : Number.NaN;
  if (Number.isNaN(limit)) throw new ApiError(422, 'invalid integer', 'query.limit');
  if (limit < 1 || limit > 100)
    throw new ApiError(422, limit < 1 ? 'expected number >= 1' : 'expected number <= 100', 'query.limit');
  const since = query.get('updated_since') ?? kept?.since;
  if (since !== undefined && (!zoned.test(since) || Number.isNaN(Date.parse(since)))) {
    throw new ApiError(
      400,
      'Invalid updated_since format: expected RFC3339 timestamp (e.g., 2025-08-07T13:15:04.280Z)',
    );
  }
  const deleted = query.get('include_deleted');
  if (deleted !== null && deleted !== 'true' && deleted !== 'false')
    throw new ApiError(422, 'invalid boolean', 'query.include_deleted');
  if (since !== undefined && deleted === 'false')
    throw new ApiError(400, 'include_deleted cannot be false when updated_since is given');
  return {
    limit,
    // A client may send these with the first page only, so they travel in the cursor.
    search: query.get('search') ?? kept?.search,
    version: query.get('version') ?? kept?.version,
    updatedSince: since === undefined ? undefined : Date.parse(since),
    includeDeleted:
      since !== undefined || deleted === 'true' || (deleted === null && (kept?.deleted ?? false)),
    after: kept && { name: kept.name, version: kept.at },
  };
}

/** One page of rows, and the cursor of the next one. */
export function pageOf(
  rows: readonly Row[],
  listing: Listing,
): { readonly rows: readonly Row[]; readonly nextCursor: string | undefined } {
  const search = listing.search?.toLowerCase();
  const found: Row[] = [];
  for (
    let index = firstAfter(rows, listing.after);
    index < rows.length && found.length <= listing.limit;
    index++
  ) {
    const row = rows[index];
    if (row === undefined || (!listing.includeDeleted && row.meta.status === 'deleted')) continue;
    if (search !== undefined && search !== '' && !row.haystack.includes(search)) continue;
    if (listing.updatedSince !== undefined && Date.parse(row.meta.updatedAt) < listing.updatedSince) continue;
    if (
      listing.version === 'latest'
        ? !row.meta.isLatest
        : listing.version !== undefined && listing.version !== row.version
    )
      continue;
    found.push(row);
  }
  const page = found.slice(0, listing.limit);
  const last = page.at(-1);
  return {
    rows: page,
    nextCursor: found.length > listing.limit && last ? writeCursor(last, listing) : undefined,
  };
}

interface Kept {
  readonly name: string;
  readonly at: string;
  readonly search?: string;
  readonly version?: string;
  readonly since?: string;
  readonly deleted?: boolean;
}

function writeCursor(last: Row, listing: Listing): string {
  const kept: Kept = {
    name: last.name,
    at: last.version,
    ...(listing.search === undefined ? {} : { search: listing.search }),
    ...(listing.version === undefined ? {} : { version: listing.version }),
    ...(listing.updatedSince === undefined ? {} : { since: new Date(listing.updatedSince).toISOString() }),
    ...(listing.includeDeleted ? { deleted: true } : {}),
  };
  return Buffer.from(JSON.stringify(kept)).toString('base64url');
}

function readCursor(cursor: string): Kept {
  try {
    const kept = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Partial<Kept>;
    if (typeof kept.name === 'string' && typeof kept.at === 'string') return kept as Kept;
  } catch {
    // Not one of ours.
  }
  throw new ApiError(400, 'Invalid cursor');
}

/** The index of the first row behind `after`; rows are in order, so half of them are ruled out with each look. */
function firstAfter(rows: readonly Row[], after: Listing['after']): number {
  if (after === undefined) return 0;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    const isBehind =
      row !== undefined &&
      (row.name > after.name || (row.name === after.name && row.version > after.version));
    if (isBehind) high = middle;
    else low = middle + 1;
  }
  return low;
}
