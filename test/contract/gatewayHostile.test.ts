import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { seededRandom, type Random } from '../fakes/seededRandom.ts';
import { agentToken, openGatewayBed, type GatewayBed } from '../fixtures/gatewayBed.ts';
import { connectClient } from '../fixtures/gatewayClients.ts';
import { listen, type Listening } from '../fixtures/servers/httpBridge.ts';
import { startContractHttp } from '../fixtures/servers/contract.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

const rounds = 1_500;
const serverSecret = 'server-secret-4711';

describe('the gateway before callers it must not trust', () => {
  let server: Listening;
  let seen: Listening;
  let bed: GatewayBed;
  const received: Record<string, unknown>[] = [];

  before(async () => {
    server = await startContractHttp({ era: 'modern' });
    seen = await listen((incoming, outgoing) => {
      received.push(incoming.headers);
      const onwards = request(
        server.url,
        { method: incoming.method, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(onwards);
    });
    bed = await openGatewayBed({
      servers: {
        contract: { type: 'http', url: seen.url, headers: { 'X-Api-Key': serverSecret } },
      },
      settings: { jobTools: true },
    });
  });
  after(async () => {
    await bed.close();
    await seen.close();
    await server.close();
  });

  const post = (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/mcp',
    method = 'POST',
  ) =>
    exchange(
      bed,
      path,
      method,
      {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${agentToken}`,
        ...headers,
      },
      body,
    );
  const initialize = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  });

  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '[::2]', '']) {
    test(`refuses the host ${JSON.stringify(host)}`, async () => {
      assert.ok([400, 403].includes((await post(initialize, { host })).status));
    });
  }

  for (const origin of ['http://evil.example', 'null', 'https://127.0.0.1.evil.example', 'file://']) {
    test(`refuses the origin ${origin}`, async () => {
      assert.equal((await post(initialize, { origin })).status, 403);
    });
  }

  test('takes a host and an origin of this machine', async () => {
    const { port } = bed.gateway.address!;
    const answer = await post(initialize, { host: `localhost:${port}`, origin: `http://localhost:${port}` });
    assert.equal(answer.status, 200);
  });

  for (const [what, authorization] of [
    ['no token', ''],
    ['another token', 'Bearer mcpsb_wrong'],
    ['a token of another scheme', `Basic ${agentToken}`],
    ['a token and more', `Bearer ${agentToken} x`],
    ['a token in pieces', `Bearer ${agentToken.slice(0, -1)}`],
  ] as const) {
    test(`refuses ${what} for every method, and says nothing of what there is`, async () => {
      for (const method of ['POST', 'GET', 'DELETE']) {
        for (const path of ['/mcp', '/servers/contract/mcp', '/nothing']) {
          const answer = await post(method === 'POST' ? initialize : '', { authorization }, path, method);
          assert.equal(answer.status, 401);
          assert.equal(answer.headers['www-authenticate'], 'Bearer');
          assert.doesNotMatch(answer.body, /contract|mcpsb_/);
        }
      }
    });
  }

  test('does not take a token from the address', async () => {
    const path = `/mcp?access_token=${agentToken}&token=${agentToken}`;
    assert.equal((await post(initialize, { authorization: '' }, path)).status, 401);
  });

  test('keeps the tokens of both sides apart', async () => {
    const real = await connectClient('v2 modern', bed.url);
    received.length = 0;
    const result: Frame = await real.client.callTool({ name: 'contract_echo', arguments: { text: 'hi' } });
    const tools = await real.client.listTools();
    await real.close();
    assert.ok(received.length > 0);
    assert.doesNotMatch(JSON.stringify(received), /mcpsb_/);
    assert.ok(received.every((headers) => headers['x-api-key'] === serverSecret));
    assert.doesNotMatch(JSON.stringify([result, tools]), new RegExp(serverSecret));
  });

  test("a session is its caller's own", async () => {
    bed.tokens.set('mcpsb_other', { kind: 'gateway', name: 'other' });
    const session = String((await post(initialize)).headers['mcp-session-id']);
    const list = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    const own = { 'mcp-session-id': session };
    assert.equal((await post(list, own)).status, 200);
    assert.equal((await post(list, { ...own, authorization: 'Bearer mcpsb_other' })).status, 404);
    assert.equal((await post(list, own, '/servers/contract/mcp')).status, 404);
    assert.equal((await post(list, { 'mcp-session-id': `${session}x` })).status, 404);
    assert.equal((await post('', own, '/mcp', 'DELETE')).status, 204);
    assert.equal((await post(list, own)).status, 404);
  });

  test('refuses bodies that are too large, announced or not, without reading them to the end', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024, 0x20);
    assert.equal((await post(large)).status, 413);
    const { port } = bed.gateway.address!;
    const status = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', reject);
      socket.once('data', (data) => {
        socket.destroy();
        resolve(String(data).split('\r\n')[0] ?? '');
      });
      socket.write(
        `POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${agentToken}\r\ncontent-type: application/json\r\naccept: */*\r\ncontent-length: 999999999\r\n\r\n{`,
      );
    });
    assert.match(status, / 413 /);
  });

  test('refuses what nests too deeply, and what is no JSON', async () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":${deep}}}`;
    assert.equal((await post(body)).status, 400);
    assert.equal((await post('{"jsonrpc":')).status, 400);
    assert.equal((await post(Buffer.from([0xff, 0xfe, 0x00]))).status, 400);
  });

  test(`answers ${rounds} fuzzed requests and goes on as before`, { timeout: 240_000 }, async () => {
    const random = seededRandom(20_261_123);
    const session = String((await post(initialize)).headers['mcp-session-id']);
    for (let round = 0; round < rounds; round++) {
      const { body, headers, path, method } = fuzz(random, session);
      const answer = await post(body, headers, path, method).catch((error: unknown) => error as Error);
      // A request line or header that HTTP itself cannot carry never leaves this process.
      if (answer instanceof Error)
        assert.match(String(answer), /ERR_|Invalid|ECONNRESET|socket hang up|gave up/);
      else assert.ok(answer.status < 500, `round ${round}: ${answer.status} ${answer.body}\n${String(body)}`);
    }
    const faults = bed.logger.lines.filter(({ message }) => /could not answer/.test(message));
    assert.deepEqual(faults, []);
    for (const kind of ['v2 modern', 'v1'] as const) {
      const real = await connectClient(kind, bed.url);
      const result: Frame = await real.client.callTool({
        name: 'contract_echo',
        arguments: { text: 'well' },
      });
      assert.equal(result.content[0].text, 'well');
      await real.close();
    }
  });
});

