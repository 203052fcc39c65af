import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startRegistry, type DemoRegistryOptions } from '../../../demo/registry/server.ts';
import type { RegistrySource } from '../../../src/core/registry.ts';
import { usableSources, type RegistryClient } from '../../../src/core/registryClient.ts';
import { isAppError, type AppError } from '../../../src/core/util/errors.ts';
import { systemClock } from '../../../src/node/host.ts';
import { retryAfter } from '../../../src/node/registryFetch.ts';
import { createRegistryClient, type RegistryHttpDeps } from '../../../src/node/registryHttp.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { FakeSecrets } from '../../fakes/fakeSecrets.ts';

const never = new AbortController().signal;

function sourceOf(url: string, change: Partial<RegistrySource> = {}): RegistrySource {
  return { id: 'demo', label: 'Demo', url, isPolicy: false, header: undefined, ...change };
}

interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly at: number;
}

/** A client over answers in order; `sent` tells what it asked and when. */
function clientOf(
  answers: readonly (Response | Error | ((url: URL) => Response))[],
  change: Partial<RegistryHttpDeps> = {},
) {
  const clock = new FakeClock(Date.parse('2026-11-22T12:00:00Z'));
  const secrets = new FakeSecrets();
  const sent: Sent[] = [];
  const client = createRegistryClient({
    fetch: (async (input: string | URL, init?: RequestInit) => {
      const url = new URL(input);
      sent.push({ url: url.href, headers: new Headers(init?.headers), at: clock.now() });
      const answer = answers[sent.length - 1] ?? answers.at(-1);
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer(url) : answer!.clone();
    }) as typeof fetch,
    clock,
    secrets,
    random: () => 0.5,
    version: '1.2.3',
    ...change,
  });
  /** Lets time pass until the call is done. */
  const pass = async <T>(call: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = call.finally(() => (isDone = true));
    done.catch(() => {});
    for (let step = 0; step < 5000 && !isDone; step++) {
      for (let turn = 0; turn < 4 && !isDone; turn++) await settle();
      if (!isDone) clock.advance(500);
    }
    return done;
  };
  return { client, clock, secrets, sent, pass };
}

const page = (names: readonly string[] = ['a.example/b'], nextCursor?: string) =>
  Response.json({
    servers: names.map((name) => ({ server: { name, description: 'x', version: '1.0.0' } })),
    metadata: { nextCursor },
  });
const list = (client: RegistryClient, source = sourceOf('https://registry.example'), signal = never) =>
  client.page(source, { limit: 50 }, signal);

async function failure(call: Promise<unknown>): Promise<AppError> {
  try {
    await call;
  } catch (error) {
    assert.ok(isAppError(error), String(error));
    return error;
  }
  return assert.fail('did not fail');
}

test('asks v0.1 below the base path, with the cursor encoded and everything repeated', async () => {
  const { client, sent } = clientOf([page()]);
  await client.page(
    sourceOf('https://registry.example/workspaces/default/'),
    { limit: 100, cursor: 'a/b:1+2', version: 'latest', search: 'x y', updatedSince: '2026-01-01T00:00:00Z' },
    never,
  );
  assert.equal(
    sent[0]?.url,
    'https://registry.example/workspaces/default/v0.1/servers?limit=100&version=latest&search=x+y&updated_since=2026-01-01T00%3A00%3A00Z&cursor=a%2Fb%3A1%2B2',
  );
  assert.equal(sent[0]?.headers.get('user-agent'), 'mcp-switchboard/1.2.3');
});

test('falls back to v0 once and remembers it', async () => {
  const missing = Response.json({ error: 'not found' }, { status: 404 });
  const { client, sent } = clientOf([missing, page(), page()]);
  assert.equal((await list(client)).api, 'v0');
  assert.equal((await list(client)).api, 'v0');
  assert.deepEqual(
    sent.map(({ url }) => new URL(url).pathname),
    ['/v0.1/servers', '/v0/servers', '/v0/servers'],
  );
});

test('an address that already names the API version is not extended', async () => {
  const { client, sent } = clientOf([page()]);
  await list(client, sourceOf('https://registry.example/oss/v0.1'));
  assert.equal(new URL(sent[0]!.url).pathname, '/oss/v0.1/servers');
});

