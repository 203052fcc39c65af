import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ClientFeatures } from '../../src/core/connection.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Logger } from '../../src/core/ports.ts';
import { isSettledElsewhere, type PromptRequest } from '../../src/core/requests.ts';
import type { Configuration, Source } from '../../src/core/server.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { Store } from '../../src/core/util/store.ts';
import { resolveLaunch } from '../../src/core/variables.ts';
import { createHost, sha256, type Host } from '../../src/node/host.ts';
import type { AuthPorts } from '../../src/node/authHost.ts';
import { readEnvFile } from '../../src/node/configEnvFile.ts';
import { readConfigFile } from '../../src/node/configFiles.ts';
import { createFileMemory } from '../../src/node/fileMemory.ts';
import { openPolicy, type HeadlessPolicyOptions } from './policy.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** What a headless host is opened with. */
export interface HeadlessOptions {
  readonly config?: string;
  /** Folder of the durable state; a temporary one that goes with `close` when absent. */
  readonly state?: string;
  /** Approve each tool call once; without it every call is denied. */
  readonly yes?: boolean;
  /** Approve for the session instead of once: what a rule would do. */
  readonly remember?: boolean;
  /** Seconds without answer or progress until a request fails. */
  readonly timeout?: string;
  readonly era?: string;
  /** Seconds until a server must be ready. */
  readonly connectTimeout?: string;
  /** JSON object: what to answer to elicitation forms; absent means decline. */
  readonly answers?: string;
  /** What servers are told that we can; everything but sampling when absent. */
  readonly features?: ClientFeatures;
  /** Takes every request of the inbox in place of `yes` and `answers`. */
  readonly onRequest?: (host: Host, request: PromptRequest) => void;
  readonly logger?: Logger;
  /** False: messages are not recorded. */
  readonly captureTraffic?: boolean;
  /** Policy files that calls are decided by; without them only `yes` counts. */
  readonly policy?: HeadlessPolicyOptions;
  /** Sign-ins of remote servers; without them nobody can sign in. */
  readonly auth?: AuthPorts;
}

/** A host without an editor. */
export interface HeadlessHost {
  readonly host: Host;
  readonly configuration: Configuration;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** Opens the same host as the editor's over one configuration file; naming the file is the consent to start what it lists. */
export async function openHost(options: HeadlessOptions): Promise<HeadlessHost> {
  const configuration =
    options.config === undefined ? empty : await readConfiguration(resolve(options.config));
  const stateDir =
    options.state === undefined
      ? await mkdtemp(join(tmpdir(), 'switchboard-state-'))
      : resolve(options.state);
  const logger = options.logger ?? stderrLogger;
  const memory = createFileMemory(join(stateDir, 'memory.json'), logger);
  const policy = options.policy && (await openPolicy(options.policy, { memory, logger }));
  const abort = new AbortController();
  const stop = () => abort.abort(new AppError('cancelled', 'stopped'));
  const requestTimeoutMs = seconds(options.timeout, 60) * 1000;
  const answers = options.answers === undefined ? undefined : (JSON.parse(options.answers) as JsonObject);
  const host = createHost({
    stateDir,
    version: packageJson.version,
    logger,
    memory,
    configuration: new Store(configuration),
    features: new Store(options.features ?? defaultFeatures),
    settings: new Store({
      connectTimeoutMs: seconds(options.connectTimeout, 30) * 1000,
      requestTimeoutMs,
      maxConcurrentStarts: 6,
      captureTraffic: options.captureTraffic !== false,
      eraOf: () => eraOption(options.era),
    }),
    resolve: (definition, signal) => resolveLaunch(definition, variables(), signal),
    consent: () => Promise.resolve(true),
    access: () => ({ kind: 'allowed' }),
    ...(options.auth ? { auth: options.auth } : {}),
    ...(policy ? { policy: policy.gate } : {}),
    roots: () => [{ uri: `file://${encodeURI(process.cwd())}`, name: 'cwd' }],
    serverLog: () => ({ log: () => {}, stderr: () => {} }),
    onSetAside: (file, reason) =>
      logger.warn(`the database was damaged (${reason}) and set aside as ${file}`),
  });
  // Nothing below fails: what is held from here on is let go by `close`.
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const keepAlive = setInterval(() => {}, 2 ** 30); // the host's own timers do not keep the process
  host.jobs.start();
  const decide =
    options.onRequest ?? ((_host, request: PromptRequest) => answer(host, request, options, answers));
  const seen = new Set<string>();
  const subscription = host.requests.open.subscribe((open) => {
    for (const request of open) {
      if (seen.has(request.id)) continue;
      seen.add(request.id);
      decide(host, request);
    }
  });
  const end = async () => {
    clearInterval(keepAlive);
    subscription.dispose();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await host.dispose();
    policy?.dispose();
    if (options.state === undefined) await rm(stateDir, { recursive: true, force: true });
  };
  let ending: Promise<void> | undefined;
  return { host, configuration, signal: abort.signal, close: () => (ending ??= end()) };
}

const defaultFeatures: ClientFeatures = { elicitation: true, sampling: false, roots: true, tasks: true };
const empty: Configuration = { servers: [], problems: [], sources: [] };

async function readConfiguration(file: string): Promise<Configuration> {
  const source: Source = { id: 'given', kind: 'given', file, folder: dirname(file) };
  if (!existsSync(file)) throw new AppError('invalid-config', `${file} does not exist`);
  return { ...(await readConfigFile(source, sha256)), sources: [source] };
}

function answer(
  host: Host,
  request: PromptRequest,
  options: HeadlessOptions,
  answers: JsonObject | undefined,
): void {
  if (request.kind === 'approval') {
    host.requests.decide(
      request.id,
      options.yes
        ? { kind: 'allow', scope: options.remember ? 'session' : 'once', arguments: request.arguments }
        : { kind: 'deny', reason: 'not approved on the command line' },
    );
  } else if (isSettledElsewhere(request.kind)) {
    // Nobody is here to review it or to sign in: what changed stays set aside.
  } else if (request.kind === 'elicitation-form' && answers)
    host.requests.answer(request.id, { kind: 'accept', content: answers });
  else host.requests.answer(request.id, { kind: 'decline' });
}

function variables() {
  return {
    env: (name: string) => process.env[name],
    folders: [{ name: 'cwd', path: process.cwd() }],
    userHome: homedir(),
    pathSeparator: process.platform === 'win32' ? ('\\' as const) : ('/' as const),
    input: (_definition: unknown, input: { readonly id: string; readonly default: string | undefined }) => {
      const value =
        process.env[`MCP_INPUT_${input.id.toUpperCase().replaceAll(/\W/g, '_')}`] ?? input.default;
      if (value === undefined)
        return Promise.reject(
          new AppError('invalid-config', `input ${input.id} is not known`, {
            nextStep: `Set MCP_INPUT_${input.id.toUpperCase().replaceAll(/\W/g, '_')} in the environment.`,
          }),
        );
      return Promise.resolve(value);
    },
    readEnvFile,
  };
}

function seconds(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new AppError('invalid-input', `${JSON.stringify(text)} is not a number of seconds`);
  return value;
}

function eraOption(text: string | undefined): 'auto' | 'legacy' | 'modern' {
  if (text === undefined) return 'auto';
  if (text === 'auto' || text === 'legacy' || text === 'modern') return text;
  throw new AppError('invalid-input', `${JSON.stringify(text)} is no era: auto, legacy or modern`);
}

const stderrLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message) => process.stderr.write(`${message}\n`),
  error: (message) => process.stderr.write(`${message}\n`),
};
