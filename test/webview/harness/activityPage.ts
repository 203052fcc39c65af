import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActivityEvent, ActivityRows } from '../../../src/core/activity.ts';
import type { VerifyState } from '../../../src/core/activityKeeper.ts';
import { findActivity, verifyActivity } from '../../../src/core/activityVerify.ts';
import { activityRow, activityView } from '../../../src/core/dashboardActivity.ts';
import type { Job } from '../../../src/core/jobs.ts';
import { createActivityRows } from '../../../src/node/activityRows.ts';
import { Database } from '../../../src/node/database.ts';
import { callEvent, endEvent, noPause } from '../../fakes/activityBed.ts';
import { sha256 } from '../../fakes/doorBed.ts';
import { FakeHost } from './fakeHost.ts';
import { now } from './fixtures.ts';

/** The activity page over a real log. */
export class ActivityPageBed {
  readonly db: Database;
  readonly rows: ActivityRows;
  readonly jobs = new Map<string, Job>();
  verify: VerifyState = { kind: 'never' };
  readonly #dir = mkdtempSync(join(tmpdir(), 'activity-page-'));

  constructor() {
    this.db = Database.open(join(this.#dir, 'db'));
    this.rows = createActivityRows(this.db, sha256);
  }

  /** A host whose dashboard is on the page. */
  host(seq?: number): FakeHost {
    const { rows } = this;
    const serverName = () => undefined;
    const host = new FakeHost(
      { kind: 'activity', seq },
      {
        activity: (open) =>
          activityView(
            {
              ...{ rows, serverName, verify: this.verify },
              head: rows.head()?.seq ?? 0,
              retention: { maxAgeMs: 365 * 86_400_000, maxBytes: 100_000_000 },
              job: (id) => this.jobs.get(id),
            },
            open,
          ),
      },
    );
    host.answers['activity.search'] = async ({ filter, before, after, limit }, signal) => {
      const head = rows.head()?.seq ?? 0;
      const found = await findActivity(rows, filter, { before, after }, limit, noPause, signal);
      return {
        rows: found.lines.map((line) => activityRow(line, serverName)),
        before: found.before,
        head,
      };
    };
    host.answers['activity.verify'] = async () => {
      const { signal } = new AbortController();
      const verdict = await verifyActivity(rows, { sha256, pause: noPause, anchor: rows.head() }, signal);
      this.verify = { kind: 'running', lines: 1, of: verdict.lines };
      await host.send();
      this.verify = { kind: 'done', at: now, ms: 420, verdict };
      await host.send();
      return null;
    };
    return host;
  }

  /** A day with calls of three callers, a denial, changes, and a line of a newer version. */
  fillBusyDay(): void {
    const add = (minutes: number, event: ActivityEvent) => this.rows.append(now - minutes * 60_000, event);
    const user = { caller: { kind: 'user', name: 'user' } } as const;
    const times = (minutes: number) => ({
      askedAt: now - minutes * 60_000 - 9_200,
      decidedAt: now - minutes * 60_000 - 40,
    });
    add(55, { kind: 'consent', serverId: 'user/nightly', launchHash: 'c'.repeat(64), granted: true });
    add(54, {
      kind: 'installed',
      serverId: 'user/github',
      serverName: 'github',
      file: '/home/dev/.config/Code/User/mcp.json',
      entry: 'io.github.github/github-mcp-server',
      version: '0.14.0',
    });
    add(50, { kind: 'caller-issued', callerId: 'c1', name: 'claude-code', agent: 'claude-code' });
    add(
      45,
      callEvent(1, {
        ...times(45),
        serverId: 'user/nightly',
        serverName: 'nightly',
        tool: 'run_backtest',
        ...user,
        preview: '{"symbol":"NOVA","months":6}',
      }),
    );
    add(
      41,
      endEvent(1, 'completed', {
        serverId: 'user/nightly',
        serverName: 'nightly',
        tool: 'run_backtest',
        ...user,
        ms: 240_000,
      }),
    );
    add(
      30,
      callEvent(2, {
        ...times(30),
        serverId: 'user/github',
        serverName: 'github',
        tool: 'create_issue',
        preview: '{"title":"Flaky test","token":"(hidden)"}',
      }),
    );
    add(
      30,
      endEvent(2, 'failed', {
        serverId: 'user/github',
        serverName: 'github',
        tool: 'create_issue',
        ms: 812,
        code: 'tool-error',
      }),
    );
    add(20, {
      ...callEvent(3, {
        serverId: 'user/github',
        serverName: 'github',
        tool: 'delete_repository',
        rule: 'deny destructive tools',
        preview: '{"repo":"prod"}',
        askedAt: now - 20 * 60_000,
      }),
      kind: 'call-denied',
    } as ActivityEvent);
    add(15, {
      kind: 'definition-changed',
      serverId: 'user/github',
      launchHash: 'd'.repeat(64),
      items: ['create_issue'],
      changes: { description: 1 },
    });
    add(
      10,
      callEvent(4, {
        ...times(10),
        serverId: 'user/github',
        serverName: 'github',
        tool: 'create_issue',
        preview: '{"title":"Crash on start"}',
      }),
    );
    add(
      10,
      endEvent(4, 'completed', {
        serverId: 'user/github',
        serverName: 'github',
        tool: 'create_issue',
        ms: 640,
      }),
    );
    add(5, {
      kind: 'quota-reached',
      serverId: 'user/github',
      name: 'daily limit',
    } as unknown as ActivityEvent);
    add(
      2,
      callEvent(5, {
        serverId: 'user/nightly',
        serverName: 'nightly',
        tool: 'delete_every\u202Egnp.thing',
        ...user,
        preview: '{"text":"a\u200Bb"}',
      }),
    );
  }

  dispose(): void {
    this.db.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
