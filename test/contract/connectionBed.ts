import type {
  Ask,
  AskAnswer,
  AskOrigin,
  CallReply,
  CallResult,
  ClientFeatures,
  Connection,
  ConnectionHooks,
  ConnectionLoss,
  ConnectOptions,
  Frame,
  LogLevel,
  Progress,
  TaskSnapshot,
} from '../../src/core/connection.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Clock, Logger } from '../../src/core/ports.ts';
import type { ResolvedLaunch } from '../../src/core/server.ts';
import { toDisposable } from '../../src/core/util/disposables.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { createConnector, type ConnectorDeps, type McpConnector } from '../../src/node/mcp/connector.ts';
import { contractStdio, startContractHttp, startContractSse } from '../fixtures/servers/contract.ts';

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return toDisposable(() => clearTimeout(timer));
  },
};

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

/** Everything a client can offer. */
export const allFeatures: ClientFeatures = { elicitation: true, sampling: true, roots: true, tasks: true };

/** Hooks that keep what they are told, and let a test wait for it. */
export class Recorder implements ConnectionHooks {
  readonly asks: { readonly ask: Ask; readonly origin: AskOrigin; readonly signal: AbortSignal }[] = [];
  readonly logs: { readonly level: LogLevel; readonly text: string }[] = [];
  readonly stderrLines: string[] = [];
  readonly frames: Frame[] = [];
  readonly sentCalls: { readonly callId: string; readonly requestId: number }[] = [];
  readonly changedLists: string[] = [];
  readonly updatedUris: string[] = [];
  readonly tasks: TaskSnapshot[] = [];
  readonly losses: ConnectionLoss[] = [];
  /** Answers asks; the default accepts with nothing. */
  answer: (ask: Ask, origin: AskOrigin, signal: AbortSignal) => AskAnswer | Promise<AskAnswer> = () => ({
    kind: 'accept',
    content: {},
  });
  #waiting: (() => void)[] = [];

  async ask(ask: Ask, origin: AskOrigin, signal: AbortSignal): Promise<AskAnswer> {
    this.asks.push({ ask, origin, signal });
    this.#changed();
    return this.answer(ask, origin, signal);
  }

  log(level: LogLevel, text: string): void {
    this.logs.push({ level, text });
    this.#changed();
  }

  stderr(text: string): void {
    this.stderrLines.push(text);
    this.#changed();
  }

  frame(frame: Frame): void {
    this.frames.push(frame);
    this.#changed();
  }

  callSent(callId: string, requestId: number): void {
    this.sentCalls.push({ callId, requestId });
  }

  listChanged(list: 'tools' | 'resources' | 'prompts'): void {
    this.changedLists.push(list);
    this.#changed();
  }

  resourceUpdated(uri: string): void {
    this.updatedUris.push(uri);
    this.#changed();
  }

  taskChanged(task: TaskSnapshot): void {
    this.tasks.push(task);
    this.#changed();
  }

  closed(reason: ConnectionLoss): void {
    this.losses.push(reason);
    this.#changed();
  }

  roots(): readonly { readonly uri: string; readonly name: string }[] {
    return [{ uri: 'file:///workspace', name: 'workspace' }];
  }

