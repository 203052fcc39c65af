import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Frame } from '../../../src/core/connection.ts';
import { trafficDetail } from '../../../src/core/dashboardTraffic.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { Exchanges, type Exchange } from '../../../src/core/trafficExchanges.ts';
import { trafficHar, trafficLines } from '../../../src/core/trafficExport.ts';
import { replayOf } from '../../../src/core/trafficReplay.ts';

let clock = 0;

function frame(direction: Frame['direction'], message: JsonObject, more: Partial<Frame> = {}): Frame {
  const { id, method } = message;
  const text = JSON.stringify(message);
  const known = typeof id === 'string' || typeof id === 'number' ? id : undefined;
  const name = typeof method === 'string' ? method : undefined;
  const kind = name === undefined ? 'response' : known === undefined ? 'notification' : 'request';
  return { at: (clock += 5), direction, bytes: text.length, kind, method: name, id: known, text, ...more };
}
const sent = (message: JsonObject, more?: Partial<Frame>) => frame('sent', message, more);
const received = (message: JsonObject, more?: Partial<Frame>) => frame('received', message, more);
const of = (...frames: Frame[]): readonly Exchange[] => new Exchanges().of(frames);
const brief = ({ first, outcome, partOf, notes }: Exchange) =>
  [first.method, outcome, partOf?.kind, notes.length]
    .filter((one) => one !== undefined && one !== 0)
    .join(' ');

suite('exchanges', () => {
  test('pair a request with its answer, whichever side asks', () => {
    const found = of(
      sent({ id: 1, method: 'tools/list' }),
      received({ id: 1, method: 'roots/list' }),
      received({ id: 1, result: { tools: [] } }),
      sent({ id: 1, result: { roots: [] } }),
      received({ method: 'notifications/tools/list_changed' }),
    );
    assert.deepEqual(found.map(brief), [
      'tools/list answered',
      'roots/list answered',
      'notifications/tools/list_changed none',
    ]);
    assert.deepEqual(
      found.map(({ ms }) => ms),
      [10, 10, undefined],
    );
  });

  test('name what failed, what waits, and what answers nothing', () => {
    const found = of(
      sent({ id: 1, method: 'tools/call' }),
      sent({ id: 2, method: 'tools/call' }),
      sent({ id: 3, method: 'tools/call' }),
      received({ id: 1, error: { code: -1, message: 'no' } }),
      received({ id: 2, result: { content: [], isError: true } }),
      received({ id: 2, result: {} }),
      received({ id: 9, result: {} }),
      received({}, { kind: 'invalid', id: undefined, text: '<html>' }),
    );
    assert.deepEqual(found.map(brief), [
      'tools/call failed',
      'tools/call failed',
      'tools/call waiting',
      'stray',
      'stray',
      'invalid',
    ]);
  });

  test('have failed when HTTP refused them, and name the code of an error as its standard does', () => {
    const http = (status: number) => ({ http: { status, requestHeaders: {}, responseHeaders: {} } });
    const [refused, answered] = of(
      sent({ id: 1, method: 'tools/list' }),
      received({ id: 1 }, { ...http(403), text: 'HTTP 403 Forbidden' }),
      sent({ id: 2, method: 'tools/list' }),
      received({ id: 2, result: {} }, http(200)),
    );
    assert.deepEqual([refused?.outcome, answered?.outcome], ['failed', 'answered']);
    const errorOf = (error: JsonObject, cut?: number) => {
      const text = JSON.stringify({ jsonrpc: '2.0', id: 1, error });
      const answer = received({ id: 1, error }, { text: text.slice(0, cut) });
      return trafficDetail(of(sent({ id: 1, method: 'tools/call' }), answer)[0]!).error;
    };
    const long = { code: -32602, message: 'x'.repeat(99) };
    for (const cut of [undefined, 90])
      assert.deepEqual(errorOf(long, cut), { code: -32602, name: 'Invalid params' });
    assert.deepEqual(errorOf({ code: 7, message: 'own' }), { code: 7, name: undefined });
    assert.equal(errorOf({ message: 'none' }), undefined);
    assert.equal(trafficDetail(answered!).error, undefined);
  });

  test('keep progress and cancellation with their request, and rounds and tasks with the first one', () => {
    const found = of(
      sent({ id: 1, method: 'tools/call', params: { name: 'ask', _meta: { progressToken: 1 } } }),
      received({ method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }),
      received({ id: 1, result: { resultType: 'input_required', requestState: 's' } }),
      sent({ id: 2, method: 'tools/call', params: { name: 'ask', requestState: 's', inputResponses: {} } }),
      received({ id: 2, result: { taskId: 't', status: 'working' } }),
      sent({ id: 3, method: 'tasks/get', params: { taskId: 't' } }),
      sent({ method: 'notifications/cancelled', params: { requestId: 3 } }),
      sent({ id: 4, method: 'tasks/get', params: { taskId: 'other' } }),
    );
    assert.deepEqual(found.map(brief), [
      'tools/call answered 1',
      'tools/call answered round',
      'tasks/get waiting task 1',
      'tasks/get waiting',
    ]);
    assert.equal(new Set(found.slice(0, 3).map(({ key, partOf }) => partOf?.key ?? key)).size, 1);
  });

  test('keep the rounds of two calls of one tool apart', () => {
    const call = (id: number, more: JsonObject) =>
      sent({ id, method: 'tools/call', params: { name: 'ask', ...more } });
    const asks = (id: number, requestState: string) =>
      received({ id, result: { resultType: 'input_required', requestState } });
    const found = of(
      ...[call(1, {}), call(2, {}), asks(1, 'a'), asks(2, 'b')],
      ...[call(3, { requestState: 'a' }), call(4, { requestState: 'b' })],
    );
    const [first, second, third, fourth] = found;
    assert.equal(third?.partOf?.key, first?.key);
    assert.equal(fourth?.partOf?.key, second?.key);
  });

  test('tell the id 1 from the id "1"', () => {
    const found = of(
      received({ id: 1, method: 'ping' }),
      received({ id: '1', method: 'ping' }),
      sent({ id: 1, result: {} }),
    );
    assert.deepEqual(found.map(brief), ['ping answered', 'ping waiting']);
  });

  test('keep their key while the oldest frames go', () => {
    const frames = Array.from({ length: 40 }, (_, id) => sent({ id, method: 'ping' }));
    const exchanges = new Exchanges();
    const before = exchanges
      .of(frames)
      .slice(20)
      .map(({ key }) => key);
    assert.deepEqual(
      exchanges
        .of([...frames.slice(20), sent({ id: 40, method: 'ping' })])
        .slice(0, 20)
        .map(({ key }) => key),
      before,
    );
  });

  test('hold every frame exactly once, whatever comes in whatever order', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48_271) % 0x7fff_ffff) % n;
    const methods = [
      'tools/call',
      'tasks/get',
      'notifications/progress',
      'notifications/cancelled',
      'constructor',
      '__proto__',
    ];
    for (let round = 0; round < 300; round++) {
      const frames = Array.from({ length: random(60) }, (): Frame => {
        const message = {
          ...(random(4) > 0 ? { id: random(2) ? random(5) : String(random(5)) } : {}),
          ...(random(2)
            ? { method: methods[random(methods.length)] ?? '' }
            : { result: { taskId: 't', resultType: 'input_required' } }),
          params: {
            progressToken: random(5),
            requestId: random(5),
            taskId: 't',
            requestState: 's',
            name: 'a"b\\',
          },
        };
        const cut = random(5) === 0 ? { text: JSON.stringify(message).slice(0, random(40)) } : {};
        return frame(random(2) ? 'sent' : 'received', message, cut);
      });
      const held = of(...frames).flatMap(({ first, answer, notes }) => [
        first,
        ...notes,
        ...(answer ? [answer] : []),
      ]);
      assert.equal(held.length, frames.length);
      assert.deepEqual(new Set(held), new Set(frames));
      for (const exchange of of(...frames)) trafficDetail(exchange);
      JSON.parse(trafficHar(of(...frames), place));
    }
  });
});

