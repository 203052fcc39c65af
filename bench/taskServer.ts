import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../src/core/json.ts';

// 2026-07-28 servers in a process of their own, one for each path, as cheap as they can be: what is measured is the client.
// Every task works for ever, or has a result at once with `done`; it pushes nothing. A line on stdin has it report and forget.
const [pollText = '5000', mode = 'working'] = process.argv.slice(2);
const pollIntervalMs = Number(pollText);
const createdAt = new Date().toISOString();
const tasksExtension = 'io.modelcontextprotocol/tasks';
let tasks = 0;
let counts: Record<string, number> = {};
let polls: number[] = [];

const task = (taskId: string): JsonObject => ({
  taskId,
  status: mode === 'done' && !taskId.startsWith('new') ? 'completed' : 'working',
  createdAt,
  lastUpdatedAt: createdAt,
  ttlMs: 3_600_000,
  pollIntervalMs,
});

function answer(method: string, params: JsonObject): JsonObject | undefined {
  switch (method) {
    case 'server/discover':
      return {
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {}, extensions: { [tasksExtension]: {} } },
        serverInfo: { name: 'bench', version: '1' },
        ttlMs: 3_600_000,
        cacheScope: 'public',
      };
    case 'tools/list':
      return {
        tools: [{ name: 'work', inputSchema: { type: 'object' } }],
        ttlMs: 3_600_000,
        cacheScope: 'public',
      };
    case 'tools/call':
      return { ...task(`new-${++tasks}`), resultType: 'task' };
    case 'tasks/get': {
      polls.push(performance.now());
      const { taskId } = params;
      const found = task(typeof taskId === 'string' ? taskId : '');
      const result = { resultType: 'complete', content: [{ type: 'text', text: 'done' }] };
      return found['status'] === 'completed' ? { ...found, result } : found;
    }
    case 'tasks/cancel':
      return {};
    default:
      return undefined;
  }
}

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const { id, method, params } = JSON.parse(body === '' ? '{}' : body) as {
      id?: number;
      method?: string;
      params?: JsonObject;
    };
    counts[method ?? 'none'] = (counts[method ?? 'none'] ?? 0) + 1;
    if (id === undefined || method === undefined) return void response.writeHead(202).end();
    const result = answer(method, params ?? {});
    const payload = result
      ? { jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } }
      : { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(payload));
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on('data', () => {
  process.stdout.write(`${JSON.stringify({ counts, polls })}\n`);
  counts = {};
  polls = [];
});
process.stdin.on('end', () => process.exit(0));
