import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { startContractHttp, type ContractEra } from '../fixtures/servers/contract.ts';
import { listen, type Listening } from '../fixtures/servers/httpBridge.ts';
import { until } from '../fixtures/servers/rawPeer.ts';

const launcher = fileURLToPath(new URL('../../src/node/gatewayStdio.ts', import.meta.url));
const token = 'mcpsb_test';
const info = { name: 'launcher-test', version: '1' };

/** A door with a token in front of a contract server, which can be restarted behind it. */
async function gateway(t: TestContext, era: ContractEra) {
  const dir = mkdtempSync(join(tmpdir(), 'launcher-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  let server = await startContractHttp({ era });
  const seen: { method: string; headers: Record<string, unknown> }[] = [];
  const held = new Set<string>();
  const door: Listening = await listen((incoming, outgoing) => {
    if (incoming.headers.authorization !== `Bearer ${token}`) {
      outgoing.writeHead(401).end();
      return;
    }
    seen.push({ method: incoming.method ?? '', headers: incoming.headers });
    if (held.has(incoming.method ?? '')) return;
    const onwards = request(server.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    onwards.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onwards.destroy());
    incoming.pipe(onwards);
  });
  t.after(async () => {
    await door.close();
    await server.close();
  });
  const file = join(dir, 'connection.json');
  const write = (connection: { url: string; token: string }) => {
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  };
  write({ url: door.url, token });
  return {
    file,
    door,
    seen,
    /** Methods that are taken and never answered. */
    held,
    write,
    restart: async () => {
      await server.close();
      server = await startContractHttp({ era });
    },
    command: { command: process.execPath, args: [launcher, file, '--wait', '0'], stderr: 'pipe' as const },
  };
}

async function legacyClient(t: TestContext, era: ContractEra = 'legacy') {
  const bed = await gateway(t, era);
  const client = new LegacyClient(info, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada' } }));
  await client.connect(new LegacyStdio(bed.command));
  t.after(() => client.close());
  return { ...bed, client };
}

async function modernClient(t: TestContext) {
  const bed = await gateway(t, 'modern');
  const client = new ModernClient(info, {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  });
  client.setRequestHandler(
    'elicitation/create',
    () => ({ action: 'accept', content: { name: 'Ada' } }) as never,
  );
  await client.connect(new StdioClientTransport(bed.command));
  t.after(() => client.close());
  return { ...bed, client };
}

const firstText = (result: unknown) =>
  (result as { content: readonly { text?: string }[] }).content[0]?.text ?? '';

test('the v1 client works through the launcher: calls, progress, a question, cancelling', async (t) => {
  const { client, seen } = await legacyClient(t);
  assert.ok((await client.listTools()).tools.some(({ name }) => name === 'echo'));
  assert.equal(firstText(await client.callTool({ name: 'echo', arguments: { text: 'grüß' } })), 'grüß');
  const steps: number[] = [];
  await client.callTool({ name: 'slow_progress', arguments: { steps: 3 } }, undefined, {
    onprogress: ({ progress }) => steps.push(progress),
  });
  // The v1 client drops a report that it reads together with the result.
  assert.deepEqual(steps.slice(0, 2), [1, 2]);
  assert.match(firstText(await client.callTool({ name: 'ask', arguments: {} })), /Ada/);
  const stop = new AbortController();
  const hanging = client.callTool({ name: 'hang', arguments: {} }, undefined, { signal: stop.signal });
  const counts = async () =>
    (await client.callTool({ name: 'cancelled_count', arguments: {} })).structuredContent as {
      hanging: number;
      cancelled: number;
    };
  await until('the call to hang', async () => (await counts()).hanging === 1);
  stop.abort();
  await assert.rejects(hanging);
  await until('the cancellation', async () => (await counts()).cancelled === 1);
  assert.ok(seen.every(({ headers }) => headers['mcp-method'] === undefined));
});

test('the v2 client works through the launcher in the modern era, with the headers that the era asks for', async (t) => {
  const { client, seen } = await modernClient(t);
  assert.ok((await client.listTools()).tools.some(({ name }) => name === 'echo'));
  assert.equal(firstText(await client.callTool({ name: 'echo', arguments: { text: 'x' } })), 'x');
  assert.match(firstText(await client.callTool({ name: 'ask', arguments: {} })), /Ada/);
  const call = seen.find(({ headers }) => headers['mcp-name'] === 'echo');
  assert.equal(call?.headers['mcp-method'], 'tools/call');
  assert.equal(call.headers['mcp-protocol-version'], '2026-07-28');
  const stop = new AbortController();
  const hanging = client.callTool({ name: 'hang', arguments: {} }, { signal: stop.signal });
  const counts = async () =>
    (await client.callTool({ name: 'cancelled_count', arguments: {} })).structuredContent as {
      hanging: number;
      cancelled: number;
    };
  await until('the call to hang', async () => (await counts()).hanging === 1);
  stop.abort();
  await assert.rejects(hanging);
  await until('the cancellation', async () => (await counts()).cancelled === 1);
});

test('a session that the editor lost is opened again, and the client is told to list anew', async (t) => {
  const { client, restart } = await legacyClient(t);
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);
  assert.equal(firstText(await client.callTool({ name: 'echo', arguments: { text: 'a' } })), 'a');
  await restart();
  assert.equal(firstText(await client.callTool({ name: 'echo', arguments: { text: 'b' } })), 'b');
  await until('the notice', () => changes === 1);
});

test('what the gateway says unasked reaches the client', async (t) => {
  const { client, seen } = await legacyClient(t);
  const changed = new Promise<void>((resolve) => {
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve());
  });
  await until('the stream', () => seen.some(({ method }) => method === 'GET'));
  await client.callTool({ name: 'change_tools', arguments: {} });
  await changed;
});

test('a call that was on its way when the editor went is reported, and not sent again', async (t) => {
  const { client, seen, door, held } = await legacyClient(t);
  const posts = () => seen.filter(({ method }) => method === 'POST').length;
  await client.ping();
  const before = posts();
  held.add('POST');
  const outcome = assert.rejects(
    client.callTool({ name: 'echo', arguments: { text: 'once' } }),
    /what was asked may have been done/,
  );
  await until('the call', () => posts() === before + 1);
  await door.close();
  await outcome;
  assert.equal(posts(), before + 1);
});

/** Speaks raw lines with a launcher. */
function raw(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: 'pipe' });
  t.after(() => child.kill('SIGKILL'));
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    errors,
    exit: new Promise<number | null>((resolve) => child.once('exit', resolve)),
    end: () => child.stdin.end(),
    ask: async (line: string) => {
      child.stdin.write(`${line}\n`);
      return JSON.parse(String((await lines.next()).value)) as {
        id: unknown;
        result?: unknown;
        error?: { code: number; message: string };
      };
    },
  };
}

