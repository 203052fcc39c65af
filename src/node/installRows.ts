import type { InstallRecord, InstallRows } from '../core/installRecord.ts';
import { readInstallRecord } from '../core/installRecord.ts';
import type { Logger } from '../core/ports.ts';
import type { Database } from './database.ts';

/** Installed servers in the database; an unreadable row is logged and left out. */
export function createInstallRows(db: Database, logger: Logger): InstallRows {
  const decode = (row: Record<string, unknown>): InstallRecord[] => {
    const id = String(row['server_id']);
    try {
      const record = readInstallRecord(JSON.parse(String(row['body'])));
      if (record?.serverId === id) return [record];
      logger.warn(`the record of the installed server ${id} is damaged and was skipped`);
    } catch (error) {
      logger.warn(`the record of the installed server ${id} cannot be read and was skipped`, error);
    }
    return [];
  };
  return {
    put: (record) => {
      db.sql(
        'INSERT INTO installs (server_id, body) VALUES (?, ?) ON CONFLICT (server_id) DO UPDATE SET body = excluded.body',
      ).run(record.serverId, JSON.stringify(record));
    },
    get: (serverId) => {
      const row = db.sql('SELECT server_id, body FROM installs WHERE server_id = ?').get(serverId);
      return row && decode(row)[0];
    },
    all: () => db.sql('SELECT server_id, body FROM installs ORDER BY server_id').all().flatMap(decode),
    remove: (serverId) => {
      db.sql('DELETE FROM installs WHERE server_id = ?').run(serverId);
    },
  };
}
