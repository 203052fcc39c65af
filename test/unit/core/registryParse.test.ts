import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../src/core/json.ts';
import { latestOf, compareVersions } from '../../../src/core/registryLatest.ts';
import { errorTextOf, parsePage } from '../../../src/core/registryParse.ts';
import { compareSemver, compareVersionTexts, parseSemver } from '../../../src/core/semver.ts';
import { mixedScripts, imitatedTitle } from '../../../src/core/registryText.ts';
import { allVersions, originals } from '../../fixtures/registry/registryFixtures.ts';
import { entryOf } from '../../fakes/registryEntries.ts';

const official = 'io.modelcontextprotocol.registry/official';

test('every real version is read, whatever schema it declares and whether it keeps to it', () => {
  const page = parsePage({ servers: allVersions() });
  assert.deepEqual([page.entries.length, page.bad.length], [2788, 0]);
  const files = originals();
  assert.ok(
    files.some((file) => !file.validAgainstDeclaredSchema) &&
      files.some((file) => file.validAgainstDeclaredSchema),
  );
  for (const { file, document } of files) assert.ok(entryOf(document).name !== '', file);
});

test('one bad item is flagged with its reason and the rest of the page survives', () => {
  const good = { server: { name: 'a.example/b', description: 'x', version: '1' } };
  const bad: Json[] = [
    null,
    5,
    'x',
    [],
    {},
    { server: {} },
    { server: { name: 'a/b' } },
    { server: { name: 'a b', version: '1' } },
    { server: { name: 'x'.repeat(201), version: '1' } },
    { server: { name: 'a\u200bb', version: '1' } },
  ];
  const page = parsePage({ servers: [good, ...bad, good], metadata: { nextCursor: 'c', count: 99 } });
  assert.deepEqual([page.entries.length, page.bad.length, page.nextCursor], [2, bad.length, 'c']);
  for (const item of page.bad) assert.ok(item.reason.length > 5);
  assert.equal(page.bad.find((item) => item.name === 'a/b')?.reason, 'has no version');
});

test('a page without metadata, _meta or $schema is fine; no list is an error', () => {
  const page = parsePage({ servers: [{ server: { name: 'owner/repo', description: 'x', version: '1' } }] });
  assert.equal(page.nextCursor, undefined);
  const [entry] = page.entries;
  assert.deepEqual([entry?.status, entry?.isLatest, entry?.schema], ['active', undefined, undefined]);
  for (const cursor of [null, '', undefined]) {
    assert.equal(parsePage({ servers: [], metadata: { nextCursor: cursor as Json } }).nextCursor, undefined);
  }
  for (const json of [undefined, null, {}, { servers: 'x' }, 'x'])
    assert.throws(() => parsePage(json), { code: 'server-error' });
});

test('the snake_case shape of 2025-07-09 gives the same entry', () => {
  const entry = entryOf({
    name: 'io.github.a/b',
    description: 'x',
    status: 'deprecated',
    version: '1.2.3',
    website_url: 'https://a.example',
    packages: [
      {
        registry_type: 'oci',
        registry_base_url: 'https://docker.io',
        identifier: 'a/b',
        version: '1.2.3',
        file_sha256: 'AB',
        runtime_hint: 'docker',
        transport: { type: 'stdio' },
        runtime_arguments: [{ type: 'named', name: '-v', is_repeated: true, is_required: true }],
        package_arguments: [{ type: 'positional', value_hint: 'dir' }],
        environment_variables: [{ name: 'KEY', is_secret: true }],
      },
    ],
    _meta: { [official]: { server_id: 'x', published_at: '2025-07-09T00:00:00Z', is_latest: true } },
  });
  const [item] = entry.packages;
  assert.deepEqual(
    [entry.status, entry.websiteUrl, entry.isLatest, entry.publishedAt],
    ['deprecated', 'https://a.example', true, '2025-07-09T00:00:00Z'],
  );
  assert.deepEqual(
    [item?.registryType, item?.registryBaseUrl, item?.fileSha256, item?.runtimeHint],
    ['oci', 'https://docker.io', 'ab', 'docker'],
  );
  assert.deepEqual(
    [item?.runtimeArguments[0]?.isRepeated, item?.runtimeArguments[0]?.isRequired],
    [true, true],
  );
  assert.deepEqual(
    [item?.packageArguments[0]?.valueHint, item?.environmentVariables[0]?.isSecret],
    ['dir', true],
  );
  assert.equal(parsePage({ servers: [], metadata: { next_cursor: 'n' } }).nextCursor, 'n');
});

