import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { ResolvedLaunch } from '../../src/core/server.ts';
import {
  hostileStdio,
  startHostileHttp,
  type HostileHttp,
  type HostileOptions,
} from '../fixtures/servers/hostile.ts';
import {
  connect,
  httpLaunch,
  Recorder,
  rejection,
  stdioLaunch,
  type Bed,
  type BedOptions,
} from './connectionBed.ts';

export type Transport = 'stdio' | 'http';

/** A hostile server, ready to be connected to. */
export interface Hostile {
  readonly launch: ResolvedLaunch;
  readonly http: HostileHttp | undefined;
}

/** Starts (over HTTP) or names (over stdio) a hostile server; it ends with the test. */
export async function hostile(
  t: TestContext,
  transport: Transport,
  options: HostileOptions,
): Promise<Hostile> {
  if (transport === 'stdio') {
    const { command, args } = hostileStdio(options);
    return { launch: stdioLaunch(command, args), http: undefined };
  }
  const http = await startHostileHttp(options);
  t.after(() => http.close());
  return { launch: httpLaunch(http.url), http };
}

/** The same over HTTP in a process of its own, so that its memory is not taken for ours. */
export async function hostileProcess(t: TestContext, options: HostileOptions): Promise<ResolvedLaunch> {
  const { command, args } = hostileStdio(options);
  const child = spawn(command, [...args, '--http'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return httpLaunch(line.replace('hostile listening on ', ''));
}

/** Connects to a hostile server; after the test its process must be gone. */
export async function connectHostile(
  t: TestContext,
  transport: Transport,
  options: HostileOptions,
  bedOptions: BedOptions & { readonly isApart?: boolean } = {},
): Promise<Bed> {
  const { isApart = false, ...rest } = bedOptions;
  const launch = isApart ? await hostileProcess(t, options) : (await hostile(t, transport, options)).launch;
  const bed = await connect(launch, rest);
  t.after(async () => {
    await bed.connection.close();
    assertGone(bed.connection.info.pid);
  });
  return bed;
}

/** The error of a connect that must fail, and the hooks it was given. */
export async function refused(launch: ResolvedLaunch, options: BedOptions = {}) {
  const hooks = new Recorder();
  const error = await rejection(connect(launch, { ...options, hooks }));
  return { error, hooks };
}

/** Fails while a process of this id exists; our own zombies count, those of others are theirs to bury. */
export function assertGone(pid: number | undefined): void {
  if (pid !== undefined) assert.equal(exists(pid), false, `process ${pid} is still there`);
}

/** True while a process of this id exists, as `assertGone` sees it. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    return state !== 'Z' || parent === String(process.pid);
  } catch {
    return false;
  }
}

/** Runs `work` and gives how many megabytes the process grew at most meanwhile. */
export async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const look = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(look);
  }
  return (Math.max(peak, process.memoryUsage().rss) - before) / 2 ** 20;
}