test('something that is no registry is said to be none', async () => {
  const { client, pass } = clientOf([
    new Response('<html>hi</html>', { status: 404, headers: { 'content-type': 'text/html' } }),
  ]);
  const error = await failure(pass(list(client)));
  assert.equal(error.code, 'unsupported');
  assert.equal(
    error.message,
    'Demo (registry.example), listing servers: is no MCP registry (neither v0.1 nor v0 answers)',
  );
});

test('a web page is never shown, whatever its status', async () => {
  const html = '<!doctype html><script>alert(1)</script>';
  for (const status of [200, 403, 418]) {
    const { client, pass } = clientOf([new Response(html, { status })]);
    const error = await failure(pass(list(client)));
    assert.ok(!/[<>]|alert/.test(error.message), error.message);
  }
});

test('waits as Retry-After says, in seconds and as a date', async () => {
  const busy = (value: string) =>
    new Response('{"error":"slow down"}', { status: 429, headers: { 'retry-after': value } });
  const { client, sent, pass } = clientOf([busy('7'), busy('Sun, 22 Nov 2026 12:00:30 GMT'), page()]);
  await pass(list(client));
  const [first, second, third] = sent.map(({ at }) => at - sent[0]!.at);
  assert.equal(first, 0);
  assert.ok(second! >= 7000 && second! < 8000, `${second}`);
  assert.ok(third! >= 30_000 && third! < 31_000, `${third}`);
});

test('Retry-After is read as the standard says, everything else is ignored', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  assert.deepEqual(
    [
      '5',
      ' 0 ',
      'Sun, 22 Nov 2026 12:01:00 GMT',
      'Sun, 22 Nov 2020 12:01:00 GMT',
      '-5',
      '1.5',
      'soon',
      '2026-11-22',
      '',
      null,
    ].map((text) => retryAfter(text, now)),
    [5000, 0, 60_000, 0, undefined, undefined, undefined, undefined, undefined, undefined],
  );
});

test('a longer wait than is sensible is an error that says how long', async () => {
  const { client, sent, pass } = clientOf([
    new Response('{}', { status: 429, headers: { 'retry-after': '3600' } }),
  ]);
  const error = await failure(pass(list(client)));
  assert.match(error.message, /was asked too often \(429\); asks to wait 3600 seconds/);
  assert.equal(error.nextStep, 'Try again in 60 minutes.');
  assert.equal(sent.length, 1);
});

test('server problems and lost connections are tried again with longer and longer waits, then given up', async () => {
  const { client, sent, pass } = clientOf([
    new Response('{"error":"db down"}', { status: 500 }),
    new TypeError('fetch failed'),
    new Response('{}', { status: 503 }),
    new Response('{"error":"db down"}', { status: 500 }),
  ]);
  const error = await failure(pass(list(client)));
  assert.equal(
    error.message,
    'Demo (registry.example), listing servers: has a problem of its own (500: db down)',
  );
  assert.equal(sent.length, 4);
  const waits = sent.slice(1).map(({ at }, index) => at - sent[index]!.at);
  assert.ok(waits[0]! < waits[1]! && waits[1]! < waits[2]!, waits.join());
});

test('a refusal is not tried again', async () => {
  for (const [status, code] of [
    [400, 'invalid-input'],
    [401, 'needs-sign-in'],
    [403, 'denied'],
    [422, 'invalid-input'],
    [501, 'unsupported'],
  ] as const) {
    const { client, sent, pass } = clientOf([
      Response.json({ title: 'T', status, detail: 'because' }, { status }),
    ]);
    const error = await failure(pass(list(client)));
    assert.equal(error.code, code);
    assert.match(error.message, new RegExp(`\\(${status}: because\\)$`));
    assert.equal(sent.length, 1);
  }
});

test('an answer that does not come in time, or is too large, is an error', async () => {
  const hanging = clientOf([], {
    fetch: ((_: unknown, init: RequestInit) =>
      new Promise((_resolve, reject) =>
        init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
      )) as typeof fetch,
  });
  assert.match(
    (await failure(hanging.pass(list(hanging.client)))).message,
    /no complete answer within 30 seconds/,
  );
  const big = clientOf(
    [
      () =>
        new Response(
          new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
        ),
    ],
    {
      limits: { maxBytes: 1_000_000 },
    },
  );
  assert.equal((await failure(big.pass(list(big.client)))).code, 'too-large');
  const announced = clientOf([() => new Response('{}', { headers: { 'content-length': '99999999' } })], {
    limits: { maxBytes: 1_000_000 },
  });
  assert.equal((await failure(announced.pass(list(announced.client)))).code, 'too-large');
});

