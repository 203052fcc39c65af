import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openHost, type HeadlessHost } from '../scripts/host/headless.ts';
import { jobRow } from '../src/core/dashboardJob.ts';
import type { Job } from '../src/core/jobs.ts';
import { Database } from '../src/node/database.ts';
import { createJobRows } from '../src/node/jobRows.ts';
import { JobNodes } from '../src/vscode/jobNodes.ts';
import { compare, timed, type Comparison } from './stats.ts';
import { scratchConfig } from './support.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Many jobs at once: live tasks polled, thousands of stored ones opened, and those of a dead window taken up. */
export async function benchJobs(): Promise<readonly Comparison[]> {
  return [...(await benchPolling()), ...(await benchStored()), ...(await benchResume())];
}

interface Seen {
  readonly counts: Readonly<Record<string, number>>;
  /** When each `tasks/get` came, in milliseconds. */
  readonly polls: readonly number[];
}

/** The servers of `taskServer.ts`, one for each path, and a host's configuration of them. */
async function taskServers(count: number, pollMs: number, mode: 'working' | 'done') {
  const script = fileURLToPath(new URL('taskServer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, String(pollMs), mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const port = await next();
  const entries = Array.from({ length: count }, (_, i) => [
    `server-${i}`,
    { type: 'http', url: `http://127.0.0.1:${port}/${i}` },
  ]);
  const bed = await scratchConfig({ servers: Object.fromEntries(entries) as object });
  return {
    ...bed,
    /** What came since the last report. */
    report: async (): Promise<Seen> => {
      child.stdin.write('\n');
      return JSON.parse(await next()) as Seen;
    },
    close: async () => {
      child.stdin.end();
      await gone;
      await bed.remove();
    },
  };
}

const live = 1_000;
const servers = 50;
const pollMs = 5_000;
const watchedMs = 30_000;

async function benchPolling(): Promise<readonly Comparison[]> {
  const bed = await taskServers(servers, pollMs, 'working');
  const open = await openHost({ ...bed, yes: true, remember: true, logger: silent });
  try {
    await startTasks(open);
    await pause(2 * pollMs);
    await bed.report();
    const before = process.cpuUsage();
    const from = performance.now();
    await pause(watchedMs);
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(before);
    const { polls } = await bed.report();
    const ideal = (live * ms) / pollMs;
    const spanMs = 1_000;
    const perSpan = new Map<number, number>();
    for (const at of polls) {
      const span = Math.floor(at / spanMs);
      perSpan.set(span, (perSpan.get(span) ?? 0) + 1);
    }
    const what = `${live} live tasks on ${servers} servers`;
    return [
      compare(
        `${what}: polls against one for each interval (bounded to 16 a second)`,
        'requests',
        [polls.length],
        [ideal],
        '<= 1',
      ),
      compare(
        `${what}: polls in a second against their mean`,
        'requests',
        [...perSpan.values()],
        [(polls.length * spanMs) / ms],
        'p95 <= 1.5',
      ),
      compare(
        `${what}: processor time against 5 % of one core`,
        '% of a core',
        [((user + system) / 1000 / ms) * 100],
        [5],
        '<= 1',
      ),
    ];
  } finally {
    await open.close();
    await bed.close();
  }
}

/** Resolves when every task has its handle. */
async function startTasks({ host, configuration, signal }: HeadlessHost): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const subscription = host.jobs.open.subscribe((jobs) => {
    if (jobs.length === live && jobs.every((job) => job.task)) begun.resolve();
  });
  for (const { id } of configuration.servers) {
    await host.connections.need(id, signal);
    for (let i = 0; i < live / servers; i++) {
      const intent = { serverId: id, tool: 'work', arguments: { i }, mode: 'task' } as const;
      host.calls.call({ ...intent, caller: { kind: 'command-line', name: 'bench' } }, signal).catch(() => {}); // they are left when the host closes
    }
  }
  await begun.promise;
  subscription.dispose();
}

const stored = { few: 10, many: 10_000 };
const rounds = 60;

async function benchStored(): Promise<readonly Comparison[]> {
  const bed = await scratchConfig({ servers: {} });
  const dirs = { few: `${bed.state}-few`, many: `${bed.state}-many` };
  try {
    for (const size of ['few', 'many'] as const) {
      const db = Database.open(join(dirs[size], 'switchboard.db'));
      const rows = createJobRows(db, join(dirs[size], 'results'), silent);
      db.transaction(() => {
        for (let i = 0; i < stored[size]; i++) rows.insert(finishedJob(i));
      });
      db.close();
    }
    const opened = { few: [] as number[], many: [] as number[] };
    const refreshed = { few: [] as number[], many: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      for (const size of round % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)) {
        let open: HeadlessHost | undefined;
        const nodes = new JobNodes((text) => text);
        const first = await timed(async () => {
          open = await openHost({ config: bed.config, state: dirs[size], logger: silent });
          showTree(open, nodes);
        });
        const again = await timed(() => Promise.resolve(open && showTree(open, nodes)));
        await open?.close();
        if (round === 0) continue;
        opened[size].push(first);
        refreshed[size].push(again);
      }
    }
    const what = `${stored.many} stored jobs against ${stored.few}`;
    return [
      compare(`${what}: open the store and show the tree`, 'ms', opened.many, opened.few, 'p50 <= 1.2'),
      compare(`${what}: refresh the tree`, 'ms', refreshed.many, refreshed.few, 'p50 <= 1.2'),
    ];
  } finally {
    for (const dir of Object.values(dirs)) await rm(dir, { recursive: true, force: true });
    await bed.remove();
  }
}

