import { readIdentityRecord, type IdentityRows } from '../core/identityRecord.ts';
import type { Logger } from '../core/ports.ts';
import type { Database } from './database.ts';

/** The last look at each server in the database; an unreadable row is logged and counts as none. */
export function createIdentityRows(db: Database, logger: Logger): IdentityRows {
  return {
    get: (serverId) => {
      const row = db.sql('SELECT body FROM identity_reports WHERE server_id = ?').get(serverId);
      if (row === undefined) return undefined;
      try {
        const record = readIdentityRecord(JSON.parse(String(row['body'])));
        if (record) return record;
        logger.warn(`the identity report of ${serverId} is damaged and was skipped`);
      } catch (error) {
        logger.warn(`the identity report of ${serverId} cannot be read and was skipped`, error);
      }
      return undefined;
    },
    put: (serverId, record) => {
      db.sql(
        `INSERT INTO identity_reports (server_id, at, body) VALUES (?, ?, ?)
         ON CONFLICT (server_id) DO UPDATE SET at = excluded.at, body = excluded.body`,
      ).run(serverId, record.report.at, JSON.stringify(record));
    },
  };
}
