import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lookalikes } from '../../../demo/lookalike/entries.ts';
import { confusablesFile, confusablesText } from '../../../scripts/confusables.ts';
import { identityTable } from '../../../scripts/hostIdentity.ts';
import { diffReports, isSameReport } from '../../../src/core/identityDiff.ts';
import { identityDocument } from '../../../src/core/identityDocument.ts';
import { entryEvidence, entryStanding, verdictOfStanding } from '../../../src/core/identityEntry.ts';
import type { IdentityEvidence } from '../../../src/core/identityEvidence.ts';
import { mcpNamesIn } from '../../../src/core/identityPackages.ts';
import { readIdentityRecord } from '../../../src/core/identityRecord.ts';
import { identityReport } from '../../../src/core/identityReport.ts';
import type { Json } from '../../../src/core/json.ts';
import { isBadEntry, parseEntry } from '../../../src/core/registryParse.ts';
import { siteOf } from '../../../src/node/publicSuffixes.ts';
import { evidenceOn, officialRegistry, packageOn, remoteOn } from '../../fakes/identityEvidence.ts';
import { edgeCases, latestServers } from '../../fixtures/registry/registryFixtures.ts';

const verdict = (evidence: IdentityEvidence) => identityReport(evidence).verdict;
const custom = { label: '', url: 'https://r.example', isPolicy: false };
const own = 'https://api.example.com/mcp';
const npm = { registryType: 'npm', identifier: '@example/tool', version: '1.0.0' };
const proven = {
  packages: {
    0: {
      kind: 'found',
      at: 5,
      value: { kind: 'npm', mcpName: 'com.example/tool', integrity: undefined, isAttested: false },
    },
  },
} as const;

test('a verified source says who published, and when that was checked', () => {
  const { kind, sentence } = verdict(remoteOn(own));
  assert.equal(kind, 'verified source');
  assert.equal(sentence, 'Published by the owner of example.com, checked at publication.');
});

test('the same proof in a registry that nobody vouches for is only consistent', () => {
  assert.equal(verdict(remoteOn(own, {}, { registry: custom })).kind, 'consistent');
  assert.equal(
    verdict(remoteOn(own, {}, { registry: { ...custom, isPolicy: true } })).kind,
    'verified source',
  );
});

test('every way to run it has to be proven', () => {
  const both = { packages: [{ ...npm, transport: { type: 'stdio' } }] };
  assert.equal(verdict(remoteOn(own, both)).kind, 'consistent');
  assert.equal(verdict(remoteOn(own, both, proven)).kind, 'verified source');
});

test('an unpinned package, a deprecated entry and hidden characters are no verified source', () => {
  const { version: _version, ...open } = npm;
  assert.equal(verdict(packageOn(open, {}, proven)).kind, 'consistent');
  assert.equal(verdict(remoteOn(own, { title: 'a\u200bb' })).kind, 'consistent');
  const evidence = remoteOn(own);
  assert.equal(
    verdict({ ...evidence, entry: { ...evidence.entry!, status: 'deprecated' } }).kind,
    'consistent',
  );
});

test('what blocks beats what contradicts', () => {
  const evil = remoteOn('https://evil.test/mcp');
  assert.equal(verdict(evil).kind, 'conflict');
  assert.deepEqual(verdict(evil).because, ['host']);
  assert.equal(verdict({ ...evil, access: { kind: 'blocked', reason: 'denied' } }).kind, 'blocked');
  assert.equal(verdict({ ...evil, entry: { ...evil.entry!, status: 'deleted' } }).kind, 'blocked');
  assert.equal(verdict(remoteOn('http://api.example.com/mcp')).kind, 'blocked');
});

test('nothing that agrees is unverified', () => {
  assert.equal(verdict(evidenceOn({})).kind, 'unverified');
});

test('no word of a report says safe or trusted', () => {
  const texts = [
    remoteOn(own),
    remoteOn('https://evil.test/mcp'),
    packageOn(npm, {}, proven),
    evidenceOn({}),
  ];
  assert.doesNotMatch(
    JSON.stringify(texts.map((one) => identityDocument(identityReport(one)))),
    /\bsafe\b|\btrusted\b/i,
  );
});

