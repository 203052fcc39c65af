import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastFirst } from '../fixtures/servers/cleanUp.ts';
import { startNightlyHttp } from '../fixtures/servers/nightly.ts';
import { ModernHttpClient } from '../fixtures/servers/rawClients.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { exchange } from '../fixtures/servers/rawPeer.ts';

test('nightly checks the headers, the origin and the method of a 2026-07-28 POST', async (t) => {
  const later = lastFirst(t);
  const state = mkdtempSync(join(tmpdir(), 'nightly-'));
  later(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startNightlyHttp({ era: 'modern', state });
  later(() => server.stop());
  const client = new ModernHttpClient(server.url);
  const call = { name: 'get_quote', arguments: { symbol: 'NOVA' } };
  const outcome = async (method: string, params: Frame, headers: Record<string, string | undefined>) => {
    const opened = await client.exchange(method, params, { headers });
    return [opened.status, (await opened.answer()).error?.code];
  };
  assert.deepEqual(await outcome('tools/call', call, {}), [200, undefined]);
  const encoded = `=?base64?${Buffer.from('get_quote').toString('base64')}?=`;
  assert.deepEqual(await outcome('tools/call', call, { 'mcp-name': encoded }), [200, undefined]);
  assert.deepEqual(await outcome('tools/call', call, { 'mcp-name': 'other' }), [400, -32020]);
  assert.deepEqual(await outcome('tools/call', call, { 'mcp-name': undefined }), [400, -32020]);
  assert.deepEqual(await outcome('tools/call', call, { 'mcp-method': 'tools/list' }), [400, -32020]);
  assert.deepEqual(await outcome('tools/list', {}, { 'mcp-method': undefined }), [400, -32020]);
  assert.deepEqual(await outcome('tools/list', {}, { 'mcp-protocol-version': undefined }), [400, -32020]);
  assert.deepEqual(await outcome('tools/list', {}, { 'mcp-protocol-version': '2025-11-25' }), [400, -32020]);
  assert.deepEqual(await outcome('nothing/known', {}, {}), [404, -32601]);
  assert.deepEqual(await outcome('tools/list', {}, { origin: 'https://evil.example' }), [403, -32600]);
  assert.deepEqual(await outcome('tools/list', {}, { accept: 'text/html' }), [406, -32600]);
  assert.deepEqual(await outcome('tools/list', {}, { 'content-type': 'text/plain' }), [415, -32600]);
  assert.equal((await exchange(server.url, { method: 'GET' })).status, 405);
  assert.equal((await exchange(server.url, { method: 'DELETE' })).status, 405);
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25' },
  };
  const legacy = await exchange(server.url, { body: initialize });
  assert.deepEqual([legacy.status, (await legacy.answer()).error.code], [400, -32022]);
  const broken = await exchange(server.url, { body: '{"jsonrpc"' });
  assert.deepEqual([broken.status, (await broken.answer()).error.code], [400, -32700]);
  const batch = await exchange(server.url, { body: [initialize] });
  assert.equal(batch.status, 400);
  assert.equal(
    (await exchange(server.url, { body: { jsonrpc: '2.0', method: 'notifications/x' } })).status,
    202,
  );
});

test('nightly ends subscriptions with a result when it is stopped', async (t) => {
  const later = lastFirst(t);
  const state = mkdtempSync(join(tmpdir(), 'nightly-'));
  later(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  const server = await startNightlyHttp({ era: 'modern', state });
  const other = new ModernHttpClient(server.url);
  const listening = await other.open('subscriptions/listen', {
    notifications: { resourcesListChanged: true },
  });
  await listening.next('the acknowledgement', (frame) => /acknowledged$/.test(frame.method));
  await server.stop();
  assert.equal((await listening.answer()).result.resultType, 'complete');
});
