import type { AccessVerdict } from './accessPolicy.ts';
import { LossCounter, retryDelay } from './backoff.ts';
import type { Ask, AskAnswer, AskOrigin, ClientFeatures, Connection, ConnectionHooks, ConnectionLoss, Connector, EraVerdict, Frame, Listing, LogLevel, ResumeState, TaskSnapshot } from './connection.ts';
import type { Offer, ServerState } from './connections.ts';
import { FrameBuffer } from './frameBuffer.ts';
import { isJsonObject } from './json.ts';
import type { Clock, Logger, Memory } from './ports.ts';
import type { ResolvedLaunch, ServerDefinition } from './server.ts';
import type { Disposable } from './util/disposables.ts';
import { AppError, toAppError } from './util/errors.ts';
import type { Readable } from './util/store.ts';

/** Everything a run needs from outside. */
export interface RunDeps {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly memory: Memory;
  readonly settings: Readable<{ readonly connectTimeoutMs: number; eraOf(serverId: string): 'auto' | 'legacy' | 'modern' }>;
  readonly features: Readable<ClientFeatures>;
  /** Replaces variables, asking for inputs that are not known. */
  resolve(definition: ServerDefinition, signal: AbortSignal): Promise<{ readonly launch: ResolvedLaunch; readonly secretValues: readonly string[] }>;
  /** True once the user has seen and accepted this launch. */
  consent(definition: ServerDefinition, signal: AbortSignal): Promise<boolean>;
  /** Enterprise settings and Workspace Trust; asked before the launch is resolved and, for the final word, after. */
  access(definition: ServerDefinition, resolved?: ResolvedLaunch): AccessVerdict;
  ask(serverId: string, ask: Ask, origin: AskOrigin, signal: AbortSignal): Promise<AskAnswer>;
  taskChanged(serverId: string, task: TaskSnapshot): void;
  /** What running tasks of this server need to be found again. */
  resumeOf(serverId: string): ResumeState | undefined;
  roots(): readonly { readonly uri: string; readonly name: string }[];
  serverLog(serverId: string): { log(level: LogLevel, text: string): void; stderr(text: string): void };
  /** Waits for a place among the parallel starts; the answer gives it back. */
  slot(signal: AbortSignal): Promise<() => void>;
}

type ListKind = 'tools' | 'resources' | 'prompts';

interface Start {
  readonly abort: AbortController;
  readonly promise: Promise<Connection>;
  waiters: number;
}

const stableAfterMs = 60_000;
const nothing: Listing<never> = { items: [], problems: [], ttlMs: undefined };

/** One server's life: started on demand, watched, brought back after a loss, stopped for good when it only crashes. */
export class ServerRun {
  readonly #deps: RunDeps;
  readonly #onChange: () => void;
  readonly #losses = new LossCounter();
  #definition: ServerDefinition;
  #state: ServerState = { kind: 'stopped' };
  #offer: Offer | undefined;
  #listedAt = 0;
  #connection: Connection | undefined;
  #start: Start | undefined;
  #retry: Disposable | undefined;
  #attempt = 0;
  #launched: { readonly hash: string; readonly launch: ResolvedLaunch; readonly secretValues: readonly string[] } | undefined;
  #frames = new FrameBuffer();
  #relisting = new Map<ListKind, { isAgain: boolean }>();
  #lastError: AppError | undefined;

  constructor(definition: ServerDefinition, deps: RunDeps, onChange: () => void) {
    this.#definition = definition;
    this.#deps = deps;
    this.#onChange = onChange;
  }

  get definition(): ServerDefinition {
    return this.#definition;
  }

  get state(): ServerState {
    return this.#state;
  }

  get offer(): Offer | undefined {
    return this.#offer;
  }

  get lastError(): AppError | undefined {
    return this.#lastError;
  }

  /** True while what runs was started from another launch than the file names now. */
  get isChanged(): boolean {
    return this.#connection !== undefined && this.#launched?.hash !== this.#definition.launchHash;
  }

  frames(): readonly Frame[] {
    return this.#frames.list();
  }

