import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../../src/core/caller.ts';
import type { CallerRuns } from '../../../src/core/callerRuns.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { GatewayCatalog, listTtl } from '../../../src/core/gatewayCatalog.ts';
import { defaultGatewaySettings, isDiscovered, toolTokens } from '../../../src/core/gatewaySettings.ts';
import { discoveryToolNames, gatewayTools, jobToolNames } from '../../../src/core/gatewayTools.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { fakeTool, sha256 } from '../../fakes/doorBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const agent: Caller = { kind: 'gateway', name: 'agent' };

function server(name: string, tools: readonly string[], more: Partial<ServerSnapshot> = {}): ServerSnapshot {
  const nothing = { items: [], problems: [], ttlMs: undefined };
  const items = tools.map((tool) => fakeTool(tool, { description: `does ${tool}` }));
  return {
    definition: { id: `user/${name}`, name },
    state: { kind: 'ready', since: 1, info: { era: 'legacy', capabilities: {} } },
    offer: {
      tools: { ...nothing, items, ttlMs: 1_000 },
      resources: nothing,
      resourceTemplates: nothing,
      prompts: nothing,
    },
    disabledTools: new Set(),
    ...more,
  } as unknown as ServerSnapshot;
}

function catalog(
  servers: readonly ServerSnapshot[],
  isOffered: (tool: string | undefined) => boolean = () => true,
) {
  return new GatewayCatalog({
    ...{ servers, sha256, caller: agent, scope: { kind: 'all' } },
    isOffered: (_caller, _server, tool) => isOffered(tool),
    reserved: new Set([...jobToolNames, ...discoveryToolNames]),
  });
}

test('only what is switched on and offered to this caller is listed', () => {
  const off = server('b', ['x', 'y'], { disabledTools: new Set(['x']) });
  const offered = catalog([server('a', ['x', 'secret']), off], (tool) => tool !== 'secret');
  assert.deepEqual([...offered.tools.keys()], ['a_x', 'b_y']);
  assert.deepEqual([...catalog([off], (tool) => tool !== undefined).tools.keys()], []);
});

test('a tool that is for its server’s app alone is not offered to agents', () => {
  const one = server('a', []);
  const visible = (name: string, visibility: unknown) =>
    fakeTool(name, { _meta: { ui: { visibility } } } as unknown as JsonObject);
  const items = [
    visible('refresh', ['app']),
    visible('nobody', []),
    visible('both', ['model', 'app']),
    visible('model', ['model']),
    visible('damaged', 'app'),
  ];
  const offer = { ...one.offer, tools: { items, problems: [], ttlMs: undefined } };
  const offered = catalog([{ ...one, offer } as ServerSnapshot]);
  assert.deepEqual([...offered.tools.keys()], ['a_both', 'a_model', 'a_damaged']);
});

test('a tool leads to its app only where the address of the app is the server’s own', () => {
  const one = server('a', []);
  const meta = { ui: { resourceUri: 'ui://app' }, 'ui/resourceUri': 'ui://app', kept: 1 };
  const items = [fakeTool('x', { _meta: meta }), fakeTool('y', { _meta: { ui: {} } })];
  const servers = [{ ...one, offer: { ...one.offer, tools: { items, problems: [], ttlMs: undefined } } }];
  const among = catalog(servers as unknown as ServerSnapshot[]);
  assert.deepEqual(
    [...among.tools.values()].map(({ definition }) => definition['_meta']),
    [{ kept: 1 }, undefined],
  );
  const alone = new GatewayCatalog({
    servers: servers as unknown as ServerSnapshot[],
    ...{ sha256, caller: agent, reserved: new Set<string>(), isOffered: () => true },
    scope: { kind: 'server', serverId: 'user/a' },
  });
  assert.deepEqual(alone.tools.get('x')?.definition['_meta'], meta);
});

test('one server alone keeps its names and URIs', () => {
  const alone = new GatewayCatalog({
    ...{ servers: [server('a', ['x']), server('b', ['x y'])], sha256, caller: agent, reserved: new Set() },
    scope: { kind: 'server', serverId: 'user/b' },
    isOffered: () => true,
  });
  assert.deepEqual([...alone.tools.keys()], ['x y']);
  assert.equal(alone.innerUri('file:///a')?.server.definition.name, 'b');
});

test('a tool of a server does not take the name of one of ours', () => {
  const names = [...catalog([server('start', ['job'])]).tools.keys()];
  assert.equal(names.length, 1);
  assert.match(names[0] ?? '', /^start_job_[0-9a-f]+$/);
});

test('what a caller is not offered does not change the names of the rest', () => {
  const all = catalog([server('db', ['x']), server('DB', ['x'])]);
  const few = new GatewayCatalog({
    ...{ servers: [server('db', ['x']), server('DB', ['x'])], sha256, caller: agent, scope: { kind: 'all' } },
    isOffered: (_caller, id) => id === 'user/db',
    reserved: new Set(),
  });
  const [name] = few.tools.keys();
  assert.ok(all.tools.has(name ?? ''));
  assert.equal(all.tools.get(name ?? '')?.server.definition.name, 'db');
});

test('lists may be reused as long as the strictest server says, and not at all when one says nothing', () => {
  assert.equal(listTtl([server('a', [])], 'tools'), 1_000);
  assert.equal(listTtl([server('a', [])], 'prompts'), 0);
  assert.equal(listTtl([server('a', []), server('b', [], { state: { kind: 'stopped' } })], 'tools'), 0);
});

test('tools are found instead of listed above either limit, always, or never', () => {
  const many = catalog([
    server(
      'a',
      Array.from({ length: 30 }, (_, n) => `t${n}`),
    ),
  ]);
  const auto = { ...defaultGatewaySettings, discovery: 'auto' } as const;
  assert.equal(isDiscovered(many, { ...auto, discoveryAboveTools: 29 }), true);
  assert.equal(isDiscovered(many, { ...auto, discoveryAboveTools: 30 }), false);
  const tokens = toolTokens(many);
  assert.equal(isDiscovered(many, { ...auto, discoveryAboveTokens: tokens - 1 }), true);
  assert.equal(isDiscovered(many, { ...auto, discoveryAboveTokens: tokens }), false);
  assert.equal(isDiscovered(many, { ...auto, discovery: 'off', discoveryAboveTools: 1 }), false);
  assert.equal(isDiscovered(many, { ...auto, discovery: 'on' }), true);
});

test('search finds by words, only what the caller is offered, under the names to call', async () => {
  const offered = catalog(
    [server('github', ['create_issue', 'delete_repo'])],
    (tool) => tool !== 'delete_repo',
  );
  const tools = gatewayTools({ catalog: () => offered, runs: {} as CallerRuns, clock: new FakeClock() });
  const run = (name: string, args: object) =>
    tools
      .find((tool) => tool.name === name)
      ?.run(args as never, { caller: agent, signal: new AbortController().signal });
  const names = (result: unknown) =>
    (result as { structuredContent: { tools: { name: string }[] } }).structuredContent.tools.map(
      ({ name }) => name,
    );
  assert.deepEqual(names(await run('search_tools', { query: 'issue create' })), ['github_create_issue']);
  assert.deepEqual(names(await run('search_tools', { query: 'delete' })), []);
  await assert.rejects(async () => run('describe_tool', { tool: 'github_delete_repo' }), {
    code: 'not-found',
  });
  await assert.rejects(async () => run('search_tools', {}), { code: 'invalid-input' });
});
