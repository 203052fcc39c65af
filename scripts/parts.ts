import { interrupted, root, startGroup, stopGroup } from './processes.ts';

/** How many tests of a part ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One program of a bigger run. */
export interface Part {
  readonly name: string;
  /** Arguments of Node. */
  readonly command: readonly string[];
  /** The fewest tests that must pass; absent for a program that only succeeds or fails, which counts as one. */
  readonly minimum?: number;
  readonly timeoutMs: number;
}

const closingLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/** The line every part and every run ends with. */
export function closing({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Runs the parts one after the other, prints how each went and the total as the last line, and sets the exit code. */
export async function runParts(parts: readonly Part[]): Promise<void> {
  const stop = interrupted();
  const rows: { name: string; counts: Counts; seconds: number }[] = [];
  for (const part of parts) {
    const started = performance.now();
    process.stdout.write(`\n=== ${part.name} ===\n`);
    const counts = await runPart(part, stop);
    rows.push({ name: part.name, counts, seconds: (performance.now() - started) / 1000 });
  }
  const width = Math.max(...rows.map((row) => row.name.length));
  process.stdout.write('\n=== total ===\n');
  for (const { name, counts, seconds } of rows) {
    process.stdout.write(
      `${counts.failed > 0 ? '✖' : '✔'} ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(6)} s  ${closing(counts)}\n`,
    );
  }
  const total = rows.reduce(
    (sum, { counts }) => ({
      passed: sum.passed + counts.passed,
      failed: sum.failed + counts.failed,
      skipped: sum.skipped + counts.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
  process.stdout.write(`${closing(total)}\n`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function runPart(part: Part, interruption: Promise<NodeJS.Signals>): Promise<Counts> {
  const child = startGroup(process.execPath, ['--disable-warning=ExperimentalWarning', ...part.command], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
  });
  let lastLines = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    lastLines = (lastLines + text).slice(-4096);
  });
  const problem = await Promise.race([
    new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        resolve(
          code === 0 ? undefined : code === null ? `was ended by ${signal}` : `ended with exit code ${code}`,
        );
      });
    }),
    new Promise<string>((resolve) => {
      setTimeout(() => resolve(`did not end within ${part.timeoutMs / 1000} s`), part.timeoutMs).unref();
    }),
    interruption.then(async (signal) => {
      await stopGroup(child);
      process.stdout.write(`\nended by ${signal}\n`);
      process.exit(130);
    }),
  ]);
  await stopGroup(child);
  return judge(part, lastLines, problem);
}

function judge({ name, minimum }: Part, output: string, problem: string | undefined): Counts {
  if (minimum === undefined) {
    if (problem) process.stdout.write(`${name} ${problem}\n`);
    return { passed: problem ? 0 : 1, failed: problem ? 1 : 0, skipped: 0 };
  }
  const match = output
    .split(/\r?\n/)
    .map((line) => closingLine.exec(line))
    .findLast((found) => found !== null);
  const counts: Counts = {
    passed: Number(match?.[1] ?? 0),
    failed: Number(match?.[2] ?? 0),
    skipped: Number(match?.[3] ?? 0),
  };
  // A part that crashed, said nothing, or ran too few tests has failed, whatever it counted.
  const complaints = [
    ...(problem && counts.failed === 0 ? [problem] : []),
    ...(match ? [] : ['printed no closing line']),
    ...(counts.passed < minimum ? [`passed ${counts.passed} tests, at least ${minimum} were expected`] : []),
  ];
  for (const complaint of complaints) process.stdout.write(`${name} ${complaint}\n`);
  return complaints.length > 0 ? { ...counts, failed: counts.failed + 1 } : counts;
}
