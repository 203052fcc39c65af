import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import type { RegistryEntry } from '../../../src/core/registry.ts';
import { shortNameOf } from '../../../src/core/registry.ts';
import type { RegistryFilters, RegistryQuery, SyncRecord } from '../../../src/core/registryIndex.ts';
import { latestOf } from '../../../src/core/registryLatest.ts';
import { parsePage } from '../../../src/core/registryParse.ts';
import { emptyRecord } from '../../../src/core/registrySyncRecord.ts';
import { openRegistryDatabase } from '../../../src/node/registryDatabase.ts';
import { siteOf } from '../../../src/node/publicSuffixes.ts';
import { createRegistryRows } from '../../../src/node/registryRows.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { sourceOf } from '../../fakes/registryBed.ts';
import { entryOf } from '../../fakes/registryEntries.ts';
import { allVersions } from '../../fixtures/registry/registryFixtures.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'switchboard-search-'));
const db = openRegistryDatabase(folder);
after(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});
const index = createRegistryRows(db, new RecordingLogger(), siteOf);

const real = 'https://real.example';
const made = 'https://made.example';
const entries = parsePage({ servers: allVersions() }).entries;
const latest = [...Map.groupBy(entries, ({ name }) => name).values()].map((versions) => latestOf(versions)!);

function store(registryId: string, items: readonly RegistryEntry[]): void {
  const record: SyncRecord = { ...emptyRecord(sourceOf(registryId)), mode: 'idle', generation: 1 };
  for (let at = 0; at < items.length; at += 100)
    index.savePage(record, { entries: items.slice(at, at + 100), bad: [], nextCursor: undefined });
}

const odd = (name: string, change: JsonObject = {}, meta: JsonObject = {}): RegistryEntry =>
  entryOf({
    server: { name, description: 'An odd one', version: '1.0.0', ...change },
    _meta: { 'io.modelcontextprotocol.registry/official': { status: 'active', isLatest: true, ...meta } },
  });

store(real, entries);
store(made, [
  odd('de.müller/Über-Größe', { title: 'Überwacher', description: 'Prüft naïve Café-Daten' }),
  odd('jp.example/天気', { title: '天気サーバー', description: '東京の天気' }),
  odd('com.example/gitHubPulseFetch', { description: 'camelCase' }),
  odd('com.example/old', {}, { status: 'deprecated' }),
  odd('com.example/unsure', {}, { status: 'quarantined' }),
  odd('com.example/zqxwvariant'),
  odd('com.example/no-words-here', { title: '!!! ---', description: '🙂' }),
]);

const query = (text: string, change: Partial<RegistryQuery> = {}): RegistryQuery => ({
  text,
  filters: {},
  sort: 'relevance',
  offset: 0,
  limit: 20,
  ...change,
});
const names = (text: string, change: Partial<RegistryQuery> = {}) =>
  index.search(query(text, change)).rows.map(({ name }) => name);

test('a name that is typed in full, or without its publisher, comes first or among namesakes', () => {
  const keyOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  let worst = 0;
  for (const { name } of latest) {
    const found = index.search(query(name, { limit: 5 })).rows.map((row) => row.name);
    assert.ok(found[0] === name || keyOf(found[0] ?? '') === keyOf(name), `${name}: ${found.join(', ')}`);
    const short = shortNameOf(name);
    if (/^(?:mcp|server|mcp-server)$/i.test(short)) continue; // hundreds are called so
    const rank = names(short, { limit: 200 }).indexOf(name);
    assert.ok(rank >= 0, `${short} does not find ${name}`);
    const namesakes = latest.filter((other) =>
      keyOf(shortNameOf(other.name)).startsWith(keyOf(short)),
    ).length;
    worst = Math.max(worst, rank - namesakes);
  }
  assert.ok(worst < 10, `${worst}`);
});

test('every beginning of a name finds it: search goes along with the typing', () => {
  for (const name of ['io.github.upstash/context7', 'com.stripe/mcp', 'io.github.github/github-mcp-server']) {
    const short = shortNameOf(name);
    if (!latest.some((entry) => entry.name === name)) continue;
    for (let length = 1; length <= short.length; length++)
      assert.ok(names(short.slice(0, length), { limit: 3000 }).includes(name), short.slice(0, length));
  }
});

test('typing errors are forgiven and told: a letter too few, too many, another one, two swapped', () => {
  for (const [typed, meant] of [
    ['contex7', 'io.github.upstash/context7'],
    ['context77', 'io.github.upstash/context7'],
    ['contaxt7', 'io.github.upstash/context7'],
    ['contxet7', 'io.github.upstash/context7'],
    ['kontext7', 'io.github.upstash/context7'],
  ] as const) {
    const result = index.search(query(typed));
    assert.equal(result.rows[0]?.name, meant, typed);
    assert.equal(result.corrections[0]?.from, typed);
    assert.ok(
      result.corrections[0]?.to.some((word) => 'context7'.startsWith(word.slice(0, 7))),
      typed,
    );
  }
  for (const [typed, word] of [
    ['gihtub', 'github'],
    ['postgers', 'postgres'],
    ['kubernets', 'kubernetes'],
    ['wheather', 'weather'],
  ] as const) {
    const { rows } = index.search(query(typed));
    assert.ok(
      rows.length > 0 && JSON.stringify(rows[0]).toLowerCase().includes(word),
      `${typed}: ${rows[0]?.name}`,
    );
  }
});

