import { randomBytes } from 'node:crypto';
import type { ActivityRows } from '../core/activity.ts';
import {
  agentKinds,
  callerNameProblem,
  defaultCallerSettings,
  type CallerOffers,
  type CallerRecord,
  type CallerRows,
  type CallerSettings,
} from '../core/callerRecord.ts';
import { isJsonObject, jsonItems, type Json } from '../core/json.ts';
import type { Clock, Logger } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import type { Database } from './database.ts';

/** A new bearer token: 256 random bits, with a prefix by which scanners of leaked secrets know it. */
export function newCallerToken(): string {
  return `mcpsb_${randomBytes(32).toString('base64url')}`;
}

/** Callers in SQLite; an unreadable row authenticates nobody: it is logged and skipped. */
export function createCallerRows(
  db: Database,
  activity: Pick<ActivityRows, 'append'>,
  clock: Pick<Clock, 'now'>,
  logger: Logger,
): CallerRows {
  const bodyOf = ({ agent, settings }: CallerRecord) => JSON.stringify({ agent, settings });
  return {
    all: () =>
      db
        .sql('SELECT id, name, token_hash, issued_at, last_used_at, body FROM callers ORDER BY issued_at, id')
        .all()
        .flatMap((row) => {
          try {
            return [decode(row)];
          } catch (error) {
            logger.warn(`caller row ${String(row['id'])} cannot be read and is skipped`, error);
            return [];
          }
        }),
    insert: (record, event) => {
      const { id, name, tokenHash, issuedAt } = record;
      db.transaction(() => {
        const taken = db.sql('SELECT 1 FROM callers WHERE name = ? OR token_hash = ?').get(name, tokenHash);
        if (taken) throw new AppError('conflict', `another caller is named ${name}`);
        db.sql('INSERT INTO callers (id, name, token_hash, issued_at, body) VALUES (?, ?, ?, ?, ?)').run(
          id,
          name,
          tokenHash,
          issuedAt,
          bodyOf(record),
        );
        activity.append(clock.now(), event);
      });
    },
    update: (record, event) => {
      const { id, name, tokenHash } = record;
      db.transaction(() => {
        const taken = db.sql('SELECT 1 FROM callers WHERE name = ? AND id <> ?').get(name, id);
        if (taken) throw new AppError('conflict', `another caller is named ${name}`);
        const { changes } = db
          .sql('UPDATE callers SET name = ?, token_hash = ?, body = ? WHERE id = ?')
          .run(name, tokenHash, bodyOf(record), id);
        if (changes === 0) throw new AppError('not-found', 'this caller was revoked');
        activity.append(clock.now(), event);
      });
    },
    delete: (id, event) => {
      db.transaction(() => {
        const { changes } = db.sql('DELETE FROM callers WHERE id = ?').run(id);
        if (changes > 0) activity.append(clock.now(), event);
      });
    },
    used: (id, at) => {
      db.sql('UPDATE callers SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?').run(at, id);
    },
    callsSince: (at) => {
      const rows = db
        .sql(
          `SELECT body ->> '$.caller.name' AS name, count(*) AS calls FROM activity
           WHERE at >= ? AND kind IN ('call', 'call-denied') AND json_valid(body) AND body ->> '$.caller.kind' = 'gateway'
           GROUP BY 1`,
        )
        .all(at);
      return new Map(rows.map((row) => [String(row['name']), Number(row['calls'])]));
    },
    version: () => db.dataVersion(),
  };
}

function decode(row: Record<string, unknown>): CallerRecord {
  const body: unknown = JSON.parse(String(row['body']));
  const [id, name, tokenHash] = [row['id'], row['name'], row['token_hash']];
  if (typeof id !== 'string' || typeof name !== 'string' || callerNameProblem(name) !== undefined)
    throw new TypeError('no name');
  if (typeof tokenHash !== 'string' || !/^[0-9a-f]{64}$/.test(tokenHash)) throw new TypeError('no hash');
  if (!isJsonObject(body)) throw new TypeError('no body');
  return {
    id,
    name,
    agent: agentKinds.find((kind) => kind === body['agent']) ?? 'other',
    tokenHash,
    issuedAt: Number(row['issued_at']),
    lastUsedAt: row['last_used_at'] === null ? undefined : Number(row['last_used_at']),
    settings: settingsOf(body['settings']),
  };
}

/** Settings as stored; what cannot be understood of the offers gives nothing away. */
function settingsOf(value: Json | undefined): CallerSettings {
  if (!isJsonObject(value)) throw new TypeError('no settings');
  const { callsPerMinute, approvalTimeoutMs, questions } = value;
  return {
    offers: offersOf(value['offers']),
    callsPerMinute: count(callsPerMinute),
    approvalTimeoutMs: count(approvalTimeoutMs),
    questions: questions === 'caller' ? 'caller' : defaultCallerSettings.questions,
  };
}

function offersOf(value: Json | undefined): CallerOffers {
  if (isJsonObject(value)) {
    if (value['kind'] === 'all') return { kind: 'all' };
    if (value['kind'] === 'preset' && typeof value['name'] === 'string')
      return { kind: 'preset', name: value['name'] };
    if (value['kind'] === 'servers') {
      return {
        kind: 'servers',
        serverIds: jsonItems(value['serverIds']).filter((id) => typeof id === 'string'),
      };
    }
  }
  return { kind: 'servers', serverIds: [] };
}

function count(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}
