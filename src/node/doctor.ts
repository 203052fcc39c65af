import { homedir } from 'node:os';
import type { ClientFeatures } from '../core/connection.ts';
import type { Connections, ServerSnapshot } from '../core/connections.ts';
import type { DoctorFacts, EntryFacts } from '../core/doctorFacts.ts';
import { addressOf, commandLineOf } from '../core/launchText.ts';
import type { Clock } from '../core/ports.ts';
import type { ServerDefinition } from '../core/server.ts';
import { NeedsHuman, prepare, type Launched, type Prompting, type StartPorts } from '../core/serverStart.ts';
import { AppError, isAppError, throwIfAborted } from '../core/util/errors.ts';
import type { Readable } from '../core/util/store.ts';
import { lookForCommand } from './doctorCommand.ts';
import { liveConnect, readLists, tryConnect } from './doctorConnect.ts';
import { failureOf } from './doctorFailure.ts';
import { lookUpHost } from './doctorNetwork.ts';
import { createRedactor, secretsOf } from './mcp/redactor.ts';
import type { Wire } from './wire.ts';

/** What the doctor looks with. */
export interface DoctorDeps extends StartPorts {
  readonly connections: Pick<Connections, 'get' | 'frames' | 'needQuietly' | 'stop' | 'start'>;
  readonly settings: Readable<{
    readonly connectTimeoutMs: number;
    eraOf(serverId: string): 'auto' | 'legacy' | 'modern';
  }>;
  readonly features: Readable<ClientFeatures>;
  roots(serverId: string): readonly { readonly uri: string; readonly name: string }[];
  readonly wire: Pick<Wire, 'auth' | 'connectorWith'>;
  readonly clock: Clock;
}

/** How a look is done. */
export interface DoctorOptions {
  /** Whether the user may be asked for consent and inputs; what is not agreed to is never started. */
  readonly prompting: Prompting;
  /** Told after each part, with all that is known by then. */
  readonly onFacts?: (facts: DoctorFacts) => void;
}

/**
 * Follows a connection to a configured server from its entry to its lists. A connected server is looked at as it runs; for any
 * other a connection of its own is opened and closed. Rejects `not-found` and `cancelled`; everything else is a finding.
 */
export async function examine(
  deps: DoctorDeps,
  serverId: string,
  options: DoctorOptions,
  signal: AbortSignal,
): Promise<DoctorFacts> {
  const server = deps.connections.get(serverId);
  if (!server) throw new AppError('not-found', `no server ${serverId} is configured`);
  return new Examination(deps, server, options).run(signal);
}

class Examination {
  readonly #deps: DoctorDeps;
  readonly #server: ServerSnapshot;
  readonly #options: DoctorOptions;
  #hide: (text: string) => string = (text) => text;
  #facts: DoctorFacts;

