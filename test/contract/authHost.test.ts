import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openHost } from '../../scripts/host/headless.ts';
import { authProbe } from '../../scripts/host/auth.ts';
import { defaultAuthSettings, type AuthRecord } from '../../src/core/auth.ts';
import { isAppError } from '../../src/core/util/errors.ts';
import { createFileSecrets } from '../../src/node/authFileSecrets.ts';
import { openAuth, type AuthPorts } from '../../src/node/authHost.ts';
import { openAuthLocks } from '../../src/node/authLocks.ts';
import { createLoopbackRedirects } from '../../src/node/authRedirect.ts';
import { peopleWith } from '../fakes/authPorts.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import { FakeSecrets } from '../fakes/fakeSecrets.ts';
import { preRegistered } from '../fixtures/authServer.ts';
import { writeTool } from '../fixtures/authResource.ts';
import { authBed, callText, sha256, type AuthBed } from './authBed.ts';
import { never, systemClock } from './connectionBed.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-auth-test-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withBed(
  options: Parameters<typeof authBed>[0],
  use: (bed: AuthBed) => Promise<void>,
): Promise<void> {
  const bed = await authBed(options);
  try {
    await use(bed);
  } finally {
    await bed.close();
  }
}

function portsOf(bed: AuthBed): AuthPorts {
  return {
    secrets: bed.secrets,
    browser: bed.user,
    redirects: createLoopbackRedirects(),
    people: peopleWith({ 'client-secret': preRegistered.secret }),
    settingsOf: () => bed.settings,
  };
}

