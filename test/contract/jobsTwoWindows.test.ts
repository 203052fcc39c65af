import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HeadlessHost } from '../../scripts/host/headless.ts';
import type { PromptRequest } from '../../src/core/requests.ts';
import { serverEnv } from '../fixtures/servers/rawPeer.ts';
import { crashBed, ended, type CrashBed } from './crashBed.ts';

const accept = { kind: 'accept', content: { decision: 'continue' } } as const;

/** The window in the other process. */
function otherWindow(t: TestContext, bed: CrashBed) {
  const script = fileURLToPath(new URL('jobsWindow.ts', import.meta.url));
  const child = spawn(process.execPath, [script, bed.config, bed.state], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: serverEnv,
  });
  const gone = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  return {
    child,
    gone,
    line: async () => String((await lines.next()).value),
    answerNow: () => child.stdin.write(`${Date.now()}\n`),
  };
}

/** A window in this process whose questions are left to the test. */
async function thisWindow(bed: CrashBed) {
  const waiting: ((request: PromptRequest) => void)[] = [];
  const asked: PromptRequest[] = [];
  const open = await bed.open((_host, request) => {
    asked.push(request);
    waiting.splice(0).forEach((resolve) => resolve(request));
  });
  const next = () => new Promise<PromptRequest>((resolve) => waiting.push(resolve));
  return { open, asked, next };
}

/** Resolves when this window sees the other's job in the given state. */
function sees({ host }: HeadlessHost, kind: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => host.jobs.open.get()[0]?.status.kind === kind;
    const subscription = host.jobs.open.subscribe(() => {
      if (!look()) return;
      subscription.dispose();
      resolve();
    });
    if (!look()) return;
    subscription.dispose();
    resolve();
  });
}

for (const era of ['legacy', 'modern'] as const) {
  describe(`two windows on one store, ${era}`, { timeout: 120_000, concurrency: true }, () => {
    test('only the one that has the job asks its server and its user; the other sees it, and takes it when that one dies', async (t) => {
      const bed = await crashBed(t, era, 'http');
      const other = otherWindow(t, bed);
      assert.equal(await other.line(), 'asked');
      const { open, asked, next } = await thisWindow(bed);
      await sees(open, 'needs-input');
      const job = open.host.jobs.open.get()[0]!;
      assert.throws(() => open.host.jobs.cancel(job.id), { code: 'conflict' });
      assert.deepEqual(open.host.connections.frames(job.serverId), []);
      assert.deepEqual(asked, []);

      const isAsked = next();
      other.child.kill('SIGKILL');
      open.host.requests.answer((await isAsked).id, accept);
      assert.equal((await ended(open)).status.kind, 'completed');
      assert.deepEqual(
        bed.answers().map((answer) => answer.isApplied),
        [true],
      );
      assert.equal(bed.calls(), 1);
    });

    test('one that was suspended until its lease lapsed neither polls nor answers any more', async (t) => {
      const bed = await crashBed(t, era, 'http');
      const other = otherWindow(t, bed);
      assert.equal(await other.line(), 'asked');
      const { open, next } = await thisWindow(bed);
      await sees(open, 'needs-input');

      const isAsked = next();
      other.child.kill('SIGSTOP');
      const request = await isAsked; // no heartbeat for 15 s: the job is this window's
      other.answerNow();
      other.child.kill('SIGCONT');
      const report = JSON.parse(await other.line()) as Record<string, unknown>;
      assert.equal(report['kind'], 'failed');
      assert.match(String(report['message']), /belongs to another window/);
      assert.deepEqual(report['sent'], []);
      assert.deepEqual(bed.answers(), []);

      open.host.requests.answer(request.id, accept);
      assert.equal((await ended(open)).status.kind, 'completed');
      assert.deepEqual(
        bed.answers().map((answer) => answer.isApplied),
        [true],
      );
      assert.equal(bed.calls(), 1);
    });
  });
}
