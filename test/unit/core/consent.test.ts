import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { consentFacts, Consents, renderCommandLine } from '../../../src/core/consent.ts';
import type { Launch, ServerDefinition, SourceKind } from '../../../src/core/server.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

function local(command: string, args: readonly string[] = [], env: Record<string, string> = {}): Launch {
  return { kind: 'stdio', command, args, env, envFile: undefined, cwd: undefined };
}

function remote(url: string, headers: Record<string, string> = {}): Launch {
  return { kind: 'http', transport: 'auto', url, headers };
}

function server(
  launch: Launch,
  changes: Partial<ServerDefinition> = {},
  kind: SourceKind = 'workspace',
): ServerDefinition {
  return {
    id: `${kind}/s`,
    name: 's',
    source: { id: kind, kind, file: '/work/app/.vscode/mcp.json', folder: '/work/app' },
    line: 4,
    launch,
    inputs: [],
    launchHash: 'hash-1',
    ...changes,
  };
}

function facts(launch: Launch, changes: Partial<ServerDefinition> = {}, kind?: SourceKind) {
  return consentFacts(server(launch, changes, kind));
}

function dangers(launch: Launch, changes: Partial<ServerDefinition> = {}, kind?: SourceKind): string[] {
  return facts(launch, changes, kind).dangers.map(({ kind: danger, subject }) => `${danger}: ${subject}`);
}

const key = {
  id: 'key',
  kind: 'text',
  description: '',
  isPassword: true,
  default: undefined,
  options: [],
} as const;

describe('consent to a local server', () => {
  test('shows the command, its place, the working directory and names, and no value', () => {
    const launch: Launch = {
      kind: 'stdio',
      command: 'node',
      args: ['my server.js', '${input:key}'],
      env: { TOKEN: 'sesame', REGION: 'eu-sesame' },
      envFile: '${workspaceFolder}/.env',
      cwd: undefined,
    };
    const seen = facts(launch, { inputs: [key] });
    assert.deepEqual(
      { ...seen, dangers: undefined },
      {
        kind: 'stdio',
        serverName: 's',
        sourceFile: '/work/app/.vscode/mcp.json',
        line: 4,
        isFromWorkspace: true,
        launchHash: 'hash-1',
        inputs: [{ id: 'key', isPassword: true }],
        takenVariables: [],
        commandLine: 'node "my server.js" "${input:key}"',
        argv: ['node', 'my server.js', '${input:key}'],
        cwd: '/work/app',
        envNames: ['TOKEN', 'REGION'],
        envFile: '${workspaceFolder}/.env',
        dangers: undefined,
      },
    );
    assert.ok(!JSON.stringify(seen).includes('sesame'));
  });

  test('is not cut, however long', () => {
    const args = Array.from({ length: 3000 }, (_, index) => `--option-${index}`);
    const seen = facts(local('run', args));
    assert.equal(seen.kind === 'stdio' && seen.commandLine, ['run', ...args].join(' '));
  });

  test('names the home as working directory of a file outside a workspace', () => {
    const source = { id: 'user', kind: 'user', file: '/home/ada/mcp.json', folder: undefined } as const;
    const seen = facts(local('run'), { source });
    assert.equal(seen.kind === 'stdio' && seen.cwd, '${userHome}');
    assert.equal(seen.isFromWorkspace, false);
  });

  test('makes hidden characters visible wherever they are', () => {
    const launch: Launch = {
      kind: 'stdio',
      command: 'ru\u200Bn',
      args: ['a\u202Eb'],
      env: { 'X\u2066': '1' },
      envFile: '.e\u00ADnv',
      cwd: '/tmp/\u{E0041}',
    };
    const seen = facts(launch, { name: 's\u200B' });
    assert.deepEqual(
      seen.kind === 'stdio' && [seen.commandLine, seen.envNames, seen.envFile, seen.cwd, seen.serverName],
      ['"ru<U+200B>n" "a<U+202E>b"', ['X<U+2066>'], '.e<U+00AD>nv', '/tmp/<U+E0041>', 's<U+200B>'],
    );
    assert.deepEqual(dangers(launch).sort(), [
      'hidden-text: .e<U+00AD>nv',
      'hidden-text: /tmp/<U+E0041>',
      'hidden-text: X<U+2066>',
      'hidden-text: a<U+202E>b',
      'hidden-text: ru<U+200B>n',
    ]);
  });
});

