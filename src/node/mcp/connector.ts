import {
  Client,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type ClientCapabilities,
  type FetchLike,
  type VersionNegotiationOptions,
} from '@modelcontextprotocol/client';
import type {
  ClientFeatures,
  Connection,
  ConnectionHooks,
  ConnectOptions,
  Connector,
  Era,
  ResumeState,
} from '../../core/connection.ts';
import type { JsonObject } from '../../core/json.ts';
import { mcpAppExtension, mcpAppMimeType } from '../../core/mcpApps.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import { AppError } from '../../core/util/errors.ts';
import type { ServerAuth } from '../authSession.ts';
import { abortReason } from './abortReason.ts';
import { guardHooks } from './guardedHooks.ts';
import { sseLink, stdioLink, streamableLink, type Link, type LinkDeps } from './link.ts';
import { createRedactor, longestSecret, secretsOf, type Redact } from './redactor.ts';
import { ServerLog } from './serverLog.ts';
import { Session, type SessionFacts } from './session.ts';
import type { StdioTransport } from './stdioTransport.ts';
import { networkCode, rpcErrorOf, statusOf, toWireError } from './wireErrors.ts';

export interface ConnectorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Version of this client, as told to servers. */
  readonly version: string;
  /** The sign-in of a server; without one, a server that demands it rejects with `needs-sign-in`. */
  readonly authFor?: (url: string) => ServerAuth;
  readonly fetch?: FetchLike;
  readonly random?: () => number;
  /** How long a local server may take to answer which era it speaks. */
  readonly stdioProbeMs?: number;
  /** Largest single message that is read. */
  readonly maxMessageBytes?: number;
}

/** Opens connections over the MCP SDK. */
export interface McpConnector extends Connector {
  /** Kills every local server with its children before it returns: for a host that is shutting down. */
  killAllNow(): void;
}

const clientName = 'mcp-switchboard';
const clientTitle = 'MCP Switchboard';
const modernVersion = '2026-07-28';
const defaultProbeMs = 3_000;
const legacyVerdictMs = 7 * 24 * 60 * 60_000;
const defaultMessageBytes = 64 * 2 ** 20;
const requestTimeoutMs = 60_000;
// What a server may repeat of our token in one text.
const longestToken = 16_384;
const tasksExtension = 'io.modelcontextprotocol/tasks';

/** Ways to connect, in the order of the choice in `nextMode`. */
type Mode = 'auto' | 'legacy' | 'modern' | 'sse';

interface Attempt {
  readonly link: Link;
  readonly negotiation: VersionNegotiationOptions;
  readonly resume?: ResumeState;
}

/** Builds a connector; it holds no connection and starts nothing by itself. */
export function createConnector(deps: ConnectorDeps): McpConnector {
  const processes = new Set<StdioTransport>();
  return {
    connect: (options, hooks, signal) => new Connecting(deps, processes, options, hooks).run(signal),
    killAllNow: () => {
      for (const transport of processes) transport.killNow();
    },
  };
}

/** Why an attempt failed, for people and for the choice of the next one. */
interface Failure {
  readonly error: AppError;
  /** The era could not be found out, although the server is there. */
  readonly isNegotiation: boolean;
  /** The server is there and refused to begin. */
  readonly isRefusal: boolean;
}

type Outcome =
  | { readonly kind: 'connected'; readonly connection: Connection }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly link: Link };

/** One `connect`: the order of attempts, and the end of everything they started. */
class Connecting {
  readonly #deps: ConnectorDeps;
  readonly #options: ConnectOptions;
  readonly #hooks: ConnectionHooks;
  readonly #linkDeps: LinkDeps;
  readonly #log: ServerLog;
  readonly #redact: Redact;
  readonly #auth: ServerAuth | undefined;
  readonly #target: string;
  #session: Session | undefined;

