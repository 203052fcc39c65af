import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckId, CheckResult } from '../../../src/core/identityCheck.ts';
import type {
  CardEvidence,
  ConnectionFacts,
  Gathered,
  IdentityEvidence,
  PackageFacts,
} from '../../../src/core/identityEvidence.ts';
import { checkOf, evidenceOn, packageOn, remoteOn } from '../../fakes/identityEvidence.ts';

const found = <T>(value: T): Gathered<T> => ({ kind: 'found', at: 5, value });
const failed = { kind: 'failed', at: 5, reason: 'api.example.com did not answer' } as const;
const facts = (value: PackageFacts) => ({ packages: { 0: found(value) } });
const npm = { registryType: 'npm', identifier: '@example/tool', version: '1.0.0' };
const pypi = { registryType: 'pypi', identifier: 'example-tool', version: '1.0.0' };
const hash = 'a'.repeat(64);
const bundle = {
  registryType: 'mcpb',
  identifier: 'https://github.com/example/mcp/releases/x.mcpb',
  fileSha256: hash,
};
const image = `ghcr.io/example/mcp@sha256:${hash}`;
const named = { kind: 'npm', mcpName: 'com.example/tool', integrity: 'sha512-x', isAttested: false } as const;
const card: CardEvidence = {
  url: 'https://api.example.com/mcp/server-card',
  how: 'suffix',
  name: 'com.example/tool',
  title: undefined,
  version: '1.0.0',
  urls: ['https://api.example.com/mcp'],
  protocolVersions: ['2026-07-28'],
};
const connection: ConnectionFacts = {
  status: 401,
  url: 'https://api.example.com/mcp',
  redirects: [],
  certificate: undefined,
};
const live = {
  name: 'tool',
  title: undefined,
  version: '1.0.0',
  description: undefined,
  instructions: undefined,
  protocolVersion: '2026-07-28',
};
const remote = (change: Partial<IdentityEvidence> = {}) =>
  remoteOn('https://api.example.com/mcp', {}, change);
const github = { name: 'io.github.octocat/tool' };
const resource = (result: 'ok' | 'warn' | 'fail' | 'none') => ({
  resource: found({ result, found: 'x', where: undefined, issuer: undefined }),
});
const approved = { launch: 'given', changes: [], definitions: 0 } as const;