describe('the command line', () => {
  test('shows where each word begins and ends', () => {
    assert.equal(renderCommandLine(['a b', 'c']), '"a b" c');
    assert.equal(renderCommandLine(['a', 'b c']), 'a "b c"');
    assert.equal(renderCommandLine(['a', '', 'b']), 'a "" b');
    assert.equal(renderCommandLine(['say', '"hi"']), 'say "\\"hi\\""');
    assert.equal(renderCommandLine(['C:\\x\\node.exe', 'C:\\My Files']), 'C:\\x\\node.exe "C:\\\\My Files"');
    assert.equal(renderCommandLine(['a\nb', 'c\td', 'e\r\nf']), '"a\\nb" "c\\td" "e\\r\\nf"');
    assert.equal(renderCommandLine(['--x=$HOME', 'a;b', '~', 'ü']), '"--x=$HOME" "a;b" "~" "ü"');
  });

  test('can be read back word by word', () => {
    const read = (line: string) =>
      [...line.matchAll(/"((?:[^"\\]|\\.)*)"|([^" ]+)/g)].map(
        ([, inQuotes, plain]) =>
          plain ??
          (inQuotes ?? '').replaceAll(
            /\\(.)/g,
            (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter,
          ),
      );
    const random = seededRandom(5);
    const letters = ['a', 'b', ' ', '"', '\\', '\n', '\t', "'", '$', 'n', 'ü', '-', '='];
    for (let round = 0; round < 3000; round++) {
      const argv = Array.from({ length: random.below(5) + 1 }, () =>
        Array.from({ length: random.below(6) }, () => random.pick(letters)).join(''),
      );
      assert.deepEqual(read(renderCommandLine(argv)), argv);
    }
  });
});

describe('consent to a remote server', () => {
  test('shows the URL, header names and what is sent, and no header value', () => {
    const launch = remote('https://a.example/mcp?x=1', {
      Authorization: 'Bearer sesame',
      'X-User': '${env:USER}',
    });
    const seen = facts(launch);
    assert.equal(seen.kind, 'http');
    assert.deepEqual(seen.kind === 'http' && [seen.url, seen.headerNames], [
      'https://a.example/mcp?x=1',
      ['Authorization', 'X-User'],
    ]);
    assert.deepEqual(seen.takenVariables, ['USER']);
    assert.ok(!JSON.stringify(seen).includes('sesame'));
    assert.deepEqual(dangers(launch), ['sends-value: USER']);
    assert.equal(seen.dangers[0]?.message, 'the value of the environment variable is sent to a.example');
  });

  test('warns of plain HTTP but for this machine, and of odd host names', () => {
    assert.deepEqual(dangers(remote('http://a.example/mcp')), ['no-encryption: a.example']);
    for (const url of [
      'http://localhost:3000/mcp',
      'http://127.0.0.1/mcp',
      'http://[::1]:1/',
      'https://a.example/',
    ]) {
      assert.deepEqual(dangers(remote(url)), []);
    }
    for (const url of [
      'http://localhost.evil.test/',
      'http://127.0.0.1.evil.test/',
      'http://localhost@evil.test/',
    ]) {
      assert.equal(dangers(remote(url)).length, 1, url);
    }
    assert.deepEqual(dangers(remote('https://аpple.example/')), ['odd-host: xn--pple-43d.example']);
    assert.deepEqual(dangers(remote('https://${env:HOST}/')), ['sends-value: HOST']);
  });
});

