import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareEntries, diffLines } from '../../../src/core/installDiff.ts';
import { packageEntry, remoteEntry } from '../../fakes/registryEntries.ts';

const choice = { kind: 'package', index: 0 } as const;

test('a new version shows changed arguments, variables, questions and dangers', () => {
  const before = packageEntry({
    packageArguments: [
      { type: 'named', name: '--a', value: '1' },
      { type: 'positional', value: 'run' },
    ],
    environmentVariables: [
      { name: 'OLD', value: 'x' },
      { name: 'KEPT', value: 'same' },
      { name: 'LEVEL', value: '1' },
    ],
  });
  const after = packageEntry({
    version: '2.0.0',
    packageArguments: [
      { type: 'named', name: '--a', value: '2' },
      { type: 'positional', value: 'run' },
    ],
    environmentVariables: [
      { name: 'KEPT', value: 'same' },
      { name: 'LEVEL', value: '2' },
      { name: 'NODE_OPTIONS', description: 'Options', isRequired: true },
    ],
  });
  const diff = compareEntries(before, after, choice);
  assert.equal(diff.isChanged, true);
  assert.equal(diff.command, undefined);
  assert.deepEqual(
    diff.args.map((line) => `${line.kind[0]} ${line.text}`),
    ['s -y', 'r @example/tool@1.0.0', 'a @example/tool@2.0.0', 's --a', 'r 1', 'a 2', 's run'],
  );
  assert.deepEqual(diff.env, [
    { name: 'OLD', before: 'x', after: undefined },
    { name: 'LEVEL', before: '1', after: '2' },
    { name: 'NODE_OPTIONS', before: undefined, after: '${input:tool-NODE_OPTIONS}' },
  ]);
  assert.deepEqual(diff.inputs, [{ name: 'NODE_OPTIONS', before: undefined, after: 'string, required' }]);
  assert.deepEqual(diff.dangers.added, ['NODE_OPTIONS: changes how programs run, or whom they talk to']);
});

test('the same version compared with itself is unchanged', () => {
  const diff = compareEntries(packageEntry(), packageEntry(), choice);
  assert.equal(diff.isChanged, false);
  assert.ok(diff.args.every((line) => line.kind === 'same'));
});

test('a changed host or header of a remote shows', () => {
  const diff = compareEntries(
    remoteEntry({ headers: [{ name: 'X-A', value: '1' }] }),
    remoteEntry({ url: 'https://other.example/mcp', headers: [{ name: 'X-B', value: '1' }] }),
    { kind: 'remote', index: 0 },
  );
  assert.deepEqual(diff.url, {
    name: 'url',
    before: 'https://api.example.com/mcp',
    after: 'https://other.example/mcp',
  });
  assert.deepEqual(
    diff.headers.map((header) => header.name),
    ['X-A', 'X-B'],
  );
  assert.deepEqual(
    diff.remotes.map((line) => line.kind),
    ['removed', 'added'],
  );
});

test('the installed package is found again at another place, and its disappearance is said', () => {
  const other = { registryType: 'pypi', identifier: 'tool', version: '2.0.0', transport: { type: 'stdio' } };
  const moved = packageEntry(
    {},
    {
      packages: [
        other,
        { registryType: 'npm', identifier: '@example/tool', version: '2.0.0', transport: { type: 'stdio' } },
      ],
    },
  );
  const diff = compareEntries(packageEntry(), moved, choice);
  assert.equal(diff.after?.subject.index, 1);
  const gone = compareEntries(packageEntry(), packageEntry({}, { packages: [other] }), choice);
  assert.deepEqual([gone.after, gone.isChanged], [undefined, true]);
});

test('lists are laid side by side by what they share', () => {
  const text = (a: string, b: string) =>
    diffLines([...a], [...b])
      .map((line) => (line.kind === 'same' ? line.text : line.kind[0] + line.text))
      .join(' ');
  assert.equal(text('abc', 'abc'), 'a b c');
  assert.equal(text('abcd', 'acxd'), 'a rb c ax d');
  assert.equal(text('', 'ab'), 'aa ab');
  assert.equal(text('ab', ''), 'ra rb');
});
