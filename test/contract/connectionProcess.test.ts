import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contractStdio } from '../fixtures/servers/contract.ts';
import {
  connect,
  connectOptions,
  never,
  Recorder,
  rejection,
  stdioLaunch,
  untilCounts,
} from './connectionBed.ts';
import { assertGone, exists, refused } from './hostileBed.ts';

const script = fileURLToPath(new URL('./connectionServer.ts', import.meta.url));
const isPosix = process.platform !== 'win32';

function launch(mode: string, ...args: string[]) {
  return stdioLaunch(process.execPath, [script, mode, ...args]);
}

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'process-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The processes that the stubborn server started. */
function children(hooks: Recorder): Promise<readonly number[]> {
  return hooks.until(() => {
    const found = [...hooks.stderrLines.join('\n').matchAll(/^child (\d+)$/gm)];
    return found.length === 2 && found.map((match) => Number(match[1]));
  });
}

describe('local servers', { timeout: 60_000 }, () => {
  test(
    'closing ends a process that ignores SIGTERM, its children, and those that left its group',
    { skip: !isPosix },
    async () => {
      const { connection, hooks } = await connect(launch('stubborn'));
      const below = await children(hooks);
      for (const pid of below) assert.ok(exists(pid));
      await connection.close();
      for (const pid of [...below, connection.info.pid]) assertGone(pid);
      assert.deepEqual(hooks.losses, []);
    },
  );

  test('killAllNow leaves no process of any connection', { skip: !isPosix }, async () => {
    const first = await connect(launch('stubborn'));
    const hooks = new Recorder();
    const second = await first.connector.connect(connectOptions(launch('plain')), hooks, never);
    const below = await children(first.hooks);
    first.connector.killAllNow();
    await first.hooks.until(() => first.hooks.losses.length === 1);
    await hooks.until(() => hooks.losses.length === 1);
    for (const pid of [first.connection.info.pid, second.info.pid, ...below]) assertGone(pid);
    assert.match(hooks.losses[0]!.message, /was ended by SIGKILL/);
  });

  test('a crash is told once, with code and last words, and rejects what is under way', async () => {
    const { connection, hooks, call } = await connect(launch('plain'));
    const error = await rejection(call('crash', {}));
    assert.equal(error.code, 'not-connected');
    assert.match(error.message, /ended with code 7: about to crash/);
    const loss = await hooks.until(() => hooks.losses[0]);
    assert.equal(loss.exitCode, 7);
    assert.match(loss.stderr!, /about to crash/);
    await connection.close();
    assert.equal(hooks.losses.length, 1);
    assertGone(connection.info.pid);
    assert.equal((await rejection(call('crash', {}))).code, 'not-connected');
  });

  test('a killed server is a loss too', { skip: !isPosix }, async () => {
    const { command, args } = contractStdio('modern');
    const bed = await connect(stdioLaunch(command, args));
    const call = rejection(bed.call('hang', {}));
    await untilCounts(bed, ({ hanging }) => hanging === 1);
    process.kill(bed.connection.info.pid!, 'SIGKILL');
    assert.match((await call).message, /was ended by SIGKILL/);
    assert.equal((await bed.hooks.until(() => bed.hooks.losses[0])).exitCode, undefined);
    await bed.connection.close();
  });

  test('a command or folder that is not there is named, with what to do', async (t) => {
    const { error } = await refused(stdioLaunch('no-such-command-4711', []));
    assert.equal(error.code, 'connect-failed');
    assert.match(error.message, /"no-such-command-4711": the command was not found/);
    assert.match(error.nextStep!, /Install no-such-command-4711/);
    const cwd = join(folder(t), 'nowhere');
    const elsewhere = await refused({ kind: 'stdio', command: process.execPath, args: [], env: {}, cwd });
    assert.match(elsewhere.error.message, /working directory .*nowhere does not exist/);
  });

  test('a file that may not be executed is named', { skip: !isPosix }, async (t) => {
    const file = join(folder(t), 'server');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o644);
    assert.match((await refused(stdioLaunch(file, []))).error.message, /may not be executed/);
  });

  test('arguments are never seen by a shell, and the environment is clean', async (t) => {
    process.env['EDITOR_SESSION_TOKEN'] = 'do-not-pass-on';
    t.after(() => delete process.env['EDITOR_SESSION_TOKEN']);
    const odd = ['$(touch hacked)', '; echo hacked', '"quoted"', "it's", '*', ''];
    const env = { GREETING: 'hello' };
    const { connection, hooks } = await connect(
      stdioLaunch(process.execPath, [script, 'plain', ...odd], env),
    );
    const text = await hooks.until(() => {
      const all = hooks.stderrLines.join('\n');
      return /^env /m.test(all) && all;
    });
    await connection.close();
    assert.deepEqual(JSON.parse(/^argv (.*)$/m.exec(text)![1]!), odd);
    const names = /^env (.*)$/m.exec(text)![1]!.split(' ');
    assert.ok(names.includes('GREETING') && names.includes('PATH'));
    assert.ok(!names.includes('EDITOR_SESSION_TOKEN'));
  });
});

