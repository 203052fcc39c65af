import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Caller } from '../src/core/caller.ts';
import { isSameText } from '../src/core/callers.ts';
import { defaultGatewaySettings, type GatewaySettings } from '../src/core/gatewaySettings.ts';
import { AppError } from '../src/core/util/errors.ts';
import { Store } from '../src/core/util/store.ts';
import { hostGateway } from '../src/node/gateway/hostGateway.ts';
import { sha256 } from '../src/node/host.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openHost } from './host/headless.ts';

/** How the command is used. */
export const gatewayUsage = `  gateway --config FILE --state DIR           serves the configured servers to other agents over Streamable HTTP on loopback,
       [--port N] [--allow-all]               until SIGTERM; prints the URL and where the token of each caller is (in DIR)
       [--caller NAME …] [--job-tools] [--discovery on|off|auto] [--questions inbox|caller]
       [--policy FILE [--folder DIR]]         decides calls by this policy file; DIR/.vscode/mcp-policy.json can only tighten. What it asks about is denied
                                              unless --allow-all is given`;

/** Runs `gateway` until a signal ends it; rejects with an `AppError`. */
export async function gatewayCommand(argv: readonly string[]): Promise<void> {
  const values = options(argv);
  const { state, config } = values;
  if (values.folder !== undefined && values.policy === undefined)
    throw new AppError('invalid-input', 'gateway: --folder goes with --policy FILE');
  if (config === undefined || state === undefined)
    throw new AppError('invalid-input', 'gateway: give --config FILE and --state DIR');
  const stateDir = resolve(state);
  mkdirSync(stateDir, { recursive: true });
  const settings = settingsOf(values);
  const open = await openHost({
    config,
    state: stateDir,
    yes: values['allow-all'],
    // Where rules decide, what they ask about is asked each time.
    remember: values.policy === undefined,
    ...(values.policy === undefined ? {} : { policy: { policy: values.policy, folder: values.folder } }),
    ...(values.era === undefined ? {} : { era: values.era }),
    ...(values.timeout === undefined ? {} : { timeout: values.timeout }),
    features: { elicitation: true, sampling: settings.questions === 'caller', roots: true, tasks: true },
  });
  const names = values.caller ?? ['agent'];
  const callers = names.map((name) => ({
    caller: { kind: 'gateway', name } satisfies Caller,
    tokenFile: join(stateDir, `gateway-${fileName(name)}.token`),
  }));
  const tokens = callers.map(({ caller, tokenFile }) => ({
    caller,
    hash: sha256(keptText(tokenFile, () => `mcpsb_${randomBytes(32).toString('base64url')}`)),
  }));
  const gateway = hostGateway(open.host, {
    version: packageJson.version,
    logger: logger(),
    settings: new Store(settings),
    secret: Buffer.from(
      keptText(join(stateDir, 'gateway.secret'), () => randomBytes(32).toString('base64url')),
    ),
    authenticate: (token) => {
      const hash = sha256(token);
      let found: Caller | undefined;
      for (const known of tokens) if (isSameText(known.hash, hash)) found = known.caller;
      return found;
    },
    isOffered: () => true,
  });
  try {
    const { url } = await gateway.start({ host: '127.0.0.1', port: port(values.port) });
    const servers = open.host.connections.servers.get().map(({ definition: { id, name } }) => ({
      name,
      url: gateway.urlOf(id),
    }));
    const told = callers.map(({ caller, tokenFile }) => ({ name: caller.name, tokenFile }));
    process.stdout.write(`${JSON.stringify({ url, callers: told, servers })}\n`);
    await new Promise<void>((stopped) => {
      if (open.signal.aborted) stopped();
      open.signal.addEventListener('abort', () => stopped(), { once: true });
    });
  } finally {
    await gateway.dispose();
    await open.close();
  }
}

function options(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        state: { type: 'string' },
        port: { type: 'string', default: '0' },
        'allow-all': { type: 'boolean', default: false },
        caller: { type: 'string', multiple: true },
        'job-tools': { type: 'boolean', default: false },
        discovery: { type: 'string', default: 'auto' },
        questions: { type: 'string', default: 'inbox' },
        era: { type: 'string' },
        timeout: { type: 'string' },
        policy: { type: 'string' },
        folder: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new AppError('invalid-input', `gateway: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function settingsOf(values: ReturnType<typeof options>): GatewaySettings {
  const { discovery, questions } = values;
  if (discovery !== 'on' && discovery !== 'off' && discovery !== 'auto')
    throw new AppError('invalid-input', 'gateway: --discovery is on, off or auto');
  if (questions !== 'inbox' && questions !== 'caller')
    throw new AppError('invalid-input', 'gateway: --questions is inbox or caller');
  return { ...defaultGatewaySettings, jobTools: values['job-tools'], discovery, questions };
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  throw new AppError('invalid-input', `gateway: ${JSON.stringify(text)} is no port`);
}

/** A secret text of an earlier run, else a new one that only this user can read. */
function keptText(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const text = make();
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return text;
}

function fileName(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) return name;
  throw new AppError('invalid-input', `gateway: ${JSON.stringify(name)} is no name of a caller`);
}

function logger() {
  const say = (message: string) => void process.stderr.write(`${message}\n`);
  return { debug: () => {}, info: () => {}, warn: say, error: say };
}
