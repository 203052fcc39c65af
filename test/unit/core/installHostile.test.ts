import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completePlan } from '../../../src/core/installComplete.ts';
import { hostKind, remoteUrlProblem } from '../../../src/core/installAddress.ts';
import { defaultCandidate } from '../../../src/core/installChoice.ts';
import { planInstall } from '../../../src/core/installPlan.ts';
import type { Json } from '../../../src/core/json.ts';
import { isBadEntry, parseEntry } from '../../../src/core/registryParse.ts';
import { packageEntry, planOf, plannedOf, remoteEntry } from '../../fakes/registryEntries.ts';

test('names that are no plain package names are refused', () => {
  const bad: Readonly<Record<string, readonly string[]>> = {
    npm: [
      '-g',
      '--yes',
      'git+https://evil.test/x',
      'https://evil.test/x.tgz',
      '../x',
      'file:x',
      'a b',
      '@a',
      'x/y',
      'npm:x@1',
      '@a/b/c',
      'x@2',
      '',
    ],
    pypi: [
      '-r',
      'git+https://evil.test/x',
      'x @ https://evil.test',
      'x;y',
      '../x',
      'x==1',
      '-',
      'x y',
      'x[a;b]',
    ],
    nuget: ['-x', 'a b', 'a/b', '../x', 'a@1', '.x'],
    go: [
      'x',
      '-x',
      'https://github.com/a/b',
      'github.com/a/../b',
      'github.com/a b',
      './x',
      'github.com/a/b@v1',
    ],
    cargo: ['-x', '1x', 'a b', 'a/b', '--git=https://evil.test'],
  };
  for (const [registryType, names] of Object.entries(bad)) {
    for (const identifier of names.filter((name) => name !== '')) {
      const plan = planOf(packageEntry({ registryType, identifier, version: 'v1.0.0' }));
      assert.equal(plan.kind, 'refused', `${registryType} ${identifier}`);
    }
  }
});

test('versions that are no one exact version are refused, floating ones are not pinned', () => {
  for (const version of [
    '^1.0.0',
    '~1',
    '>=1 <2',
    '1.x',
    '*',
    '1.0.0 --evil',
    '-1',
    '1 || 2',
    'https://evil.test',
    '1.0.0;x',
  ]) {
    assert.equal(planOf(packageEntry({ version })).kind, 'refused', version);
  }
  for (const version of ['latest', 'next', 'main']) {
    const plan = planOf(packageEntry({ version }));
    assert.deepEqual(plan.kind === 'needs-input' && plan.needs, ['version'], version);
  }
});

test('text that would read something of this machine is refused wherever it stands', () => {
  const secret = [
    '${env:HOME}',
    '${command:evil.run}',
    '${input:other-token}',
    '${config:github.token}',
    '${ENV:X}',
    '${ env:X}',
  ];
  for (const text of secret) {
    const places: Json[] = [
      { identifier: text },
      { environmentVariables: [{ name: 'X', value: text }] },
      { environmentVariables: [{ name: 'X', default: text }] },
      { environmentVariables: [{ name: 'X', choices: ['a', text] }] },
      { environmentVariables: [{ name: 'X', value: '{v}', variables: { v: { default: text } } }] },
      { packageArguments: [{ type: 'positional', value: text }] },
      { packageArguments: [{ type: 'named', name: `--x=${text}` }] },
      { runtimeArguments: [{ type: 'named', name: '--registry', value: text }] },
    ];
    for (const place of places)
      assert.equal(planOf(packageEntry(place as never)).kind, 'refused', JSON.stringify(place));
    for (const place of [{ url: `https://x.example/${text}` }, { headers: [{ name: 'X', value: text }] }]) {
      assert.equal(planOf(remoteEntry(place)).kind, 'refused', JSON.stringify(place));
    }
  }
});

test('a variable put together from harmless parts is refused', () => {
  const value = (text: string, variables: Json) =>
    planOf(packageEntry({ environmentVariables: [{ name: 'X', value: text, variables }] }));
  assert.equal(value('{a}{b}', { a: { value: '$' }, b: { value: '{env:SECRET}' } }).kind, 'refused');
  assert.equal(value('${a}', { a: { value: 'x' } }).kind, 'runnable'); // "$x": no braces are left
  const open = value('{a}{b}', { a: { value: '${' }, b: { default: 'env:SECRET}' } });
  assert.ok(open.kind === 'runnable' && open.launch.kind === 'stdio');
  assert.ok(!open.launch.env['X']?.includes('${env'));
});

