import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import type { ConnectionInfo, Frame, Tool } from '../../../src/core/connection.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import type { Page } from '../../../src/core/dashboard.ts';
import { createDashboardState, requestRow, type DashboardSources } from '../../../src/core/dashboardState.ts';
import type { Job } from '../../../src/core/jobs.ts';
import type { Launch } from '../../../src/core/server.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const none = { items: [], problems: [], ttlMs: undefined };

function tool(name: string, over: Partial<Tool> = {}): Tool {
  return {
    name,
    title: undefined,
    description: undefined,
    inputSchema: { type: 'object' },
    outputSchema: undefined,
    annotations: {},
    taskSupport: 'forbidden',
    raw: { name },
    ...over,
  };
}

const info: ConnectionInfo = {
  era: 'modern',
  protocolVersion: '2026-07-28',
  transport: 'stdio',
  serverInfo: {
    name: 'Evil\u202Etxt',
    title: undefined,
    version: '1',
    description: undefined,
    websiteUrl: undefined,
  },
  capabilities: { tools: {} },
  instructions: undefined,
  pid: 7,
  sessionId: undefined,
};

function server(id: string, tools: readonly Tool[], launch: Launch = stdio(['x'])): ServerSnapshot {
  return {
    definition: {
      id,
      name: id,
      source: { id: 'user', kind: 'user', file: '/home/u/mcp.json', folder: undefined },
      line: 3,
      launch,
      inputs: [],
      launchHash: 'h',
    },
    state: { kind: 'ready', since: 0, info },
    offer: { tools: { ...none, items: tools }, resources: none, resourceTemplates: none, prompts: none },
    isChanged: false,
    isAutostart: false,
    disabledTools: new Set(['off']),
    sameName: [],
  };
}

function stdio(args: readonly string[]): Launch {
  return {
    kind: 'stdio',
    command: 'node',
    args,
    env: { API_KEY: 'secret-value' },
    envFile: undefined,
    cwd: undefined,
  };
}

function job(over: Partial<Job> = {}): Job {
  return {
    id: 'j',
    serverId: 's',
    serverName: 's',
    launchHash: 'h',
    tool: 'run',
    toolTitle: undefined,
    definitionHash: 'd',
    arguments: { a: 1 },
    caller: { kind: 'user', name: 'user' },
    approval: 'allowed once by you',
    mode: 'plain',
    createdAt: 0,
    endedAt: undefined,
    status: { kind: 'running' },
    statusMessage: undefined,
    progress: undefined,
    history: [],
    timeline: [],
    task: undefined,
    hasResult: false,
    rerunOf: undefined,
    owner: 'w',
    ...over,
  };
}

function sources(page: Page, over: Partial<DashboardSources> = {}): DashboardSources {
  return {
    page,
    servers: [],
    openJobs: [],
    finishedJobs: [],
    finishedTotal: 0,
    requests: [],
    now: 1000,
    job: () => undefined,
    result: () => undefined,
    frames: () => [],
    lastArguments: () => undefined,
    ...over,
  };
}

const toolsPage = (serverId: string, open?: string): Page => ({
  kind: 'server',
  serverId,
  tab: 'tools',
  tool: open,
});