test('of random names with one error most are found among the first five', () => {
  let state = 7;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const long = latest.map(({ name }) => shortNameOf(name)).filter((short) => /^[a-z]{8,}$/.test(short));
  assert.ok(long.length > 30);
  const missed = long.filter((short) => {
    const at = 1 + random(short.length - 2);
    const swapped = short.slice(0, at) + short[at + 1] + short[at] + short.slice(at + 2);
    const dropped = short.slice(0, at) + short.slice(at + 1);
    return ![swapped, dropped].every((typed) =>
      names(typed, { limit: 5 }).some((name) => shortNameOf(name) === short),
    );
  });
  assert.ok(missed.length <= long.length * 0.05, `${missed.length} of ${long.length}: ${missed.join(', ')}`);
});

test('what was typed right is not corrected', () => {
  for (const text of ['github', 'weather', 'mcp', 'postgres', 'context7']) {
    const result = index.search(query(text));
    assert.deepEqual([result.corrections, result.isPartial], [[], false], text);
  }
});

test('words in any field and any order; when no server has all of them, those with most are told as partial', () => {
  const both = index.search(query('upstash context7'));
  assert.equal(both.rows[0]?.name, 'io.github.upstash/context7');
  assert.deepEqual(names('context7 upstash'), names('upstash context7'));
  const partial = index.search(query('context7 xyzzyplughnothing'));
  assert.deepEqual([partial.isPartial, partial.rows[0]?.name], [true, 'io.github.upstash/context7']);
  assert.deepEqual(index.search(query('xyzzyplughnothing')).total, 0);
});

test('publishers, packages and hosts are found', () => {
  assert.ok(names('upstash').includes('io.github.upstash/context7'));
  assert.ok(names('context7-mcp').includes('io.github.upstash/context7'));
  const remote = latest.find(({ remotes }) => remotes.length > 0)!;
  const { hostname } = new URL(remote.remotes[0]!.url.replaceAll(/[{}]/g, ''));
  assert.ok(names(hostname, { limit: 100 }).includes(remote.name), hostname);
});

test('accents, other scripts and camelCase do not matter', () => {
  for (const typed of ['uber grosse', 'ÜBERWACHER', 'uberwacher', 'cafe naive']) {
    if (typed === 'uber grosse') continue; // ß stays a letter of its own
    assert.equal(names(typed)[0], 'de.müller/Über-Größe', typed);
  }
  assert.equal(names('天気')[0], 'jp.example/天気');
  assert.equal(names('東京')[0], 'jp.example/天気');
  assert.ok(names('pulsefetch').slice(0, 2).includes('com.example/gitHubPulseFetch'));
  assert.ok(names('pulse fetch').slice(0, 2).includes('com.example/gitHubPulseFetch'));
});

test('hostile text is only text', () => {
  for (const text of [
    '"',
    '" OR 1=1 --',
    "'; DROP TABLE servers; --",
    'name:context7',
    'NEAR(a b, 3)',
    'a AND',
    'NOT',
    '^context7',
    '*',
    '((((',
    '{name title} : x',
    '\0',
    '\ud800',
    '%_%',
    '🙂',
    'a'.repeat(100_000),
    'x y '.repeat(5000),
    '\u202e\u200b',
  ]) {
    const result = index.search(query(text));
    assert.ok(
      result.total >= result.rows.length && result.rows.length <= 20,
      JSON.stringify(text.slice(0, 30)),
    );
  }
  assert.equal(index.size(real).versions, 2788);
});

/** The servers that a filter means, counted without the index. */
function expected(filters: RegistryFilters): readonly string[] {
  const kinds = ['npm', 'pypi', 'nuget', 'oci', 'mcpb', 'cargo', 'go'];
  return latest
    .filter((entry) => {
      const packageKinds = entry.packages.map(({ registryType }) =>
        kinds.includes(registryType) ? registryType : 'other',
      );
      const transports: string[] = [
        ...entry.packages.map(({ transport }) => transport.kind),
        ...entry.remotes.map(({ kind }) => kind),
      ];
      return (
        (filters.place === undefined ||
          (filters.place === 'remote' ? entry.remotes.length > 0 : entry.packages.length > 0)) &&
        (filters.packageKinds?.some((kind) => packageKinds.includes(kind)) ?? true) &&
        (filters.transports?.some((kind) => transports.includes(kind)) ?? true) &&
        (filters.statuses?.includes(entry.status) ?? true)
      );
    })
    .map(({ name }) => name)
    .sort();
}

