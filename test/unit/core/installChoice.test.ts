import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCandidate, installCandidates } from '../../../src/core/installChoice.ts';
import type { Json } from '../../../src/core/json.ts';
import { entryOf } from '../../fakes/registryEntries.ts';

const stdio = { transport: { type: 'stdio' } };
const digest = { registryType: 'oci', identifier: `ghcr.io/a/b@sha256:${'a'.repeat(64)}`, ...stdio };
const tag = { registryType: 'oci', identifier: 'ghcr.io/a/b:1.0.0', ...stdio };
const npm = { registryType: 'npm', identifier: 'a', version: '1.0.0', ...stdio };
const loose = { registryType: 'npm', identifier: 'loose', ...stdio };
const crate = { registryType: 'cargo', identifier: 'a', version: '1.0.0', ...stdio };
const unknown = { registryType: 'brew', identifier: 'a', ...stdio };
const bundle = {
  registryType: 'mcpb',
  identifier: 'https://github.com/a/mcp.mcpb',
  fileSha256: 'a'.repeat(64),
  ...stdio,
};
const sse = { type: 'sse', url: 'https://a.example/sse' };
const http = { type: 'streamable-http', url: 'https://a.example/mcp' };

const entry = (packages: readonly Json[], remotes: readonly Json[] = []) =>
  entryOf({
    server: {
      name: 'a.example/b',
      description: 'x',
      version: '1.0.0',
      packages: [...packages],
      remotes: [...remotes],
    },
  });
const order = (packages: readonly Json[], remotes: readonly Json[] = [], options = {}) =>
  installCandidates(entry(packages, remotes), options).map(({ plan }) =>
    plan.subject.kind === 'remote'
      ? plan.subject.transport
      : `${plan.subject.registryType}${plan.subject.identifier.includes('sha256') ? '@' : ''}`,
  );

test('remotes come first, Streamable HTTP before SSE, unless local is preferred', () => {
  assert.deepEqual(order([npm], [sse, http]), ['streamable-http', 'sse', 'npm']);
  assert.deepEqual(order([npm], [sse, http], { preferLocal: true }), ['npm', 'streamable-http', 'sse']);
});

test('packages are ordered by how firmly they name what runs', () => {
  assert.deepEqual(order([unknown, crate, bundle, tag, npm, digest]), [
    'oci@',
    'npm',
    'oci',
    'mcpb',
    'cargo',
    'brew',
  ]);
  assert.deepEqual(
    installCandidates(entry([loose, tag])).map(
      ({ plan }) => plan.subject.kind === 'package' && plan.subject.identifier,
    ),
    ['ghcr.io/a/b:1.0.0', 'loose'],
  );
});

test('what this machine cannot run comes last but is still offered', () => {
  assert.deepEqual(order([digest, npm], [], { runtimes: new Set(['npx']) }), ['npm', 'oci@']);
});

test('the default is never a refused one while another can be planned', () => {
  assert.equal(defaultCandidate(entry([unknown, npm]))?.choice.index, 1);
  assert.equal(defaultCandidate(entry([unknown]))?.plan.kind, 'refused');
  assert.equal(defaultCandidate(entry([])), undefined);
});