test('cancelling ends a request and a wait at once', async () => {
  const { client, clock } = clientOf([new Response('{}', { status: 429, headers: { 'retry-after': '60' } })]);
  const abort = new AbortController();
  const call = failure(list(client, undefined, abort.signal));
  for (let turn = 0; turn < 20 && clock.pending === 0; turn++) await settle();
  for (let turn = 0; turn < 10; turn++) await settle();
  abort.abort();
  assert.equal((await call).code, 'cancelled');
  assert.equal(clock.pending, 0);
  assert.equal((await failure(list(client, undefined, AbortSignal.abort()))).code, 'cancelled');
});

test('a stored header goes to the registry and nowhere else', async () => {
  const header = { name: 'x-api-key', secretKey: 'registry.demo' };
  const withKey = sourceOf('https://registry.example', { header });
  const direct = clientOf([page()]);
  direct.secrets.values.set('registry.demo', 's3cret');
  await list(direct.client, withKey);
  assert.equal(direct.sent[0]?.headers.get('x-api-key'), 's3cret');

  for (const location of [
    'https://evil.test/v0.1/servers',
    'https://registry.example/elsewhere',
    'https://registry.example:8443/',
  ]) {
    const redirected = clientOf([new Response(null, { status: 307, headers: { location } })]);
    redirected.secrets.values.set('registry.demo', 's3cret');
    const error = await failure(redirected.pass(list(redirected.client, withKey)));
    assert.equal(error.code, 'blocked', location);
    assert.equal(redirected.sent.length, 1);
    assert.ok(!error.message.includes('s3cret') && !String(error.nextStep).includes('s3cret'));
  }
});

test('a key that is missing, unusable or would go unencrypted is never sent', async () => {
  const header = { name: 'authorization', secretKey: 'k' };
  const missing = clientOf([page()]);
  assert.equal(
    (await failure(list(missing.client, sourceOf('https://registry.example', { header })))).code,
    'needs-sign-in',
  );
  const broken = clientOf([page()]);
  broken.secrets.values.set('k', 'a\r\nHost: evil');
  assert.equal(
    (await failure(list(broken.client, sourceOf('https://registry.example', { header })))).code,
    'invalid-config',
  );
  for (const url of [
    'http://registry.example',
    'ftp://registry.example',
    'https://a:b@registry.example',
    'https://registry.example/?x=1',
    'nonsense',
  ]) {
    const plain = clientOf([page()]);
    assert.equal((await failure(list(plain.client, sourceOf(url, { header })))).code, 'invalid-config', url);
    assert.equal(plain.sent.length, 0);
  }
});

test('without a key, redirects are followed inside the origin only', async () => {
  const inside = clientOf([
    new Response(null, { status: 308, headers: { location: '/v0.1/servers?limit=50' } }),
    page(),
  ]);
  assert.equal((await list(inside.client)).page.entries.length, 1);
  const outside = clientOf([
    new Response(null, { status: 302, headers: { location: 'https://other.example/' } }),
  ]);
  const error = await failure(list(outside.client));
  assert.match(error.message, /leads to another place, other\.example, which was not followed/);
  const endless = clientOf([new Response(null, { status: 302, headers: { location: '/again' } })]);
  assert.match((await failure(list(endless.client))).message, /too many redirects/);
});

test('a registry that wants a sign-in gets a token when there is one', async () => {
  const challenge =
    'Bearer resource_metadata="https://registry.example/.well-known/oauth-protected-resource"';
  const asked: (string | undefined)[] = [];
  const { client, sent } = clientOf(
    [new Response('{}', { status: 401, headers: { 'www-authenticate': challenge } }), page()],
    {
      token: async (_source, { challenge: given }) => {
        asked.push(given);
        return 't0ken';
      },
    },
  );
  await list(client);
  assert.deepEqual(asked, [challenge]);
  assert.deepEqual(
    sent.map(({ headers }) => headers.get('authorization')),
    [null, 'Bearer t0ken'],
  );
});

