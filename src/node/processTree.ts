import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../core/ports.ts';

const lookAgainMs = 10;

/** One process as the system lists it; `started` tells a process from a later one with the same id. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly started: string;
}

/** The processes below `pid`, children before grandchildren; empty on Windows, where `taskkill` walks the tree. */
export function descendantsOf(pid: number): readonly ProcessEntry[] {
  if (process.platform === 'win32') return [];
  const byParent = Map.groupBy(listProcesses(), (entry) => entry.parent);
  const found: ProcessEntry[] = [];
  for (let level = byParent.get(pid) ?? []; level.length > 0;) {
    found.push(...level);
    level = level.flatMap((entry) => byParent.get(entry.pid) ?? []);
  }
  return found;
}

/** Resolves when none of these runs any more (a zombie does not), at the latest after `ms`: what was killed takes a moment to go. */
export async function whenEnded(entries: readonly ProcessEntry[], clock: Clock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  while (entries.length > 0 && clock.now() < end) {
    const running = new Set(listProcesses().map(keyOf));
    if (!entries.some((entry) => running.has(keyOf(entry)))) return;
    await new Promise<void>((resolve) => clock.setTimer(lookAgainMs, resolve));
  }
}

/** Sends `signal` to the process group led by `pid` and to the given processes; those that are gone are skipped. */
export function signalTree(
  pid: number,
  others: readonly ProcessEntry[],
  signal: 'SIGTERM' | 'SIGKILL',
): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' });
    return;
  }
  send(-pid, signal);
  if (others.length === 0) return;
  const running = new Set(listProcesses().map(keyOf));
  for (const entry of others) if (running.has(keyOf(entry))) send(entry.pid, signal);
}

function send(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours any more.
  }
}

function keyOf(entry: ProcessEntry): string {
  return `${entry.pid} ${entry.started}`;
}

function listProcesses(): ProcessEntry[] {
  return process.platform === 'linux' ? listProc() : listPs();
}

function listProc(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The command name before the last ")" may hold anything, also spaces and parentheses.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [state, parent, started] = [fields[0], fields[1], fields[19]];
      if (state === 'Z' || state === 'X') continue;
      entries.push({ pid: Number(name), parent: Number(parent), started: started ?? '' });
    } catch {
      // Ended while we read.
    }
  }
  return entries;
}

function listPs(): ProcessEntry[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,state=,lstart='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, pid, parent, state, started] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), started: started ?? '' }];
  });
}
