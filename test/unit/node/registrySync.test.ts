import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncState } from '../../../src/core/registrySync.ts';
import { RegistryBed, sourceOf } from '../../fakes/registryBed.ts';
import type { Switches } from '../../../demo/registry/switches.ts';

const isList = (path: string) => /\/servers\?/.test(path);
const isMirror = (path: string) => isList(path) && !path.includes('version=latest');

function done(state: SyncState): Extract<SyncState, { kind: 'done' }> {
  assert.ok(state.kind === 'done', JSON.stringify(state));
  return state;
}

function failed(state: SyncState) {
  assert.ok(state.kind === 'failed', state.kind);
  return state.error;
}

test('a full pass stores every version, and the next one asks only for what changed since', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry();
  const source = sourceOf(registry.url);
  assert.deepEqual(
    ((state) => [state.rows, state.bad, state.removed])(done(await bed.sync(source))),
    [2788, 0, 0],
  );
  assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });

  const now = new Date().toISOString();
  const context7 = bed.index.entry(source.id, 'io.github.upstash/context7', 'latest')!;
  const raw = context7.raw as { server: object; _meta: Record<string, object> };
  const official = 'io.modelcontextprotocol.registry/official';
  const meta = { ...raw._meta[official], publishedAt: now, updatedAt: now, isLatest: true };
  registry.snapshot.put(
    { server: { ...raw.server, version: '99.0.0' }, _meta: { [official]: meta } } as never,
    now,
  );
  const [gone, old] = ['com.jumpcloud/jumpcloud-genai', 'ai.seltz/seltz-ai-seltz-mcp'];
  const goneVersions = bed.index.versions(source.id, gone);
  assert.ok(goneVersions.length > 0);
  for (const { version } of goneVersions) registry.snapshot.setStatus(gone, version, 'deleted', 'spam', now);
  const oldVersion = bed.index.entry(source.id, old, 'latest')!.version;
  registry.snapshot.setStatus(old, oldVersion, 'deprecated', 'use another', now);

  const before = registry.requests.length;
  const state = done(await bed.sync(source));
  const asked = registry.requests.slice(before).map(({ path }) => path);
  assert.equal(asked.length, 1);
  assert.match(asked[0]!, /updated_since=/);
  assert.ok(state.rows < 100, `${state.rows}`);
  assert.equal(state.removed, goneVersions.length);
  assert.equal(bed.index.row(source.id, gone), undefined);
  assert.equal(bed.index.row(source.id, 'io.github.upstash/context7')?.version, '99.0.0');
  assert.equal(bed.index.entry(source.id, 'io.github.upstash/context7', context7.version)?.isLatest, false);
  assert.equal(bed.index.row(source.id, old)?.status, 'deprecated');
  assert.equal(bed.index.entry(source.id, old, 'latest')?.statusMessage, 'use another');
});

const faults: readonly (readonly [string, Switches, RegExp])[] = [
  ['500', { error500: true }, /listing servers: has a problem of its own \(500: Failed to get servers\)/],
  ['a web page', { html: true }, /has a problem of its own \(502\)/],
  ['garbage', { garbage: true }, /not JSON/],
  ['a broken connection', { cut: true }, /broke off|terminated/],
  ['429', { tooMany: { times: true, retryAfter: '1800' } }, /asked too often \(429: rate limit exceeded\)/],
  ['401', { authorization: 'Bearer x' }, /wants you to sign in/],
  [
    'a redirect elsewhere',
    { redirect: 'https://elsewhere.example/' },
    /elsewhere\.example, which was not followed/,
  ],
];

for (const [what, switches, message] of faults) {
  test(`${what} in the middle of a pass: a clear error, nothing lost, and the next pass goes on from there`, async (t) => {
    const bed = new RegistryBed(t);
    let pages = 0;
    const registry = await bed.registry({
      onRequest: (path) => {
        if (isMirror(path) && ++pages === 11) registry.set(switches);
      },
    });
    const source = sourceOf(registry.url);
    const error = failed(await bed.sync(source));
    assert.match(error.message, message);
    assert.ok(error.message.startsWith(`Demo (${new URL(registry.url).host}), `), error.message);
    assert.match(
      error.nextStep ?? '',
      /servers stored on this machine can still be searched and installed\. The next attempt goes on where this one stopped\./,
    );
    assert.equal(bed.index.record(source.id)?.rows, 1000);
    const stored = bed.index.size(source.id).versions;
    assert.ok(stored >= 1000, `${stored}`);
    assert.ok(
      bed.index.search({ text: 'mcp', filters: {}, sort: 'relevance', offset: 0, limit: 5 }).total > 0,
    );

    registry.set({});
    const before = registry.requests.length;
    assert.equal(done(await bed.sync(source)).rows, 2788);
    assert.equal(registry.requests.length - before, 18);
    assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });
  });
}