test('text that only looks like a variable stays text: it becomes the answer to an input', () => {
  const plan = plannedOf(packageEntry({ environmentVariables: [{ name: 'CACHE', value: '${HOME}/cache' }] }));
  assert.deepEqual(plan.launch.kind === 'stdio' && plan.launch.env, { CACHE: '${input:tool-CACHE}' });
  assert.equal(plan.inputs[0]?.default, '${HOME}/cache');
  const done = completePlan(plan, {});
  assert.ok(done.kind === 'complete' && done.launch.kind === 'stdio');
  assert.deepEqual(done.values, { 'tool-CACHE': '${HOME}/cache' });
  assert.deepEqual(done.launch.env, { CACHE: '${input:tool-CACHE}' });
  assert.equal(completePlan(plan, {}, { style: 'literal' }).kind, 'problems');
  assert.equal(completePlan(plan, {}, { style: 'literal', reads: 'none' }).kind, 'complete');
});

test("a variable that the user types is the user's own", () => {
  const plan = plannedOf(
    packageEntry({ packageArguments: [{ type: 'positional', valueHint: 'root', isRequired: true }] }),
  );
  const done = completePlan(plan, { 'tool-root': '${workspaceFolder}/src' });
  assert.ok(done.kind === 'complete' && done.launch.kind === 'stdio');
  assert.equal(done.launch.args.at(-1), '${workspaceFolder}/src');
});

test('addresses that lead into this machine or network, or are unclear, are refused', () => {
  const bad = [
    'http://api.example.com/mcp',
    'ftp://api.example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:pw@example.com/',
    'https://localhost/mcp',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://10.1.2.3/',
    'https://172.20.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/',
    'https://[fe80::1]/',
    'https://[fd00::1]/',
    'https://[fd00:ec2::254]/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://intranet/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://api.example.com\\@evil.test/',
    'https://exa mple.com/',
    'https://example.com\u202e/',
    'nonsense',
    '//example.com',
  ];
  for (const url of bad) assert.equal(planOf(remoteEntry({ url })).kind, 'refused', url);
  assert.equal(
    planOf(remoteEntry({ url: 'https://localhost:3000/mcp' }), { allowPrivate: true }).kind,
    'runnable',
  );
  assert.equal(
    planOf(remoteEntry({ url: 'http://localhost:3000/mcp' }), { allowPrivate: true }).kind,
    'runnable',
  );
  assert.equal(
    planOf(remoteEntry({ url: 'https://169.254.169.254/' }), { allowPrivate: true }).kind,
    'refused',
  );
  assert.equal(remoteUrlProblem('https://api.example.com:8443/mcp?x=1'), undefined);
  assert.equal(hostKind('[2606:4700::1111]'), 'public');
});

test('an answer cannot change where an address leads', () => {
  const plan = plannedOf(
    remoteEntry({
      url: 'https://{region}.example.com:{port}/{path}',
      variables: { region: { isRequired: true }, port: { default: '443' }, path: { default: 'mcp' } },
    }),
  );
  const url = (answers: Record<string, string>) => {
    const done = completePlan(plan, { 'tool-region': 'eu', ...answers });
    return done.kind === 'complete' && done.launch.kind === 'http' ? done.launch.url : 'problems';
  };
  assert.equal(url({}), 'https://eu.example.com:443/mcp');
  for (const answers of [
    { 'tool-region': 'evil.test/' },
    { 'tool-region': 'evil.test#' },
    { 'tool-port': '80@evil.test' },
    { 'tool-port': '80/@evil.test' },
    { 'tool-path': '../x' },
    { 'tool-path': 'a?b' },
    { 'tool-path': 'a b' },
    { 'tool-path': '' + '\\evil' },
  ])
    assert.equal(url(answers), 'problems', JSON.stringify(answers));
});

test('a whole address as an answer is checked like one of the registry', () => {
  const plan = plannedOf(remoteEntry({ url: '{base}/mcp', variables: { base: { isRequired: true } } }));
  const kind = (base: string) => completePlan(plan, { 'tool-base': base }).kind;
  assert.equal(kind('https://mine.example'), 'complete');
  assert.deepEqual(
    ['http://mine.example', 'https://10.0.0.1', 'https://a:b@c.example', 'x', 'file:///x'].map(kind),
    Array(5).fill('problems'),
  );
});

