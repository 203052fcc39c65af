// Runs the official conformance suite against our connector: run.ts [--requirements REVISION …] [--scenario NAME …] [--verbose]
import { spawn } from 'node:child_process';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { minimumChecks, minimumTotals, revisions, type Revision } from './expectations.ts';

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
  readonly description?: string;
}

interface Outcome {
  readonly revision: Revision;
  readonly scenario: string;
  readonly passed: number;
  readonly failed: readonly Check[];
  /** What counts: no failed check, and as many passed as the scenario is known to have. */
  readonly isPassed: boolean;
}

const root = path.resolve(import.meta.dirname, '../..');
// All scenarios of a set start at once, each with its own process.
const scenarioTimeoutMs = 180_000;

const { values } = parseArgs({
  options: {
    requirements: { type: 'string', multiple: true, default: [...revisions] },
    verbose: { type: 'boolean', default: false },
  },
});

const driver = await bundleDriver();
const outcomes: Outcome[] = [];
for (const revision of revisions) {
  if (values.requirements.includes(revision)) outcomes.push(...(await runRequirements(revision, driver)));
}
report(outcomes);
const passed = outcomes.filter((outcome) => outcome.isPassed).length;
process.stdout.write(`${passed} passed, ${outcomes.length - passed} failed\n`);
process.exitCode = passed === outcomes.length && outcomes.length > 0 ? 0 : 1;

/** One file starts four times as fast as its sources, and forty of them start at once. */
async function bundleDriver(): Promise<string> {
  const outfile = path.join(root, 'out/conformance/driver.mjs');
  await build({
    entryPoints: [path.join(root, 'test/conformance/driver.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'warning',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return outfile;
}

async function runRequirements(revision: Revision, driverFile: string): Promise<readonly Outcome[]> {
  const { outcomes: crowd, code } = await runSuite(
    revision,
    revision === 'all' ? ['--suite', 'all'] : ['--requirements', revision],
    driverFile,
  );
  // A scenario of the set that left no results, or a suite that fails where we see none: neither may pass.
  const missing = Object.keys(minimumChecks[revision]).filter(
    (name) => !crowd.some((one) => one.scenario === name),
  );
  const seen = [
    ...crowd,
    ...missing.map((scenario) => failure(revision, scenario, 'the suite reported nothing')),
  ];
  const all: Outcome[] = [];
  for (const one of seen) all.push(one.isPassed ? one : await runAlone(one, driverFile));
  if (code !== 0 && seen.every((one) => one.isPassed))
    all.push(failure(revision, '(suite)', `it ended with code ${String(code)}`));
  const total = all.reduce((sum, one) => sum + one.passed, 0);
  const least = minimumTotals[revision];
  if (total < least) all.push(failure(revision, '(total)', `${total} checks passed, fewer than ${least}`));
  return all;
}

/**
 * The suite starts every scenario of a set at once, forty programs and more: one that ran out of time in that crowd is given
 * one more chance by itself. What fails for another reason fails again.
 */
async function runAlone(outcome: Outcome, driverFile: string): Promise<Outcome> {
  const { revision, scenario } = outcome;
  if (minimumChecks[revision][scenario] === undefined) return outcome;
  process.stdout.write(`conformance: ${scenario} did not pass among the others, once more alone\n`);
  const version = revision === 'all' ? [] : ['--spec-version', revision, '--force'];
  const { outcomes } = await runSuite(revision, ['--scenario', scenario, ...version], driverFile, scenario);
  return outcomes[0] ?? outcome;
}

/** Runs the suite with a choice of scenarios; `only` names the scenario when there is one. */
async function runSuite(
  revision: Revision,
  chosen: readonly string[],
  driverFile: string,
  only?: string,
): Promise<{ readonly outcomes: Outcome[]; readonly code: number | null }> {
  const results = await mkdtemp(path.join(tmpdir(), 'conformance-'));
  const suite = path.join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const args = ['client', ...chosen, '--output-dir', results];
  args.push('--timeout', String(scenarioTimeoutMs), '--command', `${process.execPath} ${driverFile}`);
  process.stdout.write(`conformance: ${chosen.join(' ')}\n`);
  try {
    const child = spawn(process.execPath, [suite, ...args], {
      cwd: root,
      stdio: values.verbose ? 'inherit' : ['ignore', 'ignore', 'ignore'],
    });
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('close', resolve).once('error', reject),
    );
    return { outcomes: await readOutcomes(revision, results, only), code };
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

async function readOutcomes(revision: Revision, results: string, only?: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for await (const file of glob('**/checks.json', { cwd: results })) {
    const scenario = only ?? path.dirname(file).replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
    const checks = JSON.parse(await readFile(path.join(results, file), 'utf8')) as Check[];
    const failed = checks.filter((check) => check.status === 'FAILURE' || check.status === 'WARNING');
    const passed = checks.filter((check) => check.status === 'SUCCESS').length;
    // A client that crashed shows as "0 failed": only the number of checks tells.
    const minimum = minimumChecks[revision][scenario];
    const isKnown = minimum !== undefined;
    outcomes.push({
      revision,
      scenario,
      passed,
      failed,
      isPassed: isKnown && failed.length === 0 && passed >= minimum,
    });
    if (isKnown && passed < minimum)
      failed.push({ id: 'minimum', status: 'FAILURE', description: `fewer checks than ${minimum}` });
    if (!isKnown)
      failed.push({
        id: 'minimum',
        status: 'FAILURE',
        description: 'no minimum is known: add it to expectations.ts',
      });
  }
  return outcomes.sort((a, b) => a.scenario.localeCompare(b.scenario));
}

function failure(revision: Revision, scenario: string, description: string): Outcome {
  return {
    revision,
    scenario,
    passed: 0,
    failed: [{ id: 'run', status: 'FAILURE', description }],
    isPassed: false,
  };
}

function report(all: readonly Outcome[]): void {
  const width = Math.max(...all.map((outcome) => outcome.scenario.length));
  for (const { revision, scenario, passed: count, failed, isPassed } of all) {
    const mark = isPassed ? '✔' : '✖';
    process.stdout.write(
      `${mark} ${revision}  ${scenario.padEnd(width)}  ${String(count).padStart(3)} checks\n`,
    );
    for (const check of failed) {
      process.stdout.write(`    ${check.id}: ${check.errorMessage ?? check.description ?? check.status}\n`);
    }
  }
  for (const revision of revisions) {
    const own = all.filter((outcome) => outcome.revision === revision);
    if (own.length === 0) continue;
    const auth = own.filter((outcome) => outcome.scenario.startsWith('auth/'));
    const other = own.filter((outcome) => !outcome.scenario.startsWith('auth/'));
    const checks = own.reduce((sum, outcome) => sum + outcome.passed, 0);
    const share = (list: readonly Outcome[]) =>
      `${list.filter((outcome) => outcome.isPassed).length} of ${list.length}`;
    process.stdout.write(
      `${revision}: ${share(other)} scenarios without sign-in, ${share(auth)} with, ${checks} checks passed\n`,
    );
  }
}