/** What a visible Jobs view asks for: the model, the rows on one screen, and the dashboard's list. */
function showTree({ host }: HeadlessHost, nodes: JobNodes): void {
  const now = host.clock.now();
  const finished = host.jobs.finished.get();
  nodes.update(host.jobs.open.get(), finished, host.jobs.countFinished() - finished.length, now);
  let shown = 0;
  for (const group of nodes.children())
    for (const node of nodes.children(group)) if (shown++ < 10) nodes.view(node, now);
  finished.slice(0, 10).forEach((job) => jobRow(job, now));
}

const resumed = 200;
const resumedServers = 10;

async function benchResume(): Promise<readonly Comparison[]> {
  const bed = await taskServers(resumedServers, pollMs, 'done');
  try {
    const db = Database.open(join(bed.state, 'switchboard.db'));
    const rows = createJobRows(db, join(bed.state, 'results'), silent);
    db.transaction(() => {
      for (let i = 0; i < resumed; i++) rows.insert(leftJob(i));
    });
    db.close();
    const results: number[] = [];
    const ms = await timed(async () => {
      const open = await openHost({ ...bed, logger: silent });
      const done = Promise.withResolvers<void>();
      const look = () => open.host.jobs.open.get().length === 0 && done.resolve();
      const subscription = open.host.jobs.open.subscribe(look);
      await done.promise;
      subscription.dispose();
      results.push(open.host.jobs.finishedPage(resumed).filter((job) => job.hasResult).length);
      await open.close();
    });
    const { counts } = await bed.report();
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const what = `${resumed} tasks of a dead window on ${resumedServers} servers`;
    return [
      compare(`${what}: all results kept, against one poll interval`, 'ms', [ms], [pollMs], '<= 1'),
      compare(`${what}: results`, 'results', results, [resumed], '1'),
      compare(
        `${what}: requests, against a poll for each task and three for each connection`,
        'requests',
        [total],
        [resumed + 3 * resumedServers],
        '<= 1.1',
      ),
    ];
  } finally {
    await bed.close();
  }
}

const base = {
  serverId: 'given/server-0',
  serverName: 'server-0',
  launchHash: 'x'.repeat(64),
  tool: 'work',
  toolTitle: undefined,
  definitionHash: 'y'.repeat(64),
  arguments: { symbol: 'NOVA', from: '2026-01', to: '2026-06' },
  caller: { kind: 'command-line', name: 'bench' },
  approval: 'allowed once by the user',
  mode: 'task',
  statusMessage: 'Finished',
  progress: { progress: 200, total: 200, message: 'Finished' },
  task: undefined,
  hasResult: false,
  rerunOf: undefined,
} as const satisfies Partial<Job>;

/** A job like those of a real day: a full progress history and a timeline. */
function finishedJob(i: number): Job {
  const at = Date.now() - i * 60_000;
  return {
    ...base,
    id: `job-${i}`,
    createdAt: at - 120_000,
    endedAt: at,
    status: { kind: 'completed' },
    history: Array.from({ length: 200 }, (_, step) => ({
      at: at - 120_000 + step * 600,
      progress: step,
      total: 200,
      message: `month ${step}: equity 100000`,
    })),
    timeline: Array.from({ length: 20 }, (_, step) => ({
      at: at - 120_000 + step * 6_000,
      status: 'running' as const,
      message: `month ${step}: equity 100000`,
    })),
    owner: 'an earlier window',
  };
}

/** A running task whose window is gone. */
function leftJob(i: number): Job {
  const name = `server-${i % resumedServers}`;
  return {
    ...finishedJob(i),
    id: `left-${i}`,
    serverId: `given/${name}`,
    serverName: name,
    endedAt: undefined,
    status: { kind: 'running' },
    task: {
      taskId: `left-${i}`,
      createdAt: Date.now(),
      ttlMs: 3_600_000,
      pollIntervalMs: pollMs,
      resume: {
        ...{ era: 'modern', protocolVersion: '2026-07-28', sessionId: undefined },
        ...{ capabilities: {}, discover: undefined },
      },
      answeredKeys: [],
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