test('the next request starts with the token, which is renewed once when it is rejected', async () => {
  const refusal = () => new Response('{}', { status: 401 });
  const { client, sent } = clientOf([refusal(), page(), page(), refusal(), page(), refusal()], {
    token: async (_source, { rejected }) => (rejected === undefined ? 'first' : 'second'),
  });
  for (let i = 0; i < 3; i++) await list(client);
  assert.equal((await failure(list(client))).code, 'needs-sign-in');
  const carried = sent.map(({ headers }) => headers.get('authorization')?.slice(7));
  assert.deepEqual(carried, [undefined, 'first', 'first', 'first', 'second', 'second']);
});

test('the registry set by policy hides all others', () => {
  const [one, two] = [sourceOf('https://a.example'), sourceOf('https://b.example', { isPolicy: true })];
  assert.deepEqual(usableSources([one, two]), [two]);
  assert.deepEqual(usableSources([one]), [one]);
});

async function demo(t: TestContext, options?: DemoRegistryOptions) {
  const registry = await startRegistry(options);
  t.after(() => registry.close());
  const client = createRegistryClient({
    fetch,
    clock: systemClock,
    secrets: new FakeSecrets(),
    random: () => 0,
    version: '0',
    limits: { attempts: 1 },
  });
  return { registry, client, source: sourceOf(registry.url) };
}

test('over real HTTP: bad items are flagged and the page survives', async (t) => {
  const { client, source } = await demo(t, { switches: { badItems: true } });
  const { page: answer } = await client.page(source, { limit: 10 }, never);
  assert.deepEqual([answer.entries.length, answer.bad.length], [10, 3]);
});

test('over real HTTP: every fault gives an error that names the registry', async (t) => {
  const { registry, client, source } = await demo(t);
  await client.page(source, { limit: 1 }, never);
  const cases = [
    [{ error500: true }, 'server-error', /has a problem of its own \(500: Failed to get servers\)/],
    [{ tooMany: { times: true } }, 'server-error', /asked too often \(429: rate limit exceeded\)/],
    [{ html: true }, 'server-error', /has a problem of its own \(502\)/],
    [{ garbage: true }, 'server-error', /not JSON/],
    [{ cut: true }, 'connect-failed', /broke off|terminated/],
    [{ authorization: 'Bearer x' }, 'needs-sign-in', /wants you to sign in \(401: Unauthorized\)/],
    [{ redirect: 'https://elsewhere.example/' }, 'blocked', /elsewhere\.example/],
  ] as const;
  for (const [switches, code, message] of cases) {
    registry.set(switches);
    const error = await failure(client.page(source, { limit: 1 }, never));
    assert.equal(error.code, code, JSON.stringify(switches));
    assert.match(error.message, message);
    assert.ok(
      error.message.startsWith(`Demo (${new URL(registry.url).host}), listing servers: `),
      error.message,
    );
    assert.ok(!/<|alert/.test(error.message));
  }
  await registry.close();
  assert.match(
    (await failure(client.page(source, { limit: 1 }, never))).message,
    /nobody answers there|the connection broke off/,
  );
});

test('over real HTTP: v0 in the old shape gives the same entries', async (t) => {
  const { registry, client, source } = await demo(t);
  const today = await client.page(source, { limit: 100, search: 'context7' }, never);
  registry.set({ onlyV0: true, snakeCase: true });
  const old = createRegistryClient({
    fetch,
    clock: systemClock,
    secrets: new FakeSecrets(),
    random: () => 0,
    version: '0',
    limits: { attempts: 1 },
  });
  const before = await old.page(source, { limit: 100, search: 'context7' }, never);
  assert.equal(before.api, 'v0');
  const comparable = (answer: typeof today) =>
    answer.page.entries.map(({ raw: _raw, statusChangedAt: _at, ...entry }) => entry);
  assert.deepEqual(comparable(before), comparable(today));
});

test('over real HTTP: versions and one version; what is not there is not found', async (t) => {
  const { client, source } = await demo(t);
  const versions = await client.versions(source, 'io.github.upstash/context7', never);
  assert.ok(versions.length > 1 && versions.every((entry) => entry.name === 'io.github.upstash/context7'));
  assert.equal((await client.version(source, 'io.github.upstash/context7', 'latest', never)).isLatest, true);
  assert.equal(
    (await failure(client.version(source, 'io.github.upstash/context7', '0.0.0', never))).code,
    'not-found',
  );
  assert.equal((await failure(client.versions(source, 'no.such/server', never))).code, 'not-found');
});