test('a registry that is slow, busy for a moment or hiccups only takes longer', async (t) => {
  for (const switches of [
    { slow: 1 },
    { tooMany: { times: 1, retryAfter: '0' } },
  ] satisfies readonly Switches[]) {
    const bed = new RegistryBed(t);
    const registry = await bed.registry({ switches });
    assert.equal(done(await bed.sync(sourceOf(registry.url), { client: bed.client({}) })).rows, 2788);
  }
});

test('a list that never ends is noticed, with one cursor for ever and with ever new ones; what was there stays', async (t) => {
  for (const endless of ['same', 'fresh'] as const) {
    const bed = new RegistryBed(t);
    const registry = await bed.registry();
    const source = sourceOf(registry.url);
    await bed.sync(source);
    registry.set({ endless });
    const before = registry.requests.length;
    assert.match(
      failed(await bed.sync(source, { mirror: true })).message,
      /its list never ends: pages repeat/,
    );
    assert.ok(registry.requests.length - before < 40, `${registry.requests.length - before}`);
    assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });
    registry.set({});
    assert.equal(done(await bed.sync(source, { mirror: true })).rows, 2788);
    assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });
  }
});

test('more pages than allowed end a pass with an error, not a truncated copy', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry();
  const source = sourceOf(registry.url);
  const error = failed(await bed.sync(source, { limits: { maxPages: 5 } }));
  assert.equal(error.code, 'too-large');
  assert.equal(bed.index.record(source.id)?.completedAt, undefined);
  assert.ok(bed.index.size(source.id).versions >= 500);
});

test('unreadable items are counted and cost nothing else', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry({ switches: { badItems: true } });
  const source = sourceOf(registry.url);
  const state = done(await bed.sync(source));
  assert.deepEqual([state.rows, state.bad], [2788, 28 * 3]);
  assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });
});

test('an empty or absent list never empties the copy', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry();
  const source = sourceOf(registry.url);
  await bed.sync(source);
  for (const { name, version } of registry.snapshot.rows)
    registry.snapshot.setStatus(name, version, 'deleted');
  assert.equal(done(await bed.sync(source, { mirror: true })).rows, 0);
  assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });
});

test('a mirror removes what the registry no longer has', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry();
  const source = sourceOf(registry.url);
  await bed.sync(source);
  const { name } = registry.snapshot.rows[0]!;
  const versions = registry.snapshot.versionsOf(name);
  // Gone without a trace: an incremental pass cannot know.
  for (const { version } of versions)
    registry.snapshot.setStatus(name, version, 'deleted', undefined, '2020-01-01T00:00:00Z');
  assert.equal(done(await bed.sync(source)).removed, 0);
  assert.equal(done(await bed.sync(source, { mirror: true })).removed, versions.length);
  assert.equal(bed.index.row(source.id, name), undefined);
});

test('a cursor that the registry forgot starts the pass anew', async (t) => {
  const bed = new RegistryBed(t);
  let pages = 0;
  const registry = await bed.registry({
    onRequest: (path) => {
      if (isMirror(path) && ++pages === 11) registry.set({ error500: true });
    },
  });
  const source = sourceOf(registry.url);
  failed(await bed.sync(source));
  registry.set({});
  const record = bed.index.record(source.id)!;
  bed.index.savePage({ ...record, cursor: 'forgotten' }, { entries: [], bad: [], nextCursor: undefined });
  assert.equal(done(await bed.sync(source)).rows, 2788);
  assert.deepEqual(bed.index.size(source.id), { servers: 1104, versions: 2788 });
});

test('a registry that speaks v0 in the shape of 2025-07 gives the same copy', async (t) => {
  const bed = new RegistryBed(t);
  const [today, old] = [
    await bed.registry(),
    await bed.registry({ switches: { onlyV0: true, snakeCase: true } }),
  ];
  done(await bed.sync(sourceOf(today.url)));
  done(await bed.sync(sourceOf(old.url)));
  assert.equal(bed.index.record(old.url)?.api, 'v0');
  const rows = (registryId: string) =>
    bed.index
      .search({ text: '', filters: { registries: [registryId] }, sort: 'name', offset: 0, limit: 2000 })
      .rows.map(({ registryId: _, ...row }) => row);
  assert.equal(rows(today.url).length, 1104);
  assert.deepEqual(rows(old.url), rows(today.url));
});