const methods = [
  ...[
    'initialize',
    'ping',
    'server/discover',
    'tools/list',
    'tools/call',
    'resources/list',
    'resources/read',
  ],
  ...[
    'resources/templates/list',
    'resources/subscribe',
    'resources/unsubscribe',
    'prompts/list',
    'prompts/get',
  ],
  ...['completion/complete', 'logging/setLevel', 'tasks/get', 'tasks/list', 'tasks/update', 'tasks/cancel'],
  ...[
    'tasks/result',
    'notifications/cancelled',
    'notifications/initialized',
    'no/such',
    '__proto__',
    'toString',
    '',
  ],
];
const keys = [
  ...[
    'name',
    'arguments',
    'uri',
    'cursor',
    'taskId',
    'task',
    'ref',
    'argument',
    'context',
    'level',
    'requestId',
  ],
  ...[
    'inputResponses',
    'requestState',
    'notifications',
    'tool',
    'job',
    'query',
    '_meta',
    'constructor',
    'type',
    'value',
  ],
];
const texts = [
  ...[
    'contract_echo',
    'contract_add',
    'contract+contract://readme',
    'contract+',
    '+',
    '__proto__',
    'start_job',
  ],
  ...[
    'job_status',
    'job_result',
    'search_tools',
    'call_tool',
    'info',
    'ref/prompt',
    'ref/resource',
    'contract_greet',
  ],
  ...['\u0000', '\ud800', 'a'.repeat(3_000), '../../etc/passwd', 'v1.eyJ9.AAAA', '%00', '${x}', '💥'],
];

function fuzz(random: Random, session: string) {
  const isModern = random.below(2) === 0;
  const method = random.pick(methods);
  const params = value(random, 3);
  const meta: Frame = {
    'io.modelcontextprotocol/protocolVersion': random.below(5) === 0 ? random.pick(texts) : '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': random.below(5) === 0 ? value(random, 2) : {},
    progressToken: value(random, 0),
  };
  const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
  const message: Frame = {
    jsonrpc: random.below(20) === 0 ? value(random, 1) : '2.0',
    ...(random.below(12) === 0
      ? {}
      : { id: random.below(15) === 0 ? value(random, 1) : random.below(1_000) }),
    method: random.below(25) === 0 ? value(random, 1) : method,
    params: isObject && isModern ? { ...params, _meta: meta } : params,
  };
  const text = JSON.stringify(random.below(20) === 0 ? [message, message] : message);
  const header = (usual: string) => (random.below(8) === 0 ? headerText(random) : usual);
  const headers: Record<string, string> = isModern
    ? { 'mcp-protocol-version': header('2026-07-28'), 'mcp-method': header(method || 'x') }
    : { 'mcp-session-id': header(session), 'mcp-protocol-version': header('2025-11-25') };
  if (isModern && isObject && typeof params['name'] === 'string' && /^[\x21-\x7e]+$/.test(params['name']))
    headers['mcp-name'] = header(params['name']);
  return {
    body: random.below(10) === 0 ? broken(text, random) : text,
    headers,
    path:
      random.below(10) === 0
        ? random.pick(['/', '/mcp?x', '/servers//mcp', '/servers/contract/mcp', '/%00'])
        : '/mcp',
    method: random.below(15) === 0 ? random.pick(['PUT', 'OPTIONS', 'HEAD', 'PATCH']) : 'POST',
  };
}

function value(random: Random, depth: number): Frame {
  switch (random.below(depth > 0 ? 9 : 6)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return random.pick([0, -1, 1.5, 1e308, 2 ** 53, -0]);
    case 3:
    case 4:
    case 5:
      return random.pick(texts);
    case 6:
      return Array.from({ length: random.below(4) }, () => value(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: 1 + random.below(4) }, () => [random.pick(keys), value(random, depth - 1)]),
      );
  }
}

function broken(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  for (let n = 1 + random.below(4); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
  return random.below(2) === 0 ? bytes : bytes.subarray(0, random.below(bytes.length));
}

function headerText(random: Random): string {
  return random.pick([
    '',
    'x',
    '2024-11-05',
    '=?base64?!!!?=',
    '=?base64?eA==?=',
    'a'.repeat(2_000),
    '1900-01-01',
  ]);
}

/** One exchange; a stream that stays open is left after a moment: there is no answer to wait for. */
function exchange(
  bed: GatewayBed,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Promise<Answer> {
  const { port } = bed.gateway.address!;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method, headers, setHost: headers['host'] !== '' },
      (answer) => {
        const chunks: Buffer[] = [];
        const done = () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          });
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (String(answer.headers['content-type']).includes('event-stream')) {
            done();
            outgoing.destroy();
          }
        });
        answer.on('end', done);
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(method === 'GET' || method === 'HEAD' ? undefined : body);
  });
}