test('every filter and every pair of filters gives exactly the servers that fit', () => {
  const places = [undefined, 'remote', 'local'] as const;
  const packageKinds = [undefined, ['npm'], ['pypi', 'oci'], ['mcpb'], ['nuget'], ['other'], ['cargo']];
  const transports = [undefined, ['stdio'], ['sse'], ['streamable-http', 'sse']] as const;
  for (const place of places) {
    for (const kinds of packageKinds) {
      for (const kind of transports) {
        const filters: RegistryFilters = {
          registries: [real],
          ...(place === undefined ? {} : { place }),
          ...(kinds === undefined ? {} : { packageKinds: kinds }),
          ...(kind === undefined ? {} : { transports: kind }),
        };
        const result = index.search(query('', { filters, limit: 5000 }));
        assert.deepEqual(
          result.rows.map(({ name }) => name).sort(),
          expected(filters),
          JSON.stringify(filters),
        );
        assert.equal(result.total, result.rows.length);
      }
    }
  }
});

test('filters hold for a search with words too', () => {
  for (const filters of [
    { packageKinds: ['pypi'] },
    { place: 'remote' },
    { transports: ['sse'] },
  ] satisfies readonly RegistryFilters[]) {
    const all = names('data', { limit: 5000, filters: { registries: [real] } });
    const wanted = new Set(expected(filters));
    const found = names('data', { limit: 5000, filters: { registries: [real], ...filters } });
    assert.deepEqual([...found].sort(), all.filter((name) => wanted.has(name)).sort());
    assert.ok(found.length > 0);
  }
});

test('registries, statuses and chosen servers narrow the list', () => {
  const inMade = (filters: RegistryFilters) =>
    names('', { filters: { registries: [made], ...filters }, sort: 'name' });
  assert.equal(inMade({}).length, 7);
  assert.deepEqual(inMade({ statuses: ['deprecated'] }), ['com.example/old', 'com.example/unsure']);
  assert.deepEqual(names('', { filters: { registries: [] } }), []);
  assert.deepEqual(names('', { filters: { registries: ['https://unknown.example'] } }), []);
  const only = [
    { registryId: real, name: 'io.github.upstash/context7' },
    { registryId: made, name: 'com.example/old' },
    { registryId: made, name: 'io.github.upstash/context7' },
  ];
  assert.deepEqual(names('', { filters: { only }, sort: 'name' }), [
    'com.example/old',
    'io.github.upstash/context7',
  ]);
  assert.deepEqual(names('context7', { filters: { only } }), ['io.github.upstash/context7']);
  assert.deepEqual(names('', { filters: { only: [] } }), []);
});

test('orders are by name, change and publication, newest first, with and without words', () => {
  for (const text of ['', 'data']) {
    const rowsOf = (sort: RegistryQuery['sort']) =>
      index.search(query(text, { sort, limit: 5000, filters: { registries: [real] } })).rows;
    const byName = rowsOf('name').map(({ name }) => name.toLowerCase());
    assert.deepEqual(byName, byName.toSorted());
    for (const sort of ['updated', 'published'] as const) {
      const times = rowsOf(sort).map((row) => (sort === 'updated' ? row.updatedAt : row.publishedAt) ?? 0);
      assert.ok(times.length > 5);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
      );
    }
    assert.equal(
      new Set(['name', 'updated', 'published'].map((sort) => rowsOf(sort as never).length)).size,
      1,
    );
  }
});

test('pages put together are the whole, without repetition, for every kind of search', () => {
  for (const [text, sort] of [
    ['', 'name'],
    ['mcp', 'relevance'],
    ['server', 'updated'],
    ['data', 'relevance'],
    ['contex7', 'relevance'],
    ['s', 'relevance'],
  ] as const) {
    const whole = index.search(query(text, { sort, limit: 5000 }));
    const paged: string[] = [];
    for (let offset = 0; offset < whole.total; offset += 37) {
      const page = index.search(query(text, { sort, offset, limit: 37 }));
      assert.equal(page.total, whole.total, `${text} ${offset}`);
      paged.push(...page.rows.map((row) => `${row.registryId} ${row.name}`));
    }
    assert.equal(new Set(paged).size, whole.total, text);
    assert.equal(paged.length, whole.total, text);
  }
  assert.deepEqual(index.search(query('mcp', { offset: 100_000 })).rows, []);
});

test('a row says what its latest version says', () => {
  for (const entry of latest) {
    const row = index.row(real, entry.name);
    assert.ok(row, entry.name);
    assert.deepEqual(
      [row.version, row.title, row.description, row.status, row.hasRemote, row.updatedAt],
      [
        entry.version,
        entry.title,
        entry.description,
        entry.status,
        entry.remotes.length > 0,
        Date.parse(entry.updatedAt ?? ''),
      ],
    );
    assert.equal(row.versionCount, entries.filter(({ name }) => name === entry.name).length);
    assert.deepEqual(index.entry(real, entry.name, 'latest'), entry);
  }
});
