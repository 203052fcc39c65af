import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completePlan, type Answers } from '../../../src/core/installComplete.ts';
import type { Json } from '../../../src/core/json.ts';
import { argsOf, packageEntry, planOf, plannedOf } from '../../fakes/registryEntries.ts';

const start = ['-y', '@example/tool@1.0.0'];

/** The package's words of the completed command. */
function completed(args: readonly Json[], answers: Answers = {}): readonly string[] | string {
  const plan = plannedOf(packageEntry({ packageArguments: [...args] }));
  const byId = Object.fromEntries(
    Object.entries(answers).map(([label, value]) => [
      plan.inputs.find((input) => input.label === label)?.id ?? label,
      value,
    ]),
  );
  const done = completePlan(plan, byId);
  if (done.kind === 'problems') return done.problems.map((problem) => problem.message).join('; ');
  return done.launch.kind === 'stdio' ? done.launch.args.slice(start.length) : '';
}

test('a named argument with a value is two words', () => {
  assert.deepEqual(completed([{ type: 'named', name: '--port', value: '80' }]), ['--port', '80']);
});

test('a boolean argument is its name or nothing', () => {
  const fixed = (value: string) => completed([{ type: 'named', name: '--debug', format: 'boolean', value }]);
  assert.deepEqual([fixed('true'), fixed('false')], [['--debug'], []]);
  const asked = { type: 'named', name: '--debug', format: 'boolean', description: 'Logs more' };
  assert.deepEqual(completed([asked], { '--debug': 'true' }), ['--debug']);
  assert.deepEqual(completed([asked], { '--debug': 'false' }), []);
  assert.deepEqual(completed([asked]), []);
  assert.deepEqual(completed([{ ...asked, default: 'true' }]), ['--debug']);
});

test('a named argument about which nothing is said is a switch', () => {
  assert.deepEqual(completed([{ type: 'named', name: '--stdio' }]), ['--stdio']);
  assert.deepEqual(completed([{ type: 'named', name: '--file', valueHint: 'path' }]), []);
});

test('an optional argument without an answer is left out with its name', () => {
  const argument = { type: 'named', name: '--root', description: 'Folder' };
  assert.deepEqual(completed([argument]), []);
  assert.deepEqual(completed([argument], { '--root': '/a b' }), ['--root', '/a b']);
  assert.deepEqual(completed([{ ...argument, default: '/srv' }]), ['--root', '/srv']);
});

test('a required argument without an answer is a problem that names it', () => {
  assert.equal(completed([{ type: 'named', name: '--root', isRequired: true }]), '--root is required');
});

test('a repeated named argument says its name before each value', () => {
  const argument = { type: 'named', name: '-v', description: 'Folder', isRepeated: true };
  assert.deepEqual(completed([argument], { '-v': ['a', 'b'] }), ['-v', 'a', '-v', 'b']);
  assert.deepEqual(completed([argument], { '-v': [] }), []);
});

test('each occurrence of a variable is replaced, other braces stay', () => {
  const argument = {
    type: 'positional',
    value: '{a}-{b}-{a}-{{c}}',
    variables: { a: { isRequired: true }, c: { default: 'z' } },
  };
  assert.deepEqual(completed([argument], { a: '1' }), ['1-{b}-1-{z}']);
});

test('a variable with a fixed value is not asked', () => {
  const argument = { type: 'positional', value: 'x={a}', variables: { a: { value: 'fixed' } } };
  assert.deepEqual(completed([argument]), ['x=fixed']);
});

test('a secret variable makes the input a password and the argument a danger', () => {
  const plan = plannedOf(
    packageEntry({
      packageArguments: [
        { type: 'named', name: '--auth', value: 'u:{p}', variables: { p: { isSecret: true } } },
      ],
    }),
  );
  assert.deepEqual(
    plan.inputs.map((input) => [input.label, input.isPassword]),
    [['p', true]],
  );
  assert.deepEqual(
    plan.dangers.map((danger) => [danger.kind, danger.subject]),
    [['secret-argument', '--auth']],
  );
});

