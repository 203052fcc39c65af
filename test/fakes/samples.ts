import { userCaller } from '../../src/core/caller.ts';
import type { Listing, Tool } from '../../src/core/connection.ts';
import type { Offer, ServerSnapshot, ServerState } from '../../src/core/connections.ts';
import type { Job } from '../../src/core/jobs.ts';
import type { ApprovalRequest } from '../../src/core/requests.ts';
import type { Translate } from '../../src/vscode/translate.ts';

/** Fills `{0}` as VS Code does, in English. */
export const english: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (found, index) => String(args[Number(index)] ?? found));

/** A tool as a server sends it. */
export function sampleTool(name: string, extra: Partial<Tool> = {}): Tool {
  const inputSchema = extra.inputSchema ?? { type: 'object' };
  return {
    name,
    title: undefined,
    description: undefined,
    outputSchema: undefined,
    annotations: {},
    taskSupport: 'forbidden',
    raw: { name, inputSchema },
    ...extra,
    inputSchema,
  };
}

/** A list without problems. */
export function listing<T>(items: readonly T[], problems: readonly string[] = []): Listing<T> {
  return { items, problems, ttlMs: undefined };
}

/** What a server offers, tools by name. */
export function sampleOffer(tools: readonly (Tool | string)[], extra: Partial<Offer> = {}): Offer {
  return {
    tools: listing(tools.map((tool) => (typeof tool === 'string' ? sampleTool(tool) : tool))),
    resources: listing([]),
    resourceTemplates: listing([]),
    prompts: listing([]),
    ...extra,
  };
}

/** A connected modern server. */
export const readyState: ServerState = {
  kind: 'ready',
  since: 0,
  info: {
    era: 'modern',
    protocolVersion: '2026-07-28',
    transport: 'stdio',
    serverInfo: undefined,
    capabilities: {},
    instructions: undefined,
    pid: undefined,
    sessionId: undefined,
  },
};

/** A configured server whose id is `user/<name>`. */
export function sampleServer(name: string, extra: Partial<ServerSnapshot> = {}): ServerSnapshot {
  return {
    definition: {
      id: `user/${name}`,
      name,
      source: { id: 'user', kind: 'user', file: '/home/me/.config/mcp.json', folder: undefined },
      line: 3,
      launch: {
        kind: 'stdio',
        command: 'node',
        args: ['server.js'],
        env: {},
        envFile: undefined,
        cwd: undefined,
      },
      inputs: [],
      launchHash: 'a'.repeat(64),
    },
    state: { kind: 'stopped' },
    offer: undefined,
    isChanged: false,
    isAutostart: false,
    disabledTools: new Set(),
    sameName: [],
    ...extra,
  };
}

/** An open approval of `echo` of `files` by the user. */
export function sampleApproval(extra: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    kind: 'approval',
    id: 'r1',
    serverId: 'user/files',
    serverName: 'files',
    createdAt: 1_700_000_000_000,
    caller: userCaller,
    jobId: undefined,
    tool: 'echo',
    definition: sampleTool('echo'),
    definitionHash: 'd'.repeat(64),
    launchHash: 'a'.repeat(64),
    arguments: { message: 'hi' },
    lastApproved: undefined,
    reason: 'no rule allows it',
    source: { file: '/w/.vscode/mcp.json', line: 4 },
    ...extra,
  };
}

/** A running job of `echo` of `files`. */
export function sampleJob(id: string, extra: Partial<Job> = {}): Job {
  return {
    id,
    serverId: 'user/files',
    serverName: 'files',
    launchHash: 'a'.repeat(64),
    tool: 'echo',
    toolTitle: undefined,
    definitionHash: 'd'.repeat(64),
    arguments: { message: 'hi' },
    caller: userCaller,
    approval: 'allowed once by the user',
    mode: 'plain',
    createdAt: 1_700_000_000_000,
    endedAt: undefined,
    status: { kind: 'running' },
    statusMessage: undefined,
    progress: undefined,
    history: [],
    timeline: [],
    task: undefined,
    hasResult: false,
    rerunOf: undefined,
    owner: 'w1',
    ...extra,
  };
}
