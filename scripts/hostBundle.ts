import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './processes.ts';

/** The bundle of test/host whose `run()` the extension host calls. */
export const hostSuite = path.join(root, 'out/host/suite.cjs');

/** Builds the extension and the in-host suite. */
export function buildHostSuite(): void {
  execFileSync(process.execPath, ['esbuild.mjs', '--host-tests'], { cwd: root, stdio: 'inherit' });
}

/** What the suite is told: where the repository is, and a Node that runs the TypeScript of its fixture servers. */
export function hostEnvironment(only: readonly string[]): Record<string, string> {
  return {
    SWITCHBOARD_REPO: root,
    SWITCHBOARD_NODE: process.execPath,
    ...(only.length > 0 ? { SWITCHBOARD_ONLY: only.join('|') } : {}),
  };
}

/** Installs the language model of the tests, an extension of its own, into a fresh extensions folder. */
export function addTestModel(extensions: string): void {
  const relativeLocation = 'switchboard-test.switchboard-test-model-1.0.0';
  const location = path.join(extensions, relativeLocation);
  cpSync(path.join(root, 'test/host/model'), location, { recursive: true });
  const installed = {
    identifier: { id: 'switchboard-test.switchboard-test-model' },
    version: '1.0.0',
    location: { $mid: 1, path: location, scheme: 'file' },
    relativeLocation,
  };
  writeFileSync(path.join(extensions, 'extensions.json'), JSON.stringify([installed]));
}

/** Creates the workspace of the suite in `folder`, a copy of test/host/workspace. */
export function createHostWorkspace(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const template = path.join(root, 'test/host/workspace');
  if (existsSync(template)) cpSync(template, folder, { recursive: true });
  return folder;
}