const place = {
  serverName: 's',
  target: 'https://h.example/mcp',
  transport: 'streamable-http',
  version: '1',
} as const;

suite('exported traffic', () => {
  const http = {
    status: 200,
    requestHeaders: { authorization: '(hidden)', 'mcp-method': 'tools/list' },
    responseHeaders: { 'content-type': 'text/event-stream' },
  };
  const exchange = () => of(sent({ id: 1, method: 'tools/list' }), received({ id: 1, result: {} }, { http }));

  test('is an HTTP Archive 1.2: every member that the format demands, of its type', () => {
    const { log } = JSON.parse(trafficHar(exchange(), place)) as { log: Record<string, unknown> };
    assert.equal(log['version'], '1.2');
    const [entry] = log['entries'] as Record<string, Record<string, unknown>>[];
    const shape: Record<string, Record<string, string>> = {
      request: {
        ...{ method: 'string', url: 'string', httpVersion: 'string', cookies: 'object', headers: 'object' },
        ...{ queryString: 'object', headersSize: 'number', bodySize: 'number', postData: 'object' },
      },
      response: {
        ...{
          status: 'number',
          statusText: 'string',
          httpVersion: 'string',
          cookies: 'object',
          headers: 'object',
        },
        ...{ content: 'object', redirectURL: 'string', headersSize: 'number', bodySize: 'number' },
      },
      timings: { send: 'number', wait: 'number', receive: 'number' },
      cache: {},
    };
    assert.ok(entry);
    for (const [part, members] of Object.entries(shape))
      for (const [name, type] of Object.entries(members))
        assert.equal(typeof entry[part]?.[name], type, `${part}.${name}`);
    assert.ok(!Number.isNaN(Date.parse(String(entry['startedDateTime']))));
    assert.equal(entry['time'], 5);
    assert.deepEqual(entry['response']?.['status'], 200);
    assert.deepEqual(entry['request']?.['headers'], [
      { name: 'authorization', value: '(hidden)' },
      { name: 'mcp-method', value: 'tools/list' },
    ]);
    assert.ok(
      Object.keys(entry)
        .filter((name) => !(name in shape))
        .every((name) => ['startedDateTime', 'time'].includes(name) || name.startsWith('_')),
    );
  });

  test('says how many older messages are not in it', () => {
    const { log } = JSON.parse(trafficHar(exchange(), place, 7)) as { log: Record<string, unknown> };
    assert.equal(log['comment'], '7 older messages were dropped');
    const [first, second] = trafficLines([sent({ id: 1, method: 'ping' })], 1).split('\n');
    assert.deepEqual(JSON.parse(first ?? ''), { dropped: 1, comment: '1 older message was dropped' });
    assert.equal((JSON.parse(second ?? '') as Frame).method, 'ping');
  });

  test('has an address for a local server, and one message a line otherwise', () => {
    const har = trafficHar(exchange(), {
      ...place,
      target: 'npx',
      transport: 'stdio',
      serverName: 'my server',
    });
    assert.match(har, /"url": "mcp-stdio:my%20server"/);
    const lines = trafficLines([sent({ id: 1, method: 'ping' }), received({ id: 1, result: {} })]);
    assert.deepEqual(
      lines
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Frame).direction),
      ['sent', 'received'],
    );
  });
});