test('numbers, choices and patterns are checked', () => {
  const port = { type: 'named', name: '--port', format: 'number', description: 'Port' };
  assert.match(String(completed([port], { '--port': 'x' })), /"x" is not a number/);
  const mode = { type: 'named', name: '--mode', choices: ['a', 'b'] };
  assert.match(String(completed([mode], { '--mode': 'c' })), /"c" is not one of the choices/);
});

test('secrets are written as inputs and their values kept apart', () => {
  const plan = plannedOf(
    packageEntry({
      environmentVariables: [
        { name: 'API_KEY', isSecret: true },
        { name: 'REGION', default: 'eu' },
      ],
    }),
  );
  const done = completePlan(plan, { 'tool-API_KEY': 'hunter2' });
  assert.ok(done.kind === 'complete' && done.launch.kind === 'stdio' && done.shown.kind === 'stdio');
  assert.deepEqual(done.launch.env, { API_KEY: '${input:tool-API_KEY}', REGION: 'eu' });
  assert.deepEqual(done.shown.env, { API_KEY: '•••', REGION: 'eu' });
  assert.deepEqual(done.values, { 'tool-API_KEY': 'hunter2' });
  assert.deepEqual(
    done.inputs.map((input) => input.id),
    ['tool-API_KEY'],
  );
  const literal = completePlan(plan, { 'tool-API_KEY': 'hunter2' }, { style: 'literal' });
  assert.ok(literal.kind === 'complete' && literal.launch.kind === 'stdio');
  assert.deepEqual([literal.launch.env['API_KEY'], literal.inputs, literal.values], ['hunter2', [], {}]);
});

test('a name that looks like a secret is asked as a password, although the entry does not say so', () => {
  const plan = plannedOf(packageEntry({ environmentVariables: [{ name: 'GITHUB_TOKEN' }] }));
  assert.deepEqual([plan.inputs[0]?.isSecret, plan.inputs[0]?.isPassword], [false, true]);
});

test('gaps of an entry can be asked for instead of being sent as text', () => {
  const entry = packageEntry({
    environmentVariables: [
      { name: 'AUTH', value: 'Bearer {key}', isSecret: true },
      { name: 'USER_NAME', value: '<your-name>' },
    ],
  });
  const strict = plannedOf(entry);
  assert.deepEqual(strict.launch.kind === 'stdio' && strict.launch.env, {
    AUTH: 'Bearer {key}',
    USER_NAME: '<your-name>',
  });
  assert.deepEqual(
    strict.review.map((review) => review.kind),
    ['undeclared', 'example'],
  );
  const asking = plannedOf(entry, { askForGaps: true });
  assert.deepEqual(asking.launch.kind === 'stdio' && asking.launch.env, {
    AUTH: 'Bearer ${input:tool-key}',
    USER_NAME: '${input:tool-USER_NAME}',
  });
  assert.equal(asking.inputs[0]?.isPassword, true);
});

test('arguments of the package among those of the runner move behind the package', () => {
  const runtime = (args: readonly Json[], change = {}) =>
    argsOf(planOf(packageEntry({ runtimeArguments: [...args], ...change }))).join(' ');
  const word = (value: string) => ({ type: 'positional', value });
  assert.equal(
    runtime([word('--yes'), word('mcp'), word('--prefer-offline')]),
    '-y --prefer-offline @example/tool@1.0.0 mcp',
  );
  assert.equal(runtime([word('@example/tool@latest'), word('start')]), '-y @example/tool@1.0.0 start');
  assert.equal(
    runtime([word('-p'), word('@example/tool'), word('second')]),
    '-y --package @example/tool@1.0.0 second',
  );
  assert.equal(runtime([{ type: 'named', name: '-p', value: '8080' }]), '-y @example/tool@1.0.0 -p 8080');
  assert.equal(
    runtime([{ type: 'named', name: '--loglevel', value: 'silent' }]),
    '-y --loglevel silent @example/tool@1.0.0',
  );
});