  constructor(deps: DoctorDeps, server: ServerSnapshot, options: DoctorOptions) {
    this.#deps = deps;
    this.#server = server;
    this.#options = options;
    const { id, name, launch, source, line } = this.#definition;
    this.#facts = {
      server: {
        id,
        name,
        kind: launch.kind,
        target: launch.kind === 'stdio' ? commandLineOf(launch) : addressOf(launch),
        file: source.file,
        line,
      },
      platform: process.platform,
      at: deps.clock.now(),
      way: server.state.kind === 'ready' ? 'live' : 'trial',
    };
  }

  async run(signal: AbortSignal): Promise<DoctorFacts> {
    const launched = await this.#entry(signal);
    if (launched)
      await (this.#facts.way === 'live' ? this.#live(launched, signal) : this.#trial(launched, signal));
    throwIfAborted(signal);
    return this.#shown;
  }

  get #isLive(): boolean {
    return this.#server.state.kind === 'ready';
  }

  /** What runs; for a server that does not, the entry as it is now. */
  get #definition(): ServerDefinition {
    return this.#isLive ? this.#server.definition : (this.#server.changedTo ?? this.#server.definition);
  }

  get #shown(): DoctorFacts {
    return hidden(this.#facts, this.#hide);
  }

  #add(part: Partial<DoctorFacts>): void {
    this.#facts = { ...this.#facts, ...part };
    this.#options.onFacts?.(this.#shown);
  }

  async #entry(signal: AbortSignal): Promise<Launched | undefined> {
    const definition = this.#definition;
    const { launch, isDisabledInFile } = definition;
    const base = {
      isDisabled: isDisabledInFile === true,
      hasOwnSignIn:
        launch.kind === 'http' &&
        Object.keys(launch.headers).some((name) => name.toLowerCase() === 'authorization'),
    };
    const { ms, launched, error } = await this.#prepare(definition, signal);
    if (!launched) {
      throwIfAborted(signal);
      this.#add({ entry: { ms, failure: failureOf(error), notes: [], ...base } satisfies EntryFacts });
      return undefined;
    }
    this.#hide = this.#hider(launched);
    this.#add({ entry: { ms, failure: undefined, notes: launched.notes ?? [], ...base } });
    return launched;
  }

  /** First without asking anybody, so that the time is not that of the user. */
  async #prepare(definition: ServerDefinition, signal: AbortSignal) {
    const began = this.#deps.clock.now();
    const time = () => this.#deps.clock.now() - began;
    try {
      return { launched: await prepare(this.#deps, definition, 'never', signal), ms: time() };
    } catch (error) {
      const ms = time();
      if (!(error instanceof NeedsHuman) || this.#options.prompting === 'never') return { ms, error };
      try {
        return { launched: await prepare(this.#deps, definition, 'may-ask', signal), ms };
      } catch (refusal) {
        return { ms, error: refusal };
      }
    }
  }

  async #trial(launched: Launched, signal: AbortSignal): Promise<void> {
    const { connections } = this.#deps;
    const { id } = launched.definition;
    const { kind } = this.#server.state;
    const isBusy = launched.launch.kind === 'stdio' && (kind === 'starting' || kind === 'retrying');
    // No two processes of one server: the one that comes and goes waits until the look is over.
    if (isBusy) await connections.stop(id);
    try {
      await this.#surroundings(launched);
      await this.#connect(launched, signal);
    } finally {
      if (isBusy) void connections.start(id, new AbortController().signal).catch(() => undefined); // its state says how it went
    }
  }

  async #surroundings({ launch }: Launched): Promise<void> {
    const { clock } = this.#deps;
    const began = clock.now();
    if (launch.kind === 'stdio') {
      const found = await lookForCommand(launch);
      this.#add({ command: { ...found, ms: clock.now() - began } });
    } else {
      const found = await lookUpHost(launch.url);
      this.#add({ host: { ...found, ms: clock.now() - began } });
    }
  }

  async #connect({ definition, launch, secretValues }: Launched, signal: AbortSignal): Promise<void> {
    const { wire, clock, settings, features } = this.#deps;
    const current = settings.get();
    const { connectTimeoutMs } = current;
    const { facts, connection } = await tryConnect(
      {
        clock,
        roots: () => this.#deps.roots(definition.id),
        connectorWith: (fetch) => wire.connectorWith(fetch),
      },
      {
        launch,
        secretValues,
        eraSetting: current.eraOf(definition.id),
        verdict: undefined, // the era is found out anew
        connectTimeoutMs,
        requestTimeoutMs: connectTimeoutMs,
        features: features.get(),
        resume: undefined,
      },
      signal,
    );
    try {
      this.#add({ connect: facts });
      if (launch.kind === 'http') await this.#auth(launch.url, signal);
      if (connection) this.#add({ lists: await readLists(connection, clock, signal) });
    } finally {
      await connection?.close();
    }
  }

  async #live(launched: Launched, signal: AbortSignal): Promise<void> {
    const { connections, clock, settings } = this.#deps;
    const { state, definition } = this.#server;
    if (state.kind !== 'ready') return;
    await this.#surroundings(launched);
    const patience = Math.round(settings.get().connectTimeoutMs / 1000);
    this.#add({ connect: liveConnect(state.info, connections.frames(definition.id), patience) });
    if (launched.launch.kind === 'http') await this.#auth(launched.launch.url, signal);
    try {
      const connection = await connections.needQuietly(definition.id, signal);
      this.#add({ lists: await readLists(connection, clock, signal) });
    } catch (error) {
      throwIfAborted(signal);
      if (!isAppError(error)) throw error;
      // It was lost while we looked.
      const { connect } = this.#facts;
      if (connect) this.#add({ connect: { ...connect, info: undefined, failure: failureOf(error) } });
    }
  }

  /** Follows the trail of a sign-in where there is one. */
  async #auth(url: string, signal: AbortSignal): Promise<void> {
    const { wire, clock } = this.#deps;
    const { connect, entry } = this.#facts;
    if (!wire.auth || entry?.hasOwnSignIn || !connect) return;
    const isWanted =
      connect.failure?.code === 'needs-sign-in' ||
      connect.http.some(({ status }) => status === 401 || status === 403) ||
      (await wire.auth.view(url)).status.kind !== 'signed-out';
    if (!isWanted) return;
    const began = clock.now();
    const report = await wire.auth.inspect(url, signal);
    this.#add({ auth: { report, ms: clock.now() - began } });
  }

  #hider({ launch, secretValues }: Launched): (text: string) => string {
    const redact = createRedactor(secretsOf(launch, secretValues));
    const auth = launch.kind === 'http' ? this.#deps.wire.auth?.session(launch.url) : undefined;
    const home = homedir();
    return (text) => {
      const shown = redact(auth ? auth.hide(text) : text);
      return home.length > 3 ? shown.replaceAll(home, '~') : shown;
    };
  }
}

/** The same with every text passed through `hide`. */
function hidden<T>(value: T, hide: (text: string) => string): T {
  if (typeof value === 'string') return hide(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => hidden(item, hide)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hidden(member, hide)])) as T;
}