describe('the host', () => {
  for (const era of ['modern', 'legacy'] as const) {
    test(`shows that a server needs a sign-in, asks nobody at autostart, and is ready after the user signed in (${era})`, () =>
      withBed({ era }, (bed) =>
        withFolder(async (folder) => {
          const config = join(folder, 'mcp.json');
          await writeFile(
            config,
            JSON.stringify({ servers: { guarded: { type: 'http', url: bed.server.url } } }),
          );
          const open = await openHost({
            config,
            state: folder,
            yes: true,
            logger: silent,
            auth: portsOf(bed),
          });
          try {
            const { connections, auth, calls } = open.host;
            const [server] = connections.servers.get();
            assert.ok(server && auth);
            const { id } = server.definition;
            connections.setAutostart(id, true);
            await connections.autostartAll();
            const state = connections.get(id)?.state;
            assert.equal(state?.kind, 'needs-sign-in');
            assert.deepEqual(bed.user.openings, []);
            await assert.rejects(connections.start(id, never), (error) => isAppError(error, 'needs-sign-in'));
            assert.deepEqual(bed.user.openings, []);
            await auth.signIn(bed.server.url, 'sign-in', never);
            await connections.start(id, never);
            assert.equal(connections.get(id)?.state.kind, 'ready');
            const caller = { kind: 'command-line', name: 'test' } as const;
            const call = {
              serverId: id,
              tool: 'echo',
              arguments: { text: 'in' },
              caller,
              mode: 'plain',
            } as const;
            assert.equal((await calls.call(call, never)).kind, 'done');
            await auth.signOut(bed.server.url, never);
            assert.equal((await calls.call({ ...call, arguments: { text: 'out' } }, never)).kind, 'failed');
            await settled(() => connections.get(id)?.state.kind === 'needs-sign-in', connections.servers);
          } finally {
            await open.close();
          }
        }),
      ));
  }

  test('no secret of any flow is in logs, frames, errors, the database or a report', () =>
    withBed({ authServer: { dpop: true } }, (bed) =>
      withFolder(async (folder) => {
        const logged: string[] = [];
        const say = (message: string, cause?: unknown) => logged.push(`${message} ${deepText(cause)}`);
        const console_ = captureConsole(logged);
        const config = join(folder, 'mcp.json');
        await writeFile(
          config,
          JSON.stringify({ servers: { guarded: { type: 'http', url: bed.server.url } } }),
        );
        const logger = { debug: say, info: say, warn: say, error: say };
        const open = await openHost({ config, state: folder, yes: true, logger, auth: portsOf(bed) });
        const secrets = new Set<string>([preRegistered.secret]);
        const note = () => {
          for (const text of bed.secrets.values.values())
            for (const secret of secretsIn(text)) secrets.add(secret);
          for (const value of [bed.user.lastCallback?.searchParams.get('code'), bed.user.asked.get('state')])
            if (value) secrets.add(value);
          for (const { params } of bed.authServer.to('/token'))
            for (const name of ['code', 'code_verifier', 'refresh_token', 'client_secret']) {
              const value = params.get(name);
              if (value) secrets.add(value);
            }
        };
        const outputs: string[] = [];
        try {
          const { connections, auth, calls } = open.host;
          assert.ok(auth);
          const [server] = connections.servers.get();
          const id = server?.definition.id ?? '';
          const caller = { kind: 'command-line', name: 'test' } as const;
          const run = async (tool: string, args: Record<string, string | number>) => {
            const outcome = await calls
              .call({ serverId: id, tool, arguments: args, caller, mode: 'plain' }, never)
              .catch((error: unknown) => deepText(error));
            outputs.push(JSON.stringify(outcome));
          };
          for (const settings of [
            defaultAuthSettings,
            { ...defaultAuthSettings, dpop: 'always' as const },
            { ...defaultAuthSettings, clientId: preRegistered.id, issuer: bed.authServer.issuer },
          ]) {
            bed.settings = settings;
            await connections.start(id, never).catch((error: unknown) => outputs.push(deepText(error)));
            outputs.push(JSON.stringify(await auth.signIn(bed.server.url, 'sign-in', never)));
            note();
            await connections.start(id, never);
            await run('echo', { text: 'hello' });
            await run(writeTool, { a: 1, b: 2 });
            outputs.push(JSON.stringify(await auth.signIn(bed.server.url, 'sign-in', never)));
            note();
            await run(writeTool, { a: 1, b: 2 });
            for (const token of [...bed.server.accepted]) bed.server.rejected.add(token);
            await run('echo', { text: 'renewed' });
            note();
            bed.authServer.failNext('/token', 500);
            for (const token of [...bed.server.accepted]) bed.server.rejected.add(token);
            await run('echo', { text: 'broken' });
            outputs.push(JSON.stringify(await auth.inspect(bed.server.url, never)));
            outputs.push(JSON.stringify(await auth.view(bed.server.url)));
            outputs.push(JSON.stringify(await auth.forget(bed.server.url, never)));
            outputs.push(JSON.stringify(connections.frames(id)), deepText(connections.lastError(id)));
            await connections.stop(id);
          }
        } finally {
          await open.close();
          console_.restore();
        }
        assert.ok(secrets.size > 20, `${secrets.size} secrets were seen`);
        const files: string[] = [];
        for (const name of await readdir(folder, { recursive: true })) {
          const file = join(folder, name);
          if ((await stat(file)).isFile()) files.push(await readFile(file, 'latin1'));
        }
        const everything = {
          logged: logged.join('\n'),
          outputs: outputs.join('\n'),
          files: files.join('\n'),
        };
        for (const [where, text] of Object.entries(everything)) {
          assert.ok(text.length > 0, where);
          for (const secret of secrets)
            assert.ok(!text.includes(secret), `${where} holds ${secret.slice(0, 12)}…`);
        }
      }),
    ));

  test('a token that a server says back is hidden from frames and errors', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      const connection = await bed.connect();
      const [token = '?'] = secretsIn([...bed.secrets.values.values()].join(''));
      assert.equal(
        await callText(connection, 'echo', { text: token }),
        token,
        'the result itself is as received',
      );
      assert.ok(!JSON.stringify(bed.hooks.frames).includes(token));
    }));
});

describe('windows', () => {
  test('two windows over one state folder renew a token once between them', () =>
    withBed({}, (bed) =>
      withFolder(async (folder) => {
        const common = { clock: systemClock, logger: silent, sha256 };
        const windows = [openAuth(folder, portsOf(bed), common), openAuth(folder, portsOf(bed), common)];
        try {
          await windows[0]?.auth.signIn(bed.server.url, 'sign-in', never);
          const connections = await Promise.all(windows.map(({ auth }) => bed.connect(auth)));
          const before = bed.authServer.to('/token').length;
          for (const token of [...bed.server.accepted]) bed.server.rejected.add(token);
          const texts = await Promise.all(
            connections.map((connection) => callText(connection, 'echo', { text: 'x' })),
          );
          assert.deepEqual(texts, ['x', 'x']);
          assert.equal(bed.authServer.to('/token').length, before + 1);
        } finally {
          for (const window of windows) window.close();
        }
      }),
    ));

  test('a lock of a window that died is free after its time, and one that is waited for can be left', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const file = join(folder, 'auth.db');
      const [dead, alive] = [openAuthLocks(file, clock), openAuthLocks(file, clock)];
      try {
        const began = Promise.withResolvers<void>();
        void dead.run('key', never, () => {
          began.resolve();
          return new Promise<void>(() => {});
        });
        await began.promise;
        const stop = new AbortController();
        const left = alive.run('key', stop.signal, () => Promise.resolve('left'));
        stop.abort();
        clock.advance(100);
        await assert.rejects(left, (error) => isAppError(error, 'cancelled'));
        assert.equal(await alive.run('other', never, () => Promise.resolve('other')), 'other');
        clock.advance(90_000);
        assert.equal(await alive.run('key', never, () => Promise.resolve('mine')), 'mine');
      } finally {
        dead.close();
        alive.close();
      }
    }));
});