  constructor(
    deps: ConnectorDeps,
    processes: Set<StdioTransport>,
    options: ConnectOptions,
    hooks: ConnectionHooks,
  ) {
    const { launch } = options;
    const secrets = secretsOf(launch, options.secretValues);
    this.#deps = deps;
    this.#options = options;
    const auth =
      launch.kind === 'http' && !isSignedIn(launch.headers) ? deps.authFor?.(launch.url) : undefined;
    const redact = createRedactor(secrets);
    this.#auth = auth;
    this.#redact = auth ? (text) => redact(auth.hide(text)) : redact;
    this.#hooks = guardHooks(hooks, deps.logger);
    this.#log = new ServerLog(this.#hooks, this.#redact, deps.clock);
    this.#target = launch.kind === 'stdio' ? launch.command : hostOf(launch.url);
    this.#linkDeps = {
      clock: deps.clock,
      redact: this.#redact,
      lookAhead: Math.max(longestSecret(secrets), auth ? longestToken : 0),
      record: (frame) => this.#hooks.frame(frame),
      isWanted: () => this.#hooks.wantsFrames?.() ?? true,
      log: this.#log,
      fetch: deps.fetch ?? ((url, init) => fetch(url, init)),
      auth,
      maxMessageBytes: deps.maxMessageBytes ?? defaultMessageBytes,
      onBroken: (id, error) => this.#session?.broken(id, error),
      processes,
    };
  }

  async run(signal: AbortSignal): Promise<Connection> {
    if (signal.aborted) throw abortReason(signal);
    const { connectTimeoutMs } = this.#options;
    const deadline = new AbortController();
    const timer = this.#deps.clock.setTimer(connectTimeoutMs, () => {
      const message = `${this.#target} was not ready within ${connectTimeoutMs / 1000} s`;
      const nextStep = "Read the server's log, or allow it more time in the settings.";
      deadline.abort(new AppError('timeout', message, { nextStep }));
    });
    const until = AbortSignal.any([signal, deadline.signal]);
    try {
      return (await this.#resume(until)) ?? (await this.#attemptAll(until));
    } finally {
      timer.dispose();
    }
  }

  /** Takes up a stored session; undefined when the server has forgotten it. */
  async #resume(signal: AbortSignal): Promise<Connection | undefined> {
    const { launch, resume } = this.#options;
    if (
      launch.kind !== 'http' ||
      launch.transport === 'sse' ||
      resume?.era !== 'legacy' ||
      resume.sessionId === undefined
    )
      return undefined;
    const link = streamableLink(launch, this.#linkDeps, resume);
    const outcome = await this.#attempt({ link, negotiation: { mode: 'legacy' }, resume }, signal);
    if (outcome.kind === 'connected') return outcome.connection;
    const { error } = outcome.failure;
    if (signal.aborted || error.code === 'needs-sign-in') throw error;
    this.#deps.logger.info(
      `${this.#target}: the earlier session is gone (${error.message}); a new one is started`,
    );
    return undefined;
  }

  async #attemptAll(signal: AbortSignal): Promise<Connection> {
    const { launch } = this.#options;
    const tried: Mode[] = [];
    let first: Failure | undefined;
    for (let mode: Mode | undefined = this.#firstMode(); mode;) {
      tried.push(mode);
      const outcome = await this.#attempt(
        { link: this.#link(mode), negotiation: this.#negotiation(mode, tried) },
        signal,
      );
      if (outcome.kind === 'connected') return outcome.connection;
      const { failure, link } = outcome;
      first ??= failure;
      if (signal.aborted || failure.error.code === 'needs-sign-in') throw failure.error;
      mode = this.#nextMode(mode, failure, link, tried);
    }
    throw first?.error ?? new AppError('internal', `no way to connect to ${launch.kind}`);
  }

  #firstMode(): Mode {
    const { launch, eraSetting, verdict } = this.#options;
    if (launch.kind === 'http' && launch.transport === 'sse') return 'sse';
    const isKnownLegacy = verdict?.era === 'legacy' && this.#deps.clock.now() - verdict.at < legacyVerdictMs;
    return eraSetting === 'auto' && isKnownLegacy ? 'legacy' : eraSetting;
  }

  /** What to try after a failure; each way once. */
  #nextMode(mode: Mode, failure: Failure, link: Link, tried: readonly Mode[]): Mode | undefined {
    const { launch, eraSetting } = this.#options;
    const untried = (next: Mode) => (tried.includes(next) ? undefined : next);
    if (mode === 'sse') return undefined;
    if (eraSetting === 'auto') {
      // The answer to the probe came after its time-out: the server is modern and slow.
      if (mode === 'auto' && link.tap.hasModernAnswer) return untried('modern');
      // The process ended at the probe, or HTTP answered it with 2xx and something unusable.
      if (mode === 'auto' && failure.isNegotiation && untried('legacy')) return 'legacy';
      // A stored verdict may be out of date.
      if (mode === 'legacy' && tried.length === 1 && failure.isRefusal) return 'auto';
    }
    const isSsePossible = launch.kind === 'http' && launch.transport === 'auto' && mode !== 'modern';
    return isSsePossible && [400, 404, 405].includes(statusOf(failure.error) ?? 0)
      ? untried('sse')
      : undefined;
  }

  #link(mode: Mode): Link {
    const { launch } = this.#options;
    if (launch.kind === 'stdio') return stdioLink(launch, this.#linkDeps);
    return mode === 'sse' ? sseLink(launch, this.#linkDeps) : streamableLink(launch, this.#linkDeps);
  }

  #negotiation(mode: Mode, tried: readonly Mode[]): VersionNegotiationOptions {
    const { launch, verdict, connectTimeoutMs } = this.#options;
    if (mode === 'legacy' || mode === 'sse') return { mode: 'legacy' };
    // A server that is known to be modern may be slow to start; an unknown one must leave time for the fallback.
    const isShort =
      launch.kind === 'stdio' && mode === 'auto' && verdict?.era !== 'modern' && tried.length === 1;
    const shortMs = Math.min(this.#deps.stdioProbeMs ?? defaultProbeMs, connectTimeoutMs / 2);
    const probe = { timeoutMs: isShort ? shortMs : connectTimeoutMs, maxRetries: 0 };
    return { mode: mode === 'auto' ? 'auto' : { pin: modernVersion }, probe };
  }

  async #attempt(attempt: Attempt, signal: AbortSignal): Promise<Outcome> {
    const { link, resume } = attempt;
    const auth = this.#auth;
    const clientInfo = { name: clientName, title: clientTitle, version: this.#deps.version };
    const clientCapabilities = capabilitiesOf(this.#options.features);
    const client = new Client(clientInfo, {
      capabilities: clientCapabilities,
      versionNegotiation: attempt.negotiation,
      // Results are checked elsewhere, with bounds; the SDK's engine would only cost start-up time.
      jsonSchemaValidator: {
        getValidator: () => (input: unknown) => ({
          valid: true,
          data: input as never,
          errorMessage: undefined,
        }),
      },
    });
    const session = new Session({
      ...{ client, link, clientInfo },
      ...{ clock: this.#deps.clock, logger: this.#deps.logger, random: this.#deps.random ?? Math.random },
      ...{ hooks: this.#hooks, log: this.#log, redact: this.#redact, target: this.#target },
      features: this.#options.features,
      clientCapabilities: clientCapabilities as JsonObject,
      timeoutMs: this.#options.requestTimeoutMs ?? requestTimeoutMs,
      signInProblem: auth && (() => auth.problem()),
    });
    this.#session = session;
    try {
      await raced(signal, () => client.connect(link.transport, { timeout: this.#options.connectTimeoutMs }));
      const connection = session.begin(resume ? { ...resume, discover: undefined } : factsOf(client));
      if (!resume) return { kind: 'connected', connection };
      link.openStream();
      await session.ping(signal);
      return { kind: 'connected', connection };
    } catch (error) {
      const failure = this.#failure(error, link, signal);
      session.abandon(failure.error);
      await link.close().catch(() => {});
      return { kind: 'failed', failure, link };
    }
  }

  #failure(error: unknown, link: Link, signal: AbortSignal): Failure {
    const auth = this.#auth;
    const place = {
      isConnecting: true,
      hasSession: false,
      method: 'the first request',
      target: this.#target,
      redact: this.#redact,
      signInProblem: auth && (() => auth.problem()),
    };
    const mapped = signal.aborted ? abortReason(signal) : (link.endError() ?? toWireError(error, place));
    const isNegotiation =
      SdkError.isInstance(error) &&
      error.code === SdkErrorCode.EraNegotiationFailed &&
      !SdkHttpError.isInstance(error) &&
      networkCode(error) === undefined;
    return {
      error: mapped,
      isNegotiation,
      isRefusal: rpcErrorOf(mapped) !== undefined || statusOf(mapped) === 400,
    };
  }
}

function factsOf(client: Client): SessionFacts {
  const era: Era = client.getProtocolEra() ?? 'legacy';
  return {
    era,
    protocolVersion: client.getNegotiatedProtocolVersion() ?? '',
    capabilities: (client.getServerCapabilities() ?? {}) as JsonObject,
    discover: era === 'modern' ? (client.getDiscoverResult() as JsonObject | undefined) : undefined,
  };
}

/** What is declared to servers, in both eras. */
function capabilitiesOf(features: ClientFeatures): ClientCapabilities {
  return {
    ...(features.elicitation ? { elicitation: { form: {}, url: {} } } : {}),
    ...(features.sampling ? { sampling: features.samplingTools ? { tools: {} } : {} } : {}),
    ...(features.roots ? { roots: { listChanged: true } } : {}),
    ...extensionsOf(features),
  };
}

function extensionsOf({ tasks, apps }: ClientFeatures): Pick<ClientCapabilities, 'extensions'> {
  if (!tasks && !apps) return {};
  return {
    extensions: {
      ...(tasks ? { [tasksExtension]: {} } : {}),
      ...(apps ? { [mcpAppExtension]: { mimeTypes: [mcpAppMimeType] } } : {}),
    },
  };
}

async function raced<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw abortReason(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A configured Authorization header is the user's own sign-in. */
function isSignedIn(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

function hostOf(url: string): string {
  if (!URL.canParse(url)) throw new AppError('invalid-config', `"${url.slice(0, 200)}" is no URL`);
  return new URL(url).host;
}
