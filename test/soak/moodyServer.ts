// A server over stdio for the soak run that answers well most of the time, and now and then crashes, hangs, floods or changes
// its lists: moodyServer.ts SEED legacy|modern. It counts nothing and keeps nothing, as a crashing server would.
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../src/core/json.ts';
import { seededRandom } from '../fakes/seededRandom.ts';

type Mood = 'calm' | 'crash' | 'hang' | 'flood' | 'change-list' | 'half-a-line';

const [seed = '1', era = 'legacy'] = process.argv.slice(2);
const isModern = era === 'modern';
const random = seededRandom(Number(seed) * 7919 + process.pid);
const tasks = new Map<string, { readonly until: number; isCancelled: boolean }>();
const tasksExtension = 'io.modelcontextprotocol/tasks';
let revision = 0;
let made = 0;

const write = (frame: object): void => void process.stdout.write(`${JSON.stringify(frame)}\n`);

function moodOf(method: string): Mood {
  if (method !== 'tools/call') return 'calm';
  const at = random.next();
  if (at < 0.01) return 'crash';
  if (at < 0.02) return 'hang';
  if (at < 0.04) return 'flood';
  if (at < 0.06) return 'change-list';
  return at < 0.065 ? 'half-a-line' : 'calm';
}

function tools(): JsonObject[] {
  const support = isModern ? {} : { execution: { taskSupport: 'optional' } };
  const names = ['echo', 'work', ...Array.from({ length: revision % 5 }, (_, i) => `extra-${i}`)];
  return names.map((name) => ({
    name,
    description: `${name} of server ${seed}`,
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    ...(name === 'work' ? support : {}),
  }));
}

function task(taskId: string): JsonObject {
  const found = tasks.get(taskId);
  const status =
    found === undefined || found.isCancelled
      ? 'cancelled'
      : found.until > Date.now()
        ? 'working'
        : 'completed';
  const at = new Date().toISOString();
  const lives = isModern ? { ttlMs: 600_000, pollIntervalMs: 500 } : { ttl: 600_000, pollInterval: 500 };
  return { taskId, status, createdAt: at, lastUpdatedAt: at, ...lives };
}

const content: JsonObject = { content: [{ type: 'text', text: 'done '.repeat(200) }] };

function newTask(): JsonObject {
  const taskId = `${seed}-${process.pid}-${++made}`;
  tasks.set(taskId, { until: Date.now() + 1_000 + random.next() * 20_000, isCancelled: false });
  return task(taskId);
}

function answer(method: string, params: JsonObject): JsonObject | undefined {
  const cached = isModern ? { ttlMs: 0, cacheScope: 'private' } : {};
  const taskId = typeof params['taskId'] === 'string' ? params['taskId'] : '';
  switch (method) {
    case 'server/discover':
      if (!isModern) return undefined;
      return {
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: { listChanged: true }, extensions: { [tasksExtension]: {} } },
        serverInfo: { name: 'moody', version: '1' },
        ttlMs: 0,
        cacheScope: 'private',
      };
    case 'initialize':
      return {
        protocolVersion: '2025-11-25',
        capabilities: {
          tools: { listChanged: true },
          tasks: { requests: { tools: { call: {} } }, cancel: {} },
        },
        serverInfo: { name: 'moody', version: '1' },
      };
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: tools(), ...cached };
    case 'tools/call': {
      if (params['name'] !== 'work') return isModern ? { ...content, resultType: 'complete' } : content;
      if (isModern) return { ...newTask(), resultType: 'task' };
      return params['task'] === undefined ? content : { task: newTask() };
    }
    case 'tasks/get': {
      if (!tasks.has(taskId)) return undefined;
      const now = task(taskId);
      return isModern && now['status'] === 'completed'
        ? { ...now, result: { ...content, resultType: 'complete' } }
        : now;
    }
    case 'tasks/result':
      return tasks.has(taskId) ? content : undefined;
    case 'tasks/cancel': {
      const found = tasks.get(taskId);
      if (found) found.isCancelled = true;
      return isModern ? {} : task(taskId);
    }
    default:
      return undefined;
  }
}

function flood(): void {
  for (let i = 0; i < 2_000; i++)
    write({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: `noise ${i}` } });
}

function serve(line: string): void {
  const { id, method, params } = JSON.parse(line) as { id?: number; method?: string; params?: JsonObject };
  if (id === undefined || method === undefined) return;
  switch (moodOf(method)) {
    case 'crash':
      process.stderr.write('fatal: out of luck\n');
      process.exit(1);
      break;
    case 'hang':
      return;
    case 'half-a-line':
      process.stdout.write('{"jsonrpc":"2.0","id":\n');
      break;
    case 'flood':
      flood();
      break;
    case 'change-list':
      revision++;
      if (!isModern) write({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      break;
    case 'calm':
  }
  const result = answer(method, params ?? {});
  const error = method.startsWith('tasks/')
    ? { code: -32602, message: 'no such task' } // it ended with the process that had it
    : { code: -32601, message: `no ${method} here` };
  write({ jsonrpc: '2.0', id, ...(result ? { result } : { error }) });
}

process.stdout.on('error', () => process.exit(0));
createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', serve)
  .on('close', () => process.exit(0));
