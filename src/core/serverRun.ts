import type { Connection, LogLevel } from './connection.ts';
import type { ConnectionLink } from './connectionLink.ts';
import type { Offer, ServerState } from './connections.ts';
import { Recovery } from './recovery.ts';
import type { ServerDefinition } from './server.ts';
import { makeLink, obstacle, type Launched, type RunDeps, type ServerLogPort } from './serverStart.ts';
import { StartAttempt, type Starting, type StartKind } from './startAttempt.ts';
import { TrafficRecording } from './trafficRecording.ts';
import { AppError, throwIfAborted } from './util/errors.ts';
import { abortable } from './util/sharedWork.ts';

/** One server's life: started on demand, brought back after a loss, given up when it only crashes. Shares nothing with other runs. */
export class ServerRun {
  readonly id: string;
  readonly traffic: TrafficRecording;
  readonly #deps: RunDeps;
  readonly #onChange: () => void;
  readonly #recovery: Recovery;
  #entry: ServerDefinition;
  #state: ServerState = { kind: 'stopped' };
  #launched: Launched | undefined;
  #link: ConnectionLink | undefined;
  #attempt: StartAttempt | undefined;
  #offer: Offer | undefined;
  #lastError: AppError | undefined;
  #logPort: ServerLogPort | undefined;
  /** It is wanted up: it was, or it was to start by itself. A failure is retried then. */
  #persists = false;
  #isStoppedByUser = false;
  /** Everything that must be over before the next connect; never rejects. */
  #ending: Promise<unknown> = Promise.resolve();

