// Runs one suite of Node's test runner: nodeTests.ts SUITE [--only=PATTERN] [FILE or GLOB …]
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { closing, type Counts } from './parts.ts';
import { root } from './processes.ts';

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
  // Browsers and editors side by side only slow each other down.
  const alone = suite === 'e2e' || suite === 'webview';
  const events = run({
    files: files.sort(),
    concurrency: !alone,
    // Per file: a hung test must not hang the run.
    timeout: alone ? 900_000 : 300_000,
    testNamePatterns: only.length > 0 ? [...only] : undefined,
  });
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  events.on('test:summary', (summary) => {
    if (summary.file !== undefined) return;
    const { tests, passed, skipped, todo } = summary.counts;
    counts = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
  });
  await pipeline(events, new spec(), process.stdout, { end: false });
  return counts;
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
