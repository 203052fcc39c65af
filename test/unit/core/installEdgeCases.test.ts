import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCandidate } from '../../../src/core/installChoice.ts';
import { completePlan } from '../../../src/core/installComplete.ts';
import { shown } from '../../../src/core/shown.ts';
import type { RegistryEntry } from '../../../src/core/registry.ts';
import { imitatedTitle } from '../../../src/core/registryText.ts';
import { edgeCases } from '../../fixtures/registry/registryFixtures.ts';
import { argsOf, entryOf, planOf, plannedOf } from '../../fakes/registryEntries.ts';

const cases: Readonly<Record<string, (entry: RegistryEntry) => void>> = {
  'status-deprecated': (entry) => {
    assert.deepEqual([entry.status, entry.statusMessage], ['deprecated', 'Use com.example/new instead']);
    const plan = plannedOf(entry);
    assert.equal(plan.kind, 'runnable');
    assert.deepEqual(
      plan.checks.find((check) => check.id === 'status'),
      {
        id: 'status',
        verdict: 'warn',
        text: 'deprecated: Use com.example/new instead',
      },
    );
  },
  'status-unknown': (entry) => {
    assert.deepEqual([entry.status, entry.unknownStatus], ['deprecated', 'quarantined']);
    assert.equal(planOf(entry).checks.find((check) => check.id === 'status')?.verdict, 'warn');
    assert.equal(planOf(entry).kind, 'runnable');
  },
  'foreign-meta': (entry) => {
    assert.deepEqual(entry.registryMeta, {
      'com.example.subregistry/custom': { user_rating: 4.5, security_scan: { vulnerabilities_found: 0 } },
    });
    assert.equal(entry.publisherMeta, undefined);
  },
  'remote-variables-host': (entry) => {
    const plan = plannedOf(entry);
    const [input] = plan.inputs;
    assert.deepEqual(
      [input?.label, input?.isRequired, input?.pattern?.source],
      ['tenant_id', true, '[A-Za-z0-9-]{1,63}'],
    );
    const urlFor = (value: string) => {
      const completed = completePlan(plan, { [input!.id]: value });
      return completed.kind === 'complete' && completed.launch.kind === 'http'
        ? completed.launch.url
        : completed.kind;
    };
    assert.equal(urlFor('acme'), 'https://acme.example.com/mcp');
    for (const hostile of [
      'evil.test/',
      'a.b',
      '',
      'x@evil.test',
      'a/b',
      'x'.repeat(64),
      'ö',
      '-',
      'evil.test#',
      '127.0.0.1:80?',
    ]) {
      assert.equal(urlFor(hostile), 'problems', hostile);
    }
  },
  'remote-header-template': (entry) => {
    const plan = plannedOf(entry);
    assert.deepEqual(plan.launch.kind === 'http' && plan.launch.headers, {
      Authorization: 'Bearer ${input:apikey-token}',
    });
    assert.deepEqual(
      plan.inputs.map(({ id, isPassword, isRequired }) => ({ id, isPassword, isRequired })),
      [{ id: 'apikey-token', isPassword: true, isRequired: true }],
    );
  },
  'remote-two': (entry) => {
    assert.deepEqual(defaultCandidate(entry)?.plan.subject, {
      kind: 'remote',
      index: 1,
      transport: 'streamable-http',
      url: 'https://api.example.com/mcp',
    });
  },
  'remote-private-ip': (entry) => {
    const plan = planOf(entry);
    assert.equal(plan.kind, 'refused');
    assert.match(plan.reasons.join(), /169\.254\.169\.254 is a link-local or metadata address/);
    assert.equal(planOf(entry, { allowPrivate: true }).kind, 'refused');
  },
  'header-crlf': (entry) => {
    assert.match(planOf(entry).reasons.join(), /line break/);
    assert.equal(planOf(entry).kind, 'refused');
  },
  'oci-run-repeated': (entry) => {
    const plan = plannedOf(entry);
    assert.deepEqual(argsOf(plan), [
      'run',
      '-i',
      '--rm',
      '-e',
      'TOKEN=${input:ocirun-token}',
      'ghcr.io/example/mcp:1.0.0',
    ]);
    assert.equal(plan.inputs.find((input) => input.label === 'token')?.isPassword, true);
  },
  'oci-untagged': (entry) => {
    const plan = planOf(entry);
    assert.equal(plan.kind, 'runnable');
    assert.match(plan.checks.find((check) => check.id === 'pin')?.text ?? '', /mutable reference/);
    assert.deepEqual(
      plan.dangers.map((danger) => danger.kind),
      ['unpinned'],
    );
  },
  'npm-unpinned': (entry) => {
    const plan = planOf(entry);
    assert.deepEqual(plan.kind === 'needs-input' && plan.needs, ['version']);
    assert.equal(plan.checks.find((check) => check.id === 'pin')?.verdict, 'warn');
    const pinned = planOf(entry, { version: '2.3.4' });
    assert.equal(pinned.kind, 'runnable');
    assert.deepEqual(argsOf(pinned), ['-y', '@example/mcp@2.3.4']);
  },
  'npm-custom-registry': (entry) => {
    const plan = planOf(entry);
    assert.deepEqual(argsOf(plan), ['-y', '--registry=https://npm.corp.example', '@example/mcp@1.0.0']);
    assert.deepEqual(
      plan.dangers.map((danger) => danger.kind),
      ['package-source'],
    );
    assert.match(plan.checks.find((check) => check.id === 'source')?.text ?? '', /cannot be checked/);
  },
  'shell-metacharacters': (entry) => {
    assert.deepEqual(argsOf(planOf(entry)), ['-y', '@example/mcp@1.0.0', '; rm -rf ~ #']);
  },
  'repeated-and-choices': (entry) => {
    const plan = plannedOf(entry);
    const [dir, mode] = plan.inputs;
    assert.deepEqual([dir?.isRepeated, dir?.format, dir?.isRequired], [true, 'filepath', true]);
    assert.deepEqual([mode?.kind, mode?.options, mode?.default], ['pick', ['ro', 'rw'], 'ro']);
    const completed = completePlan(plan, { [dir!.id]: ['/a b', '/c; d'], [mode!.id]: 'rw' });
    assert.deepEqual(
      completed.kind === 'complete' && completed.launch.kind === 'stdio' && completed.launch.args,
      ['-y', '@example/mcp@1.0.0', '/a b', '/c; d', '--mode', 'rw'],
    );
  },
  go: (entry) => {
    const plan = planOf(entry);
    assert.deepEqual(argsOf(plan), ['run', 'github.com/example/audit-mcp@v1.0.0']);
    assert.equal(plan.checks.find((check) => check.id === 'owner')?.verdict, 'pass');
    const other = { ...entry, name: 'io.github.someone/audit', publisher: 'io.github.someone' };
    assert.equal(planOf(other).kind, 'refused');
  },
  'unknown-registry-type': (entry) => {
    assert.equal(entry.packages.length, 1);
    assert.equal(planOf(entry).kind, 'refused');
    assert.match(planOf(entry).reasons.join(), /"brew" are not known/);
  },
  'mcpb-no-sha': (entry) => {
    assert.equal(planOf(entry).kind, 'refused');
    assert.match(planOf(entry).reasons.join(), /SHA-256/);
  },
  'post-install': (entry) => {
    const plan = planOf(entry);
    assert.equal(plan.kind, 'runnable');
    assert.deepEqual(plan.notes, [
      {
        description: 'Install as a service',
        command: 'mind-map service install',
        documentation: 'https://example.com/docs',
        isOptional: true,
      },
    ]);
    assert.ok(!JSON.stringify(plan.kind === 'runnable' && plan.launch).includes('mind-map'));
  },
  'text-ansi': (entry) => {
    const title = shown(entry.title ?? '');
    assert.equal(title.text, 'Safe<U+001B>[2J<U+001B>]8;;https://evil.test<U+0007>Tool');
    assert.ok(title.hidden > 0);
  },
  'homoglyph-title': (entry) => {
    const warnings = planOf(entry).checks.filter((check) => check.id === 'title' && check.verdict === 'warn');
    assert.match(warnings[0]?.text ?? '', /mixes Latin and Cyrillic/);
    assert.equal(imitatedTitle(entry.title ?? ''), 'GitHub');
    assert.match(warnings[1]?.text ?? '', /looks like "GitHub"/);
  },
  'icon-http': (entry) => {
    assert.deepEqual(
      entry.icons.map(({ src, isSvg, refused }) => ({ src, isSvg, refused })),
      [
        { src: 'http://evil.test/a.png', isSvg: false, refused: 'only https icons are fetched' },
        { src: 'https://example.com/a.svg', isSvg: true, refused: undefined },
      ],
    );
  },
};

for (const { id, expect, response } of edgeCases()) {
  test(`${id}: ${expect}`, () => {
    const check = cases[id];
    assert.ok(check, `no test for ${id}`);
    check(entryOf(response));
  });
}
