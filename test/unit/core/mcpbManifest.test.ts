import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBadManifest, parseManifest, type BundleManifest } from '../../../src/core/mcpbManifest.ts';

const minimal = {
  manifest_version: '0.3',
  name: 'tool',
  version: '1.0.0',
  server: {
    type: 'node',
    entry_point: 'index.js',
    mcp_config: { command: 'node', args: ['x'], env: { A: 'b' } },
  },
};

function good(json: unknown): BundleManifest {
  const manifest = parseManifest(json);
  assert.ok(!isBadManifest(manifest), JSON.stringify(manifest));
  return manifest;
}

test('every version of the format is read, also under its old name', () => {
  for (const version of ['0.1', '0.2', '0.3', '0.4']) {
    assert.deepEqual(good({ ...minimal, manifest_version: version }).problems, []);
    const { manifest_version: _, ...rest } = minimal;
    assert.equal(good({ ...rest, dxt_version: version }).name, 'tool');
  }
  assert.match(good({ ...minimal, manifest_version: '0.9' }).problems.join(), /0\.9 is newer/);
});

test('what cannot be a manifest is refused with a reason', () => {
  for (const json of [
    null,
    [],
    'x',
    {},
    { ...minimal, manifest_version: '1.0' },
    { ...minimal, manifest_version: 0.3 },
    { ...minimal, server: undefined },
    { ...minimal, server: { type: 'perl' } },
    { ...minimal, name: ' ' },
    { ...minimal, version: 3 },
  ]) {
    const manifest = parseManifest(json);
    assert.ok(isBadManifest(manifest) && manifest.reason.length > 10, JSON.stringify(json));
  }
});

test('odd members are left out and noted, the rest counts', () => {
  const manifest = good({
    ...minimal,
    server: { type: 'python', mcp_config: { command: 7, args: ['a', 1], env: { A: 1 } } },
    user_config: { ok: { type: 'string' }, odd: { type: 'color' }, none: null },
    compatibility: { platforms: ['linux', 3], runtimes: { python: '>=3.10' } },
  });
  assert.deepEqual(manifest.launch, { command: undefined, args: undefined, env: undefined });
  assert.equal(manifest.problems.length, 4);
  assert.deepEqual([manifest.platforms, manifest.runtimes], [['linux'], { python: '>=3.10' }]);
  assert.deepEqual(
    manifest.inputs.map(({ key }) => key),
    ['ok'],
  );
});

test('defaults of every type become texts; only a repeated input has several', () => {
  const { inputs } = good({
    ...minimal,
    user_config: {
      a: { type: 'number', default: 5, min: 1, max: 9, required: true },
      b: { type: 'boolean', default: false },
      c: { type: 'directory', multiple: true, default: ['${HOME}/x', 'y'], sensitive: true },
      d: { type: 'string', default: ['p', 'q'] },
    },
  });
  assert.deepEqual(
    inputs.map(({ defaults }) => defaults),
    [['5'], ['false'], ['${HOME}/x', 'y'], ['p']],
  );
  assert.deepEqual(
    inputs.map(({ isRequired, isSecret, isRepeated, min, max }) => [
      isRequired,
      isSecret,
      isRepeated,
      min,
      max,
    ]),
    [
      [true, false, false, 1, 9],
      [false, false, false, undefined, undefined],
      [false, true, true, undefined, undefined],
      [false, false, false, undefined, undefined],
    ],
  );
});
