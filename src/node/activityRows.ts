import { lineHash, type ActivityEvent, type ActivityLine, type ActivityRows } from '../core/activity.ts';
import type { Sha256 } from '../core/ports.ts';
import type { Database } from './database.ts';

const genesis = '0'.repeat(64);

/** The activity log in SQLite; the chain is one over all windows because each line is appended in a write transaction. */
export function createActivityRows(db: Database, sha256: Sha256): ActivityRows {
  const decode = (row: Record<string, unknown>): ActivityLine => ({
    seq: Number(row['seq']),
    at: Number(row['at']),
    event: JSON.parse(String(row['body'])) as ActivityEvent,
    previous: String(row['previous']),
    hash: String(row['hash']),
  });
  return {
    append: (at, event) =>
      db.transaction(() => {
        const last = db.sql('SELECT seq, hash FROM activity ORDER BY seq DESC LIMIT 1').get();
        const line = {
          seq: Number(last?.['seq'] ?? 0) + 1,
          at,
          event,
          previous: String(last?.['hash'] ?? genesis),
        };
        const hash = lineHash(line, sha256);
        db.sql('INSERT INTO activity (seq, at, kind, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)').run(
          line.seq,
          at,
          event.kind,
          JSON.stringify(event),
          line.previous,
          hash,
        );
        return { ...line, hash };
      }),
    page: (limit, beforeSeq) =>
      db
        .sql('SELECT seq, at, body, previous, hash FROM activity WHERE seq < ? ORDER BY seq DESC LIMIT ?')
        .all(beforeSeq ?? Number.MAX_SAFE_INTEGER, limit)
        .map(decode),
    verify: () => {
      let previous = genesis;
      let expected = 1;
      for (const row of db.sql('SELECT seq, at, body, previous, hash FROM activity ORDER BY seq').iterate()) {
        const seq = Number(row['seq']);
        if (seq !== expected) return { seq, problem: `line ${expected} is missing` };
        if (row['previous'] !== previous) return { seq, problem: 'does not follow the line before it' };
        let line: ActivityLine;
        try {
          line = decode(row);
        } catch {
          return { seq, problem: 'cannot be read' };
        }
        if (lineHash({ seq, at: line.at, event: line.event, previous }, sha256) !== line.hash)
          return { seq, problem: 'was changed' };
        previous = line.hash;
        expected++;
      }
      return undefined;
    },
  };
}
