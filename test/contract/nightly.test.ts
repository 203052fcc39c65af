import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as LegacyHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { countCalls, nightlyStdio, startNightlyHttp } from '../fixtures/servers/nightly.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';
import { until } from '../fixtures/servers/rawPeer.ts';

const workspace = fileURLToPath(new URL('../../demo/workspace', import.meta.url));
const info = { name: 'test', version: '1' };
const capabilities = { elicitation: { form: {}, url: {} }, roots: {} };

/** What this suite needs of either SDK's client. */
interface Peer {
  readonly state: string;
  tools(): Promise<Frame[]>;
  call(name: string, args: Frame): Promise<Frame>;
  resources(): Promise<Frame[]>;
  read(uri: string): Promise<string>;
  templates(): Promise<Frame[]>;
  prompts(): Promise<Frame[]>;
  prompt(name: string, args: Record<string, string>): Promise<Frame>;
  complete(ref: Frame, argument: { name: string; value: string }, context?: Frame): Promise<string[]>;
  /** Messages of the questions asked so far. */
  readonly asked: string[];
}

const faces = [
  { era: 'modern', transport: 'stdio' },
  { era: 'modern', transport: 'http' },
  { era: 'legacy', transport: 'stdio' },
  { era: 'legacy', transport: 'http' },
] as const;

