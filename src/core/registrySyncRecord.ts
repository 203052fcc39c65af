import type { PageAnswer } from './registryClient.ts';
import type { SyncRecord } from './registryIndex.ts';
import type { RegistrySource } from './registry.ts';

/** Clocks differ and a change takes time to show: an update asks from this much before the newest change. */
const overlapMs = 10 * 60_000;

/** The state before anything was read. */
export function emptyRecord(source: RegistrySource): SyncRecord {
  return {
    registryId: source.id,
    url: source.url,
    api: undefined,
    mode: 'idle',
    cursor: undefined,
    since: undefined,
    generation: 1,
    pages: 0,
    rows: 0,
    bad: 0,
    startedAt: 0,
    watermark: undefined,
    completedAt: undefined,
    mirrorRows: undefined,
  };
}

/** A record at the start of a new pass. */
export function opened(record: SyncRecord, mode: 'mirror' | 'update', now: number): SyncRecord {
  const newest = record.watermark === undefined ? Number.NaN : Date.parse(record.watermark);
  return {
    ...record,
    mode,
    cursor: undefined,
    since:
      mode === 'update' && !Number.isNaN(newest) ? new Date(newest - overlapMs).toISOString() : undefined,
    generation: mode === 'mirror' ? record.generation + 1 : record.generation,
    pages: 0,
    rows: 0,
    bad: 0,
    startedAt: now,
  };
}

/** The record after a page; the end of the last page leaves the pass open until `closed`. */
export function advanced(record: SyncRecord, answer: PageAnswer, cursor: string | undefined): SyncRecord {
  const { page, api, serverTime } = answer;
  let newest = record.watermark;
  for (const { updatedAt } of page.entries) {
    if (updatedAt !== undefined && (newest === undefined || Date.parse(updatedAt) > Date.parse(newest)))
      newest = updatedAt;
  }
  return {
    ...record,
    api,
    cursor,
    pages: record.pages + 1,
    rows: record.rows + page.entries.length,
    bad: record.bad + page.bad.length,
    startedAt: record.pages === 0 && serverTime !== undefined ? serverTime : record.startedAt,
    watermark: newest,
  };
}

/** The record of a complete pass. A change during the pass may have hit a page that was read already, so the watermark is no later than its start. */
export function closed(record: SyncRecord, now: number): SyncRecord {
  const newest = record.watermark === undefined ? Number.NaN : Date.parse(record.watermark);
  return {
    ...record,
    mode: 'idle',
    cursor: undefined,
    since: undefined,
    watermark: Number.isNaN(newest) ? undefined : new Date(Math.min(newest, record.startedAt)).toISOString(),
    completedAt: now,
    mirrorRows: record.mode === 'mirror' ? record.rows : record.mirrorRows,
  };
}