describe('without an editor', () => {
  test('auth-probe prints the steps of a guarded server and asks for nothing', () =>
    withBed({}, async (bed) => {
      const report = (await authProbe([bed.server.url])) as {
        steps: { id: string; result: string }[];
        view: { issuer: string };
      };
      assert.equal(report.steps.length, 12);
      assert.ok(report.steps.every(({ result }) => result === 'ok'));
      assert.equal(report.view.issuer, bed.authServer.issuer);
      assert.ok(bed.authServer.requests.every(({ line }) => line.startsWith('GET /.well-known/')));
    }));

  test('auth-probe refuses what is no server', async () => {
    for (const url of [undefined, 'nothing', 'file:///etc/passwd'])
      await assert.rejects(authProbe(url === undefined ? [] : [url]), (error) =>
        isAppError(error, 'invalid-input'),
      );
  });

  test('secrets in a file are for its owner only and survive a restart', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'deep', 'secrets.json');
      const secrets = createFileSecrets(file);
      assert.equal(await secrets.get('a'), undefined);
      await secrets.set('a', 'one');
      await secrets.set('b', 'two');
      await secrets.delete('a');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      const again = createFileSecrets(file);
      assert.deepEqual([await again.get('a'), await again.get('b')], [undefined, 'two']);
    }));

  test('a damaged record counts as no sign-in and is replaced by the next one', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      for (const key of bed.secrets.values.keys()) bed.secrets.values.set(key, '{"version":1,');
      const other = bed.window();
      assert.equal((await other.view(bed.server.url)).status.kind, 'signed-out');
      assert.ok(bed.log.some((line) => line.includes('damaged')));
      await other.signIn(bed.server.url, 'sign-in', never);
      assert.equal(await callText(await bed.connect(other), 'echo', { text: 'x' }), 'x');
    }));

  test('a secret storage that fails is an error in words, not a lost promise', async () => {
    const secrets = new FakeSecrets();
    secrets.failWith = new Error('the keyring is locked');
    await withBed({ deps: { secrets } }, async (bed) => {
      await assert.rejects(bed.connect(), /keyring is locked/);
      await assert.rejects(bed.auth.signIn(bed.server.url, 'sign-in', never), /keyring is locked/);
      assert.deepEqual(bed.user.openings, []);
    });
  });
});

/** Every secret of a stored record: tokens, their signatures, client secrets, the private key. */
function secretsIn(text: string): string[] {
  const { tokens, clients, dpopKey } = JSON.parse(text) as AuthRecord;
  const jwk = dpopKey?.['jwk'] as { d?: string } | undefined;
  return [
    tokens?.accessToken,
    tokens?.refreshToken,
    tokens?.idToken,
    tokens?.accessToken.split('.')[2],
    ...clients.map(({ clientSecret }) => clientSecret),
    jwk?.d,
  ].filter((secret): secret is string => secret !== undefined);
}

/** An error with its causes and members, as a careless log would print it. */
function deepText(value: unknown, depth = 0): string {
  if (!(value instanceof Error) || depth > 5)
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `${value.stack ?? value.message} ${JSON.stringify(Object.entries(value))} ${deepText(value.cause, depth + 1)}`;
}

function captureConsole(into: string[]): { restore(): void } {
  const { log, warn, error, info } = console;
  const say = (...parts: unknown[]) => void into.push(parts.map((part) => deepText(part)).join(' '));
  Object.assign(console, { log: say, warn: say, error: say, info: say });
  return { restore: () => Object.assign(console, { log, warn, error, info }) };
}

async function settled(
  isSo: () => boolean,
  store: { subscribe(listener: () => void): { dispose(): void } },
): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (!isSo()) return;
      subscription.dispose();
      resolve();
    };
    const subscription = store.subscribe(look);
    look();
  });
}
