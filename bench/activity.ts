import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ActivityEvent } from '../src/core/activity.ts';
import { findActivity, verifyActivity } from '../src/core/activityVerify.ts';
import { createActivityRows } from '../src/node/activityRows.ts';
import { Database } from '../src/node/database.ts';
import { compare, timed, type Comparison } from './stats.ts';

const count = 100_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const servers = 20;

/** The activity log with a hundred thousand lines: appending, checking the whole chain, paging and filtering. */
export async function benchActivity(): Promise<readonly Comparison[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-activity-'));
  const db = Database.open(join(dir, 'ours.db'));
  const bare = new DatabaseSync(join(dir, 'bare.db'));
  try {
    bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    bare.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
    const rows = createActivityRows(db, sha256);
    db.transaction(() => {
      for (let n = 0; n < count; n++) rows.append(n, event(n));
    });
    const insert = bare.prepare('INSERT INTO log (body) VALUES (?)');
    bare.exec('BEGIN');
    for (let n = 0; n < count; n++) insert.run(JSON.stringify(event(n)));
    bare.exec('COMMIT');

    const append = { ours: [] as number[], bare: [] as number[] };
    for (let n = 0; n < 2_000; n++) {
      append.ours.push(await timed(async () => rows.append(n, event(n))));
      append.bare.push(
        await timed(async () => {
          bare.exec('BEGIN IMMEDIATE');
          insert.run(JSON.stringify(event(n)));
          bare.exec('COMMIT');
        }),
      );
    }

    const check = { ours: [] as number[], hashes: [] as number[] };
    const slices: number[] = [];
    const { signal } = new AbortController();
    for (let round = 0; round < 5; round++) {
      let begun = performance.now();
      const pause = async () => {
        slices.push(performance.now() - begun);
        await new Promise((resolve) => setImmediate(resolve));
        begun = performance.now();
      };
      check.ours.push(await timed(() => verifyActivity(rows, { sha256, pause }, signal)));
      check.hashes.push(
        await timed(async () => {
          for (const row of bare.prepare('SELECT body FROM log').iterate()) sha256(String(row['body']));
        }),
      );
    }

    const look = async (filter: Parameters<typeof findActivity>[1]) => {
      const times: number[] = [];
      for (let n = 0; n < 40; n++)
        times.push(
          await timed(() =>
            findActivity(
              rows,
              filter,
              {},
              100,
              () => new Promise((resolve) => setImmediate(resolve)),
              signal,
            ),
          ),
        );
      return times;
    };
    const scan: number[] = [];
    for (let n = 0; n < 40; n++)
      scan.push(
        await timed(async () =>
          bare.prepare(`SELECT count(*) FROM log WHERE body LIKE '%nothing has this%'`).get(),
        ),
      );
    const first: number[] = [];
    for (let n = 0; n < 40; n++)
      first.push(
        await timed(async () => bare.prepare('SELECT * FROM log ORDER BY seq DESC LIMIT 100').all()),
      );

    return [
      compare(
        'activity: append a line in its own commit (bare: one INSERT)',
        'ms',
        append.ours,
        append.bare,
        '≤ 5',
      ),
      compare(
        `activity: verify ${count} lines (bare: read and hash as many texts)`,
        'ms',
        check.ours,
        check.hashes,
        '≤ 6',
      ),
      compare(
        'activity: longest stop of everything else while verifying (bare: the whole check)',
        'ms',
        slices,
        check.ours,
        '≤ 0.02',
      ),
      compare('activity: first page (bare: SELECT of 100)', 'ms', await look({}), first, '≤ 5'),
      compare(
        `activity: page of one server of ${servers} (bare: one LIKE over everything)`,
        'ms',
        await look({ serverId: 'server-7' }),
        scan,
        '≤ 1',
      ),
      compare(
        `activity: words that no line has, over ${count} lines (bare: one LIKE over everything)`,
        'ms',
        await look({ text: 'nothing has this' }),
        scan,
        '≤ 5',
      ),
    ];
  } finally {
    db.close();
    bare.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function event(n: number): ActivityEvent {
  return {
    kind: 'call',
    jobId: `job-${n}`,
    serverId: `server-${n % servers}`,
    serverName: `server ${n % servers}`,
    tool: `tool_${n % 50}`,
    caller: { kind: 'gateway', name: `agent-${n % 4}` },
    rule: 'allowed by rule 12',
    launchHash: 'a'.repeat(64),
    definitionHash: 'b'.repeat(64),
    argumentsHash: 'c'.repeat(64),
    preview: `{"query":"select ${n}","limit":100}`,
    askedAt: n,
  };
}
