import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { identityReport } from '../../src/core/identityReport.ts';
import type { GatherSubject } from '../../src/core/identityGather.ts';
import type { RegistryEntry } from '../../src/core/registry.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { GuardedFetch, type GuardedAnswer } from '../../src/node/guardedFetch.ts';
import { systemClock } from '../../src/node/host.ts';
import { createIdentityGatherer, type GatherDeps } from '../../src/node/identityGather.ts';
import { PublicSuffixes } from '../../src/node/identitySites.ts';
import { evidenceOn, packageOn } from '../fakes/identityEvidence.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, url: string) => void;

/** A server of this machine that answers as told and remembers what it was asked. */
async function serve(t: TestContext, answer: Answer) {
  const asked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', headers: request.headers });
    answer(request, response, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, asked };
}

const json = (response: ServerResponse, value: unknown) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const notFound = (response: ServerResponse) => response.writeHead(404).end();

function gatherer(change: Partial<GatherDeps> = {}) {
  return createIdentityGatherer({
    fetch: new GuardedFetch({ clock: systemClock, version: 'test' }),
    clock: systemClock,
    suffixes: new PublicSuffixes(),
    inspect: undefined,
    resolveTxt: () => Promise.resolve([]),
    ...change,
  });
}

const subject = (url: string | undefined, change: Partial<GatherSubject> = {}): GatherSubject => ({
  ...{ entry: undefined, packages: [], url, allowPrivate: true },
  ...change,
});
const signal = () => new AbortController().signal;
const cards = { cards: true, legacyCards: false };

test('a card at its default place is read, without cookies and credentials', async (t) => {
  const { url, asked } = await serve(t, (request, response, origin) => {
    if (request.url !== '/mcp/server-card') return response.writeHead(401, { 'set-cookie': 'a=b' }).end();
    return json(response, {
      name: 'com.example/tool',
      version: '1.0.0',
      remotes: [{ type: 'streamable-http', url: `${origin}/mcp` }],
    });
  });
  const found = await gatherer().gather(subject(url), cards, signal());
  assert.deepEqual(found.card.kind === 'found' && [found.card.value.name, found.card.value.urls], [
    'com.example/tool',
    [url],
  ]);
  assert.equal(found.connection.kind === 'found' && found.connection.value.status, 401);
  assert.ok(
    asked.every(({ headers }) => headers.cookie === undefined && headers.authorization === undefined),
  );
});

test('a card in the catalog of the host counts only when it names this server; cycles and depth end', async (t) => {
  const { url, asked } = await serve(t, (request, response, origin) => {
    const catalog = (entries: unknown) => json(response, { specVersion: '1', entries });
    const nested = (path: string) => ({ type: 'application/ai-catalog+json', url: `${origin}${path}` });
    const card = (path: string) => ({
      mediaType: 'application/mcp-server-card+json',
      url: `${origin}${path}`,
    });
    switch (request.url) {
      case '/.well-known/ai-catalog.json':
        return catalog([nested('/.well-known/ai-catalog.json'), card('/other'), nested('/a')]);
      case '/a':
        return catalog([nested('/.well-known/ai-catalog.json'), card('/mine')]);
      case '/other':
        return json(response, { name: 'com.example/other', remotes: [{ url: `${origin}/other-mcp` }] });
      case '/mine':
        return json(response, { name: 'com.example/tool', remotes: [{ url: `${origin}/mcp` }] });
      default:
        return notFound(response);
    }
  });
  const found = await gatherer().gather(subject(url), cards, signal());
  assert.deepEqual(found.card.kind === 'found' && [found.card.value.name, found.card.value.how], [
    'com.example/tool',
    'catalog',
  ]);
  assert.equal(asked.filter(({ path }) => path === '/.well-known/ai-catalog.json').length, 1);
});

