import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ActivityEvent, ActivityHead } from '../../src/core/activity.ts';
import type { ActivityVerdict } from '../../src/core/activityChain.ts';
import { verifyActivity } from '../../src/core/activityVerify.ts';
import { createActivityRows } from '../../src/node/activityRows.ts';
import { Database } from '../../src/node/database.ts';
import { sha256 } from './doorBed.ts';

/** A pause that only lets promises run. */
export const noPause = () => Promise.resolve();

/** A call as the one door records it. */
export function callEvent(n: number, over: object = {}): ActivityEvent {
  return {
    kind: 'call',
    jobId: `job-${n}`,
    serverId: 'user:notes',
    serverName: 'notes',
    tool: 'add_note',
    caller: { kind: 'gateway', name: 'claude-code' },
    rule: 'allowed once by the user',
    launchHash: 'a'.repeat(64),
    definitionHash: 'b'.repeat(64),
    argumentsHash: sha256(String(n)),
    preview: `{"text":"note ${n}"}`,
    askedAt: 900 + n,
    decidedAt: 950 + n,
    ...over,
  };
}

/** How a call ended, as the runner records it. */
export function endEvent(n: number, status: string, over: object = {}): ActivityEvent {
  return {
    kind: 'call-ended',
    jobId: `job-${n}`,
    status,
    ms: 10 + n,
    serverId: 'user:notes',
    serverName: 'notes',
    tool: 'add_note',
    caller: { kind: 'gateway', name: 'claude-code' },
    ...over,
  };
}

/** A log in a database of its own, with `count` lines in it: calls and their ends. */
export function activityBed(t: TestContext, count = 0) {
  const dir = mkdtempSync(join(tmpdir(), 'activity-'));
  const file = join(dir, 'db');
  const db = Database.open(file);
  t.after(() => {
    db.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const rows = createActivityRows(db, sha256);
  db.transaction(() => {
    for (let n = 0; n < count; n++)
      rows.append(1000 + n, n % 2 === 0 ? callEvent(n) : endEvent(n - 1, 'completed'));
  });
  const verify = (anchor?: ActivityHead): Promise<ActivityVerdict> =>
    verifyActivity(rows, { sha256, pause: noPause, anchor }, new AbortController().signal);
  return { db, file, rows, verify };
}