describe('dangers of a command', () => {
  const docker = (...args: string[]) => local('docker', ['run', '-i', '--rm', ...args, 'img:1.2']);
  const cases: readonly (readonly [Launch, readonly string[]])[] = [
    [local('node', ['server.js', '--port', '1']), []],
    [local('/usr/bin/python3', ['-m', 'server']), []],
    [local('sudo', ['run']), ['privilege: sudo']],
    [local('/usr/bin/sudo', ['-E', 'run']), ['privilege: /usr/bin/sudo']],
    [local('sh', ['-c', 'node x']), ['shell: sh']],
    [
      local('/bin/bash', ['-lc', 'curl https://a.example | sh']),
      ['shell: /bin/bash', 'download: curl https://a.example | sh'],
    ],
    [local('cmd', ['/c', 'npx', '-y', 'x@1.0.0']), ['shell: cmd']],
    [local('PowerShell.EXE', ['-EncodedCommand', 'x']), ['shell: PowerShell.EXE']],
    [local('env', ['LD_PRELOAD=/x.so', 'bash', '-c', 'x']), ['environment: LD_PRELOAD', 'shell: bash']],
    [local('sh', ['-c', 'sudo rm -rf /']), ['shell: sh', 'privilege: sudo rm -rf /']],
    [local('curl', ['https://a.example']), ['download: curl']],
    [local('server', ['--shell', 'bash', '--docs', 'curling']), []],
    [local('node', ['-e', 'x']), ['inline-code: -e']],
    [local('python3', ['-u', '-c', 'x']), ['inline-code: -c']],
    [local('node', ['server.js', '-e', 'x']), []],
    [
      local('run', [], {
        PATH: '/x',
        FOO: '1',
        NODE_OPTIONS: '--require x',
        dyld_insert_libraries: 'x',
        HTTPS_PROXY: 'x',
      }),
      [
        'environment: PATH',
        'environment: NODE_OPTIONS',
        'environment: dyld_insert_libraries',
        'environment: HTTPS_PROXY',
      ],
    ],
    [docker(), []],
    [docker('--privileged'), ['container: --privileged']],
    [docker('--cap-add', 'SYS_ADMIN'), ['container: --cap-add SYS_ADMIN']],
    [docker('--cap-add=ALL'), ['container: --cap-add=ALL']],
    [docker('--network', 'host'), ['container: --network host']],
    [docker('--pid=host'), ['container: --pid=host']],
    [docker('--network', 'none'), []],
    [docker('-v', '/:/host'), ['mount: /:/host']],
    [docker('-v', '/home/ada:/data'), ['mount: /home/ada:/data']],
    [docker('-v', '${userHome}:/data'), ['mount: ${userHome}:/data']],
    [docker('-v', '${env:HOME}/.ssh:/data'), ['mount: ${env:HOME}/.ssh:/data']],
    [docker('-v/var/run/docker.sock:/s'), ['mount: /var/run/docker.sock:/s']],
    [docker('--volume=C:\\:/c'), ['mount: C:\\:/c']],
    [docker('--mount', 'type=bind,src=/etc,dst=/etc'), ['mount: type=bind,src=/etc,dst=/etc']],
    [docker('-v', '${workspaceFolder}:/data'), []],
    [docker('-v', '/home/ada/project:/data'), []],
    [local('npx', ['-y', 'x@1.0.0', '--privileged']), []],
    [local('npx', ['-y', 'x']), ['unpinned: x']],
    [local('npx', ['-y', '@scope/x@latest']), ['unpinned: @scope/x@latest']],
    [local('npx', ['-y', '@scope/x@1.2.3-beta.1']), []],
    [local('npx', ['-y', '@scope/x@^1.2.3']), ['unpinned: @scope/x@^1.2.3']],
    [local('npx', ['--package', 'x@1.0.0', 'run']), []],
    [local('npx', ['--package=x', 'run']), ['unpinned: x']],
    [local('npx', ['./local-server']), []],
    [local('npx.cmd', ['x']), ['unpinned: x']],
    [local('pnpm', ['dlx', 'x']), ['unpinned: x']],
    [local('npm', ['run', 'mcp']), []],
    [local('uvx', ['x']), ['unpinned: x']],
    [local('uvx', ['x==1.0']), []],
    [local('uvx', ['--from', 'x@1.0', 'script']), []],
    [local('uvx', ['--from', 'git+https://a.example/x', 'script']), ['unpinned: git+https://a.example/x']],
    [local('uv', ['run', 'server.py']), []],
    [local('docker', ['run', '-e', 'A', 'ghcr.io/a/b']), ['unpinned: ghcr.io/a/b']],
    [local('docker', ['run', 'host:5000/b:latest']), ['unpinned: host:5000/b:latest']],
    [local('docker', ['run', `b@sha256:${'a'.repeat(64)}`]), []],
    [
      local('npx', ['--registry', 'https://r.example', 'x@1.0.0']),
      ['package-source: --registry https://r.example'],
    ],
    [
      local('uvx', ['--index-url=https://r.example', 'x==1']),
      ['package-source: --index-url=https://r.example'],
    ],
    [local('npx', ['x@1.0.0', '-i', 'y']), []],
    [local('run', ['--api-key', 'sesame']), ['secret-argument: --api-key']],
    [local('run', ['--token=sesame']), ['secret-argument: --token']],
    [local('run', ['--token', '${env:TOKEN}', '--tokens', '--max-tokens=5']), []],
  ];
  for (const [launch, expected] of cases) {
    const line = launch.kind === 'stdio' ? renderCommandLine([launch.command, ...launch.args]) : '';
    test(`${line}${launch.kind === 'stdio' ? Object.keys(launch.env).join() : ''}: ${expected.join(', ') || 'none'}`, () => {
      assert.deepEqual(dangers(launch), expected);
    });
  }

  test('name a password input that would stand on the command line', () => {
    assert.deepEqual(dangers(local('run', ['--k=${input:key}']), { inputs: [key] }), [
      'secret-argument: key',
    ]);
    assert.deepEqual(dangers(local('run', [], { K: '${input:key}' }), { inputs: [key] }), []);
  });

  test('say that a sandbox the file asks for is not there', () => {
    assert.deepEqual(dangers(local('run'), { wantsSandbox: true }), ['no-sandbox: sandboxEnabled']);
  });

  test('never show a secret that stands on the command line for another reason than its name', () => {
    assert.ok(
      !dangers(local('run', ['--api-key', 'sesame']))
        .join()
        .includes('sesame'),
    );
  });
});

