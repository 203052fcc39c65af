// A small local server with one peculiarity, named by the first argument; see connectionProcess.test.ts.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [mode = '', ...rest] = process.argv.slice(2);
const modern = '2026-07-28';
let hasBegun = false;

interface Request {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly name?: string };
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Starts processes that do not want to end, and says their ids. */
function startStubborn(): void {
  const sleeper =
    "process.on('SIGTERM', () => {}); process.stdin.resume(); setInterval(() => {}, 1000); process.stdout.write('.')";
  for (const detached of [false, true]) {
    const child = spawn(process.execPath, ['-e', sleeper], { stdio: ['ignore', 'pipe', 'ignore'], detached });
    child.stdout.once('data', () => say(`child ${child.pid ?? 0}`));
  }
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1_000);
}

function answer({ id, method, params }: Request): void {
  const capabilities = { tools: {} };
  const serverInfo = { name: mode, version: '1' };
  const envelope = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
  if (method === 'initialize' && mode !== 'slow-modern') {
    hasBegun = true;
    send({ id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo } });
  } else if (method === 'server/discover' && mode === 'slow-modern') {
    send({ id, result: { ...envelope, supportedVersions: [modern], capabilities } });
  } else if (method === 'tools/list') {
    send({ id, result: { ...envelope, tools: [{ name: 'crash', inputSchema: { type: 'object' } }] } });
  } else if (method === 'tools/call' && params?.name === 'crash') {
    say('about to crash');
    process.exit(7);
  } else {
    send({ id, error: { code: -32601, message: `Method not found: ${method}` } });
  }
}

say(`argv ${JSON.stringify(rest)}`);
say(`env ${Object.keys(process.env).sort().join(' ')}`);
if (mode === 'stubborn') startStubborn();
if (mode === 'slow-modern' && !existsSync(rest[0] ?? '')) {
  writeFileSync(rest[0] ?? '', '');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line) as Request;
  if (request.id === undefined) return;
  if (!hasBegun && request.method === 'server/discover') {
    if (mode === 'exits-at-probe') process.exit(1);
    if (mode === 'ignores-probe') return;
  }
  answer(request);
});