test('older places are asked only on request, and cards not at all when they are off', async (t) => {
  const { url, asked } = await serve(t, (request, response) =>
    request.url === '/.well-known/mcp/server-card.json'
      ? json(response, { name: 'com.example/tool' })
      : notFound(response),
  );
  const look = (options: typeof cards) => gatherer().gather(subject(url), options, signal());
  assert.equal((await look({ cards: false, legacyCards: false })).card.kind, 'not-asked');
  assert.ok(asked.every(({ path }) => path === '/mcp'));
  assert.equal((await look(cards)).card.kind, 'absent');
  assert.ok(asked.every(({ path }) => !path.startsWith('/.well-known/mcp')));
  const older = await look({ cards: true, legacyCards: true });
  assert.equal(older.card.kind === 'found' && older.card.value.how, 'legacy');
});

test('a catalog that leads to a metadata service or to another port of this machine leads nowhere', async (t) => {
  const other = await serve(t, (_request, response) => json(response, { name: 'com.evil/x' }));
  const { url } = await serve(t, (request, response) => {
    if (request.url !== '/.well-known/ai-catalog.json') return notFound(response);
    const card = (to: string) => ({ type: 'application/mcp-server-card+json', url: to });
    return json(response, {
      entries: [card('http://169.254.169.254/latest'), card(other.url), card('file:///etc/passwd')],
    });
  });
  const found = await gatherer().gather(subject(url), cards, signal());
  assert.equal(found.card.kind, 'absent');
  assert.deepEqual(other.asked, []);
});

test('a redirect to a metadata service is told and not followed', async (t) => {
  const { url } = await serve(t, (_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  );
  const found = await gatherer().gather(subject(url), cards, signal());
  assert.deepEqual(found.connection.kind === 'found' && found.connection.value.redirects, [
    'http://169.254.169.254/latest/meta-data/',
  ]);
  assert.equal(found.card.kind, 'failed');
  assert.match(found.card.kind === 'failed' ? found.card.reason : '', /not asked|redirect/);
});

test('an address that leads to a private network is refused after the name was looked up', async () => {
  const lookup = (
    _name: string,
    done: (error: Error | null, found: readonly { address: string; family: number }[]) => void,
  ) => done(null, [{ address: '169.254.169.254', family: 4 }]);
  const fetch = new GuardedFetch({ clock: systemClock, version: 'test', lookup });
  const found = await gatherer({ fetch }).gather(
    subject('https://api.example.com/mcp', { allowPrivate: false }),
    cards,
    signal(),
  );
  for (const part of [found.connection, found.card]) {
    assert.equal(part.kind, 'failed');
    assert.match(
      part.kind === 'failed' ? part.reason : '',
      /169\.254\.169\.254, which is not on the internet/,
    );
  }
});

test('a huge card and one that is no JSON give a reason and nothing else', async (t) => {
  const huge = await serve(t, (request, response) =>
    request.url === '/mcp/server-card'
      ? response.writeHead(200).end(Buffer.alloc(300 * 1024, 32))
      : notFound(response),
  );
  const found = await gatherer().gather(subject(huge.url), cards, signal());
  assert.match(found.card.kind === 'failed' ? found.card.reason : '', /more than 256 KB/);
  const page = await serve(t, (_request, response) =>
    response.writeHead(200).end('<script>alert(1)</script>'),
  );
  assert.equal((await gatherer().gather(subject(page.url), cards, signal())).card.kind, 'absent');
});

test('cancelling ends a look at a server that never answers', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { url } = await serve(t, () => asked.resolve());
  const abort = new AbortController();
  const looking = gatherer().gather(subject(url), cards, abort.signal);
  await asked.promise;
  abort.abort();
  await assert.rejects(looking, (error) => error instanceof AppError && error.code === 'cancelled');
});

/** Answers from a table in place of the internet; anything else is unreachable. */
function web(pages: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  return {
    asked,
    get: async (url: string): Promise<GuardedAnswer> => {
      asked.push(url);
      const page = pages[url];
      if (page instanceof Error) throw page;
      const text = typeof page === 'string' ? page : JSON.stringify(page);
      const status = page === undefined ? 404 : 200;
      return {
        status,
        url,
        headers: new Headers(),
        certificate: undefined,
        bytes: new TextEncoder().encode(text),
      };
    },
  };
}

