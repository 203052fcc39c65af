import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ActivityHead } from '../../src/core/activity.ts';
import { createActivityRows } from '../../src/node/activityRows.ts';
import { Database } from '../../src/node/database.ts';
import { sha256 } from '../../src/node/host.ts';

const script = fileURLToPath(new URL('../../scripts/host.ts', import.meta.url));

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function host(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, 'activity', ...args], { maxBuffer: 1e8 }, (error, out, err) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

/** A state folder with a log of 1,300 lines. */
function stateWith(t: TestContext, sql?: string): { readonly state: string; readonly head: ActivityHead } {
  const state = mkdtempSync(join(tmpdir(), 'activity-state-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const db = Database.open(join(state, 'switchboard.db'));
  const rows = createActivityRows(db, sha256);
  db.transaction(() => {
    for (let n = 0; n < 1_300; n++)
      rows.append(n, { kind: 'consent', serverId: `s${n}`, launchHash: 'h', granted: true });
  });
  const head = rows.head()!;
  if (sql !== undefined) db.sql(sql).run();
  db.close();
  return { state, head };
}

describe('the activity log without an editor', { timeout: 60_000 }, () => {
  test('an untouched log verifies, and against a line that was written down earlier', async (t) => {
    const { state, head } = stateWith(t);
    const { status, out } = await host('verify', '--state', state, '--anchor', `${head.seq}:${head.hash}`);
    const verdict = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(
      [status, verdict['isIntact'], verdict['lines'], verdict['anchored']],
      [0, true, 1_300, 1_300],
    );
    assert.deepEqual(verdict['head'], head);
  });

  test('a changed log is told with the line, and by the exit status', async (t) => {
    const { state } = stateWith(t, `UPDATE activity SET at = 1 WHERE seq = 700`);
    const { status, out } = await host('verify', '--state', state);
    assert.equal(status, 1);
    assert.deepEqual((JSON.parse(out) as { problems: unknown }).problems, [{ kind: 'changed', seq: 700 }]);
  });

  test('another log than the one that was written down is told', async (t) => {
    const { state } = stateWith(t);
    const { status, out } = await host('verify', '--state', state, '--anchor', `7:${'0'.repeat(64)}`);
    assert.deepEqual(
      [status, (JSON.parse(out) as { problems: unknown }).problems],
      [1, [{ kind: 'rewritten', seq: 7 }]],
    );
  });

  test('everything is exported, in both formats, and found by words', async (t) => {
    const { state } = stateWith(t);
    const lines = (await host('export', '--state', state)).out.trimEnd().split('\n');
    assert.equal(lines.length, 1_300);
    assert.equal((JSON.parse(lines[1_299]!) as { seq: number }).seq, 1_300);
    const otlp = (await host('export', '--state', state, '--format', 'otlp')).out.trimEnd().split('\n');
    const records = otlp.flatMap(
      (text) =>
        (JSON.parse(text) as { resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[] }).resourceLogs[0]!
          .scopeLogs[0]!.logRecords,
    );
    assert.equal(records.length, 1_300);
    const found = JSON.parse((await host('--state', state, '--text', 's123')).out) as { lines: unknown[] };
    assert.equal(found.lines.length, 11);
  });

  test('what cannot be done is said with a code', async (t) => {
    const { state } = stateWith(t);
    for (const [args, code] of [
      [['verify'], 'invalid-input'],
      [['shred', '--state', state], 'invalid-input'],
      [['export', '--state', state, '--format', 'xml'], 'invalid-input'],
      [['verify', '--state', state, '--anchor', '7'], 'invalid-input'],
      [['verify', '--state', join(state, 'nowhere')], 'not-found'],
    ] as const) {
      const { status, err } = await host(...args);
      assert.deepEqual([status, (JSON.parse(err) as { error: { code: string } }).error.code], [1, code]);
    }
  });
});
