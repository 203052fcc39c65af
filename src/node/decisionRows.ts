import type { DecisionRows, RememberedDecision } from '../core/policy.ts';
import type { Logger } from '../core/ports.ts';
import type { Database } from './database.ts';

/** Remembered decisions in SQLite; an unreadable row allows nothing: it is logged and skipped. */
export function createDecisionRows(db: Database, logger: Logger): DecisionRows {
  return {
    insert: (decision) => {
      db.sql('INSERT INTO decisions (id, created_at, body) VALUES (?, ?, ?)').run(
        decision.id,
        decision.createdAt,
        JSON.stringify(decision),
      );
    },
    delete: (id) => {
      db.sql('DELETE FROM decisions WHERE id = ?').run(id);
    },
    all: () =>
      db
        .sql('SELECT id, body FROM decisions ORDER BY created_at')
        .all()
        .flatMap((row) => {
          try {
            const value = JSON.parse(String(row['body'])) as RememberedDecision;
            const texts = [
              value.serverId,
              value.tool,
              value.launchHash,
              value.definitionHash,
              value.caller,
              value.scope,
            ];
            if (texts.every((text) => typeof text === 'string') && value.effect === 'allow') return [value];
            throw new TypeError('a field is missing');
          } catch (error) {
            logger.warn(`decision row ${String(row['id'])} cannot be read and is skipped`, error);
            return [];
          }
        }),
  };
}
