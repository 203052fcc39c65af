import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openGatewayBed, agentToken } from '../test/fixtures/gatewayBed.ts';
import { contractStdio, startContractHttp } from '../test/fixtures/servers/contract.ts';
import { ContractOffer } from '../test/fixtures/servers/contractOffer.ts';
import type { Frame } from '../test/fixtures/servers/rawPeer.ts';
import { compare, timed, type Comparison } from './stats.ts';
import { scratchConfig } from './support.ts';

const rounds = 400;
const warmUp = 80;
const burst = 1_600;
const inFlight = 16;
const root = fileURLToPath(new URL('..', import.meta.url));

type ClientTransport = StreamableHTTPClientTransport | StdioClientTransport;

interface Way {
  readonly name: string;
  readonly call: () => Promise<unknown>;
  readonly latencies: number[];
  /** Calls per second, 16 in flight, of each turn. */
  readonly rates: number[];
}

/** What each way to the same stdio server costs per call; ours decides, logs and records each. */
export async function benchGateway(): Promise<readonly Comparison[]> {
  const ends: (() => Promise<unknown> | void)[] = [];
  try {
    const ways = await openWays(ends);
    // In turns, so that what the machine does besides hits all of them.
    for (let round = 0; round < rounds + warmUp; round++) {
      for (const way of ways) {
        const ms = await timed(way.call);
        if (round >= warmUp) way.latencies.push(ms);
      }
    }
    for (let turn = 0; turn < 3; turn++) for (const way of ways) way.rates.push(await rate(way.call));
    const of = (name: string) => {
      const found = ways.find((way) => way.name === name);
      if (!found) throw new Error(`no way ${name}`);
      return found;
    };
    const results: Comparison[] = [];
    const against = (ours: string, theirs: string, aimMs: string, aimRate: string) => {
      const [a, b] = [of(ours), of(theirs)];
      const what = `${ours} / ${theirs}`;
      results.push(compare(`one call: ${what}`, 'ms', a.latencies, b.latencies, aimMs));
      results.push(
        compare(`calls a second, ${inFlight} in flight: ${what}`, '1/s', a.rates, b.rates, aimRate),
      );
    };
    against('gateway 2026-07-28', 'bare SDK HTTP 2026-07-28', 'p50 <= 1.5', 'shown');
    against('gateway 2025-11-25', 'bare SDK HTTP 2025-11-25', 'p50 <= 1.5', 'shown');
    against('gateway 2025-11-25', 'stdio direct', 'shown', 'shown');
    against('gateway 2025-11-25', 'supergateway', 'p50 < 1', 'p50 > 1');
    against('gateway 2025-11-25', 'mcp-proxy', 'p50 < 1', 'p50 > 1');
    return [...results, await manyTools()];
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function openWays(ends: (() => Promise<unknown> | void)[]): Promise<readonly Way[]> {
  const stdio = contractStdio('legacy');
  const bed = await scratchConfig({ servers: { contract: { type: 'stdio', ...stdio } } });
  ends.push(() => bed.remove());
  const gateway = await run(ends, [
    'scripts/host.ts',
    'gateway',
    '--config',
    bed.config,
    '--state',
    bed.state,
    '--allow-all',
  ]);
  const { url, callers } = (await firstLine(gateway)) as {
    url: string;
    callers: readonly { tokenFile: string }[];
  };
  const [caller] = callers;
  const token = caller ? readFileSync(caller.tokenFile, 'utf8').trim() : '';
  const bare = async (era: string) =>
    ((await firstLine(await run(ends, ['bench/bareServer.ts', era]))) as { url: string }).url;
  const [bareModern, bareLegacy] = [await bare('modern'), await bare('legacy')];
  const command = [stdio.command, ...stdio.args];
  const superPort = await freePort();
  await run(ends, [
    ...[
      'node_modules/supergateway/dist/index.js',
      '--stdio',
      command.join(' '),
      '--outputTransport',
      'streamableHttp',
    ],
    ...['--stateful', '--logLevel', 'none', '--protocolVersion', '2025-11-25', '--port', String(superPort)],
  ]);
  const proxyPort = await freePort();
  await run(ends, [
    ...['node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs', '--host', '127.0.0.1', '--port', String(proxyPort)],
    ...['--server', 'stream', '--', ...command],
  ]);
  const http = (to: string, headers: Record<string, string> = {}) =>
    new StreamableHTTPClientTransport(new URL(to), { requestInit: { headers } });
  const authorization = { authorization: `Bearer ${token}` };
  const way = async (name: string, open: () => ClientTransport, isModern: boolean, tool = 'echo') => {
    const client = await connected(open, isModern);
    ends.push(() => client.close());
    const request = { name: tool, arguments: { text: 'hello' } };
    return { name, call: () => client.callTool(request), latencies: [], rates: [] } satisfies Way;
  };
  const stdioTransport = () =>
    new StdioClientTransport({ command: stdio.command, args: [...stdio.args], stderr: 'ignore' });
  return [
    await way('stdio direct', stdioTransport, false),
    await way('bare SDK HTTP 2026-07-28', () => http(bareModern), true),
    await way('bare SDK HTTP 2025-11-25', () => http(bareLegacy), false),
    await way('gateway 2026-07-28', () => http(url, authorization), true, 'contract_echo'),
    await way('gateway 2025-11-25', () => http(url, authorization), false, 'contract_echo'),
    await way('supergateway', () => http(`http://127.0.0.1:${superPort}/mcp`), false),
    await way('mcp-proxy', () => http(`http://127.0.0.1:${proxyPort}/mcp`), false),
  ];
}

/** Connects as soon as the server is there. */
async function connected(open: () => ClientTransport, isModern: boolean): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    const mode = isModern ? 'auto' : 'legacy';
    const client = new Client({ name: 'bench', version: '1' }, { versionNegotiation: { mode } });
    try {
      await client.connect(open());
      await client.listTools();
      return client;
    } catch (error) {
      await client.close().catch(() => {});
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function rate(call: () => Promise<unknown>): Promise<number> {
  let left = burst;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  const ms = await timed(() => Promise.all(Array.from({ length: inFlight }, worker)));
  return (burst * 1_000) / ms;
}

/** So many tools of one server. */
function manyOf(count: number): typeof ContractOffer {
  const inputSchema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
  const description = 'Says the text again';
  const tools = Array.from({ length: count }, (_, n) => ({ name: `tool_${n}`, description, inputSchema }));
  return class extends ContractOffer {
    override listTools(): Frame {
      return { tools };
    }
  };
}

/** `tools/list` over 500 tools of 50 servers, against the same list of one bare SDK server. */
async function manyTools(): Promise<Comparison> {
  const server = await startContractHttp({ era: 'modern', Offer: manyOf(10) });
  const whole = await startContractHttp({ era: 'modern', Offer: manyOf(500) });
  const names = Array.from({ length: 50 }, (_, n) => `server-${n}`);
  const servers = Object.fromEntries(
    names.map((name, n) => [name, { type: 'http', url: `${server.url}?n=${n}` }]),
  );
  const bed = await openGatewayBed({ servers, settings: { discovery: 'off' } });
  try {
    for (const name of names) await bed.host.connections.start(`given/${name}`, new AbortController().signal);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let n = 0; n < 60; n++) {
      const our = await timed(() => listed(bed.url, agentToken));
      const their = await timed(() => listed(whole.url));
      if (n < 10) continue;
      ours.push(our);
      theirs.push(their);
    }
    return compare(
      'tools/list, 500 tools of 50 servers / of one bare SDK server',
      'ms',
      ours,
      theirs,
      'p50 <= 1',
    );
  } finally {
    await bed.close();
    await whole.close();
    await server.close();
  }
}

async function listed(url: string, token = ''): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  });
  const text = await response.text();
  const count = text.split('"inputSchema"').length - 1;
  if (count < 10) throw new Error(`listed ${count} tools: ${text.slice(0, 300)}`);
}

async function run(ends: (() => Promise<unknown> | void)[], args: readonly string[]): Promise<ChildProcess> {
  const [script = '', ...rest] = args;
  const child = spawn(process.execPath, [join(root, script), ...rest], {
    cwd: root,
    stdio: ['ignore', 'pipe', process.env['BENCH_VERBOSE'] ? 'inherit' : 'ignore'],
    detached: true, // the proxies leave their own children behind
  });
  const gone = once(child, 'close');
  ends.push(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await gone;
  });
  child.stdout?.resume();
  return child;
}

function firstLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (child.stdout)
      createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as unknown));
    child.once('close', (code) => reject(new Error(`ended with ${String(code)}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
