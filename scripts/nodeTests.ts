// Runs one suite of Node's test runner: nodeTests.ts SUITE [--only=PATTERN] [FILE or GLOB …]
import { glob } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { closing, type Counts } from './parts.ts';
import { root } from './processes.ts';

/** Suites that drive a browser or an editor, and so depend on what else the machine is doing. */
const inBrowser = new Set(['e2e', 'webview']);

/** Runs the suite's test files, each in its own process; returns the counts and never throws for a failing test. */
async function runSuite(
  suite: string,
  patterns: readonly string[],
  only: readonly string[],
): Promise<Counts> {
  const files: string[] = [];
  for await (const file of glob(patterns.length > 0 ? patterns : [`test/${suite}/**/*.test.ts`], {
    cwd: root,
  })) {
    files.push(path.resolve(root, file));
  }
  if (files.length === 0) throw new Error(`no test files in test/${suite}`);
  const { counts, failed } = await runFiles(suite, files.sort(), only);
  // A workbench test may fail of a machine that stood still. It gets one more chance, and the log says that it took it.
  if (!inBrowser.has(suite) || failed.length === 0) return counts;
  const names = failed.map((file) => path.relative(root, file)).join(', ');
  process.stdout.write(`\n=== a second time: ${names} ===\n`);
  const again = await runFiles(suite, failed, only);
  if (again.counts.failed > 0) return counts;
  process.stdout.write(`failed once and passed the second time: ${names}\n`);
  return { ...counts, passed: counts.passed + counts.failed, failed: 0 };
}

async function runFiles(
  suite: string,
  files: readonly string[],
  only: readonly string[],
): Promise<{ counts: Counts; failed: readonly string[] }> {
  const events = run({
    files: [...files],
    // Tests wait more than they work; editors side by side only slow each other down.
    concurrency: suite === 'e2e' ? 1 : availableParallelism() + (inBrowser.has(suite) ? 0 : 1),
    // Per file: a hung test must not hang the run.
    timeout: inBrowser.has(suite) ? 900_000 : 300_000,
    testNamePatterns: only.length > 0 ? [...only] : undefined,
  });
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  const failed = new Set<string>();
  events.on('test:fail', ({ file }) => {
    if (file !== undefined) failed.add(file);
  });
  events.on('test:summary', (summary) => {
    if (summary.file !== undefined) return;
    const { tests, passed, skipped, todo } = summary.counts;
    counts = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
  });
  await pipeline(events, new spec(), process.stdout, { end: false });
  return { counts, failed: [...failed] };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', multiple: true, default: [] } },
});
const [suite, ...patterns] = positionals;
if (!suite) throw new Error('name a suite: unit, contract or e2e');
const counts = await runSuite(suite, patterns, values.only);
process.stdout.write(`${closing(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
