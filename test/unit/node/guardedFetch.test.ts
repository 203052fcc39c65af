import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { isAppError, type AppError } from '../../../src/core/util/errors.ts';
import { GuardedFetch, type GuardedRequest } from '../../../src/node/guardedFetch.ts';
import type { Lookup } from '../../../src/node/judgedLookup.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const request: GuardedRequest = {
  maxBytes: 1000,
  timeoutMs: 5000,
  maxRedirects: 3,
  redirects: 'any',
  signal: new AbortController().signal,
};
const near: GuardedRequest = { ...request, allowPrivate: true };

async function serve(t: TestContext, listener: RequestListener) {
  const requests: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    requests.push(incoming);
    listener(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, requests };
}

function fetcher(lookup?: Lookup) {
  const clock = new FakeClock();
  return { clock, guarded: new GuardedFetch({ clock, version: '1.2.3', ...(lookup ? { lookup } : {}) }) };
}

async function failure(call: Promise<unknown>): Promise<AppError> {
  try {
    await call;
  } catch (error) {
    assert.ok(isAppError(error), String(error));
    return error;
  }
  return assert.fail('did not fail');
}

test('a body is read within its cap, without cookies and under our name', async (t) => {
  const { url, requests } = await serve(t, (_, response) => {
    response.setHeader('set-cookie', 'a=b').end('hello');
  });
  const { guarded, clock } = fetcher();
  const answer = await guarded.get(`${url}/x`, near);
  assert.deepEqual(
    [answer.status, Buffer.from(answer.bytes).toString(), answer.url],
    [200, 'hello', `${url}/x`],
  );
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.equal(requests[0]?.headers['user-agent'], 'mcp-switchboard/1.2.3');
  assert.equal(requests[0]?.headers['cookie'], undefined);
  assert.equal(clock.pending, 0);
});

test('addresses of this machine, of private networks and of metadata services are not asked', async (t) => {
  const { url, port, requests } = await serve(t, (_, response) => response.end());
  const { guarded } = fetcher();
  for (const bad of [
    url,
    `http://localhost:${port}/`,
    `https://127.0.0.1:${port}/`,
    `https://[::1]:${port}/`,
    `https://[::ffff:127.0.0.1]:${port}/`,
    `https://2130706433:${port}/`,
    'http://public.example/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://metadata.google.internal/',
    'https://user:secret@public.example/',
    'file:///etc/passwd',
    'ftp://public.example/',
    'nonsense',
    `https://public.example/${'x'.repeat(9000)}`,
  ]) {
    const error = await failure(guarded.get(bad, request));
    assert.equal(error.code, 'blocked', bad);
  }
  for (const metadata of ['https://169.254.169.254/', 'http://169.254.169.254/', 'https://168.63.129.16/'])
    assert.equal((await failure(guarded.get(metadata, near))).code, 'blocked', metadata);
  assert.equal(requests.length, 0);
});

test('a public name that leads to a private address is not connected to', async (t) => {
  const { port, requests } = await serve(t, (_, response) => response.end());
  for (const address of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', 'fe80::1', '::ffff:10.0.0.1']) {
    // One good address does not save the bad one beside it.
    const { guarded } = fetcher((_, done) =>
      done(null, [
        { address: '93.184.216.34', family: 4 },
        { address, family: address.includes(':') ? 6 : 4 },
      ]),
    );
    const error = await failure(guarded.get(`https://public.example:${port}/`, request));
    assert.equal(error.code, 'blocked', address);
    assert.match(error.message, /which is not on the internet/);
  }
  const { guarded } = fetcher((_, done) => done(null, [{ address: '169.254.169.254', family: 4 }]));
  assert.equal((await failure(guarded.get('https://corp.example/', near))).code, 'blocked');
  assert.equal(requests.length, 0);
});

test('each redirect is judged again, and another origin has to be on the internet', async (t) => {
  const inner = await serve(t, (_, response) => response.end('secret'));
  const targets = [
    `${inner.url}/`,
    'http://169.254.169.254/',
    'https://10.0.0.1/',
    'http://public.example/',
    'file:///etc/passwd',
    'https://public.example/',
  ];
  for (const location of targets) {
    const outer = await serve(t, (_, response) => response.writeHead(302, { location }).end());
    const { guarded } = fetcher((_, done) => done(null, [{ address: '127.0.0.1', family: 4 }]));
    const error = await failure(guarded.get(outer.url, near));
    assert.equal(error.code, 'blocked', location);
  }
  assert.equal(inner.requests.length, 0);
});

test('redirects within the origin are followed up to a number; other origins only where they are allowed', async (t) => {
  const { url } = await serve(t, ({ url: at = '' }, response) => {
    const step = Number(at.slice(1));
    if (step === 0) response.end('done');
    else response.writeHead(307, { location: `/${step - 1}` }).end();
  });
  const { guarded } = fetcher();
  assert.equal((await guarded.get(`${url}/3`, near)).url, `${url}/0`);
  assert.match((await failure(guarded.get(`${url}/4`, near))).message, /from redirect to redirect/);
  assert.equal((await guarded.get(`${url}/1`, { ...near, maxRedirects: 0 })).status, 307);
  const away = await serve(t, (_, response) =>
    response.writeHead(302, { location: 'https://public.example/' }).end(),
  );
  assert.match(
    (await failure(guarded.get(away.url, { ...near, redirects: 'same-origin' }))).message,
    /another place is not followed/,
  );
});

test('a body beyond its cap is refused, announced or not, and never kept', async (t) => {
  const { url } = await serve(t, ({ url: at }, response) => {
    if (at === '/announced') response.writeHead(200, { 'content-length': '1001' });
    response.write('x'.repeat(600));
    response.end('x'.repeat(401));
  });
  const { guarded } = fetcher();
  for (const path of ['/announced', '/streamed'])
    assert.equal((await failure(guarded.get(url + path, near))).code, 'too-large');
  let received = 0;
  await failure(
    guarded.get(`${url}/streamed`, { ...near, sink: async (chunk) => void (received += chunk.length) }),
  );
  assert.ok(received <= 1000);
});

test('the body of a failure is not read', async (t) => {
  const { url } = await serve(t, (_, response) => response.writeHead(404).end('x'.repeat(5000)));
  const chunks: Uint8Array[] = [];
  const answer = await fetcher().guarded.get(url, {
    ...near,
    sink: async (chunk) => void chunks.push(chunk),
  });
  assert.deepEqual([answer.status, answer.bytes.length, chunks.length], [404, 0, 0]);
});

test('an answer that never ends runs into the time-out, and cancelling ends it at once', async (t) => {
  const started = Promise.withResolvers<void>();
  const { url } = await serve(t, (_, response) => {
    response.write('x');
    started.resolve();
  });
  const { guarded, clock } = fetcher();
  const call = failure(guarded.get(url, near));
  await started.promise;
  clock.advance(5000);
  assert.equal((await call).code, 'timeout');
  const abort = new AbortController();
  const other = failure(guarded.get(url, { ...near, signal: abort.signal }));
  abort.abort();
  assert.equal((await other).code, 'cancelled');
  assert.equal(clock.pending, 0);
});

test('a connection that breaks off is said so', async (t) => {
  const { url } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': '500' });
    response.write('x');
    setImmediate(() => response.destroy());
  });
  const { guarded } = fetcher();
  assert.equal((await failure(guarded.get(url, near))).code, 'connect-failed');
});
