import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeDemoWorkspace } from '../../scripts/demoWorkspace.ts';
import { root } from '../../scripts/processes.ts';

/** How the nightly server of a test workspace is started. */
export interface NightlyOptions {
  /** Divides every simulated duration; at 1 a month of a backtest takes 20 s. */
  readonly speed?: number;
  readonly era?: 'modern' | 'legacy';
}

/** Fills a folder with the demo workspace, its four real servers all over stdio: nothing but the window keeps them alive. */
export function writeWorkspace(folder: string, { speed = 1, era = 'modern' }: NightlyOptions = {}): void {
  writeDemoWorkspace(folder, {
    type: 'stdio',
    command: process.execPath,
    args: [
      ...['--disable-warning=ExperimentalWarning', path.join(root, 'demo/nightly/stdio.ts')],
      ...['--state', nightlyState(folder), '--speed', String(speed), '--era', era],
    ],
  });
}

/** How many calls of a tool reached the nightly server of a workspace, by its own book. */
export function callsReceived(folder: string, tool: string): number {
  const file = path.join(nightlyState(folder), `calls/${tool}.jsonl`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

function nightlyState(folder: string): string {
  return path.join(path.dirname(folder), 'nightly');
}