const packageLook = async (entry: RegistryEntry | undefined, pages: Readonly<Record<string, unknown>>) => {
  const fetch = web(pages);
  const found = await gatherer({ fetch }).gather(
    subject(undefined, { entry, packages: [0] }),
    cards,
    signal(),
  );
  return { found, asked: fetch.asked };
};

test('the registries of packages are asked for exactly the version of the entry', async () => {
  const npm = packageOn({ registryType: 'npm', identifier: '@example/tool', version: '1.2.3' });
  const url = 'https://registry.npmjs.org/@example%2Ftool/1.2.3';
  const { found, asked } = await packageLook(npm.entry, {
    [url]: { mcpName: 'com.example/tool', dist: { integrity: 'sha512-x', attestations: {} } },
  });
  assert.ok(asked.includes(url));
  assert.equal(identityReport({ ...npm, ...found }).verdict.kind, 'verified source');

  const pypi = packageOn({ registryType: 'pypi', identifier: 'example_tool', version: '1.2.3' });
  const readme = await packageLook(pypi.entry, {
    'https://pypi.org/pypi/example_tool/1.2.3/json': {
      info: { description: '<!-- mcp-name: com.evil/x -->' },
    },
  });
  assert.equal(identityReport({ ...pypi, ...readme.found }).verdict.kind, 'conflict');

  const nuget = packageOn({ registryType: 'nuget', identifier: 'Example.Tool', version: '1.2.3' });
  const nugetFound = await packageLook(nuget.entry, {
    'https://api.nuget.org/v3-flatcontainer/example.tool/1.2.3/readme': 'mcp-name: com.example/tool\n',
  });
  assert.equal(identityReport({ ...nuget, ...nugetFound.found }).verdict.kind, 'verified source');
});

test('an image says its label through index, manifest and configuration', async () => {
  const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
  const image = packageOn({ registryType: 'oci', identifier: `ghcr.io/example/mcp@${hash('a')}` });
  const base = 'https://ghcr.io/v2/example/mcp';
  const { found } = await packageLook(image.entry, {
    [`${base}/manifests/${hash('a')}`]: {
      manifests: [{ digest: hash('b'), platform: { os: 'linux', architecture: 'amd64' } }],
    },
    [`${base}/manifests/${hash('b')}`]: { config: { digest: hash('c') } },
    [`${base}/blobs/${hash('c')}`]: {
      config: { Labels: { 'io.modelcontextprotocol.server.name': 'com.example/tool' } },
    },
  });
  assert.equal(identityReport({ ...image, ...found }).verdict.kind, 'verified source');
});

test('names that could lead the request elsewhere are not asked for', async () => {
  for (const item of [
    { registryType: 'npm', identifier: '../../evil', version: '1.0.0' },
    { registryType: 'npm', identifier: '@example/tool', version: '../1' },
    { registryType: 'pypi', identifier: 'a/../b', version: '1.0.0' },
    {
      registryType: 'npm',
      identifier: '@example/tool',
      version: '1.0.0',
      registryBaseUrl: 'https://169.254.169.254',
    },
  ]) {
    const { found, asked } = await packageLook(packageOn(item).entry, {});
    assert.equal(found.packages['0']?.kind, 'failed', JSON.stringify(item));
    assert.ok(
      asked.every((url) => url.startsWith('https://example.com/.well-known/')),
      asked.join(),
    );
  }
});

test('one gatherer that fails does not stop the others', async () => {
  const evidence = evidenceOn({
    packages: [{ registryType: 'npm', identifier: 'x', version: '1.0.0', transport: { type: 'stdio' } }],
  });
  const fetch = web({
    'https://registry.npmjs.org/x/1.0.0': new AppError('timeout', 'registry.npmjs.org did not answer'),
  });
  const resolveTxt = () => Promise.resolve(['v=MCPv1; k=ed25519; p=x']);
  const found = await gatherer({ fetch, resolveTxt }).gather(
    subject(undefined, { entry: evidence.entry, packages: [0] }),
    cards,
    signal(),
  );
  assert.deepEqual([found.packages['0']?.kind, found.domainKey.kind], ['failed', 'found']);
});
