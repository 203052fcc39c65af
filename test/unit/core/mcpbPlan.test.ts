import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completePlan, type Answers } from '../../../src/core/installComplete.ts';
import type { PlanOptions } from '../../../src/core/installDraft.ts';
import { planInstall, type InstallPlan } from '../../../src/core/installPlan.ts';
import { isBadManifest, parseManifest } from '../../../src/core/mcpbManifest.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { packageEntry } from '../../fakes/registryEntries.ts';

const sha256 = 'a'.repeat(64);
const bundlePackage = {
  registryType: 'mcpb',
  identifier: 'https://github.com/example/tool/releases/download/v1/tool.mcpb',
  fileSha256: sha256,
};
const linux = { os: 'linux', arch: 'x64' } as const;

interface Case {
  readonly server: JsonObject;
  readonly rest?: JsonObject;
  readonly files?: readonly string[];
  readonly options?: PlanOptions;
  readonly package?: JsonObject;
  readonly windows?: boolean;
}

function planOf({
  server,
  rest = {},
  files = [],
  options = {},
  package: change = {},
  windows = false,
}: Case) {
  const manifest = parseManifest({
    manifest_version: '0.3',
    name: 'tool',
    version: '1.0.0',
    server,
    ...rest,
  });
  assert.ok(!isBadManifest(manifest), JSON.stringify(manifest));
  const bundle = {
    manifest,
    folder: windows ? 'C:\\b\\tool' : '/b/tool',
    separator: windows ? ('\\' as const) : ('/' as const),
    files: new Set(['server/index.js', ...files]),
    places: { HOME: '/home/u', DOCUMENTS: '/home/u/Documents' },
    isSigned: false,
  };
  return planInstall(
    packageEntry({ ...bundlePackage, ...change }),
    { kind: 'package', index: 0 },
    { platform: windows ? { os: 'win32', arch: 'x64' } : linux, ...options, bundle },
  );
}

function launchOf(plan: InstallPlan, answers: Answers = {}) {
  assert.ok(plan.kind !== 'refused' && plan.launch && plan.template && plan.inputs, plan.reasons.join());
  const { launch, connectTo, template, connectTemplate, inputs } = plan;
  const done = completePlan({ launch, connectTo, template, connectTemplate, inputs }, answers, {});
  assert.ok(done.kind === 'complete', JSON.stringify(done));
  assert.ok(done.launch.kind === 'stdio');
  return done.launch;
}

const node = (config: JsonObject = {}) => ({
  type: 'node',
  entry_point: 'server/index.js',
  mcp_config: { command: 'node', args: ['${__dirname}/server/index.js'], ...config },
});

test('without its content a bundle only says that it has to be fetched', () => {
  const plan = planInstall(packageEntry(bundlePackage), { kind: 'package', index: 0 });
  assert.deepEqual([plan.kind, plan.kind === 'needs-input' && plan.needs], ['needs-input', ['download']]);
  assert.equal(plan.checks.find(({ id }) => id === 'hash')?.verdict, 'unknown');
});

test('folders take the place of their names, and the hash has passed', () => {
  const plan = planOf({
    server: node({
      args: ['${__dirname}/server/index.js', '--in=${HOME}${/}x', '${DOCUMENTS}', '${pathSeparator}'],
    }),
  });
  assert.equal(plan.kind, 'runnable');
  const { command, args } = launchOf(plan);
  assert.deepEqual(
    [command, ...args],
    ['node', '/b/tool/server/index.js', '--in=/home/u/x', '/home/u/Documents', '/'],
  );
  assert.equal(plan.checks.find(({ id }) => id === 'hash')?.verdict, 'pass');
  assert.deepEqual(plan.download, { url: bundlePackage.identifier, sha256 });
});