test('a name in a read-me counts only whole', () => {
  assert.deepEqual(mcpNamesIn('<!-- mcp-name: com.example/tool -->'), ['com.example/tool']);
  assert.deepEqual(mcpNamesIn('mcp-name: com.example/tool-2 x'), ['com.example/tool-2']);
  assert.deepEqual(mcpNamesIn('mcp-name: com.example/tool<br>mcp-name:a.b/c'), ['com.example/tool', 'a.b/c']);
  assert.deepEqual(mcpNamesIn('mcp-name: com.example/tool!'), []);
});

test('a difference between two reports names verdict, version and checks, worse ones first; times are none', () => {
  const before = identityReport(remoteOn(own));
  assert.ok(isSameReport(diffReports(before, identityReport(remoteOn(own, {}, { now: 9000 })))));
  const after = identityReport(remoteOn('https://evil.test/mcp', { version: '2.0.0', title: 'a\u200bb' }));
  const diff = diffReports(before, after);
  assert.deepEqual(diff.verdict, { from: 'verified source', to: 'conflict' });
  assert.deepEqual(diff.version, { from: '1.0.0', to: '2.0.0' });
  assert.deepEqual(
    diff.checks.filter(({ kind }) => kind === 'worse').map(({ id }) => id),
    ['host', 'text'],
  );
});

test('a damaged record is none, and a damaged part of one is not asked', () => {
  const report = identityReport(remoteOn(own));
  assert.equal(readIdentityRecord({ launchHash: 'x', report: { at: 1 } }), undefined);
  assert.equal(readIdentityRecord('x'), undefined);
  const read = readIdentityRecord(
    JSON.parse(JSON.stringify({ launchHash: 'x', report, gathered: { card: 7 } })),
  );
  assert.deepEqual([read?.gathered.card, read?.previous], [{ kind: 'not-asked' }, undefined]);
});

test('over all real entries: the verdict table, without a crash', () => {
  const entries = latestServers().map((item) => parseEntry(item));
  const table = identityTable(entries, officialRegistry, siteOf);
  const count = (kind: string) => Number(new RegExp(`^${kind}\\s+(\\d+)$`, 'm').exec(table)?.[1]);
  assert.match(table, /^1103 entries, 0 unreadable/);
  assert.deepEqual(
    ['blocked', 'conflict', 'verified source', 'consistent', 'unverified'].map(count),
    [0, 2, 433, 516, 152],
  );
});

test('the index agrees with the report on every real entry', () => {
  for (const item of latestServers()) {
    const entry = parseEntry(item);
    assert.ok(!isBadEntry(entry));
    const standing = entryStanding(entry, siteOf);
    for (const registry of [officialRegistry, custom])
      assert.equal(
        verdictOfStanding(standing, registry === officialRegistry),
        verdict(entryEvidence(entry, registry, { now: 0, siteOf })).kind,
        entry.name,
      );
  }
});

test('the edge cases have the verdicts that they should have', () => {
  const kinds = Object.fromEntries(
    edgeCases().map(({ id, response }) => {
      const entry = parseEntry(response);
      return [
        id,
        isBadEntry(entry)
          ? 'unreadable'
          : verdict(entryEvidence(entry, officialRegistry, { now: 0, siteOf })).kind,
      ];
    }),
  );
  const {
    'mcpb-no-sha': bundle,
    'remote-private-ip': address,
    'remote-header-template': header,
    'text-ansi': ansi,
  } = kinds;
  assert.deepEqual([bundle, address, header, ansi], ['blocked', 'conflict', 'verified source', 'unverified']);
  assert.ok(
    ['homoglyph-title', 'oci-untagged', 'npm-unpinned', 'npm-custom-registry', 'status-unknown'].every(
      (id) => kinds[id] === 'unverified' || kinds[id] === 'consistent',
    ),
  );
});

test('the entries of the demo have something to say', () => {
  const kinds = lookalikes.map((item) => {
    const entry = parseEntry(item as unknown as Json);
    assert.ok(!isBadEntry(entry));
    const report = identityReport(entryEvidence(entry, officialRegistry, { now: 0, siteOf }));
    const warnings = report.checks.filter(({ result }) => result === 'warn' || result === 'fail');
    return [report.verdict.kind, warnings.map(({ id }) => id).join()];
  });
  assert.deepEqual(kinds, [
    ['unverified', 'repository,lookalike'],
    ['conflict', 'host'],
    ['blocked', 'bundle,pinned'],
  ]);
});

test('the table of look-alikes is what its source says', () => {
  assert.equal(readFileSync(confusablesFile, 'utf8'), confusablesText());
});
