import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** How the server was started; every duration is already scaled or nominal as its name says. */
export interface Options {
  /** `modern` speaks 2026-07-28, `legacy` 2025-11-25. */
  readonly era: 'modern' | 'legacy';
  /** Absolute folder of the durable state. */
  readonly state: string;
  /** Divides every simulated duration; 1 makes a six-month backtest take two minutes. */
  readonly speed: number;
  /** Milliseconds a task handle is kept, counted from its creation. */
  readonly ttlMs: number;
  /** Poll interval suggested to clients, in milliseconds. */
  readonly pollMs: number;
  /** Folder that `index_repository` may read; undefined = any folder the client names. */
  readonly root: string | undefined;
  /** `honour` stops cancelled tasks; `ignore` acknowledges and completes late, as 2026-07-28 permits. */
  readonly cancel: 'honour' | 'ignore';
  readonly port: number;
}

const usage = `nightly: a demo MCP server with long-running tools
  --era modern|legacy   2026-07-28 (default) or 2025-11-25
  --state DIR           durable state (default: $XDG_STATE_HOME/nightly-mcp)
  --speed X             time scale, > 0 (default 1)
  --ttl MS              how long tasks are kept (default 86400000)
  --poll MS             suggested poll interval (default 1000 / speed, at least 20)
  --root DIR            folder that index_repository may read
  --cancel honour|ignore
  --port N              http only (default 0 = any free port)
`;

/** The options in `argv`; prints the usage and exits with 2 when they are wrong. */
export function readOptions(argv: readonly string[]): Options {
  try {
    return parse(argv);
  } catch (error) {
    process.stderr.write(`nightly: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function parse(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      era: { type: 'string', default: 'modern' },
      state: { type: 'string' },
      speed: { type: 'string', default: '1' },
      ttl: { type: 'string', default: '86400000' },
      poll: { type: 'string' },
      root: { type: 'string' },
      cancel: { type: 'string', default: 'honour' },
      port: { type: 'string', default: '0' },
    },
  });
  const speed = positive('--speed', values.speed);
  return {
    era: oneOf('--era', values.era, ['modern', 'legacy'] as const),
    state: resolve(
      values.state ??
        join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'nightly-mcp'),
    ),
    speed,
    ttlMs: positive('--ttl', values.ttl),
    pollMs:
      values.poll === undefined ? Math.max(20, Math.round(1000 / speed)) : positive('--poll', values.poll),
    root: values.root === undefined ? undefined : resolve(values.root),
    cancel: oneOf('--cancel', values.cancel, ['honour', 'ignore'] as const),
    port: port(values.port),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new Error(`${name} needs a number above 0, not "${text}"`);
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new Error(`--port needs 0 to 65535, not "${text}"`);
  return value;
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new Error(`${name} needs ${allowed.join(' or ')}, not "${text}"`);
  return found;
}