test('inputs of the manifest are asked with their type, bounds, default and secrecy', () => {
  const plan = planOf({
    server: node({
      args: ['${__dirname}/server/index.js', '--depth', '${user_config.depth}'],
      env: { KEY: '${user_config.key}', WHERE: '${user_config.where}', LOUD: '${user_config.loud}' },
    }),
    rest: {
      user_config: {
        key: { type: 'string', title: 'Key', description: 'of the service', required: true, sensitive: true },
        depth: { type: 'number', title: 'Depth', min: 1, max: 9, default: 3 },
        where: { type: 'directory', title: 'Where', default: '${HOME}/data' },
        loud: { type: 'boolean', title: 'Loud', default: true },
        unused: { type: 'string', title: 'Unused', required: true },
      },
    },
  });
  assert.ok(plan.kind === 'needs-input', plan.kind);
  assert.deepEqual(plan.needs, ['input']);
  assert.deepEqual(
    plan.inputs?.map(({ label, description, format, isPassword, default: preset, min, max }) => [
      label,
      description,
      format,
      isPassword,
      preset,
      min,
      max,
    ]),
    [
      ['depth', 'Depth', 'number', false, '3', 1, 9],
      ['key', 'Key: of the service', 'string', true, undefined, undefined, undefined],
      ['where', 'Where', 'directory', false, '/home/u/data', undefined, undefined],
      ['loud', 'Loud', 'boolean', false, 'true', undefined, undefined],
    ],
  );
  const launch = launchOf(plan, { 'tool-key': 's3cret', 'tool-depth': '7' });
  assert.deepEqual(launch.args, ['/b/tool/server/index.js', '--depth', '7']);
  assert.deepEqual(launch.env, { KEY: '${input:tool-key}', WHERE: '/home/u/data', LOUD: 'true' });
});

test('a list gives one argument for each value; an option goes with a value that stays empty', () => {
  const plan = planOf({
    server: node({
      args: ['${__dirname}/server/index.js', '${user_config.dirs}', '--tag', '${user_config.tag}', '--end'],
    }),
    rest: { user_config: { dirs: { type: 'directory', multiple: true }, tag: { type: 'string' } } },
  });
  assert.deepEqual(launchOf(plan, { 'tool-dirs': ['/a b', '/c'] }).args.slice(1), ['/a b', '/c', '--end']);
  assert.deepEqual(launchOf(plan, { 'tool-tag': 't' }).args.slice(1), ['--tag', 't', '--end']);
});

test('an answer is never read for variables', () => {
  const plan = planOf({
    server: node({ args: ['${__dirname}/server/index.js', '${user_config.a}'] }),
    rest: { user_config: { a: { type: 'string' }, b: { type: 'string', default: 'B' } } },
  });
  const { args } = launchOf(plan, { 'tool-a': '${user_config.b}${HOME}${__dirname}' });
  assert.ok(!args.join().includes('/home/u'));
});

test('the override of this system counts', () => {
  const server = {
    type: 'binary',
    entry_point: 'bin/tool',
    mcp_config: {
      command: '${__dirname}/bin/tool',
      args: ['a'],
      env: { A: '1', B: '1' },
      platform_overrides: { win32: { command: '${__dirname}\\bin\\tool.exe', env: { B: '2' } } },
    },
  };
  const files = ['bin/tool', 'bin/tool.exe'];
  assert.equal(launchOf(planOf({ server, files })).command, '/b/tool/bin/tool');
  const windows = launchOf(planOf({ server, files, windows: true }));
  assert.deepEqual(
    [windows.command, windows.args, windows.env],
    ['C:\\b\\tool\\bin\\tool.exe', ['a'], { A: '1', B: '2' }],
  );
});

test('the program is a file of the bundle or a bare name; everything else is refused', () => {
  const binary = (command: string, files: readonly string[] = ['bin/tool']) =>
    planOf({ server: { type: 'binary', entry_point: 'bin/tool', mcp_config: { command } }, files });
  assert.equal(launchOf(binary('bin/tool')).command, '/b/tool/bin/tool');
  assert.match(
    binary('bin/tool')
      .review.map(({ text }) => text)
      .join(),
    /full path/,
  );
  assert.equal(launchOf(binary('${__dirname}/bin/tool', ['bin/tool.exe'])).command, '/b/tool/bin/tool.exe');
  for (const command of [
    '/bin/sh',
    '../evil',
    '${__dirname}/../evil',
    '${HOME}/evil',
    'C:\\Windows\\cmd.exe',
    '..',
    '${__dirname}/missing',
    'bin/missing',
    '${__dirname}-other/bin/tool',
    '${__dirname}',
  ]) {
    assert.equal(binary(command).kind, 'refused', command);
  }
  const shell = binary('sh');
  assert.match(shell.review.map(({ text }) => text).join(), /starts sh, a program of this machine/);
  assert.equal(
    planOf({
      server: node({ command: '${user_config.x}' }),
      rest: { user_config: { x: { type: 'string' } } },
    }).kind,
    'refused',
  );
});

