import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './processes.ts';
import { addExtension } from './vscode/extensions.ts';

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

/** Installs the language model of the tests, an extension of its own. */
export function addTestModel(extensions: string): void {
  addExtension(extensions, 'switchboard-test.switchboard-test-model', (location) =>
    cpSync(path.join(root, 'test/host/model'), location, { recursive: true }),
  );
}

/** Creates the workspace of the suite in `folder`, a copy of test/host/workspace. */
export function createHostWorkspace(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const template = path.join(root, 'test/host/workspace');
  if (existsSync(template)) cpSync(template, folder, { recursive: true });
  return folder;
}