  setDefinition(definition: ServerDefinition): void {
    if (definition === this.#definition) return;
    this.#definition = definition;
    this.#onChange();
  }

  /** The live connection, else a start that callers share; one caller's abort ends it only when nobody else waits. */
  async start(signal: AbortSignal, isInteractive = true): Promise<Connection> {
    if (this.#connection) return this.#connection;
    if (signal.aborted) throw new AppError('cancelled', 'cancelled');
    this.#retry?.dispose();
    const start = (this.#start ??= this.#begin(isInteractive));
    start.waiters++;
    let leave: () => void = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(new AppError('cancelled', `starting ${this.#definition.name} is no longer waited for`));
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([start.promise, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      if (--start.waiters === 0 && this.#start === start) start.abort.abort();
    }
  }

  /** Connected, with lists that are not past their time to live. */
  async need(signal: AbortSignal): Promise<Connection> {
    const connection = await this.start(signal);
    const ttlMs = this.#offer?.tools.ttlMs;
    if (ttlMs !== undefined && this.#deps.clock.now() - this.#listedAt > ttlMs) await this.#list(connection, signal, false);
    return connection;
  }

  async refresh(signal: AbortSignal): Promise<void> {
    await this.#list(await this.start(signal), signal, true);
  }

  /** Stops for the user: nothing brings it back but a new start. */
  async stop(): Promise<void> {
    this.#retry?.dispose();
    this.#start?.abort.abort();
    this.#attempt = 0;
    this.#losses.reset();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#setState({ kind: 'stopped' });
    await this.#start?.promise.catch(() => {}); // a start that was on its way out leaves nothing behind
    await connection?.close();
  }

  #begin(isInteractive: boolean): Start {
    const abort = new AbortController();
    this.#setState({ kind: 'starting', since: this.#deps.clock.now() });
    const promise = this.#connect(abort.signal, isInteractive).then(
      (connection) => connection,
      (error: unknown) => {
        const failure = abort.signal.aborted ? new AppError('cancelled', 'stopped while starting') : toAppError(error, 'connect-failed');
        if (this.#start?.abort === abort) this.#start = undefined;
        this.#onStartFailed(failure);
        throw failure;
      },
    );
    promise.catch(() => {}); // the waiters see it; with none left it is not unhandled
    return { abort, promise, waiters: 0 };
  }

  async #connect(signal: AbortSignal, isInteractive: boolean): Promise<Connection> {
    const deps = this.#deps;
    const definition = this.#definition;
    this.#checkAccess(definition, undefined);
    if (isInteractive && !(await deps.consent(definition, signal))) throw new AppError('cancelled', `${definition.name} was not started: the launch was not accepted`);
    if (signal.aborted) throw new AppError('cancelled', 'stopped while starting');
    const known = !isInteractive && this.#launched?.hash === definition.launchHash ? this.#launched : undefined;
    const resolved = known ?? { hash: definition.launchHash, ...(await deps.resolve(definition, signal)) };
    this.#checkAccess(definition, resolved.launch);
    const release = await deps.slot(signal);
    let connection: Connection;
    try {
      this.#frames = new FrameBuffer();
      const settings = deps.settings.get();
      connection = await deps.connector.connect(
        {
          launch: resolved.launch,
          secretValues: resolved.secretValues,
          eraSetting: settings.eraOf(definition.id),
          verdict: this.#verdict(definition.launchHash),
          connectTimeoutMs: settings.connectTimeoutMs,
          features: deps.features.get(),
          resume: deps.resumeOf(definition.id),
        },
        this.#hooks(() => connection),
        signal,
      );
    } finally {
      release();
    }
    if (signal.aborted) {
      await connection.close();
      throw new AppError('cancelled', 'stopped while starting');
    }
    this.#launched = resolved;
    this.#connection = connection;
    deps.memory.set(`verdict:${definition.id}`, JSON.stringify({ launchHash: definition.launchHash, ...connection.verdict }));
    await this.#list(connection, signal, false);
    if (this.#connection !== connection) throw this.#lastError ?? new AppError('not-connected', `${definition.name} ended while it was starting`);
    this.#start = undefined;
    this.#setState({ kind: 'ready', since: deps.clock.now(), info: connection.info });
    return connection;
  }

  #checkAccess(definition: ServerDefinition, resolved: ResolvedLaunch | undefined): void {
    const access = this.#deps.access(definition, resolved);
    if (access.kind === 'blocked') throw new AppError('blocked', access.reason);
  }

  #hooks(current: () => Connection): ConnectionHooks {
    const deps = this.#deps;
    const id = this.#definition.id;
    const serverLog = deps.serverLog(id);
    return {
      ask: (ask, origin, signal) => deps.ask(id, ask, origin, signal),
      log: (level, text) => serverLog.log(level, text),
      stderr: (text) => serverLog.stderr(text),
      frame: (frame) => this.#frames.push(frame),
      listChanged: (list) => this.#relist(list, current()),
      resourceUpdated: () => {},
      taskChanged: (task) => deps.taskChanged(id, task),
      roots: () => deps.roots(),
      closed: (loss) => this.#onLoss(current(), loss),
    };
  }

  #onStartFailed(error: AppError): void {
    this.#lastError = error;
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.close().catch((cause: unknown) => this.#deps.logger.warn(`closing ${this.#definition.name} failed`, cause));
    switch (error.code) {
      case 'cancelled':
        this.#setState({ kind: 'stopped' });
        break;
      case 'blocked':
      case 'needs-trust':
        this.#setState({ kind: 'blocked', reason: error.message });
        break;
      case 'needs-sign-in':
        this.#setState({ kind: 'needs-sign-in', message: error.message });
        break;
      default:
        if (this.#attempt > 0 && !this.#losses.add(this.#deps.clock.now())) this.#scheduleRetry(error.message);
        else this.#fail(error.message, error.nextStep);
    }
  }

  #onLoss(connection: Connection, loss: ConnectionLoss): void {
    const { clock } = this.#deps;
    this.#lastError = new AppError('not-connected', lossText(loss));
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (this.#start) return; // the start that is still listing fails by itself
    if (this.#state.kind === 'ready' && clock.now() - this.#state.since > stableAfterMs) this.#attempt = 0;
    if (this.#losses.add(clock.now())) this.#fail(`${lossText(loss)} — stopped after repeated crashes`, 'Look at the server log, mend the server, then start it again.');
    else this.#scheduleRetry(lossText(loss));
  }

  #scheduleRetry(cause: string): void {
    const { clock, random } = this.#deps;
    const delay = retryDelay(++this.#attempt, random);
    this.#setState({ kind: 'retrying', at: clock.now() + delay, attempt: this.#attempt, cause });
    this.#retry = clock.setTimer(delay, () => void this.start(new AbortController().signal, false).catch(() => {})); // its failure is this run's state
  }

  #fail(cause: string, nextStep: string | undefined): void {
    this.#attempt = 0;
    this.#losses.reset();
    this.#setState({ kind: 'failed', cause, nextStep });
  }

  /** Lists what the server offers; a list that fails becomes a problem of that list and keeps its last items. */
  async #list(connection: Connection, signal: AbortSignal, isFresh: boolean): Promise<void> {
    const { capabilities } = connection.info;
    const has = (name: string) => capabilities[name] !== undefined;
    const [tools, resources, resourceTemplates, prompts] = await Promise.all([
      has('tools') ? this.#one('tools', () => connection.tools(signal, isFresh), this.#offer?.tools) : nothing,
      has('resources') ? this.#one('resources', () => connection.resources(signal, isFresh), this.#offer?.resources) : nothing,
      has('resources') ? this.#one('resource templates', () => connection.resourceTemplates(signal, isFresh), this.#offer?.resourceTemplates) : nothing,
      has('prompts') ? this.#one('prompts', () => connection.prompts(signal, isFresh), this.#offer?.prompts) : nothing,
    ]);
    if (this.#connection !== connection) return;
    this.#listedAt = this.#deps.clock.now();
    this.#setOffer({ tools, resources, resourceTemplates, prompts });
  }

  async #one<T>(what: string, list: () => Promise<Listing<T>>, last: Listing<T> | undefined): Promise<Listing<T>> {
    try {
      return await list();
    } catch (error) {
      return { items: last?.items ?? [], problems: [`${what}: ${toAppError(error).message}`], ttlMs: undefined };
    }
  }

  /** At most one list of a kind under way and one more waiting, however many notices arrive. */
  #relist(kind: ListKind, connection: Connection): void {
    const running = this.#relisting.get(kind);
    if (running) {
      running.isAgain = true;
      return;
    }
    if (!this.#offer || this.#connection !== connection) return;
    const turn = { isAgain: false };
    this.#relisting.set(kind, turn);
    const signal = new AbortController().signal;
    const read = async () => {
      const offer = this.#offer;
      if (!offer) return;
      const next: Partial<Offer> =
        kind === 'tools'
          ? { tools: await this.#one('tools', () => connection.tools(signal, true), offer.tools) }
          : kind === 'prompts'
            ? { prompts: await this.#one('prompts', () => connection.prompts(signal, true), offer.prompts) }
            : {
                resources: await this.#one('resources', () => connection.resources(signal, true), offer.resources),
                resourceTemplates: await this.#one('resource templates', () => connection.resourceTemplates(signal, true), offer.resourceTemplates),
              };
      if (this.#connection === connection && this.#offer) this.#setOffer({ ...this.#offer, ...next });
    };
    void read().finally(() => {
      this.#relisting.delete(kind);
      if (turn.isAgain && this.#connection === connection) this.#relist(kind, connection);
    });
  }

  #verdict(launchHash: string): EraVerdict | undefined {
    const text = this.#deps.memory.get(`verdict:${this.#definition.id}`);
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      if (!isJsonObject(value) || value['launchHash'] !== launchHash) return undefined;
      const { era, at, discover } = value;
      if ((era !== 'legacy' && era !== 'modern') || typeof at !== 'number') return undefined;
      return { era, at, discover: isJsonObject(discover) ? discover : undefined };
    } catch {
      return undefined; // a damaged hint only costs the probe
    }
  }

  #setOffer(offer: Offer): void {
    this.#offer = offer;
    this.#onChange();
  }

  #setState(state: ServerState): void {
    this.#state = state;
    this.#onChange();
  }
}

function lossText(loss: ConnectionLoss): string {
  return loss.stderr ? `${loss.message}: ${loss.stderr.trim().split('\n').slice(-3).join(' · ')}` : loss.message;
}