test('several registries are copied side by side; each key goes to its own registry only', async (t) => {
  const bed = new RegistryBed(t);
  const keyed = await bed.registry({ switches: { authorization: 'Bearer k1' }, basePath: '/private' });
  const plain = await bed.registry({
    items: [...(await bed.registry()).snapshot.rows.slice(0, 40)].map((row) => JSON.parse(row.json)),
  });
  bed.secrets.values.set('one', 'Bearer k1');
  const withKey = sourceOf(keyed.url, {
    label: 'Private',
    header: { name: 'authorization', secretKey: 'one' },
  });
  const states = await Promise.all([bed.sync(withKey), bed.sync(sourceOf(plain.url))]);
  assert.deepEqual(
    states.map((state) => done(state).rows),
    [2788, 40],
  );
  assert.ok(
    keyed.requests.every(
      ({ headers, path }) => headers.authorization === 'Bearer k1' && path.startsWith('/private/v0.1/'),
    ),
  );
  assert.ok(plain.requests.every(({ headers }) => headers.authorization === undefined));
  const filters = { registries: [plain.url] };
  assert.ok(
    bed.index
      .search({ text: '', filters, sort: 'name', offset: 0, limit: 100 })
      .rows.every(({ registryId }) => registryId === plain.url),
  );

  // A redirect to the other registry gets neither the key nor a request.
  const before = plain.requests.length;
  keyed.set({ redirect: `${plain.url}/v0.1/servers` });
  assert.match(failed(await bed.sync(withKey)).message, /^Private .*leads to another place/);
  assert.equal(plain.requests.length, before);

  bed.index.forget(keyed.url);
  assert.deepEqual(bed.index.size(keyed.url), { servers: 0, versions: 0 });
  assert.equal(bed.index.size(plain.url).versions, 40);
  assert.equal(
    bed.index
      .search({ text: 'context7', filters: {}, sort: 'relevance', offset: 0, limit: 5 })
      .rows.filter(({ registryId }) => registryId === keyed.url).length,
    0,
  );
});

test('without the registry everything that was copied can be read', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry();
  const source = sourceOf(registry.url);
  await bed.sync(source);
  await registry.close();
  const error = failed(await bed.sync(source));
  assert.match(error.message, /nobody answers there|broke off/);
  assert.match(error.nextStep ?? '', /The 1104 servers stored on this machine/);
  assert.equal(
    bed.index.search({ text: 'context7', filters: {}, sort: 'relevance', offset: 0, limit: 5 }).rows[0]?.name,
    'io.github.upstash/context7',
  );
  assert.equal(
    bed.index.entry(source.id, 'io.github.upstash/context7', '1.0.31')?.packages[0]?.identifier,
    '@upstash/context7-mcp',
  );
  assert.ok(bed.index.versions(source.id, 'io.github.upstash/context7').length > 1);
});

test('cancelling keeps what was read; the next pass goes on from there', async (t) => {
  const bed = new RegistryBed(t);
  const stop = new AbortController();
  let pages = 0;
  const registry = await bed.registry({
    onRequest: (path) => {
      if (isMirror(path) && ++pages === 11) stop.abort();
    },
  });
  const source = sourceOf(registry.url);
  const state = await bed.sync(source, { signal: stop.signal });
  assert.deepEqual(state, { kind: 'cancelled', rows: 1000 });
  const before = registry.requests.length;
  assert.equal(done(await bed.sync(source)).rows, 2788);
  assert.equal(registry.requests.length - before, 18);
});

test('one window copies at a time; the claim of a dead process is free at once', async (t) => {
  const bed = new RegistryBed(t);
  const { index } = bed;
  const url = 'https://registry.example';
  assert.ok(index.claim(url, `pid-${process.pid}-a`, 1000));
  assert.ok(!index.claim(url, 'other', 1000 + 59_000));
  assert.ok(index.claim(url, `pid-${process.pid}-a`, 60_000));
  assert.ok(index.claim(url, 'other', 60_000 + 60_001));
  index.release(url, 'somebody else');
  assert.ok(!index.claim(url, 'third', 121_000));
  index.release(url, 'other');
  // No process has so high a number.
  assert.ok(index.claim(url, 'pid-4194305-x', 200_000));
  assert.ok(index.claim(url, 'third', 200_001));
});

test('two windows over one file: the second one learns what the first one stores', async (t) => {
  const bed = new RegistryBed(t);
  const registry = await bed.registry();
  const source = sourceOf(registry.url);
  const middle = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let pages = 0;
  const slow = await bed.registry({
    onRequest: (path) => {
      if (!isMirror(path) || ++pages !== 5) return undefined;
      middle.resolve();
      return goOn.promise;
    },
  });
  const slowSource = sourceOf(slow.url);
  const first = bed.sync(slowSource, { owner: 'one' });
  await middle.promise;
  assert.deepEqual(await bed.sync(slowSource, { owner: 'two' }), { kind: 'elsewhere' });
  assert.equal(done(await bed.sync(source, { owner: 'two' })).rows, 2788);
  goOn.resolve();
  assert.equal(done(await first).rows, 2788);
});
