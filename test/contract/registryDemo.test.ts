import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { startRegistry, type DemoRegistry, type DemoRegistryOptions } from '../../demo/registry/server.ts';
import { openApi } from '../fixtures/registry/registryFixtures.ts';

interface List {
  readonly servers: readonly {
    readonly server: { readonly name: string; readonly version: string };
    readonly _meta: Record<string, Record<string, unknown>>;
  }[];
  readonly metadata: { readonly count: number; readonly nextCursor?: string };
}

const official = 'io.modelcontextprotocol.registry/official';
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(openApi(), 'openapi');

/** The schema that the OpenAPI document gives for an answer. */
function answerSchema(path: string, status: number): object {
  const pointer = [path, 'get', 'responses', String(status), 'content', 'application/json', 'schema']
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  return { $ref: `openapi#/paths/${pointer}` };
}

function assertValid(schema: object, value: unknown, where: string): void {
  const check = ajv.compile(schema);
  assert.ok(check(value), `${where}: ${ajv.errorsText(check.errors)}`);
}

async function start(t: TestContext, options?: DemoRegistryOptions): Promise<DemoRegistry> {
  const registry = await startRegistry(options);
  t.after(() => registry.close());
  return registry;
}

const get = async (registry: DemoRegistry, path: string, init?: RequestInit) =>
  fetch(`${registry.url}/v0.1/${path}`, { redirect: 'manual', ...init });

async function pages(registry: DemoRegistry, query: string): Promise<List[]> {
  const found: List[] = [];
  let cursor: string | undefined;
  do {
    const response = await get(
      registry,
      `servers?${query}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    assert.equal(response.status, 200);
    const list = (await response.json()) as List;
    found.push(list);
    cursor = list.metadata.nextCursor;
  } while (cursor !== undefined);
  return found;
}

test('the whole snapshot comes in pages that keep to the OpenAPI document, in order and without repetition', async (t) => {
  const lists = await pages(await start(t), 'limit=100');
  const schema = answerSchema('/v0.1/servers', 200);
  for (const [index, list] of lists.entries()) {
    assertValid(schema, list, `page ${index}`);
    assert.equal(list.metadata.count, list.servers.length);
  }
  const keys = lists.flatMap((list) => list.servers.map(({ server }) => `${server.name}\n${server.version}`));
  assert.deepEqual([lists.length, keys.length, new Set(keys).size], [28, 2788, 2788]);
  assert.deepEqual(keys, keys.toSorted());
});

test('the latest versions are 1,103 servers', async (t) => {
  const lists = await pages(await start(t), 'limit=100&version=latest');
  const servers = lists.flatMap((list) => list.servers);
  assert.deepEqual([servers.length, new Set(servers.map(({ server }) => server.name)).size], [1103, 1103]);
});

test('an exact version, and a search that later pages need not repeat', async (t) => {
  const registry = await start(t);
  const [exact] = await pages(registry, 'version=1.0.31&limit=100');
  assert.ok(exact?.servers.length && exact.servers.every(({ server }) => server.version === '1.0.31'));
  const first = (await (await get(registry, 'servers?search=WEATHER&limit=2')).json()) as List;
  const second = (await (
    await get(registry, `servers?limit=2&cursor=${first.metadata.nextCursor}`)
  ).json()) as List;
  for (const { server } of [...first.servers, ...second.servers])
    assert.match(JSON.stringify(server), /weather/i);
});

test('versions of one server, newest first, one version, and latest', async (t) => {
  const registry = await start(t);
  const name = encodeURIComponent('io.github.upstash/context7');
  const list = (await (await get(registry, `servers/${name}/versions`)).json()) as List;
  assertValid(answerSchema('/v0.1/servers/{serverName}/versions', 200), list, 'versions');
  const published = list.servers.map((item) => String(item._meta[official]?.['publishedAt']));
  assert.ok(published.length > 1);
  assert.deepEqual(published, published.toSorted().reverse());
  const path = '/v0.1/servers/{serverName}/versions/{version}';
  for (const version of ['latest', '1.0.31']) {
    const one = (await (
      await get(registry, `servers/${name}/versions/${version}`)
    ).json()) as List['servers'][number];
    assertValid(answerSchema(path, 200), one, version);
    assert.equal(one.server.name, 'io.github.upstash/context7');
  }
  for (const missing of [
    `servers/${name}/versions/99.0.0`,
    'servers/no.such%2Fserver/versions',
    'servers/no.such%2Fserver/versions/latest',
  ]) {
    const response = await get(registry, missing);
    assert.equal(response.status, 404);
    assertValid(answerSchema(path, 404), await response.json(), missing);
  }
});

test('wrong parameters are answered as the official registry answers them', async (t) => {
  const registry = await start(t);
  for (const [query, status] of [
    ['limit=0', 422],
    ['limit=101', 422],
    ['limit=x', 422],
    ['include_deleted=maybe', 422],
    ['cursor=nonsense', 400],
    ['updated_since=2025-08-07', 400],
    ['updated_since=2025-08-07T13:15:04', 400],
    ['updated_since=2025-08-07T13:15:04Z&include_deleted=false', 400],
  ] as const) {
    const response = await get(registry, `servers?${query}`);
    assert.equal(response.status, status, query);
    const body = (await response.json()) as { error?: string; detail?: string };
    assert.ok((body.error ?? body.detail ?? '').length > 0);
  }
  assert.equal((await get(registry, 'servers?limit=1')).status, 200);
  assert.equal((await get(registry, 'nothing')).status, 404);
  assert.equal((await get(registry, 'publish', { method: 'POST', body: '{}' })).status, 501);
});

test('deleted versions are hidden, unless asked for or changed since', async (t) => {
  const registry = await start(t);
  const { name, version } = registry.snapshot.rows[0]!;
  registry.snapshot.setStatus(name, version, 'deleted', 'spam', '2026-10-01T00:00:00Z');
  const holds = async (query: string) =>
    (await pages(registry, query)).some((list) =>
      list.servers.some(({ server }) => server.name === name && server.version === version),
    );
  assert.equal(await holds('limit=100'), false);
  assert.equal(await holds('limit=100&include_deleted=true'), true);
  const [changed, more] = await pages(
    registry,
    `updated_since=${encodeURIComponent('2026-09-30T23:00:00-01:00')}`,
  );
  assert.deepEqual([changed?.servers.length, more], [1, undefined]);
  assert.equal(changed?.servers[0]?._meta[official]?.['statusMessage'], 'spam');
});

test('a trailing slash is redirected, and every origin may read', async (t) => {
  const registry = await start(t);
  const response = await get(registry, 'servers/?limit=1');
  assert.deepEqual([response.status, response.headers.get('location')], [308, '/v0.1/servers?limit=1']);
  const preflight = await get(registry, 'servers', { method: 'OPTIONS' });
  assert.deepEqual(
    [
      preflight.status,
      preflight.headers.get('access-control-allow-origin'),
      preflight.headers.get('access-control-allow-headers'),
    ],
    [204, '*', 'Authorization, Content-Type'],
  );
  assert.equal((await get(registry, 'servers?limit=1')).headers.get('access-control-allow-origin'), '*');
});

test('a base path stands in front of the API', async (t) => {
  const registry = await start(t, { basePath: '/workspaces/default' });
  assert.equal((await get(registry, 'servers?limit=1')).status, 200);
  assert.equal((await fetch(`${new URL(registry.url).origin}/v0.1/servers`)).status, 404);
});
