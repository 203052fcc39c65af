import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { diagnose } from '../../scripts/host/diagnose.ts';
import { startAuthServer, type AuthServer } from '../fixtures/authServer.ts';
import { startProtected, type ProtectedServer } from '../fixtures/authResource.ts';
import { contractStdio, startContractHttp } from '../fixtures/servers/contract.ts';
import { hostileStdio, startHostileHttp } from '../fixtures/servers/hostile.ts';

interface Step {
  readonly id: string;
  readonly result: string;
  readonly found: string;
  readonly fix?: string;
  readonly details?: readonly string[];
}

suite('the connection doctor, over real servers', () => {
  const closing: (() => Promise<unknown>)[] = [];
  let folder = '';
  let authServer: AuthServer;
  let locked: ProtectedServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-doctor-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const [legacy, modern] = await Promise.all([
      startContractHttp({ era: 'legacy' }),
      startContractHttp({ era: 'modern' }),
    ]);
    const portal = await startHostileHttp({ mode: 'garbage-200', on: 'initialize' });
    authServer = await startAuthServer();
    locked = await startProtected({ authServer });
    for (const server of [legacy, modern, portal, locked, authServer]) closing.push(() => server.close());
    const servers = {
      missing: { command: 'no-such-command-of-the-doctor' },
      crashing: hostileStdio({ mode: 'crash-on-start' }),
      'stdio-legacy': contractStdio('legacy'),
      'stdio-modern': contractStdio('modern'),
      'http-legacy': { type: 'http', url: legacy.url },
      'http-modern': { type: 'http', url: modern.url },
      locked: { type: 'http', url: locked.url },
      portal: { type: 'http', url: portal.url },
      nobody: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
    };
    await writeFile(join(folder, 'mcp.json'), JSON.stringify({ servers }));
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
    // A step that fails is the command's exit status, and not that of the tests.
    process.exitCode = 0;
  });

  async function stepsOf(server: string): Promise<ReadonlyMap<string, Step>> {
    const output = await diagnose(['--config', join(folder, 'mcp.json'), '--server', server]);
    assert.equal(output.kind, 'json');
    const { steps } = (output as { value: unknown }).value as { steps: readonly Step[] };
    return new Map(steps.map((step) => [step.id, step]));
  }
  const failed = (steps: ReadonlyMap<string, Step>) =>
    [...steps.values()].filter(({ result }) => result === 'fail').map(({ id }) => id);

  for (const name of ['stdio-legacy', 'stdio-modern', 'http-legacy', 'http-modern']) {
    test(`${name} is found in order up to its lists`, async () => {
      const steps = await stepsOf(name);
      assert.deepEqual(failed(steps), []);
      const version = name.endsWith('legacy') ? /2025-11-25/ : /2026-07-28/;
      assert.match(steps.get('handshake')?.found ?? '', version);
      assert.match(steps.get('lists')?.found ?? '', /\d+ tools/);
    });
  }

  test('a command that is not there is named, with what to install', async () => {
    const steps = await stepsOf('missing');
    assert.deepEqual(failed(steps), ['command']);
    assert.match(steps.get('command')?.found ?? '', /no-such-command-of-the-doctor/);
    assert.ok((steps.get('command')?.fix ?? '') !== '');
    assert.equal(steps.get('lists')?.result, 'skipped');
  });

  test('a process that dies is shown with its exit code and last words', async () => {
    const steps = await stepsOf('crashing');
    assert.deepEqual(failed(steps), ['process']);
    const { found = '', details = [] } = steps.get('process') ?? {};
    assert.match([found, ...details].join('\n'), /code 3[\s\S]*missing API_URL/);
  });

  test('a server that wants a sign-in stops at the token, after its trail was followed', async () => {
    const steps = await stepsOf('locked');
    assert.deepEqual(failed(steps), ['token']);
    assert.equal(steps.get('discovery')?.result, 'ok');
    assert.match(steps.get('token')?.fix ?? '', /[Ss]ign in/);
    assert.equal(locked.accepted.length, 0);
  });

  test('a web page in place of a server is called one', async () => {
    const steps = await stepsOf('portal');
    assert.deepEqual(failed(steps), ['handshake']);
    assert.ok((steps.get('handshake')?.fix ?? '') !== '');
  });

  test('an address where nobody listens fails at the reach', async () => {
    assert.deepEqual(failed(await stepsOf('nobody')), ['reach']);
  });
});