suite('a message sent again', () => {
  const replay = (message: JsonObject, more?: Partial<Frame>) => replayOf(of(sent(message, more))[0]!);

  test('is a call, a list, a read or a prompt of its own', () => {
    assert.deepEqual(
      replay({ id: 1, method: 'tools/call', params: { name: 'a', arguments: { x: 1 }, _meta: {} } }),
      {
        ...{ kind: 'call', tool: 'a', arguments: { x: 1 } },
      },
    );
    assert.deepEqual(replay({ id: 1, method: 'resources/templates/list' }), {
      kind: 'list',
      list: 'templates',
    });
    assert.deepEqual(replay({ id: 1, method: 'resources/read', params: { uri: 'a:b' } }), {
      kind: 'read',
      uri: 'a:b',
    });
    assert.deepEqual(
      replay({ id: 1, method: 'prompts/get', params: { name: 'p', arguments: { a: 'b', c: 5 } } }),
      {
        ...{ kind: 'prompt', name: 'p', arguments: { a: 'b' } },
      },
    );
  });

  test('is a completion of a prompt or a template, with the arguments that were known', () => {
    const complete = (ref: JsonObject, argument: JsonObject, context?: JsonObject) =>
      replay({
        ...{ id: 1, method: 'completion/complete' },
        params: { ref, argument, ...(context ? { context } : {}) },
      });
    const argument = { name: 'city', value: 'Ber' };
    assert.deepEqual(
      complete({ type: 'ref/prompt', name: 'p' }, argument, { arguments: { land: 'de', n: 1 } }),
      { ...{ kind: 'complete', ref: { kind: 'prompt', name: 'p' } }, argument, context: { land: 'de' } },
    );
    assert.deepEqual(complete({ type: 'ref/resource', uri: 'a:{x}' }, argument), {
      ...{ kind: 'complete', ref: { kind: 'template', uriTemplate: 'a:{x}' }, argument, context: {} },
    });
    for (const [ref, about] of [
      [{ type: 'ref/other', name: 'p' }, argument],
      [{ type: 'ref/prompt' }, argument],
      [{ type: 'ref/prompt', name: 'p' }, { name: 'city' }],
    ] as const)
      assert.deepEqual(complete(ref, about), { kind: 'no', reason: 'cut' });
    const secret = complete({ type: 'ref/prompt', name: 'p' }, { name: 'key', value: '(hidden)' });
    assert.deepEqual(secret, { kind: 'no', reason: 'hidden' });
  });

  test('is refused with its reason', () => {
    const reason = (message: JsonObject, more?: Partial<Frame>) => {
      const found = replay(message, more);
      return found.kind === 'no' ? found.reason : found.kind;
    };
    for (const method of [
      'initialize',
      'tasks/result',
      'tasks/cancel',
      'resources/subscribe',
      'logging/setLevel',
      'constructor',
    ])
      assert.equal(reason({ id: 1, method }), 'not-for-again', method);
    assert.equal(reason({ method: 'notifications/cancelled' }), 'not-ours');
    const call = { id: 1, method: 'tools/call', params: { name: 'a', arguments: { key: '(hidden)' } } };
    assert.equal(reason(call), 'hidden');
    assert.equal(reason(call, { text: '{"id":1,"method":"tools/call","par…' }), 'cut');
    assert.equal(replayOf(of(received({ id: 1, method: 'tools/call' }))[0]!).kind, 'no');
  });
});