test('a runner that is told to run another package is refused', () => {
  for (const [change, reason] of [
    [{ runtimeArguments: [{ type: 'named', name: '--package', value: 'evil' }] }, /another npm package/],
    [
      {
        registryType: 'pypi',
        identifier: 'tool',
        runtimeArguments: [{ type: 'named', name: '--from', value: 'git+https://evil.test/x' }],
      },
      /another package than tool/,
    ],
  ] as const) {
    const plan = planOf(packageEntry(change));
    assert.equal(plan.kind, 'refused');
    assert.match(plan.reasons.join(), reason);
  }
});

test('PyPI extras, modules and scripts are kept', () => {
  const pypi = (...values: readonly string[]) =>
    argsOf(
      planOf(
        packageEntry({
          registryType: 'pypi',
          identifier: 'my_tool',
          version: '2.0',
          runtimeArguments: values.map((value) => ({ type: 'positional', value })),
        }),
      ),
    ).join(' ');
  assert.equal(pypi('my-tool[cli]@2.0', '--mcp'), 'my_tool==2.0 --mcp'.replace('my_tool', 'my-tool[cli]'));
  assert.equal(pypi('-m', 'my_tool.server', '--x'), '--from my_tool==2.0 python -m my_tool.server --x');
  assert.equal(pypi('--from', 'my-tool', 'other-script'), '--from my-tool==2.0 other-script');
  assert.equal(pypi('--with', 'numpy'), '--with numpy my_tool==2.0');
});

test('NuGet arguments stand behind --, which goes when there are none', () => {
  const entry = packageEntry({
    registryType: 'nuget',
    identifier: 'Example.Tool',
    packageArguments: [{ type: 'named', name: '--verbose', format: 'boolean', description: 'Logs more' }],
  });
  const plan = plannedOf(entry);
  const args = (value: string) => {
    const done = completePlan(plan, { 'tool-verbose': value });
    return done.kind === 'complete' && done.launch.kind === 'stdio' ? done.launch.args.join(' ') : '';
  };
  assert.equal(args('true'), 'Example.Tool@1.0.0 --yes -- --verbose');
  assert.equal(args('false'), 'Example.Tool@1.0.0 --yes');
});

test('a crate needs one command of the user first', () => {
  const plan = planOf(packageEntry({ registryType: 'cargo', identifier: 'my-crate', version: '0.4.3' }));
  assert.ok(plan.kind === 'needs-input');
  assert.deepEqual(plan.needs, ['prepare']);
  assert.deepEqual(plan.prepare, ['cargo', 'install', '--locked', '--version', '0.4.3', 'my-crate']);
  assert.equal(plan.launch?.kind === 'stdio' && plan.launch.command, 'my-crate');
});

test('podman and bunx can be chosen', () => {
  const oci = packageEntry({ registryType: 'oci', identifier: 'ghcr.io/example/tool:1.0.0' });
  const podman = plannedOf(oci, { runner: 'podman' });
  assert.equal(podman.launch.kind === 'stdio' && podman.launch.command, 'podman');
  const bun = plannedOf(packageEntry(), { runner: 'bunx' });
  assert.deepEqual(bun.launch.kind === 'stdio' && [bun.launch.command, ...bun.launch.args], [
    'bunx',
    '@example/tool@1.0.0',
  ]);
});

test('a missing runner is said before installing', () => {
  const plan = planOf(packageEntry(), { runtimes: new Set(['docker']) });
  assert.deepEqual(plan.runtime, {
    command: 'npx',
    isFound: false,
    hint: 'Install Node.js: npx comes with it.',
  });
  assert.equal(plan.checks.find((check) => check.id === 'runtime')?.verdict, 'fail');
});
