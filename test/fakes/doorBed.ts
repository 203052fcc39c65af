import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CallReply,
  CallRequest,
  CallResult,
  Connection,
  Progress,
  TaskSnapshot,
  Tool,
} from '../../src/core/connection.ts';
import type { Connections, ServerSnapshot } from '../../src/core/connections.ts';
import { JobRunner } from '../../src/core/jobRunner.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { PolicyGate } from '../../src/core/policyGate.ts';
import { Requests } from '../../src/core/requests.ts';
import { OneDoor } from '../../src/core/toolCalls.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { createActivityRows } from '../../src/node/activityRows.ts';
import { Database } from '../../src/node/database.ts';
import { createDecisionRows } from '../../src/node/decisionRows.ts';
import { createJobRows } from '../../src/node/jobRows.ts';
import { createLeases } from '../../src/node/leaseRows.ts';
import type { FakeClock } from './fakeClock.ts';
import { RecordingLogger } from './fakeLogger.ts';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A tool definition as a server would send it. */
export function fakeTool(name: string, raw: JsonObject = {}): Tool {
  const definition: JsonObject = { name, inputSchema: { type: 'object' }, ...raw };
  return {
    name,
    title: undefined,
    description: typeof definition['description'] === 'string' ? definition['description'] : undefined,
    inputSchema: definition['inputSchema'] as JsonObject,
    outputSchema: undefined,
    annotations: {},
    taskSupport: (definition['taskSupport'] as Tool['taskSupport'] | undefined) ?? 'forbidden',
    raw: definition,
  };
}

/** What a scripted server does with each call; `sent` counts what reached it. */
export class FakeServer {
  readonly sent: { readonly callId: string; readonly request: CallRequest; readonly signal: AbortSignal }[] =
    [];
  readonly cancelled: string[] = [];
  readonly tasks = new Map<string, TaskSnapshot>();
  polls = 0;
  isUp = true;
  tools: readonly Tool[] = [fakeTool('echo')];
  launchHash = 'launch-1';
  onCall: (
    request: CallRequest,
    onProgress: (p: Progress) => void,
    signal: AbortSignal,
  ) => Promise<CallReply> = (request) =>
    Promise.resolve({ kind: 'done', result: textResult(JSON.stringify(request.arguments)) });
  readonly disabled = new Set<string>();

  readonly connection: Connection = {
    info: { era: 'modern', transport: 'streamable-http', sessionId: undefined },
    resumeState: {
      era: 'modern',
      protocolVersion: '2026-07-28',
      sessionId: undefined,
      capabilities: {},
      discover: undefined,
    },
    call: (callId: string, request: CallRequest, onProgress: (p: Progress) => void, signal: AbortSignal) => {
      this.sent.push({ callId, request, signal });
      return this.onCall(request, onProgress, signal);
    },
    getTask: (taskId: string) => {
      this.polls++;
      const task = this.tasks.get(taskId);
      return task ? Promise.resolve(task) : Promise.reject(new AppError('not-found', 'unknown task'));
    },
    listTasks: () => Promise.resolve([]),
    cancelTask: (taskId: string) => {
      this.cancelled.push(taskId);
      return Promise.resolve();
    },
    watchTask: () => () => {},
  } as unknown as Connection;

  snapshot(): ServerSnapshot {
    const source = { id: 'given', kind: 'given', file: 'mcp.json', folder: undefined } as const;
    const empty = { items: [], problems: [], ttlMs: undefined };
    return {
      definition: {
        id: 's',
        name: 'server',
        source,
        line: 3,
        launch: { kind: 'http', transport: 'auto', url: 'http://127.0.0.1/mcp', headers: {} },
        inputs: [],
        launchHash: this.launchHash,
      },
      state: { kind: 'stopped' },
      offer: {
        tools: { items: this.tools, problems: [], ttlMs: undefined },
        resources: empty,
        resourceTemplates: empty,
        prompts: empty,
      },
      isChanged: false,
      isAutostart: false,
      disabledTools: this.disabled,
      sameName: [],
    };
  }

  connections(): Connections {
    return {
      get: (id: string) => (id === 's' ? this.snapshot() : undefined),
      need: () =>
        this.isUp
          ? Promise.resolve(this.connection)
          : Promise.reject(new AppError('not-connected', 'the server is down')),
    } as unknown as Connections;
  }
}

export const textResult = (text: string): CallResult => ({
  content: [{ type: 'text', text }],
  structuredContent: undefined,
  isError: false,
  meta: undefined,
});

export const fakeTask = (
  taskId: string,
  status: TaskSnapshot['status'],
  extra: Partial<TaskSnapshot> = {},
): TaskSnapshot => ({
  taskId,
  status,
  statusMessage: undefined,
  createdAt: 1_000_000,
  updatedAt: 1_000_000,
  ttlMs: undefined,
  pollIntervalMs: 1_000,
  result: undefined,
  error: undefined,
  ...extra,
});

/** One editor window over a real database file and a scripted server. */
export function openWindow(
  dir: string,
  server: FakeServer,
  clock: FakeClock,
  owner: string = randomUUID(),
  policy?: PolicyGate,
) {
  const logger = new RecordingLogger();
  const db = Database.open(join(dir, 'state.db'));
  const rows = createJobRows(db, join(dir, 'results'), logger);
  const activity = createActivityRows(db, sha256);
  const leases = createLeases(db, owner, process.pid, () => clock.now());
  const requests = new Requests();
  const runner = new JobRunner({
    rows,
    transaction: (fn) => db.transaction(fn),
    leases,
    clock,
    random: () => 0.5,
    logger,
    connections: server.connections(),
    checkResult: () => [],
    onEnd: (job) => {
      activity.append(clock.now(), { kind: 'call-ended', jobId: job.id, status: job.status.kind, ms: 0 });
    },
  });
  const door = new OneDoor({
    connections: server.connections(),
    requests,
    runner,
    jobRows: rows,
    activity,
    decisions: createDecisionRows(db, logger),
    ...(policy ? { policy } : {}),
    transaction: (fn) => db.transaction(fn),
    clock,
    sha256,
    newId: randomUUID,
    owner,
    requestTimeoutMs: () => 0,
  });
  runner.start();
  return { db, rows, activity, leases, requests, runner, door, logger, owner, kill: () => db.close() };
}

/** A fresh directory that is removed when the test ends. */
export function scratch(t: { after(fn: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
