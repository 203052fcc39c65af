import {
  genesis,
  lineHash,
  type ActivityEvent,
  type ActivityRows,
  type StoredLine,
} from '../core/activity.ts';
import { ChainCheck } from '../core/activityChain.ts';
import { readLine } from '../core/activityRead.ts';
import type { Sha256 } from '../core/ports.ts';
import { activityConditions } from './activitySearch.ts';
import type { Database } from './database.ts';

type Row = Record<string, unknown>;

// Numbers beyond these cannot be read exactly; as REAL they can be read at all.
const range = `seq BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
const columns = 'seq, CAST(at AS REAL) AS at, kind, body, previous, hash';
const overhead = 200; // bytes of a line beside its body: hashes, time, indexes

/** The activity log in SQLite; the chain is one over all windows because each line is appended in a write transaction. */
export function createActivityRows(db: Database, sha256: Sha256): ActivityRows {
  const all = (sql: string, ...values: (string | number)[]): StoredLine[] =>
    db
      .sql(sql)
      .all(...values)
      .map(stored);
  const headRow = () =>
    db.sql('SELECT CAST(seq AS REAL) AS seq, hash, lines, bytes FROM activity_head WHERE slot = 1').get() as
      Row | undefined;
  const lastRow = () =>
    db.sql(`SELECT seq, hash FROM activity WHERE ${range} ORDER BY seq DESC LIMIT 1`).get() as
      Row | undefined;
  /** The later of the two ends: lines that were cut off stay missing, and a head record that was set back stops nobody. */
  const end = () => {
    const [head, last] = [headRow(), lastRow()];
    const later = head && Number(head['seq']) >= Number(last?.['seq'] ?? 0) ? head : last;
    return later && { seq: Number(later['seq']), hash: String(later['hash']) };
  };

  const append = (at: number, event: ActivityEvent) =>
    db.transaction(() => {
      const last = end();
      const line = { seq: (last?.seq ?? 0) + 1, at, event, previous: last?.hash ?? genesis };
      const hash = lineHash(line, sha256);
      const body = JSON.stringify(event);
      db.sql('INSERT INTO activity (seq, at, kind, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)').run(
        line.seq,
        at,
        event.kind,
        body,
        line.previous,
        hash,
      );
      db.sql(
        `INSERT INTO activity_head VALUES (1, ?1, ?2, 1, ?3)
         ON CONFLICT DO UPDATE SET seq = ?1, hash = ?2, lines = lines + 1, bytes = bytes + ?3`,
      ).run(line.seq, hash, body.length + overhead);
      return { ...line, hash };
    });

  const after = (seq: number | undefined, limit: number) =>
    all(
      // One bound each way: SQLite seeks to the first lower bound that it finds.
      `SELECT ${columns} FROM activity WHERE seq > ? AND seq <= ${Number.MAX_SAFE_INTEGER} ORDER BY seq LIMIT ?`,
      seq ?? Number.MIN_SAFE_INTEGER - 1,
      limit,
    );
  const head = () => {
    const row = headRow();
    return row && { seq: Number(row['seq']), hash: String(row['hash']) };
  };
  const size = () => {
    const head = headRow();
    return { lines: Number(head?.['lines'] ?? 0), bytes: Number(head?.['bytes'] ?? 0) };
  };

  return {
    append,
    after,
    size,
    page: (limit, beforeSeq) =>
      all(
        `SELECT ${columns} FROM activity WHERE seq < ? AND seq >= ${Number.MIN_SAFE_INTEGER} ORDER BY seq DESC LIMIT ?`,
        beforeSeq ?? Number.MAX_SAFE_INTEGER + 1,
        limit,
      ).map(readLine),
    find: (filter, from, to, limit) => {
      const { sql, values } = activityConditions(filter);
      return all(
        `SELECT ${columns} FROM activity WHERE seq BETWEEN ? AND ?${sql} ORDER BY seq DESC LIMIT ?`,
        from,
        to,
        ...values,
        limit,
      );
    },
    ofJob: (jobId) =>
      all(`SELECT ${columns} FROM activity WHERE job_id = ? AND ${range} ORDER BY seq LIMIT 100`, jobId),
    get: (seq) => all(`SELECT ${columns} FROM activity WHERE seq = ?`, seq)[0],
    strays: () => Number(db.sql(`SELECT count(*) AS n FROM activity WHERE NOT (${range})`).get()?.['n'] ?? 0),
    head,
    verify: () => {
      const check = new ChainCheck(sha256);
      for (let lines = after(undefined, 1000); lines.length > 0; lines = after(check.last?.seq, 1000))
        for (const line of lines) check.add(line);
      const [problem] = check.end(head()).problems;
      return problem && { seq: problem.seq, problem: problem.kind };
    },
    facets: () => ({ servers: distinct(db, 'server_id'), callers: distinct(db, 'caller') }),
    prune: (now, { maxAgeMs, maxBytes }, maxLines) =>
      db.transaction(() => {
        const { lines, bytes } = size();
        let tooMany = maxBytes > 0 ? bytes - maxBytes : 0;
        const isOld = ({ at }: StoredLine) => maxAgeMs > 0 && at < now - maxAgeMs;
        const [oldest] = after(undefined, 1);
        if (!oldest || lines < 2 || (tooMany <= 0 && !isOld(oldest))) return 0;
        const reason = tooMany > 0 ? 'size' : 'age';
        const check = new ChainCheck(sha256);
        let freed = 0;
        for (const line of after(undefined, Math.min(maxLines, lines - 1))) {
          if (tooMany <= 0 && !isOld(line)) break;
          check.add(line);
          tooMany -= line.body.length + overhead;
          freed += line.body.length + overhead;
        }
        const { last } = check;
        if (!last) return 0;
        append(now, {
          kind: 'pruned',
          through: last.seq,
          hash: last.hash,
          count: check.lines,
          total: prunedBefore(db) + check.lines,
          reason,
          wasIntact: check.problemCount === 0,
        });
        db.sql('DELETE FROM activity WHERE seq <= ?').run(last.seq);
        db.sql('UPDATE activity_head SET lines = max(0, lines - ?), bytes = max(0, bytes - ?)').run(
          check.lines,
          freed,
        );
        return check.lines;
      }),
  };
}

function stored(row: Row): StoredLine {
  return {
    seq: Number(row['seq']),
    at: Number(row['at']),
    kind: String(row['kind']),
    body: String(row['body']),
    previous: String(row['previous']),
    hash: String(row['hash']),
  };
}

function prunedBefore(db: Database): number {
  const row = db
    .sql(
      `SELECT CASE WHEN json_valid(body) THEN CAST(body ->> '$.total' AS REAL) END AS total
       FROM activity WHERE kind = 'pruned' ORDER BY seq DESC LIMIT 1`,
    )
    .get();
  return Number(row?.['total'] ?? 0);
}

const maxFacets = 200;

/** Each value once, by one look into the index for each instead of reading every line. */
function distinct(db: Database, column: 'server_id' | 'caller'): readonly string[] {
  return db
    .sql(
      `WITH RECURSIVE each(value) AS (
         SELECT min(${column}) FROM activity WHERE ${column} IS NOT NULL
         UNION ALL
         SELECT (SELECT min(${column}) FROM activity WHERE ${column} > each.value) FROM each WHERE each.value IS NOT NULL
       ) SELECT value FROM each WHERE value IS NOT NULL LIMIT ${maxFacets}`,
    )
    .all()
    .map((row) => String(row['value']));
}