describe('the era of a local server', { timeout: 120_000 }, () => {
  test('is found on the process that is kept, where the server allows it', async () => {
    const { command, args } = contractStdio('modern');
    for (const [server, era] of [
      [stdioLaunch(command, args), 'modern'],
      [launch('plain'), 'legacy'],
    ] as const) {
      const { connection, hooks } = await connect(server);
      assert.equal(connection.info.era, era);
      assert.equal(hooks.sent('server/discover').length, 1);
      assert.equal(hooks.sent('initialize').length, era === 'legacy' ? 1 : 0);
      await connection.close();
    }
  });

  test('is found for a server that ends at the question', async () => {
    const { connection, hooks } = await connect(launch('exits-at-probe'));
    assert.equal(connection.info.era, 'legacy');
    assert.equal(hooks.stderrLines.join('\n').match(/^argv/gm)!.length, 2);
    assert.deepEqual(hooks.losses, []);
    await connection.close();
  });

  test('is found for a server that ignores the question', async () => {
    const { connection } = await connect(launch('ignores-probe'), { deps: { stdioProbeMs: 200 } });
    assert.equal(connection.info.era, 'legacy');
    await connection.close();
  });

  test('is found for a modern server that answers late', async (t) => {
    const marker = join(folder(t), 'started');
    const { connection } = await connect(launch('slow-modern', marker), { deps: { stdioProbeMs: 700 } });
    assert.equal(connection.info.era, 'modern');
    await connection.close();
  });

  test('is not asked for again when it is known to be legacy, until that is old or wrong', async () => {
    const now = Date.now();
    const verdict = { era: 'legacy', at: now, discover: undefined } as const;
    const known = await connect(launch('plain'), { verdict });
    assert.equal(known.hooks.sent('server/discover').length, 0);
    await known.connection.close();
    const old = await connect(launch('plain'), { verdict: { ...verdict, at: now - 30 * 86_400_000 } });
    assert.equal(old.hooks.sent('server/discover').length, 1);
    await old.connection.close();
    const { command, args } = contractStdio('modern');
    const wrong = await connect(stdioLaunch(command, args), { verdict });
    assert.equal(wrong.connection.info.era, 'modern');
    assert.equal(wrong.connection.verdict.era, 'modern');
    await wrong.connection.close();
  });

  test('is what the setting says, or the connect fails', async () => {
    const { command, args } = contractStdio('modern');
    const modern = stdioLaunch(command, args);
    const legacy = launch('plain');
    const pinned = await connect(modern, { eraSetting: 'modern' });
    await pinned.connection.close();
    const asked = await connect(legacy, { eraSetting: 'legacy' });
    assert.equal(asked.hooks.sent('server/discover').length, 0);
    await asked.connection.close();
    assert.equal((await refused(modern, { eraSetting: 'legacy' })).error.code, 'connect-failed');
    assert.equal((await refused(legacy, { eraSetting: 'modern' })).error.code, 'connect-failed');
  });
});