test('text that a client would read as a variable is refused or kept as text', () => {
  for (const text of ['${env:HOME}', '${command:x}', '${input:y}', '${config:z}'])
    assert.equal(planOf({ server: node({ args: [text] }) }).kind, 'refused', text);
  const plan = planOf({ server: node({ args: ['${workspaceFolder}', '${user_config.none}'] }) });
  assert.ok(!JSON.stringify(plan.kind !== 'refused' && plan.launch).includes('${workspaceFolder}'));
  assert.equal(plan.review.filter(({ kind }) => kind === 'undeclared').length, 2);
  assert.equal(planOf({ server: node({ env: { 'A=B': 'x' } }) }).kind, 'refused');
});

test('dangers of a bundle are listed like those of a package', () => {
  const plan = planOf({
    server: node({ command: 'sh', args: ['-c', 'curl x | sh'], env: { LD_PRELOAD: 'x' } }),
  });
  const kinds = plan.dangers.map(({ kind }) => kind);
  assert.ok(kinds.includes('shell') && kinds.includes('environment'), kinds.join());
});

test('files that are named without a path are named in full', () => {
  const plan = planOf({ server: node({ args: ['server/index.js', 'server/none.js'] }) });
  assert.deepEqual(launchOf(plan).args, ['/b/tool/server/index.js', 'server/none.js']);
});

test('a manifest without command is started by its kind', () => {
  const start = (type: string, entryPoint: string | undefined, files: readonly string[] = []) =>
    planOf({ server: { type, ...(entryPoint === undefined ? {} : { entry_point: entryPoint }) }, files });
  const words = (plan: InstallPlan) => [launchOf(plan).command, ...launchOf(plan).args];
  assert.deepEqual(words(start('node', 'server/index.js')), ['node', '/b/tool/server/index.js']);
  assert.deepEqual(words(start('uv', 'src/main.py')), ['uv', 'run', '--directory', '/b/tool', 'src/main.py']);
  assert.deepEqual(words(start('binary', 'bin/x', ['bin/x'])), ['/b/tool/bin/x']);
  assert.equal(start('node', undefined).kind, 'refused');
});

test('other systems are refused, needed runtimes and another version are told', () => {
  const other = planOf({ server: node(), rest: { compatibility: { platforms: ['darwin', 'win32'] } } });
  assert.match(other.reasons.join(), /for darwin, win32, this machine is linux/);
  const plan = planOf({
    server: node(),
    rest: { compatibility: { runtimes: { node: '>=18' } }, version: '9.9.9' },
    options: { runtimes: new Set(['npx']) },
  });
  assert.ok(plan.checks.some(({ id, text }) => id === 'runtime' && /needs node >=18/.test(text)));
  assert.ok(plan.checks.some(({ id, verdict }) => id === 'runtime' && verdict === 'fail'));
  assert.match(plan.review.map(({ text }) => text).join(), /version 9\.9\.9, the entry names 1\.0\.0/);
});

test('python is python3 where only that is there', () => {
  const server = { type: 'python', entry_point: 'm.py', mcp_config: { command: 'python', args: ['m.py'] } };
  const plan = planOf({ server, files: ['m.py'], options: { runtimes: new Set(['python3']) } });
  assert.deepEqual([launchOf(plan).command, launchOf(plan).args], ['python3', ['/b/tool/m.py']]);
});

test('variables of the entry are asked for where the manifest does not set them', () => {
  const environmentVariables = [
    { name: 'KEY', isSecret: true, isRequired: true },
    { name: 'MORE', value: 'm' },
  ];
  const plan = planOf({ server: node({ env: { KEY: 'fixed' } }), package: { environmentVariables } });
  assert.deepEqual(launchOf(plan).env, { KEY: 'fixed', MORE: 'm' });
  assert.equal(planOf({ server: node(), package: { environmentVariables } }).kind, 'needs-input');
});