for (const { era, transport } of faces) {
  describe(`nightly, ${era} over ${transport}, seen by the SDK client of that era`, () => {
    const cleanUp: Disposer[] = [];
    let peer: Peer;
    before(async () => {
      peer = await (era === 'modern' ? connectModern(cleanUp, transport) : connectLegacy(cleanUp, transport));
    });
    after(() => dispose(cleanUp));

    test('lists its tools with schemas, hints and task support', async () => {
      const tools = await peer.tools();
      assert.deepEqual(
        tools.map((tool) => tool.name),
        ['run_backtest', 'index_repository', 'export_data', 'get_quote', 'list_runs', 'delete_run'],
      );
      const byName = Object.fromEntries(tools.map((tool) => [tool.name, tool])) as Record<string, Frame>;
      assert.equal(byName['get_quote'].annotations.readOnlyHint, true);
      assert.equal(byName['delete_run'].annotations.destructiveHint, true);
      assert.equal(byName['run_backtest'].execution?.taskSupport, era === 'legacy' ? 'optional' : undefined);
      assert.equal(byName['get_quote'].execution, undefined);
      assert.match(byName['run_backtest'].icons[0].src, /^data:image\/png;base64,/);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      for (const tool of tools)
        for (const schema of [tool.inputSchema, tool.outputSchema]) ajv.compile(schema);
    });

    test('runs a backtest as a plain call whose result fits its schema', async () => {
      const calls = countCalls(peer.state, 'run_backtest');
      const args = { symbol: 'ORBT', strategy: 'buy_and_hold', from: '2025-01', to: '2025-08' };
      const result = await peer.call('run_backtest', args);
      assert.equal(result.structuredContent.months.length, 8);
      assert.deepEqual(result.structuredContent.idempotency, { key: null, calls: 1 });
      const tool = (await peer.tools()).find((one) => one.name === 'run_backtest');
      const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(tool.outputSchema);
      assert.ok(validate(result.structuredContent), JSON.stringify(validate.errors));
      assert.equal(countCalls(peer.state, 'run_backtest'), calls + 1);
    });

    test('computes the same backtest every time', async () => {
      const args = { symbol: 'HELX', strategy: 'mean_reversion', from: '2024-03', to: '2024-05' };
      const [one, two] = [await peer.call('run_backtest', args), await peer.call('run_backtest', args)];
      assert.deepEqual(one.structuredContent.months, two.structuredContent.months);
      assert.notEqual(one.structuredContent.runId, two.structuredContent.runId);
    });

    test('reports what the caller can correct as a tool error and a broken feed as a protocol error', async () => {
      const wrong = await peer.call('run_backtest', { symbol: 'NOVA', from: '2026-05', to: '2026-01' });
      assert.equal(wrong.isError, true);
      assert.match(wrong.content[0].text, /after "to"/);
      const unfit = await peer.call('get_quote', { symbol: 'NOVA', date: 'yesterday' });
      assert.equal(unfit.isError, true);
      await assert.rejects(peer.call('run_backtest', { symbol: 'DLST' }), /ends on 2026-03-13/);
    });

    test('asks format and confirmation while exporting, then links a file that can be read', async () => {
      const result = await peer.call('export_data', { dataset: 'prices', symbol: 'TIDE' });
      assert.equal(result.structuredContent.status, 'exported');
      assert.equal(result.structuredContent.format, 'ndjson');
      assert.equal(result.structuredContent.email, 'ada@example.com');
      assert.deepEqual(
        peer.asked.map((message) => message.split(' ')[0]),
        ['In', 'Confirm'],
      );
      const link = result.content.find((block: Frame) => block.type === 'resource_link');
      const lines = (await peer.read(link.uri)).trim().split('\n');
      assert.equal(lines.length, result.structuredContent.rows);
      assert.equal(JSON.parse(lines[0]!).symbol, 'TIDE');
      assert.equal(countCalls(peer.state, 'export_data'), 1);
    });

    test('indexes the folder the client gives as its root', async () => {
      const result = await peer.call('index_repository', {});
      const { edges, cycles, externals, files } = result.structuredContent;
      assert.ok(files >= 10);
      assert.ok(edges.some((edge: Frame) => edge.from === 'src/main.ts' && edge.to === 'src/data/prices.ts'));
      assert.ok(
        edges.some(
          (edge: Frame) => edge.from === 'tools/check_prices.py' && edge.to === 'tools/price_file.py',
        ),
      );
      assert.deepEqual(cycles, [['src/report/report.ts', 'src/report/table.ts']]);
      assert.ok(externals.some((one: Frame) => one.name === 'node:fs'));
      const outside = await peer.call('index_repository', { path: '../nightly' });
      assert.match(outside.content[0].text, /outside the workspace root/);
    });

    test('lists, reads and completes resources and prompts', async () => {
      const { structuredContent } = await peer.call('run_backtest', { symbol: 'NOVA', to: '2026-01' });
      const uri = `runs://${structuredContent.runId}`;
      assert.ok((await peer.resources()).some((resource) => resource.uri === uri));
      assert.equal(JSON.parse(await peer.read(uri)).status, 'completed');
      assert.deepEqual(
        (await peer.templates()).map((template) => template.uriTemplate),
        ['runs://{runId}', 'exports://{file}'],
      );
      const half = structuredContent.runId.slice(0, 18);
      assert.deepEqual(
        await peer.complete({ type: 'ref/resource', uri: 'runs://{runId}' }, { name: 'runId', value: half }),
        [structuredContent.runId],
      );
      const prompt = { type: 'ref/prompt', name: 'compare_strategies' };
      assert.deepEqual(await peer.complete(prompt, { name: 'first', value: 'm' }), [
        'momentum',
        'mean_reversion',
      ]);
      assert.deepEqual(
        await peer.complete(prompt, { name: 'second', value: 'm' }, { arguments: { first: 'momentum' } }),
        ['mean_reversion'],
      );
      assert.deepEqual(
        (await peer.prompts()).map((one) => one.name),
        ['explain_run', 'compare_strategies'],
      );
      const explained = await peer.prompt('explain_run', {
        runId: structuredContent.runId,
        audience: 'auditor',
      });
      assert.equal(explained.messages.length, 2);
    });

    test('lists runs and deletes a finished one', async () => {
      const { structuredContent } = await peer.call('run_backtest', { symbol: 'NOVA', to: '2026-01' });
      const total = async () =>
        (await peer.call('list_runs', { tool: 'run_backtest' })).structuredContent.total;
      const stored: number = await total();
      const deleted = await peer.call('delete_run', { runId: structuredContent.runId });
      assert.equal(deleted.structuredContent.isDeleted, true);
      assert.equal(await total(), stored - 1);
      assert.equal((await peer.call('delete_run', { runId: structuredContent.runId })).isError, true);
    });
  });
}

type Disposer = () => Promise<void> | void;

