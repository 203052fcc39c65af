import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { countCalls, nightlyStdio, type NightlySetup } from '../fixtures/servers/nightly.ts';
import { serverEnv } from '../fixtures/servers/rawPeer.ts';

const script = fileURLToPath(new URL('../../scripts/host.ts', import.meta.url));
const proceed = '{"decision":"continue"}';

interface Said {
  readonly code: number | null;
  readonly out: Record<string, unknown>;
  readonly errors: readonly Record<string, unknown>[];
}

/** The command line over one nightly server and one state folder. */
function bed(t: TestContext, era: NightlySetup['era'], flags: readonly string[] = [], speed = 2000) {
  const later = lastFirst(t);
  const dir = mkdtempSync(join(tmpdir(), 'commands-'));
  later(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const [config, state, serverState] = [join(dir, 'mcp.json'), join(dir, 'host'), join(dir, 'server')];
  const { command, args } = nightlyStdio({ era, state: serverState, speed, flags });
  writeFileSync(config, JSON.stringify({ servers: { nightly: { type: 'stdio', command, args } } }));
  const start = (given: readonly string[]) => {
    const child = spawn(process.execPath, [script, ...given], { stdio: 'pipe', env: serverEnv });
    const gone = once(child, 'close');
    later(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    return { child, gone };
  };
  const run = async (...given: readonly string[]): Promise<Said> => {
    const { child, gone } = start(given);
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await gone) as [number | null];
    const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
    return {
      code,
      out: parse(out === '' ? '{}' : out),
      errors: errors
        .split('\n')
        .filter((line) => line !== '')
        .map(parse),
    };
  };
  const both = ['--config', config, '--state', state];
  const call = (args: object, ...more: readonly string[]) => [
    ...['call', 'nightly', 'run_backtest', ...both, '--yes', '--task', '--args', JSON.stringify(args)],
    ...more,
  ];
  return {
    config,
    state,
    both,
    run,
    call: (args: object, ...more: readonly string[]) => run(...call(args, ...more)),
    /** Starts a call as a task and kills the command when its job has a task; gives the job's id. */
    abandon: async (args: object): Promise<string> => {
      const { child, gone } = start(call(args));
      const [line] = (await once(createInterface({ input: child.stderr }), 'line')) as [string];
      const { job } = JSON.parse(line) as { job: string };
      for (;;) {
        const { out } = await run('jobs', '--state', state);
        const [found] = out['jobs'] as { taskId?: string }[];
        if (found?.taskId !== undefined) break;
      }
      child.kill('SIGKILL');
      await gone;
      return job;
    },
    calls: () => countCalls(serverState, 'run_backtest'),
  };
}

for (const era of ['legacy', 'modern'] as const) {
  describe(`the command line and jobs, ${era}`, { timeout: 120_000 }, () => {
    test('call --task runs to the end, names its job first, and jobs and jobs result show it later', async (t) => {
      const { call, run, state, calls } = bed(t, era);
      const args = { symbol: 'NOVA', reviewAfter: 1, idempotencyKey: 'k-1' };
      const done = await call(args, '--answers', proceed);
      assert.equal(done.code, 0);
      const job = done.out['job'] as Record<string, unknown>;
      assert.deepEqual(done.errors, [{ job: job['id'], state }]);
      assert.deepEqual(job['status'], { kind: 'completed' });
      assert.ok(typeof job['taskId'] === 'string' && job['era'] === era);

      const { jobs } = (await run('jobs', '--state', state)).out as { jobs: Record<string, unknown>[] };
      assert.deepEqual(jobs, [job]);
      assert.equal(job['idempotencyKey'], 'k-1');
      assert.ok(Date.parse(String(job['keptUntil'])) > Date.now());

      const shown = (await run('jobs', 'result', String(job['id']), '--state', state)).out;
      assert.deepEqual(shown['result'], done.out['result']);
      const page = shown['job'] as { arguments: unknown; timeline: { status: string }[] };
      assert.deepEqual(page.arguments, args);
      assert.ok(page.timeline.some(({ status }) => status === 'needs-input'));
      assert.equal(calls(), 1);
    });

    test('jobs --wait follows a task that a killed command left', async (t) => {
      const { abandon, run, both, calls } = bed(t, era, [], 20);
      const id = await abandon({ symbol: 'NOVA' });
      const { out } = await run('jobs', '--wait', ...both);
      const [job] = out['jobs'] as { id: string; status: { kind: string }; hasResult: boolean }[];
      assert.equal(job?.id, id);
      assert.deepEqual([job.status.kind, job.hasResult], ['completed', true]);
      assert.equal(calls(), 1);
    });

    test('jobs --wait says what is still open when the time is over', async (t) => {
      const { abandon, run, both } = bed(t, era, [], 1);
      const id = await abandon({ symbol: 'NOVA' });
      const { code, errors } = await run('jobs', '--wait', '--timeout', '0.5', ...both);
      assert.equal(code, 1);
      const { error } = errors.at(-1) as { error: { code: string; message: string } };
      assert.equal(error.code, 'timeout');
      assert.match(error.message, new RegExp(`after 0.5 s, still open: ${id} \\(running\\)`));
    });

    test('jobs cancel ends a task that a killed command left', async (t) => {
      const { abandon, run, both } = bed(t, era, [], 1);
      const id = await abandon({ symbol: 'NOVA' });
      const { out, code } = await run('jobs', 'cancel', id, ...both);
      assert.equal(code, 0);
      assert.deepEqual(out['status'], { kind: 'cancelled' });
      assert.ok(out['cancelRequestedAt']);
      const again = await run('jobs', 'cancel', id, ...both);
      const { error } = again.errors[0] as { error: { code: string; message: string } };
      assert.deepEqual([again.code, error.code], [1, 'conflict']);
      assert.match(error.message, /has ended already: cancelled/);
      const result = await run('jobs', 'result', id, ...both);
      assert.match(JSON.stringify(result.errors), /has no result \(cancelled\)/);
    });
  });
}

test('jobs cancel shows a task that completed all the same', { timeout: 60_000 }, async (t) => {
  const { abandon, run, both } = bed(t, 'modern', ['--cancel', 'ignore'], 20);
  const id = await abandon({ symbol: 'NOVA' });
  const { out } = await run('jobs', 'cancel', id, ...both);
  assert.deepEqual(out['status'], { kind: 'completed' });
  assert.ok(out['cancelRequestedAt']);
  const timeline = out['timeline'] as { status: string; message?: string }[];
  assert.match(timeline.at(-1)?.message ?? '', /although it was asked to cancel/);
});

test('jobs says what it needs', { timeout: 60_000 }, async (t) => {
  const { abandon, run, state } = bed(t, 'modern', [], 1);
  const problem = async (...given: readonly string[]) => {
    const { code, errors } = await run('jobs', ...given);
    assert.equal(code, 1);
    const { error } = errors.at(-1) as { error: { code: string; message: string; nextStep?: string } };
    return `${error.code}: ${error.message} ${error.nextStep ?? ''}`;
  };
  assert.match(await problem(), /^invalid-input: jobs needs --state DIR/);
  assert.match(await problem('cancel', '--state', state), /^invalid-input: jobs cancel needs the ID/);
  assert.match(await problem('drop', 'x', '--state', state), /^invalid-input: jobs drop is not a command/);
  assert.match(await problem('result', 'x', '--state', state), /^not-found: no job x in /);
  const id = await abandon({ symbol: 'NOVA' });
  assert.match(await problem('cancel', id, '--state', state), /nightly of job .* not configured .*--config/);
  assert.match(await problem('--wait', '--state', state), /not configured/);
});