suite('the dashboard state', () => {
  test('sends what the open tab needs and no more', () => {
    const state = createDashboardState(sha256);
    const servers = [server('s', [tool('on'), tool('off')])];
    const overview = state(
      sources({ kind: 'server', serverId: 's', tab: 'overview', tool: undefined }, { servers }),
    );
    assert.deepEqual(overview.server?.tools, []);
    assert.deepEqual(overview.server?.counts, { tools: 2, resources: 0, prompts: 0 });
    const tools = state(sources(toolsPage('s'), { servers }));
    assert.deepEqual(
      tools.server?.tools.map((view) => [view.name, view.isEnabled]),
      [
        ['on', true],
        ['off', false],
      ],
    );
    assert.equal(state(sources(toolsPage('gone'), { servers })).server, undefined);
  });

  test('makes the hidden characters of every name and text visible', () => {
    const servers = [server('s', [tool('a\u200Bb', { description: 'x\u202Ey', title: 't\u0007' })])];
    const { server: page } = createDashboardState(sha256)(sources(toolsPage('s', 'a\u200Bb'), { servers }));
    assert.equal(page?.identity?.name.text, 'Evil<U+202E>txt');
    assert.equal(page?.openTool?.shownName.text, 'a<U+200B>b');
    assert.equal(page?.openTool?.name, 'a\u200Bb');
    assert.equal(page?.openTool?.description?.text, 'x<U+202E>y');
    assert.equal(page?.openTool?.description?.hidden, 1);
    assert.equal(page?.openTool?.title?.text, 't<U+0007>');
  });

  test('makes a list of 5,000 tools once, not for every snapshot', () => {
    const state = createDashboardState(sha256);
    const servers = [
      server(
        's',
        Array.from({ length: 5000 }, (_, i) => tool(`t${i}`)),
      ),
    ];
    const first = state(sources(toolsPage('s'), { servers })).server?.tools;
    const second = state(sources(toolsPage('s'), { servers: [{ ...servers[0]! }] })).server?.tools;
    assert.equal(first?.length, 5000);
    assert.equal(first, second);
    const changed = state(
      sources(toolsPage('s'), { servers: [{ ...servers[0]!, disabledTools: new Set(['t1']) }] }),
    ).server?.tools;
    assert.equal(changed?.[1]?.isEnabled, false);
  });

  test('keeps a schema of megabytes out of the snapshot and says so', () => {
    const huge = tool('big', { inputSchema: { type: 'object', description: 'x'.repeat(2_000_000) } });
    const { server: page } = createDashboardState(sha256)(
      sources(toolsPage('s', 'big'), { servers: [server('s', [huge])] }),
    );
    assert.deepEqual(page?.openTool?.inputSchema, {});
    assert.equal(page?.openToolProblem, 'too-large');
  });

  test('opens a tool whose text has no canonical form', () => {
    const odd = tool('odd', { raw: { name: 'odd', description: '\uD800' } });
    const { server: page } = createDashboardState(sha256)(
      sources(toolsPage('s', 'odd'), { servers: [server('s', [odd])] }),
    );
    assert.equal(page?.openTool?.definitionHash, '');
  });

  test('masks secrets that are written into a launch', () => {
    const state = createDashboardState(sha256);
    const launchOf = (launch: Launch) =>
      state(sources(toolsPage('s'), { servers: [server('s', [], launch)] })).server?.launch;
    const local = launchOf(
      stdio(['serve', '--token', 'abcd1234', '--api-key=xyzw9876', '${input:key}', 'a b']),
    );
    assert.ok(local?.kind === 'stdio');
    assert.equal(local.commandLine.text, 'node serve --token •••• --api-key=•••• ${input:key} "a b"');
    assert.deepEqual(local.env, ['API_KEY']);
    const remote = launchOf({
      kind: 'http',
      transport: 'auto',
      url: 'https://me:pw12@h.example/mcp?api_key=zzzz1111&x=1',
      headers: { Authorization: 'Bearer t0psecret' },
    });
    assert.ok(remote?.kind === 'http');
    assert.equal(remote.url.text, 'https://me:••••@h.example/mcp?api_key=••••&x=1');
    assert.deepEqual(remote.headers, ['Authorization']);
    assert.ok(!JSON.stringify([local, remote]).includes('secret'));
  });

  test('shows traffic only in its tab, newest last, bounded, and one exchange in full', () => {
    const frames: Frame[] = Array.from({ length: 600 }, (_, i) => ({
      at: i,
      direction: 'sent',
      bytes: 1,
      kind: 'request',
      method: 'm',
      id: i,
      text: `x${'y'.repeat(9000)}`,
    }));
    const state = createDashboardState(sha256);
    const servers = [server('s', [])];
    const page = (tool: string | undefined) =>
      state(
        sources({ kind: 'server', serverId: 's', tab: 'traffic', tool }, { servers, frames: () => frames }),
      ).server;
    const { traffic, openExchange } = page(undefined) ?? {};
    assert.equal(traffic?.length, 500);
    assert.equal(traffic?.at(-1)?.at, 599);
    assert.equal(openExchange, undefined);
    assert.ok(JSON.stringify(traffic).length < 200_000, 'rows hold no texts');
    const open = page(traffic?.[3]?.key)?.openExchange;
    assert.equal(open?.at, traffic?.[3]?.at);
    assert.equal(open?.first.text.text.length, 9001);
    assert.deepEqual(state(sources(toolsPage('s'), { servers, frames: () => frames })).server?.traffic, []);
  });

  test('shows a job with what it was asked, said and answered', () => {
    const done = job({
      status: { kind: 'failed', code: 'tool-error', message: 'bad\u202E' },
      endedAt: 5,
      hasResult: true,
      timeline: [{ at: 1, status: 'running', message: 'go\u200B' }],
    });
    const { job: view } = createDashboardState(sha256)(
      sources(
        { kind: 'jobs', jobId: 'j' },
        {
          job: () => done,
          result: () => ({
            schemaProblems: ['/x: is required'],
            result: {
              isError: true,
              meta: undefined,
              structuredContent: { n: 1 },
              content: [
                { type: 'text', text: 'hi\u0000' },
                { type: 'image', mimeType: 'image/png', data: 'AAAA' },
                { type: 'resource_link', uri: 'file:///x', name: 'x' },
                { type: 'resource', resource: { uri: 'mem://r', text: 'inside' } },
                { type: 'hologram', frame: 1 },
              ],
            },
          }),
        },
      ),
    );
    assert.ok(view?.status.kind === 'failed' && view.status.message === 'bad<U+202E>');
    assert.equal(view.timeline[0]?.message, 'go<U+200B>');
    assert.equal(view.argumentsText.text, '{\n  "a": 1\n}');
    assert.deepEqual(
      view.result?.blocks.map((block) => [block.kind, block.text?.text, block.label?.text, block.bytes]),
      [
        ['text', 'hi<U+0000>', undefined, undefined],
        ['image', undefined, undefined, 3],
        ['link', undefined, 'file:///x', undefined],
        ['resource', 'inside', 'mem://r', undefined],
        ['unknown', '{\n  "type": "hologram",\n  "frame": 1\n}', undefined, undefined],
        ['json', '{\n  "n": 1\n}', undefined, undefined],
      ],
    );
    assert.deepEqual(view.schemaProblems, ['/x: is required']);
  });

  test('counts open jobs and requests per server', () => {
    const state = createDashboardState(sha256)(
      sources(
        { kind: 'servers' },
        {
          servers: [server('s', []), server('other', [])],
          openJobs: [job(), job({ id: 'k' })],
          requests: [
            {
              kind: 'sampling',
              id: 'r',
              serverId: 'other',
              serverName: 'other',
              createdAt: 0,
              caller: undefined,
              jobId: undefined,
              tool: undefined,
              params: {},
            },
          ],
        },
      ),
    );
    assert.deepEqual(
      state.servers.map((row) => [row.openJobs, row.openRequests]),
      [
        [2, 0],
        [0, 1],
      ],
    );
  });

  test('is plain data that survives the message channel', () => {
    const state = createDashboardState(sha256)(
      sources(toolsPage('s', 'on'), { servers: [server('s', [tool('on')])], openJobs: [job()] }),
    );
    assert.deepEqual(structuredClone(state), state);
  });
});

suite('a request row', () => {
  const base = {
    id: 'r',
    serverId: 's',
    serverName: 's\u200B',
    createdAt: 0,
    caller: { kind: 'gateway' as const, name: 'agent' },
    jobId: 'j',
    tool: 'run',
  };

  test('says where a question comes from and carries its form', () => {
    const row = requestRow({
      ...base,
      kind: 'elicitation-form',
      message: 'why?',
      schema: { type: 'object' },
    });
    assert.deepEqual(
      [row.serverName, row.tool, row.callerName, row.jobId, row.message?.text, row.schema],
      ['s<U+200B>', 'run', 'agent', 'j', 'why?', { type: 'object' }],
    );
  });

  test('never carries the arguments or the schema of an approval', () => {
    const row = requestRow({
      ...base,
      kind: 'approval',
      definition: tool('run'),
      definitionHash: 'd',
      launchHash: 'l',
      arguments: { secret: 'x' },
      lastApproved: undefined,
      reason: 'no rule allows it',
      source: { file: '/f', line: 1 },
    });
    assert.equal(row.schema, undefined);
    assert.ok(!JSON.stringify(row).includes('secret'));
  });
});