  constructor(entry: ServerDefinition, deps: RunDeps, onChange: () => void) {
    this.id = entry.id;
    this.#entry = entry;
    this.#deps = deps;
    this.traffic = new TrafficRecording(
      deps.frameBudget,
      () => deps.settings.get().captureTraffic !== false,
      deps.remembered.isTrafficPaused(entry.id),
    );
    this.#onChange = onChange;
    this.#recovery = new Recovery(deps);
    this.recheck();
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

  /** The entry as the file has it now. */
  get entry(): ServerDefinition {
    return this.#entry;
  }

  /** What runs while something does (approvals are bound to its launch), else the entry in the file. */
  get definition(): ServerDefinition {
    const running = this.#launched?.definition;
    return running && this.isChanged ? { ...running, line: this.#entry.line } : this.#entry;
  }

  get isChanged(): boolean {
    return this.#launched !== undefined && this.#launched.definition.launchHash !== this.#entry.launchHash;
  }

  /** The connected server hears that its roots changed. */
  rootsChanged(): void {
    void this.#link?.connection.rootsChanged();
  }

  /** Tells the connected server how much the user wants to read; a later connection asks for what is remembered. */
  async setLogLevel(level: LogLevel | undefined, signal: AbortSignal): Promise<void> {
    await this.#link?.connection.setLogLevel(level, signal);
  }

  /** Takes in the entry as edited; a connection goes on with what it was started with. */
  setEntry(entry: ServerDefinition): void {
    const isOther = entry.launchHash !== this.#entry.launchHash;
    this.#entry = entry;
    if (isOther && !this.#launched) {
      this.#offer = undefined; // it was another server's
      if (this.#state.kind === 'failed' || this.#state.kind === 'needs-sign-in')
        this.#state = { kind: 'stopped' };
    }
    this.recheck();
    this.#onChange();
  }

  /** Stops what must no longer run and lifts what no longer stands in the way; true when the latter. */
  recheck(): boolean {
    const { definition, launch } = this.#launched ?? { definition: this.#entry, launch: undefined };
    const reason = obstacle(this.#deps, definition, launch);
    if (reason) {
      if (this.#state.kind !== 'blocked' || this.#state.reason !== reason.message) this.#block(reason);
      return false;
    }
    if (this.#state.kind !== 'blocked') return false;
    this.#set({ kind: 'stopped' });
    return true;
  }

  /** The live connection, else a start that callers share and that may ask the human; `signal` leaves it. */
  async start(signal: AbortSignal): Promise<Connection> {
    throwIfAborted(signal);
    if (this.#link) return this.#link.connection;
    this.#isStoppedByUser = false;
    const attempt = this.#joinable ?? this.#beginAsked();
    attempt.hurry();
    try {
      return await attempt.work.join(signal);
    } catch (error) {
      // What began by itself gave up where a question was due; whoever asked for the server can answer it.
      const isStopped = this.#isStoppedByUser || signal.aborted;
      if (attempt.needsHuman && !isStopped) return this.start(signal);
      throw error;
    }
  }

  /** Like `start`, but nobody is asked, and what the user stopped or what failed stays down: rejects `not-connected` or as the state shows. */
  async startQuietly(signal: AbortSignal): Promise<Connection> {
    throwIfAborted(signal);
    if (this.#link) return this.#link.connection;
    const attempt = this.#joinable ?? this.#beginQuietly();
    return attempt.work.join(signal);
  }

  /** Starts like `startQuietly` and goes on trying while nobody waits; how it ends is this run's state. */
  autostart(): Promise<void> {
    if (this.#link || this.#joinable || this.#state.kind !== 'stopped' || this.#isStoppedByUser)
      return Promise.resolve();
    const { work } = this.#begin('quiet');
    work.keep();
    return work.ended;
  }

  /** `start`, with lists that are not past their time to live. */
  async need(signal: AbortSignal): Promise<Connection> {
    const connection = await this.start(signal);
    await abortable(this.#link?.lists.lookedAt() ?? Promise.resolve(), signal);
    return connection;
  }

  async refresh(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (!this.#link) throw new AppError('not-connected', `${this.#entry.name} is not connected`);
    await this.#link.lists.refresh(signal);
  }

  /** Stops for the user: nothing but `start` brings it back. Resolves when no process is left. */
  async stop(): Promise<void> {
    this.#isStoppedByUser = true;
    this.#end(new AppError('cancelled', `${this.#entry.name} was stopped`));
    if (this.#state.kind !== 'blocked') this.#set({ kind: 'stopped' });
    await this.#ending;
  }

  /** A start that can still be joined. */
  get #joinable(): StartAttempt | undefined {
    return this.#attempt?.isJoinable === true ? this.#attempt : undefined;
  }

  #beginAsked(): StartAttempt {
    const reason = obstacle(this.#deps, this.#entry);
    if (!reason) return this.#begin('asked');
    this.#block(reason);
    throw reason;
  }

  #beginQuietly(): StartAttempt {
    const { state } = this;
    if (state.kind === 'stopped' && !this.#isStoppedByUser) {
      const attempt = this.#begin('quiet');
      attempt.work.keep();
      return attempt;
    }
    if (state.kind === 'failed' || state.kind === 'needs-sign-in' || state.kind === 'blocked') {
      throw this.#lastError ?? new AppError('not-connected', `${this.#entry.name} is not connected`);
    }
    const why =
      state.kind === 'retrying' ? `lost its connection (${state.cause}); it is tried again` : 'was stopped';
    throw new AppError('not-connected', `${this.#entry.name} ${why}`);
  }

  #begin(kind: StartKind, isAfterExpiry = false): StartAttempt {
    this.#recovery.stopWaiting();
    const attempt = new StartAttempt(this.#deps, this.#starting(), {
      kind,
      after: this.#ending,
      isAfterExpiry,
    });
    this.#attempt = attempt;
    this.#ending = attempt.work.ended;
    // A quiet start shows only once it is certain to need nobody.
    if (kind !== 'quiet') this.#set({ kind: 'starting', since: this.#deps.clock.now() });
    return attempt;
  }

  #starting(): Starting {
    return {
      entry: () => this.#entry,
      launched: () => this.#launched,
      link: () => this.#makeLink(),
      onPrepared: (attempt, prepared) => this.#onPrepared(attempt, prepared),
      onStarted: (link) => this.#onStarted(link),
      onFailed: (attempt, error, isAborted) => {
        if (this.#attempt === attempt) this.#onStartFailed(attempt, error, isAborted);
      },
    };
  }

  #makeLink(): ConnectionLink {
    const link: ConnectionLink = makeLink(this.#deps, this.id, this.#log, {
      frames: this.traffic.begin(),
      wantsFrames: () => this.traffic.isWanted,
      onOffer: (offer) => {
        if (this.#link !== link) return;
        this.#offer = offer;
        this.#onChange();
      },
      onEnd: (error) => this.#onEnd(link, error),
    });
    return link;
  }

  #onPrepared({ kind }: StartAttempt, launched: Launched): void {
    this.#launched = launched;
    if (kind !== 'quiet') return;
    this.#persists = true;
    this.#set({ kind: 'starting', since: this.#deps.clock.now() });
  }

  #onStarted(link: ConnectionLink): void {
    const { info } = link.connection;
    this.#attempt = undefined;
    this.#link = link;
    this.#persists = true;
    this.#offer = link.lists.offer;
    this.#note('info', `connected over ${info.transport}, protocol ${info.protocolVersion} (${info.era})`);
    this.#set({ kind: 'ready', since: this.#deps.clock.now(), info });
  }

  #onStartFailed({ needsHuman }: StartAttempt, error: AppError, isAborted: boolean): void {
    this.#attempt = undefined;
    if (isAborted && this.#persists) return this.#retryLater(this.#lastError ?? error);
    if (error.code === 'cancelled' || needsHuman) {
      this.#giveUp();
      return this.#set({ kind: 'stopped' });
    }
    this.#lastError = error;
    switch (error.code) {
      case 'blocked':
      case 'needs-trust':
        return this.#block(error);
      case 'needs-sign-in':
        this.#giveUp();
        return this.#set({ kind: 'needs-sign-in', message: error.message });
      case 'invalid-config':
      case 'invalid-input':
      case 'unsupported':
        return this.#fail(error); // the same again would fail the same way
      default:
        // A process that does not come up crashes; a remote server may just be away, for as long as it takes.
        if (this.#persists) this.#recover(error, this.#launched?.launch.kind === 'stdio');
        else this.#fail(error);
    }
  }

  #onEnd(link: ConnectionLink, error: AppError): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#endLink(link);
    this.#lastError = error;
    if (this.#state.kind === 'ready') this.#recovery.lived(this.#deps.clock.now() - this.#state.since);
    if (error.code === 'session-expired' && this.#recovery.isFirstExpiry()) {
      this.#note('info', `${error.message}; connecting anew`);
      this.#begin('retry', true).work.keep();
    } else this.#recover(error, true);
  }

  #recover(error: AppError, isCrash: boolean): void {
    const loop = isCrash ? this.#recovery.crashLoop(error) : undefined;
    if (loop) this.#fail(loop);
    else this.#retryLater(error);
  }

  #retryLater(error: AppError): void {
    const { attempt, delay } = this.#recovery.retry(() => this.#begin('retry').work.keep());
    this.#note('warning', `${error.message}; retry ${attempt} in ${Math.round(delay / 1000)} s`);
    this.#set({ kind: 'retrying', at: this.#deps.clock.now() + delay, attempt, cause: error.message });
  }

  #fail(error: AppError): void {
    this.#lastError = error;
    this.#giveUp();
    this.#note('error', error.message);
    this.#set({ kind: 'failed', cause: error.message, nextStep: error.nextStep });
  }

  #block(error: AppError): void {
    this.#end(error);
    this.#lastError = error;
    this.#set({ kind: 'blocked', reason: error.message });
  }

  #end(reason: AppError): void {
    const attempt = this.#attempt;
    const link = this.#link;
    this.#attempt = undefined;
    this.#link = undefined;
    this.#giveUp();
    attempt?.work.cancel(reason);
    if (link) this.#endLink(link);
  }

  #endLink(link: ConnectionLink): void {
    this.#ending = Promise.all([this.#ending, link.close()]);
  }

  /** Nothing brings it back by itself, and what it was started with is forgotten. */
  #giveUp(): void {
    this.#recovery.reset();
    this.#persists = false;
    if (this.isChanged) this.#offer = undefined; // the entry names another server now
    this.#launched = undefined;
  }

  get #log(): ServerLogPort {
    this.#logPort ??= this.#deps.serverLog(this.id);
    return this.#logPort;
  }

  #note(level: LogLevel, text: string): void {
    try {
      this.#log.log(level, text);
    } catch (error) {
      this.#deps.logger.warn(`the log of ${this.#entry.name} takes nothing`, error);
    }
  }

  #set(state: ServerState): void {
    if (state.kind === 'stopped' && this.#state.kind === 'stopped') return;
    this.#state = state;
    this.#onChange();
  }
}
