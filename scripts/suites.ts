import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Part } from './parts.ts';
import { root } from './processes.ts';

const minute = 60_000;
const bin = {
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  eslint: 'node_modules/eslint/bin/eslint.js',
  tsc: 'node_modules/typescript/bin/tsc',
};

/** Code style: fails on any file Prettier would change. */
export const format: Part[] = [
  { name: 'format', command: [bin.prettier, '--check', '--log-level=warn', '.'], timeoutMs: 5 * minute },
];

/** ESLint with the layer table. */
export const lint: Part[] = [
  { name: 'lint', command: [bin.eslint, '--max-warnings=0', '.'], timeoutMs: 10 * minute },
];

/** TypeScript: what runs in Node, and what runs in the webview. */
export const types: Part[] = [
  { name: 'types (node)', command: [bin.tsc, '-p', '.'], timeoutMs: 10 * minute },
  { name: 'types (webview)', command: [bin.tsc, '-p', 'webview'], timeoutMs: 10 * minute },
];

// The minimum counts keep a suite that silently runs nothing from looking green. Raise them as the suites grow.

/** Tests without VS Code. */
export const headless: Part[] = [
  { name: 'unit', command: ['scripts/nodeTests.ts', 'unit'], minimum: 1900, timeoutMs: 15 * minute },
  { name: 'contract', command: ['scripts/nodeTests.ts', 'contract'], minimum: 1080, timeoutMs: 25 * minute },
];

/** The VSIX, the dashboard in a real browser, and the tests in a real VS Code. */
export const workbench: Part[] = [
  { name: 'package', command: ['scripts/package.ts'], timeoutMs: 10 * minute },
  { name: 'webview', command: ['scripts/nodeTests.ts', 'webview'], minimum: 170, timeoutMs: 15 * minute },
  { name: 'host', command: ['scripts/hostTests.ts'], minimum: 66, timeoutMs: 15 * minute },
  { name: 'e2e', command: ['scripts/e2eTests.ts', '--packaged'], minimum: 38, timeoutMs: 30 * minute },
];

/** The official conformance suite against the headless host. */
export const conformance: Part[] = existsSync(path.join(root, 'test/conformance/run.ts'))
  ? [{ name: 'conformance', command: ['test/conformance/run.ts'], minimum: 60, timeoutMs: 10 * minute }]
  : [];