/** A state folder of its own that is gone in the end. */
function stateFolder(cleanUp: Disposer[]): string {
  const state = mkdtempSync(join(tmpdir(), 'nightly-'));
  cleanUp.push(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  return state;
}

async function dispose(cleanUp: readonly Disposer[]): Promise<void> {
  for (const one of cleanUp.toReversed()) await one();
}

/** Fills in the form, and visits the page behind a URL as a person would after consenting. */
function answer(params: Frame, asked: string[]): Frame {
  asked.push(params.message);
  if (params.mode === 'url') {
    void fetch(params.url, { method: 'POST' });
    return { action: 'accept' };
  }
  return { action: 'accept', content: { format: 'ndjson', email: 'ada@example.com' } };
}

async function connectModern(cleanUp: Disposer[], transport: 'stdio' | 'http'): Promise<Peer> {
  const state = stateFolder(cleanUp);
  const asked: string[] = [];
  const client = new ModernClient(info, {
    capabilities,
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  });
  client.setRequestHandler('elicitation/create', (request: Frame) => answer(request.params, asked) as never);
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: `file://${workspace}` }] }));
  if (transport === 'stdio') {
    await client.connect(new StdioClientTransport(nightlyStdio({ era: 'modern', state })));
  } else {
    const server = await startNightlyHttp({ era: 'modern', state });
    cleanUp.push(() => server.stop());
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  }
  cleanUp.push(() => client.close());
  return {
    state,
    asked,
    tools: async () => (await client.listTools()).tools,
    call: (name, args) => client.callTool({ name, arguments: args }),
    resources: async () => (await client.listResources()).resources,
    read: async (uri) => ((await client.readResource({ uri })).contents[0] as Frame).text,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: (name, args) => client.getPrompt({ name, arguments: args }),
    complete: async (ref, argument, context) =>
      (await client.complete({ ref, argument, ...(context ? { context } : {}) })).completion.values,
  };
}

async function connectLegacy(cleanUp: Disposer[], transport: 'stdio' | 'http'): Promise<Peer> {
  const state = stateFolder(cleanUp);
  const asked: string[] = [];
  const client = new LegacyClient(info, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, (request) => answer(request.params, asked) as never);
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file://${workspace}` }] }));
  if (transport === 'stdio') {
    await client.connect(new LegacyStdio(nightlyStdio({ era: 'legacy', state })));
  } else {
    const server = await startNightlyHttp({ era: 'legacy', state });
    cleanUp.push(() => server.stop());
    await client.connect(new LegacyHttp(new URL(server.url)));
  }
  cleanUp.push(() => client.close());
  return {
    state,
    asked,
    tools: async () => (await client.listTools()).tools,
    call: (name, args) => client.callTool({ name, arguments: args }),
    resources: async () => (await client.listResources()).resources,
    read: async (uri) => ((await client.readResource({ uri })).contents[0] as Frame).text,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: (name, args) => client.getPrompt({ name, arguments: args }),
    complete: async (ref, argument, context) =>
      (await client.complete({ ref, argument, ...(context ? { context } : {}) })).completion.values,
  };
}

describe('nightly tasks, seen by the 2025-11-25 SDK client', () => {
  for (const transport of ['stdio', 'http'] as const) {
    test(`run to their result with a question half-way over ${transport}`, async (t) => {
      const cleanUp: Disposer[] = [];
      t.after(() => dispose(cleanUp));
      const state = stateFolder(cleanUp);
      const client = new LegacyClient(info, { capabilities });
      const asked: Frame[] = [];
      client.setRequestHandler(ElicitRequestSchema, (request) => {
        asked.push(request.params);
        return { action: 'accept', content: { decision: 'stop', positionSize: 0.5, note: 'enough' } };
      });
      if (transport === 'stdio') {
        await client.connect(new LegacyStdio(nightlyStdio({ era: 'legacy', state })));
      } else {
        const server = await startNightlyHttp({ era: 'legacy', state });
        cleanUp.push(() => server.stop());
        await client.connect(new LegacyHttp(new URL(server.url)));
      }
      cleanUp.push(() => client.close());
      await client.listTools();
      const seen: string[] = [];
      let result: Frame;
      const args = { symbol: 'NOVA', reviewAfter: 2 };
      const stream = client.experimental.tasks.callToolStream(
        { name: 'run_backtest', arguments: args },
        undefined,
        {
          task: { ttl: 60_000 },
        },
      );
      for await (const message of stream) {
        seen.push(message.type);
        if (message.type === 'result') result = message.result;
        if (message.type === 'error') throw message.error;
      }
      assert.equal(seen[0], 'taskCreated');
      assert.equal(asked.length, 1);
      const taskId: string = asked[0]._meta['io.modelcontextprotocol/related-task'].taskId;
      assert.equal(result.structuredContent.runId, taskId);
      assert.equal(result.structuredContent.months.length, 2);
      assert.deepEqual(result.structuredContent.review, {
        action: 'accept',
        decision: 'stop',
        positionSize: 0.5,
        note: 'enough',
      });
      assert.equal(result._meta['io.modelcontextprotocol/related-task'].taskId, taskId);
      const listed = await client.experimental.tasks.listTasks();
      assert.deepEqual(
        listed.tasks.map((task) => [task.taskId, task.status, task.ttl]),
        [[taskId, 'completed', 60_000]],
      );
      await until('one call', () => countCalls(state, 'run_backtest') === 1);
    });
  }
});
