import type { ConnectionInfo, Tool } from '../../../src/core/connection.ts';
import type { Offer, ServerSnapshot, ServerState } from '../../../src/core/connections.ts';
import type { Job } from '../../../src/core/jobs.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { PromptRequest } from '../../../src/core/requests.ts';
import type { Launch } from '../../../src/core/server.ts';

/** The moment at which every fixture is looked at. */
export const now = new Date(2026, 2, 14, 15, 30, 0).getTime();
/** One minute in milliseconds. */
export const minute = 60_000;
/** A list with nothing in it. */
export const none = { items: [], problems: [], ttlMs: undefined };

/** A tool with what matters to a test. */
export function tool(name: string, over: Partial<Tool> = {}): Tool {
  return {
    name,
    title: undefined,
    description: `What ${name} does.`,
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    outputSchema: undefined,
    annotations: {},
    taskSupport: 'forbidden',
    raw: { name },
    ...over,
  };
}

/** The facts of a live connection. */
export function info(over: Partial<ConnectionInfo> = {}): ConnectionInfo {
  return {
    era: 'modern',
    protocolVersion: '2026-07-28',
    transport: 'stdio',
    serverInfo: {
      name: 'nightly',
      title: 'Nightly jobs',
      version: '1.4.0',
      description: 'Runs long jobs over your workspace.',
      websiteUrl: 'https://nightly.example/docs',
    },
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true },
      prompts: {},
      extensions: { 'io.modelcontextprotocol/tasks': {} },
    },
    instructions:
      'Start with index_repository.\nRun run_backtest only after the index is complete; it takes minutes.',
    pid: 4711,
    sessionId: undefined,
    ...over,
  };
}

export interface ServerParts {
  readonly tools?: readonly Tool[];
  readonly state?: ServerState;
  readonly launch?: Launch;
  readonly offer?: Partial<Offer>;
  readonly over?: Partial<ServerSnapshot>;
}

/** A configured server; connected unless said otherwise. */
export function server(name: string, parts: ServerParts = {}): ServerSnapshot {
  const {
    tools = [],
    launch = {
      kind: 'stdio',
      command: 'node',
      args: ['server.mjs'],
      env: {},
      envFile: undefined,
      cwd: undefined,
    },
  } = parts;
  return {
    definition: {
      id: `user/${name}`,
      name,
      source: {
        id: 'workspace',
        kind: 'workspace',
        file: '/home/dev/project/.vscode/mcp.json',
        folder: '/home/dev/project',
      },
      line: 12,
      launch,
      inputs: [],
      launchHash: 'l'.repeat(64),
    },
    state: parts.state ?? {
      kind: 'ready',
      since: now - 5 * minute,
      info: info({
        serverInfo: {
          name,
          title: undefined,
          version: '1.0.0',
          description: undefined,
          websiteUrl: undefined,
        },
      }),
    },
    offer: {
      tools: { ...none, items: tools },
      resources: none,
      resourceTemplates: none,
      prompts: none,
      ...parts.offer,
    },
    isChanged: false,
    isAutostart: false,
    disabledTools: new Set(),
    sameName: [],
    ...parts.over,
  };
}

/** A job; running unless said otherwise. */
export function job(id: string, over: Partial<Job> = {}): Job {
  return {
    id,
    serverId: 'user/nightly',
    serverName: 'nightly',
    launchHash: 'l'.repeat(64),
    tool: 'run_backtest',
    toolTitle: undefined,
    definitionHash: 'd'.repeat(64),
    arguments: { symbol: 'ACME', months: 6 },
    caller: { kind: 'user', name: 'user' },
    approval: 'allowed once by you',
    mode: 'plain',
    createdAt: now - 4 * minute,
    endedAt: undefined,
    status: { kind: 'running' },
    statusMessage: undefined,
    progress: undefined,
    history: [],
    timeline: [{ at: now - 4 * minute, status: 'running', message: undefined }],
    task: undefined,
    hasResult: false,
    rerunOf: undefined,
    owner: 'window',
    ...over,
  };
}

const origin = {
  serverId: 'user/nightly',
  serverName: 'nightly',
  createdAt: now - minute,
  caller: { kind: 'gateway' as const, name: 'claude-code' },
  jobId: 'export',
  tool: 'export_data',
};

/** A server's question. */
export function question(
  id: string,
  schema: JsonObject,
  message = 'In which format should the export be written?',
): PromptRequest {
  return { ...origin, kind: 'elicitation-form', id, schema, message };
}

/** A server's wish that a page be opened. */
export function urlQuestion(id: string, url: string): PromptRequest {
  return { ...origin, kind: 'elicitation-url', id, url, message: 'Confirm the export on our page.' };
}

/** A tool call that waits for a decision. */
export function approval(id: string, definition: Tool): PromptRequest {
  return {
    ...origin,
    kind: 'approval',
    id,
    jobId: undefined, // not sent yet
    tool: definition.name,
    definition,
    definitionHash: 'd'.repeat(64),
    launchHash: 'l'.repeat(64),
    arguments: {},
    lastApproved: undefined,
    reason: 'no rule allows it',
    source: { file: '/home/dev/project/.vscode/mcp.json', line: 12 },
  };
}

/** A schema with one field of every kind. */
export const everyKind: JsonObject = {
  type: 'object',
  required: ['symbol', 'months', 'notify', 'strategy', 'range', 'mode'],
  properties: {
    symbol: {
      type: 'string',
      title: 'Symbol',
      description: 'Ticker of the instrument to test.',
      minLength: 1,
      maxLength: 8,
      examples: ['ACME'],
    },
    months: { type: 'integer', minimum: 1, maximum: 24, default: 6, description: 'How far back to go.' },
    notify: { type: 'boolean', title: 'Notify when done' },
    verbose: { type: 'boolean' },
    strategy: {
      type: 'string',
      title: 'Strategy',
      oneOf: [
        { const: 'mean', title: 'Mean reversion' },
        { const: 'trend', title: 'Trend following' },
      ],
    },
    markets: { type: 'array', title: 'Markets', items: { type: 'string', enum: ['NYSE', 'LSE', 'XETRA'] } },
    range: {
      type: 'object',
      title: 'Date range',
      required: ['from'],
      properties: { from: { type: 'string', format: 'date' }, until: { type: 'string', format: 'date' } },
    },
    mail: { type: 'string', format: 'email', title: 'Report to' },
    weights: { type: 'object', title: 'Weights', additionalProperties: { type: 'number' } },
    stops: {
      type: 'array',
      title: 'Stops',
      maxItems: 5,
      items: {
        type: 'object',
        required: ['at'],
        properties: { at: { type: 'number' }, note: { type: ['string', 'null'] } },
      },
    },
    mode: {
      title: 'Data source',
      oneOf: [
        { type: 'object', title: 'File', required: ['path'], properties: { path: { type: 'string' } } },
        {
          type: 'object',
          title: 'Service',
          required: ['url'],
          properties: { url: { type: 'string', format: 'uri' }, key: { type: 'string', format: 'password' } },
        },
      ],
    },
    extra: { description: 'Anything else.' },
  },
};
