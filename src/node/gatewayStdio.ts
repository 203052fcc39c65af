import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isJsonObject } from '../core/json.ts';
import { GatewayBridge, type GatewayConnection } from './gatewayBridge.ts';

const defaultPatienceSeconds = 20;

/** Connects an agent that only starts commands with the gateway: `gateway-stdio.cjs <connection file> [--wait <seconds>]`. */
async function main(args: readonly string[]): Promise<void> {
  const [file, flag, seconds] = args;
  const log = (text: string) => process.stderr.write(`mcp-switchboard: ${text}\n`);
  if (file === undefined) {
    log('usage: gateway-stdio.cjs <connection file> [--wait <seconds>]');
    process.exitCode = 2;
    return;
  }
  const patience = flag === '--wait' && Number(seconds) >= 0 ? Number(seconds) : defaultPatienceSeconds;
  const bridge = new GatewayBridge({
    connection: () => readConnection(file),
    write: (line) => process.stdout.write(`${line}\n`),
    log,
    patienceMs: patience * 1000,
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    now: () => Date.now(),
  });
  const end = () => void bridge.close().finally(() => process.exit(0));
  process.stdout.on('error', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  lines.on('line', (line) => void (line.trim() !== '' && bridge.receive(line)));
  lines.on('close', end);
}

/** Reads where the gateway is; rejects with a sentence that says what to do. */
async function readConnection(file: string): Promise<GatewayConnection> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(
      'MCP Switchboard has no connection for this agent any more. Run “MCP Switchboard: Connect an Agent…” in VS Code again.',
      { cause: error },
    );
  }
  if (!isJsonObject(value) || typeof value['url'] !== 'string' || typeof value['token'] !== 'string')
    throw new Error(`${file} is damaged. Run “MCP Switchboard: Connect an Agent…” in VS Code again.`);
  return { url: value['url'], token: value['token'] };
}

void main(process.argv.slice(2));