test('headers that would break the request are refused, those of the protocol left out', () => {
  const headers = (...list: readonly Json[]) => planOf(remoteEntry({ headers: [...list] }));
  for (const header of [
    { name: 'a b', value: 'x' },
    { name: 'Host', value: 'x' },
    { name: 'X\r\nY', value: 'x' },
    { name: 'X', value: 'ü€' },
  ]) {
    assert.equal(headers(header).kind, 'refused', JSON.stringify(header));
  }
  const kept = headers({ name: 'Mcp-Session-Id', value: 'x' }, { name: 'X-A', value: '1' });
  assert.deepEqual(kept.kind === 'runnable' && kept.launch.kind === 'http' && kept.launch.headers, {
    'X-A': '1',
  });
  const asked = plannedOf(remoteEntry({ headers: [{ name: 'X-Key', isRequired: true }] }));
  assert.equal(completePlan(asked, { 'tool-X-Key': 'a\r\nHost: evil' }).kind, 'problems');
});

test('environment variables that change how programs run are dangers, bad names are refused', () => {
  const names = (name: string) => planOf(packageEntry({ environmentVariables: [{ name, value: 'x' }] }));
  for (const name of [
    'PATH',
    'NODE_OPTIONS',
    'LD_PRELOAD',
    'DYLD_INSERT_LIBRARIES',
    'PYTHONPATH',
    'BASH_ENV',
    'GIT_SSH_COMMAND',
    'https_proxy',
  ]) {
    assert.deepEqual(
      names(name).dangers.map(({ kind }) => kind),
      ['environment'],
      name,
    );
  }
  assert.ok(names('NODE_TLS_REJECT_UNAUTHORIZED').dangers.some(({ kind }) => kind === 'insecure'));
  for (const name of ['A=B', 'A B', 'A\nB', '1A', '']) {
    if (name !== '') assert.equal(names(name).kind, 'refused', JSON.stringify(name));
  }
});

test('bundles are fetched only from https addresses and for this platform', () => {
  const bundle = (identifier: string, change = {}) =>
    planOf(
      packageEntry({
        registryType: 'mcpb',
        identifier,
        version: null,
        fileSha256: 'a'.repeat(64),
        ...change,
      }),
      {
        platform: { os: 'linux', arch: 'x64' },
      },
    );
  const good = bundle('https://github.com/a/mcp/releases/download/v1/x.mcpb');
  assert.ok(good.kind === 'needs-input');
  assert.deepEqual([good.needs, good.download?.sha256], [['download'], 'a'.repeat(64)]);
  for (const url of [
    'http://github.com/a/x.mcpb',
    'https://10.0.0.1/x.mcpb',
    'https://a:b@github.com/x.mcpb',
    'x.mcpb',
    'https://github.com/a/x-darwin-arm64.mcpb',
    'https://github.com/a/x.tar.gz',
  ]) {
    assert.equal(bundle(url).kind, 'refused', url);
  }
  assert.equal(bundle('https://github.com/a/x.mcpb', { fileSha256: 'nonsense' }).kind, 'refused');
  assert.equal(bundle('https://github.com/a/x_linux_amd64.mcpb').kind, 'needs-input');
});

test('nothing in an entry makes the planner throw', () => {
  const odd: Json[] = [
    null,
    1,
    'x',
    [],
    {},
    { server: null },
    { server: { name: 'a/b', version: '1', packages: 'x', remotes: {} } },
    {
      server: {
        name: 'a/b',
        version: '1',
        packages: [null, 1, [], { registryType: 'npm' }, { identifier: 'x' }],
      },
    },
    {
      server: {
        name: 'a/b',
        version: 1,
        packages: [
          { registryType: 'npm', identifier: 'x', transport: 'stdio', packageArguments: [1, null, {}] },
        ],
      },
    },
    {
      server: {
        name: '__proto__',
        version: '1',
        packages: [{ registryType: 'constructor', identifier: 'toString' }],
      },
    },
    {
      server: {
        name: 'a/b',
        version: '1',
        remotes: [
          { type: 'sse', url: 'https://{__proto__}.x.example', variables: { __proto__: 1 } },
          { type: 'x' },
        ],
      },
    },
    {
      server: {
        name: 'a/b',
        version: '1',
        packages: [
          {
            registryType: 'npm',
            identifier: 'x',
            version: '1.0.0',
            environmentVariables: [{ name: '__proto__', value: 'x' }],
          },
        ],
      },
    },
  ];
  for (const json of odd) {
    const entry = parseEntry(json);
    if (isBadEntry(entry)) continue;
    for (const kind of ['package', 'remote'] as const) {
      for (const index of [0, 1, 99]) assert.ok(planInstall(entry, { kind, index }).kind);
    }
    assert.equal(defaultCandidate(entry)?.plan.kind === 'runnable' && entry.packages.length === 0, false);
  }
});
