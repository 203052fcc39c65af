import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openHost, type HeadlessHost } from '../../scripts/host/headless.ts';
import type { Job } from '../../src/core/jobs.ts';
import { readJournal } from '../../demo/nightly/journal.ts';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { answersIn, countCalls, nightlyStdio, startNightlyHttp } from '../fixtures/servers/nightly.ts';
import { serverEnv, until } from '../fixtures/servers/rawPeer.ts';
import type { CrashPlan, CrashPoint } from './crashPoints.ts';

export type Era = 'legacy' | 'modern';
export type Transport = 'http' | 'stdio';

/** A nightly server, and hosts on one state folder that come and go. */
export interface CrashBed {
  readonly config: string;
  /** State of the hosts. */
  readonly state: string;
  /** State of the server. */
  readonly serverState: string;
  /** Runs a host until it is killed at that point. */
  crash(point: CrashPoint, args: CrashPlan['arguments']): Promise<void>;
  /** A host in this process; closed when the test ends. */
  open(onRequest?: Parameters<typeof openHost>[0]['onRequest']): Promise<HeadlessHost>;
  /** Has the server forget everything: a server that keeps its tasks in memory, started anew. */
  forgetAll(): Promise<void>;
  /** How often `run_backtest` was called. */
  calls(): number;
  /** Answers that reached the server. */
  answers(): readonly { readonly action?: string; readonly isApplied?: boolean }[];
  /** Cancels that reached the server. */
  cancels(): number;
}

/** One server in one era over one transport, with nothing in it. */
export async function crashBed(
  t: TestContext,
  era: Era,
  transport: Transport,
  speed = 2000,
): Promise<CrashBed> {
  const later = lastFirst(t);
  const dir = mkdtempSync(join(tmpdir(), 'crash-'));
  later(() => Promise.resolve(rmSync(dir, { recursive: true, force: true, maxRetries: 5 })));
  const [state, serverState, config] = [join(dir, 'host'), join(dir, 'server'), join(dir, 'mcp.json')];
  mkdirSync(serverState);
  const setup = { era, state: serverState, speed };
  const { command, args } = nightlyStdio(setup);
  let server = transport === 'http' ? await startNightlyHttp(setup) : undefined;
  later(async () => server?.stop());
  const entry = server ? { type: 'http', url: server.url } : { type: 'stdio', command, args };
  writeFileSync(config, JSON.stringify({ servers: { nightly: entry } }));
  return {
    ...{ config, state, serverState },
    crash: (point, given) => runToDeath({ config, state, point, arguments: given }),
    open: async (onRequest) => {
      const open = await openHost({ config, state, ...(onRequest ? { onRequest } : {}) });
      later(() => open.close());
      return open;
    },
    forgetAll: async () => {
      const port = server && Number(new URL(server.url).port);
      await server?.kill();
      // A local server ends when it notices that nobody holds its input any more.
      const pids = readJournal(serverState, 'run_backtest').map(({ pid }) => Number(pid));
      await until('the old server to end', () => !pids.some(isAlive));
      rmSync(serverState, { recursive: true, force: true, maxRetries: 5 });
      mkdirSync(serverState);
      if (port !== undefined) server = await startNightlyHttp(setup, port);
    },
    calls: () => countCalls(serverState, 'run_backtest'),
    answers: () => answersIn(serverState) as ReturnType<CrashBed['answers']>,
    cancels: () => readJournal(serverState, 'cancels').length,
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function runToDeath(plan: CrashPlan): Promise<void> {
  const script = fileURLToPath(new URL('crashHost.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: serverEnv,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', `the host was to die at "${plan.point}", but ended with ${code}: ${said}`);
}

/** The only job there is, once it has ended. */
export async function ended({ host }: HeadlessHost): Promise<Job> {
  await new Promise<void>((resolve) => {
    const subscription = host.jobs.open.subscribe((open) => {
      if (open.length > 0) return;
      subscription.dispose();
      resolve();
    });
    if (host.jobs.open.get().length > 0) return;
    subscription.dispose();
    resolve();
  });
  const [job, ...others] = host.jobs.finishedPage(10);
  assert.ok(job && others.length === 0, 'there is one job');
  return job;
}

/** Answers every question with *continue* and counts them. */
export function answering(asked: string[]): NonNullable<Parameters<typeof openHost>[0]['onRequest']> {
  return ({ requests }, request) => {
    asked.push(request.kind);
    if (request.kind !== 'approval')
      requests.answer(request.id, { kind: 'accept', content: { decision: 'continue' } });
  };
}
