import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root, startGroup, stopGroup } from './processes.ts';

/** A running demo server on HTTP. */
export interface Nightly {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts our demo server "nightly" on a free port, its state in `stateDir`. */
export async function startNightly(stateDir: string, args: readonly string[] = []): Promise<Nightly> {
  mkdirSync(stateDir, { recursive: true });
  return start('nightly', ['demo/nightly/http.ts', '--state', stateDir, ...args]);
}

/** Starts the demo registry with its real servers, and three that are not what they seem, on a free port. */
export async function startDemoRegistry(): Promise<Nightly> {
  return start('registry', ['demo/registry/server.ts', '--lookalikes']);
}

/** Starts the demo server that takes a sign-in, with its authorization server, on free ports. */
export async function startProtectedDemo(): Promise<Nightly> {
  return start('releases', ['demo/protected/server.ts']);
}

/** The user's setting under which a registry of this machine is the only one. */
export function registrySettings(url: string): Readonly<Record<string, unknown>> {
  return { 'mcpSwitchboard.registries': [{ name: 'Demo Registry', url, enabled: true }] };
}

async function start(name: string, args: readonly string[]): Promise<Nightly> {
  const child = startGroup(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const listening = new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      const url = /https?:\/\/[^\s"]+/.exec(line)?.[0];
      if (url) resolve(url);
    });
  });
  const url = await Promise.race([listening, once(child, 'exit').then(() => undefined)]);
  if (!url) throw new Error(`the demo server ${name} did not start`);
  return { url, stop: () => stopGroup(child) };
}

/** Writes the demo workspace into `folder`: the files of demo/workspace, and an mcp.json that names four real servers; `nightly` is the address or the entry of ours, `releases` the address of the one that takes a sign-in. */
export function writeDemoWorkspace(folder: string, nightly: string | object, releases?: string): void {
  cpSync(path.join(root, 'demo/workspace'), folder, { recursive: true });
  const stdio = (name: string, ...args: string[]): object => ({
    type: 'stdio',
    command: process.execPath,
    args: [path.join(root, `node_modules/@modelcontextprotocol/server-${name}/dist/index.js`), ...args],
  });
  const servers = {
    everything: stdio('everything', 'stdio'),
    filesystem: stdio('filesystem', '${workspaceFolder}'),
    memory: { ...stdio('memory'), env: { MEMORY_FILE_PATH: path.join(folder, 'data/memory.jsonl') } },
    nightly: typeof nightly === 'string' ? { type: 'http', url: nightly } : nightly,
    ...(releases === undefined ? {} : { releases: { type: 'http', url: releases } }),
  };
  mkdirSync(path.join(folder, '.vscode'), { recursive: true });
  writeFileSync(path.join(folder, '.vscode/mcp.json'), `${JSON.stringify({ servers }, undefined, 2)}\n`);
}