const initialize = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: info },
});

test('without an editor the request fails with what to do, after waiting as long as it was told', async (t) => {
  const bed = await gateway(t, 'legacy');
  await bed.door.close();
  const { ask, errors, end, exit } = raw(t, [bed.file, '--wait', '0']);
  const { error } = await ask(initialize);
  assert.match(error?.message ?? '', /start VS Code/);
  await until('the log line', () => errors.some((line) => line.includes('start VS Code')));
  end();
  assert.equal(await exit, 0);
});

test('an editor that starts meanwhile is found, also at another address', async (t) => {
  const bed = await gateway(t, 'legacy');
  const gone = await listen(() => undefined);
  await gone.close();
  bed.write({ url: gone.url, token });
  const { ask } = raw(t, [bed.file, '--wait', '60']);
  const answer = ask(initialize);
  bed.write({ url: bed.door.url, token });
  assert.ok((await answer).result);
});

test('a revoked token, a missing and a damaged connection file say so', async (t) => {
  const bed = await gateway(t, 'legacy');
  bed.write({ url: bed.door.url, token: 'mcpsb_revoked' });
  const revoked = await raw(t, [bed.file]).ask(initialize);
  assert.match(revoked.error?.message ?? '', /its token was revoked/);
  writeFileSync(bed.file, '{"url":');
  const { error } = await raw(t, [bed.file]).ask(initialize);
  assert.match(error?.message ?? '', /Connect an Agent/);
  writeFileSync(bed.file, '{"url":1}');
  assert.match((await raw(t, [bed.file]).ask(initialize)).error?.message ?? '', /is damaged/);
  assert.equal(await raw(t, []).exit, 2);
});

test('what is no message is answered, and the launcher goes on', async (t) => {
  const bed = await gateway(t, 'legacy');
  const { ask } = raw(t, [bed.file]);
  assert.equal((await ask('{')).error?.code, -32700);
  assert.equal((await ask('7')).error?.code, -32600);
  assert.ok((await ask(initialize)).result);
});
