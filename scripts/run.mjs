#!/usr/bin/env node
// The entry of every npm script: puts the tools a task needs in place, then runs the task under Node 24.
// Plain JavaScript with Node's own modules only, because it is the first thing that runs on a fresh clone (Node 20 is enough).
import { spawn } from 'node:child_process';
import path from 'node:path';
import { findChromium, installChromium } from './setup/chromium.mjs';
import { hasCodeServer, installCodeServer } from './setup/codeServer.mjs';
import { findNode, installNode } from './setup/node.mjs';
import { hasPackages, installPackages } from './setup/packages.mjs';
import { root, SetupError, withLock } from './setup/steps.mjs';

/**
 * `workbench`: needs VS Code and a browser; `otherwise`: the arguments when none are given.
 * @type {Record<string, {run: string[], otherwise?: string[], workbench?: true}>}
 */
const tasks = {
  build: { run: ['esbuild.mjs', '--production'] },
  watch: { run: ['esbuild.mjs', '--watch'] },
  package: { run: ['scripts/package.ts'] },
  format: {
    run: ['node_modules/prettier/bin/prettier.cjs', '--write', '--log-level=warn'],
    otherwise: ['.'],
  },
  lint: { run: ['scripts/check.ts', 'lint'] },
  typecheck: { run: ['scripts/check.ts', 'types'] },
  check: { run: ['scripts/check.ts'] },
  test: { run: ['scripts/test.ts'], workbench: true },
  'test:unit': { run: ['scripts/nodeTests.ts', 'unit'] },
  'test:contract': { run: ['scripts/nodeTests.ts', 'contract'] },
  'test:webview': { run: ['scripts/nodeTests.ts', 'webview'], workbench: true },
  'test:host': { run: ['scripts/hostTests.ts'], workbench: true },
  'test:e2e': { run: ['scripts/e2eTests.ts'], workbench: true },
  'test:electron': { run: ['scripts/electronTests.ts'] },
  conformance: { run: ['test/conformance/run.ts'] },
  bench: { run: ['bench/run.ts'] },
  soak: { run: ['test/soak/soak.ts'] },
  demo: { run: ['scripts/demo.ts'], workbench: true },
  screenshots: { run: ['scripts/screenshots.ts'], workbench: true },
  host: { run: ['scripts/host.ts'] },
};

/** @param {boolean} workbench */
function setUp(workbench) {
  const chromium = () => (workbench ? findChromium() : 'not needed');
  if (hasPackages() && findNode() && (!workbench || (hasCodeServer() && chromium()))) return;
  withLock(() => {
    if (!hasPackages()) installPackages();
    if (!findNode()) installNode();
    if (workbench && !hasCodeServer()) installCodeServer(findNode() ?? process.execPath);
    if (!chromium()) installChromium();
  });
}

function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const task = tasks[name];
  if (!task) throw new SetupError(`No task "${name}". Tasks: ${Object.keys(tasks).join(', ')}.`);
  // The desktop needs neither code-server nor a browser.
  setUp(task.workbench === true && !args.includes('--desktop'));
  const [file = '', ...fixed] = task.run;
  const child = spawn(
    findNode() ?? process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      path.join(root, file),
      ...fixed,
      ...(args.length > 0 ? args : (task.otherwise ?? [])),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  // Ctrl-C reaches the child from the terminal; the child decides when to end.
  process.on('SIGINT', () => {});
  // npm told to end leaves us behind.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 1_000).unref();
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`[setup] ${error.message}\n`);
  process.exitCode = 1;
}