const cases: readonly (readonly [CheckId, string, IdentityEvidence, CheckResult])[] = [
  ['source', 'the official registry', remote(), 'pass'],
  [
    'source',
    'a registry that nobody vouches for',
    remote({ registry: { label: '', url: 'https://r.example', isPolicy: false } }),
    'warn',
  ],
  [
    'source',
    'the registry of the organisation',
    remote({ registry: { label: '', url: 'https://r.example', isPolicy: true } }),
    'pass',
  ],
  [
    'source',
    'a registry without encryption',
    remote({ registry: { label: '', url: 'http://127.0.0.1:1', isPolicy: false } }),
    'warn',
  ],
  [
    'source',
    'a host that only begins like the official one',
    remote({
      registry: { label: '', url: 'https://registry.modelcontextprotocol.io.evil.test', isPolicy: false },
    }),
    'warn',
  ],
  ['name', 'reverse DNS', remote(), 'pass'],
  ['name', 'two slashes', evidenceOn({ name: 'com.example/a/b' }), 'fail'],
  [
    'name',
    'owner/repo of GitHub’s registry',
    evidenceOn(
      { name: 'microsoft/playwright-mcp' },
      { registry: { label: '', url: 'https://api.mcp.github.com', isPolicy: false } },
    ),
    'n/a',
  ],
  ['name', 'owner/repo elsewhere', evidenceOn({ name: 'microsoft/playwright-mcp' }), 'fail'],
  ['host', 'the domain itself', remoteOn('https://example.com/mcp'), 'pass'],
  ['host', 'below the domain', remote(), 'pass'],
  [
    'host',
    'beside the domain',
    remoteOn('https://www.example.com/mcp', { name: 'com.example.team/tool' }),
    'warn',
  ],
  ['host', 'a domain that only ends alike', remoteOn('https://evilexample.com/mcp'), 'fail'],
  ['host', 'the domain as a user name', remoteOn('https://example.com@evil.test/mcp'), 'fail'],
  ['host', 'the domain as a label of another', remoteOn('https://example.com.evil.test/mcp'), 'fail'],
  [
    'host',
    'a neighbour on shared hosting',
    remoteOn('https://evil.vercel.app/mcp', { name: 'app.vercel/tool' }),
    'fail',
  ],
  [
    'host',
    'two tenants of one hoster',
    remoteOn('https://b.workers.dev/mcp', { name: 'dev.workers.a/tool' }),
    'fail',
  ],
  ['host', 'a two-part suffix', remoteOn('https://evil.co.uk/mcp', { name: 'uk.co.example/tool' }), 'fail'],
  ['host', 'a host that depends on an input', remoteOn('https://{tenant}.example.com/mcp'), 'unknown'],
  [
    'host',
    'recomputed once it is filled in',
    {
      ...remoteOn('https://{tenant}/mcp'),
      server: { name: 'x', url: 'https://evil.test/mcp', command: undefined },
    },
    'fail',
  ],
  [
    'host',
    'the worst of several remotes',
    evidenceOn({
      remotes: ['https://example.com/a', 'https://evil.test/b'].map((url) => ({ type: 'sse', url })),
    }),
    'fail',
  ],
  ['host', 'an account of GitHub and any host', remoteOn('https://tool.test/mcp', github), 'n/a'],
  ['host', 'the page of the account', remoteOn('https://octocat.github.io/mcp', github), 'pass'],
  ['host', 'a link-local address', remoteOn('https://169.254.169.254/mcp'), 'fail'],
  ['host', 'while the suffix list is not loaded', remote({ siteOf: () => undefined }), 'unknown'],
  ['host', 'a package', packageOn(npm), 'n/a'],
  [
    'repository',
    'of the account',
    evidenceOn({ ...github, repository: { url: 'https://github.com/OctoCat/tool', source: 'github' } }),
    'pass',
  ],
  [
    'repository',
    'of another account',
    evidenceOn({ ...github, repository: { url: 'https://github.com/evil/tool', source: 'github' } }),
    'warn',
  ],
  [
    'repository',
    'the account in the path of another forge',
    evidenceOn({ ...github, repository: { url: 'https://evil.test/octocat/tool', source: 'github' } }),
    'warn',
  ],
  ['repository', 'none', evidenceOn(github), 'unknown'],
  ['website', 'elsewhere', evidenceOn({ websiteUrl: 'https://evil.test' }), 'warn'],
  ['website', 'at the domain', evidenceOn({ websiteUrl: 'https://www.example.com' }), 'pass'],
  ['npm', 'names this server', packageOn(npm, {}, facts(named)), 'pass'],
  [
    'npm',
    'names another server',
    packageOn(npm, {}, facts({ ...named, mcpName: 'com.example/other' })),
    'fail',
  ],
  [
    'npm',
    'names none, official registry',
    packageOn(npm, {}, facts({ ...named, mcpName: undefined })),
    'fail',
  ],
  [
    'npm',
    'names none, other registry',
    packageOn(
      npm,
      {},
      {
        ...facts({ ...named, mcpName: undefined }),
        registry: { label: '', url: 'https://r.example', isPolicy: false },
      },
    ),
    'warn',
  ],
  ['npm', 'could not be asked', packageOn(npm, {}, { packages: { 0: failed } }), 'unknown'],
  [
    'npm',
    'of a private registry',
    packageOn({ ...npm, registryBaseUrl: 'https://npm.corp.example' }),
    'warn',
  ],
  [
    'readme',
    'names this server',
    packageOn(pypi, {}, facts({ kind: 'readme', names: ['com.example/tool'] })),
    'pass',
  ],
  [
    'readme',
    'names another server',
    packageOn(pypi, {}, facts({ kind: 'readme', names: ['com.example/tool-2'] })),
    'fail',
  ],
  [
    'readme',
    'a Go module of the account',
    packageOn({ registryType: 'go', identifier: 'github.com/octocat/tool', version: 'v1.0.0' }, github),
    'pass',
  ],
  [
    'readme',
    'a Go module of another account',
    packageOn({ registryType: 'go', identifier: 'github.com/evil/tool', version: 'v1.0.0' }, github),
    'fail',
  ],
  [
    'image',
    'a digest and the label',
    packageOn(
      { registryType: 'oci', identifier: image },
      {},
      facts({ kind: 'image', label: 'com.example/tool', digest: undefined }),
    ),
    'pass',
  ],
  [
    'image',
    'a tag and the label',
    packageOn(
      { registryType: 'oci', identifier: 'ghcr.io/example/mcp:1.0.0' },
      {},
      facts({ kind: 'image', label: 'com.example/tool', digest: undefined }),
    ),
    'warn',
  ],
  [
    'image',
    'the label of another server',
    packageOn(
      { registryType: 'oci', identifier: image },
      {},
      facts({ kind: 'image', label: 'com.example/x', digest: undefined }),
    ),
    'fail',
  ],
  ['image', 'no tag', packageOn({ registryType: 'oci', identifier: 'docker.io/example/mcp' }), 'warn'],
  [
    'bundle',
    'the hash of the entry',
    packageOn(bundle, {}, facts({ kind: 'file', sha256: hash, bytes: 3 })),
    'pass',
  ],
  [
    'bundle',
    'another hash',
    packageOn(bundle, {}, facts({ kind: 'file', sha256: 'b'.repeat(64), bytes: 3 })),
    'fail',
  ],
  ['bundle', 'no hash', packageOn({ ...bundle, fileSha256: '' }), 'fail'],
  ['bundle', 'not read yet', packageOn(bundle), 'unknown'],
  ['pinned', 'an exact version', packageOn(npm), 'pass'],
  ['pinned', 'no version', packageOn({ registryType: 'npm', identifier: 'x' }), 'warn'],
  ['pinned', 'whatever is newest', packageOn({ ...npm, version: 'latest' }), 'warn'],
  [
    'pinned',
    'one version of several packages is open',
    evidenceOn({
      packages: [npm, { ...npm, version: 'next' }].map((item) => ({ ...item, transport: { type: 'stdio' } })),
    }),
    'warn',
  ],
  ['domain-key', 'is published', remote({ domainKey: found({ where: 'the DNS of example.com' }) }), 'pass'],
  ['domain-key', 'is not', remote({ domainKey: { kind: 'absent', at: 5, where: 'example.com' } }), 'unknown'],
  ['domain-key', 'of an account', evidenceOn(github), 'n/a'],
  ['connection', 'answers here', remote({ connection: found(connection) }), 'pass'],
  [
    'connection',
    'sends elsewhere',
    remote({ connection: found({ ...connection, redirects: ['https://evil.test/mcp'] }) }),
    'fail',
  ],
  [
    'connection',
    'sends to a metadata service',
    remote({ connection: found({ ...connection, redirects: ['http://169.254.169.254/'] }) }),
    'fail',
  ],
  [
    'connection',
    'sends on at the same place',
    remote({ connection: found({ ...connection, redirects: ['https://api.example.com/mcp/'] }) }),
    'pass',
  ],
  ['connection', 'not encrypted', remoteOn('http://api.example.com/mcp'), 'fail'],
  [
    'connection',
    'one of several not encrypted',
    evidenceOn({
      remotes: ['https://example.com/a', 'http://example.com/b'].map((url) => ({ type: 'sse', url })),
    }),
    'fail',
  ],
  ['connection', 'on this machine', remoteOn('http://localhost:3000/mcp'), 'pass'],
  [
    'connection',
    'a certificate that ran out',
    remote({ connection: { ...failed, reason: 'api.example.com could not be read (CERT_HAS_EXPIRED)' } }),
    'fail',
  ],
  ['connection', 'nobody answers', remote({ connection: failed }), 'unknown'],
  ['card', 'says the same', remote({ card: found(card) }), 'pass'],
  ['card', 'another version', remote({ card: found({ ...card, version: '2.0.0' }) }), 'warn'],
  ['card', 'another name', remote({ card: found({ ...card, name: 'com.evil/tool' }) }), 'fail'],
  ['card', 'another address', remote({ card: found({ ...card, urls: ['https://evil.test/mcp'] }) }), 'fail'],
  ['card', 'none', remote({ card: { kind: 'absent', at: 5, where: 'x' } }), 'n/a'],
  ['live', 'its short name', remote({ live }), 'pass'],
  ['live', 'written otherwise', remote({ live: { ...live, name: 'TO_O-L' } }), 'pass'],
  [
    'live',
    'another name is never more than a warning',
    remote({ live: { ...live, name: 'GitHub' } }),
    'warn',
  ],
  ['live', 'another version', remote({ live: { ...live, version: '0.9' } }), 'warn'],
  [
    'live',
    'a protocol version that the card does not list',
    remote({ live: { ...live, protocolVersion: '2024-11-05' }, card: found(card) }),
    'warn',
  ],
  ['live', 'not connected', remote(), 'unknown'],
  ['resource', 'of this server', remote(resource('ok')), 'pass'],
  ['resource', 'of another server', remote(resource('fail')), 'fail'],
  ['resource', 'no sign-in', remote(resource('none')), 'n/a'],
  ['lookalike', 'an ordinary name', remote(), 'pass'],
  ['lookalike', 'Cyrillic letters in a title', evidenceOn({ title: 'GitНub' }), 'warn'],
  ['lookalike', 'a namespace one letter away', evidenceOn({ name: 'io.github.micros0ft/tool' }), 'warn'],
  [
    'lookalike',
    'a publisher that looks like an installed one',
    evidenceOn(
      { name: 'io.github.octocar/tool' },
      { known: [{ name: 'io.github.octocat/tool', title: undefined }] },
    ),
    'warn',
  ],
  [
    'lookalike',
    'the same publisher',
    evidenceOn(
      { name: 'io.github.octocat/b' },
      { known: [{ name: 'io.github.octocat/a', title: undefined }] },
    ),
    'pass',
  ],
  ['change', 'nothing', remote({ approved }), 'pass'],
  ['change', 'another command', remote({ approved: { ...approved, launch: 'changed' } }), 'warn'],
  ['change', 'definitions that wait', remote({ approved: { ...approved, definitions: 2 } }), 'warn'],
  ['change', 'never approved', remote({ approved: { ...approved, launch: 'none' } }), 'unknown'],
  ['policy', 'denied', remote({ access: { kind: 'blocked', reason: 'denied' } }), 'fail'],
  ['policy', 'no lists', remote(), 'n/a'],
  ['text', 'clean', remote(), 'pass'],
  ['text', 'a terminal sequence in the title', evidenceOn({ title: 'Safe\u001b[2J' }), 'warn'],
  [
    'text',
    'bidirectional controls in the instructions',
    remote({ live: { ...live, instructions: 'a\u202eb' } }),
    'warn',
  ],
  ['text', 'tag characters in a package', packageOn({ ...npm, identifier: 'x\u{e0041}' }), 'warn'],
];

for (const [id, about, evidence, expected] of cases) {
  test(`${id}: ${about}: ${expected}`, () => {
    const check = checkOf(evidence, id);
    assert.equal(check.result, expected, check.evidence);
    assert.ok(check.evidence.length > 0 && check.proves.length > 0 && check.title.length > 0);
  });
}