  /** Resolves with the first value that `probe` gives, looked for after each event. */
  async until<T>(probe: () => T | undefined | false): Promise<T> {
    for (;;) {
      const value = probe();
      if (value !== undefined && value !== false) return value;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Frames of one method. */
  sent(method: string): readonly Frame[] {
    return this.frames.filter((frame) => frame.direction === 'sent' && frame.method === method);
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A live connection with its hooks. */
export interface Bed {
  readonly connector: McpConnector;
  readonly connection: Connection;
  readonly hooks: Recorder;
  /** A plain call without time-out that must be done at once. */
  readonly result: (tool: string, args?: JsonObject, callId?: string) => Promise<CallResult>;
  /** A call with everything to choose. */
  readonly call: (tool: string, args: JsonObject, options?: CallOptions) => Promise<CallReply>;
}

export interface CallOptions {
  readonly callId?: string;
  readonly mode?: 'plain' | 'task';
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface BedOptions extends Partial<Omit<ConnectOptions, 'launch'>> {
  readonly deps?: Partial<ConnectorDeps>;
  readonly hooks?: Recorder;
  readonly signal?: AbortSignal;
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The options of a connect with the defaults of the tests. */
export function connectOptions(
  launch: ResolvedLaunch,
  options: Partial<ConnectOptions> = {},
): ConnectOptions {
  return {
    launch,
    secretValues: [],
    eraSetting: 'auto',
    verdict: undefined,
    connectTimeoutMs: 30_000,
    features: allFeatures,
    resume: undefined,
    ...options,
  };
}

/** Connects; the caller closes. */
export async function connect(launch: ResolvedLaunch, options: BedOptions = {}): Promise<Bed> {
  const { deps, hooks = new Recorder(), signal = never, ...rest } = options;
  const connector = createConnector({ clock: systemClock, logger: silent, version: '0.0.0-test', ...deps });
  const connection = await connector.connect(connectOptions(launch, rest), hooks, signal);
  const call: Bed['call'] = (tool, args, one = {}) =>
    connection.call(
      one.callId ?? 'call-1',
      { tool, arguments: args, mode: one.mode ?? 'plain', timeoutMs: one.timeoutMs ?? 0 },
      one.onProgress ?? (() => {}),
      one.signal ?? never,
    );
  return {
    connector,
    connection,
    hooks,
    call,
    result: async (tool, args = {}, callId = 'call-1') => {
      const reply = await call(tool, args, { callId });
      if (reply.kind !== 'done') throw new Error(`${tool} became a task`);
      return reply.result;
    },
  };
}

/** One way to reach the contract server. */
export interface Mode {
  readonly name: string;
  readonly era: 'legacy' | 'modern';
  readonly transport: 'stdio' | 'streamable-http' | 'sse';
  readonly protocolVersion: string;
  /** Starts what must run before a connect. */
  start(): Promise<{ readonly launch: ResolvedLaunch; close(): Promise<void> }>;
}

/** Both eras over both transports, and SSE. */
export const modes: readonly Mode[] = [
  stdioMode('legacy'),
  stdioMode('modern'),
  httpMode('legacy'),
  httpMode('modern'),
  {
    ...{ name: 'legacy sse', era: 'legacy', transport: 'sse', protocolVersion: '2025-11-25' },
    start: async () => {
      const server = await startContractSse();
      return { launch: httpLaunch(server.url), close: () => server.close() };
    },
  },
];

export function stdioLaunch(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ResolvedLaunch {
  return { kind: 'stdio', command, args, env, cwd: undefined };
}

export function httpLaunch(url: string, headers: Record<string, string> = {}): ResolvedLaunch {
  return { kind: 'http', transport: 'auto', url, headers };
}

/** The AppError that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it did not reject');
}

/** The text of the first content block. */
export function textOf(result: { readonly content: readonly JsonObject[] }): unknown {
  return result.content[0]?.['text'];
}

/** The contract server's own count of its tool `hang`. */
export interface Counts {
  readonly hanging: number;
  readonly cancelled: number;
}

/** What the contract server counted so far. */
export async function counts(bed: Bed): Promise<Counts> {
  return (await bed.result('cancelled_count')).structuredContent as unknown as Counts;
}

/** Resolves when the contract server has counted that far. */
export async function untilCounts(bed: Bed, isReached: (counts: Counts) => boolean): Promise<void> {
  while (!isReached(await counts(bed)));
}

function stdioMode(era: 'legacy' | 'modern'): Mode {
  const { command, args } = contractStdio(era);
  return {
    ...{ name: `${era} stdio`, era, transport: 'stdio', protocolVersion: versionOf(era) },
    start: async () => ({ launch: stdioLaunch(command, args), close: async () => {} }),
  };
}

function httpMode(era: 'legacy' | 'modern'): Mode {
  return {
    ...{ name: `${era} http`, era, transport: 'streamable-http', protocolVersion: versionOf(era) },
    start: async () => {
      const server = await startContractHttp({ era });
      return { launch: httpLaunch(server.url), close: () => server.close() };
    },
  };
}

function versionOf(era: 'legacy' | 'modern'): string {
  return era === 'legacy' ? '2025-11-25' : '2026-07-28';
}