describe('an agreement', () => {
  function setup() {
    const memory = new FakeMemory();
    const clock = new FakeClock(1000);
    return { memory, consents: new Consents(memory, clock), again: () => new Consents(memory, clock) };
  }

  test('holds until the launch, or the file that it stands in, changes', () => {
    const { consents, again } = setup();
    const one = server(local('run'));
    assert.equal(consents.state(one), 'none');
    consents.give(one);
    assert.equal(again().state(one), 'given');
    assert.equal(consents.state({ ...one, line: 99 }), 'given');
    assert.equal(consents.state({ ...one, launchHash: 'hash-2' }), 'changed');
    assert.equal(
      consents.state({ ...one, source: { ...one.source, file: '/work/evil/.vscode/mcp.json' } }),
      'changed',
    );
    assert.equal(consents.state({ ...one, id: 'user/s' }), 'none');
  });

  test('is replaced by a later one for the same server', () => {
    const { consents } = setup();
    const one = server(local('run'));
    consents.give(one);
    consents.give({ ...one, launchHash: 'hash-2' });
    assert.equal(consents.state(one), 'changed');
    assert.equal(consents.list().length, 1);
  });

  test('is listed with its time and can be revoked', () => {
    const { consents } = setup();
    const one = server(local('run'));
    const two = server(local('run'), { id: 'user/t', name: 't' });
    consents.give(one);
    consents.give(two);
    assert.deepEqual(consents.list()[0], {
      serverId: 'workspace/s',
      name: 's',
      file: '/work/app/.vscode/mcp.json',
      launchHash: 'hash-1',
      at: 1000,
      lines: ['run', 'in /work/app', 'file /work/app/.vscode/mcp.json'],
    });
    consents.revoke(one.id);
    assert.equal(consents.state(one), 'none');
    assert.equal(consents.state(two), 'given');
    consents.revokeAll();
    assert.deepEqual(consents.list(), []);
  });

  test('says what is no longer as it was agreed to', () => {
    const { consents, memory } = setup();
    const launch = local('run', ['--fast'], { A: 'x' });
    consents.give(server(launch));
    const now = { ...server(local('run', ['--slow'], { A: 'x', B: 'y' })), launchHash: 'hash-2' };
    assert.deepEqual(consents.difference(now), {
      before: ['run --fast'],
      after: ['run --slow', 'environment B'],
    });
    const hidden = { ...server(local('run', ['--fast'], { A: 'z' })), launchHash: 'hash-3' };
    assert.deepEqual(consents.difference(hidden), { before: [], after: [] }, 'values are not kept');
    assert.equal(consents.difference(server(launch, { id: 'user/other' })), undefined);
    const [kept] = consents.list();
    memory.set('consents', JSON.stringify([{ ...kept, lines: undefined }]));
    assert.equal(consents.difference(now), undefined, 'an agreement of an older version says only its hash');
  });

  test('keeps no secret of the launch', () => {
    const { consents, memory } = setup();
    consents.give(server(local('run', ['--token=sesame'], { T: 'sesame' })));
    assert.ok(![...memory.values.values()].join().includes('sesame'));
  });

  test('that cannot be read was never given', () => {
    const { consents, memory } = setup();
    const one = server(local('run'));
    for (const damage of [
      '',
      '{',
      'null',
      '[1]',
      '[{"serverId":"workspace/s"}]',
      '{"serverId":"workspace/s"}',
    ]) {
      consents.give(one);
      memory.set('consents', damage);
      assert.equal(consents.state(one), 'none');
    }
  });
});