test('a wrong part of an entry is left out and named, the rest stays', () => {
  const entry = entryOf({
    server: {
      name: 'a.example/b',
      description: 7,
      version: '1',
      title: ['x'],
      repository: {},
      icons: 'x',
      packages: [
        null,
        { registryType: 'npm' },
        { registryType: 'NPM', identifier: 'ok', packageArguments: [{ name: '--x' }, { value: 'y' }] },
      ],
      remotes: [{ type: 'gopher', url: 'x' }, { type: 'sse' }],
    },
  });
  assert.deepEqual(
    entry.packages.map((item) => [item.registryType, item.identifier]),
    [['npm', 'ok']],
  );
  assert.deepEqual(
    entry.packages[0]?.packageArguments.map((argument) => argument.kind),
    ['named', 'positional'],
  );
  assert.deepEqual([entry.title, entry.repository, entry.description], [undefined, undefined, '7']);
  const problems = entry.problems.join('\n');
  for (const part of ['packages[0]', 'packages[1]', 'remotes[0]', 'remotes[1]', 'title', 'icons'])
    assert.ok(problems.includes(part), part);
});

test('error answers are read in both shapes and never as markup', () => {
  assert.equal(errorTextOf('{"error":"Server not found"}'), 'Server not found');
  assert.equal(
    errorTextOf(
      '{"title":"Unprocessable Entity","status":422,"detail":"validation failed","errors":[{"message":"too big","location":"query.limit"}]}',
    ),
    'validation failed; too big (query.limit)',
  );
  for (const body of [
    '<html><body>Bad gateway</body></html>',
    '{"error":"<script>x</script>"}',
    '',
    'null',
    '[]',
    '{"error":5}',
  ]) {
    assert.equal(errorTextOf(body), undefined, body);
  }
  assert.equal(errorTextOf('{"error":"a\\u001b[2J"}'), 'a<U+001B>[2J');
});

test('semantic versions are ordered by the rules of SemVer', () => {
  const order = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
    '99999999999999999999.0.0',
  ];
  for (let index = 1; index < order.length; index++) {
    assert.ok(compareSemver(parseSemver(order[index - 1]!)!, parseSemver(order[index]!)!) < 0, order[index]);
  }
  assert.equal(compareSemver(parseSemver('v1.0.0+a')!, parseSemver('1.0.0+b')!), 0);
  for (const text of ['1', '1.0', '01.0.0', '1.0.0-', '^1.0.0', '1.0.0.0', 'latest', ''])
    assert.equal(parseSemver(text), undefined, text);
  assert.ok(compareVersionTexts('2025.9.1', '2025.10.1') < 0);
  assert.ok(compareVersionTexts('build-9', '0.0.1') < 0);
});

test('the latest version is the marked one, else the newest that is not deleted', () => {
  const version = (text: string, meta: object = {}) =>
    entryOf({
      server: { name: 'a/b', description: 'x', version: text },
      _meta: { [official]: meta as never },
    });
  const latest = (...list: ReturnType<typeof version>[]) => latestOf(list)?.version;
  assert.equal(latest(version('2.0.0', { isLatest: false }), version('1.0.0', { isLatest: true })), '1.0.0');
  assert.equal(latest(version('1.9.0'), version('1.10.0'), version('nightly')), '1.10.0');
  assert.equal(
    latest(version('9.0.0', { status: 'deleted', isLatest: true }), version('1.0.0', { isLatest: false })),
    '1.0.0',
  );
  assert.equal(
    latest(
      version('b', { publishedAt: '2025-01-01T00:00:00Z' }),
      version('a', { publishedAt: '2025-02-01T00:00:00Z' }),
    ),
    'a',
  );
  assert.equal(latest(version('1.0.0', { status: 'deleted' })), undefined);
  assert.ok(compareVersions(version('1.0.0-rc.1'), version('1.0.0')) < 0);
});

test('our latest rule agrees with the marks of the real registry', () => {
  const byName = Map.groupBy(parsePage({ servers: allVersions() }).entries, (entry) => entry.name);
  let agrees = 0;
  for (const versions of byName.values()) {
    const marked = latestOf(versions);
    if (latestOf(versions.map((entry) => ({ ...entry, isLatest: undefined })))?.version === marked?.version)
      agrees++;
  }
  assert.ok(agrees / byName.size > 0.97, `${agrees} of ${byName.size}`);
});

test('mixed scripts and imitated titles are noticed, ordinary titles are not', () => {
  assert.deepEqual(mixedScripts('GitНub'), ['Latin', 'Cyrillic']);
  assert.equal(mixedScripts('Яндекс'), undefined);
  assert.equal(mixedScripts('東京 Weather'), undefined);
  assert.deepEqual(
    ['Githab', 'Git-Hub', 'Micr0soft', 'Postrgesql'].map((text) => imitatedTitle(text)),
    ['GitHub', 'GitHub', 'Microsoft', 'PostgreSQL'],
  );
  assert.deepEqual(
    ['GitHub', 'GitHub Actions', 'OpenAPI tools', 'Weather', ''].map((text) => imitatedTitle(text)),
    Array(5).fill(undefined),
  );
});
