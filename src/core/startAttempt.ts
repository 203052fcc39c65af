import type { Connection, ResumeState } from './connection.ts';
import type { ConnectionLink } from './connectionLink.ts';
import type { ServerDefinition } from './server.ts';
import { NeedsHuman, obstacle, openLink, prepare, type Launched, type RunDeps } from './serverStart.ts';
import { isAppError, toAppError, type AppError } from './util/errors.ts';
import { abortError, SharedWork } from './util/sharedWork.ts';

/** `asked`: somebody waits; `quiet`: by itself, never asks the human; `retry`: after a loss, with what was resolved before. */
export type StartKind = 'asked' | 'quiet' | 'retry';

/** The server that an attempt is to start, as it is when the attempt's turn has come, and what it is told. */
export interface Starting {
  entry(): ServerDefinition;
  /** What was resolved before, where that is still in force. */
  launched(): Launched | undefined;
  /** A link for a connect to come. */
  link(): ConnectionLink;
  /** Consent is given and everything resolved; called once, before the connect, and not for what was resolved before. */
  onPrepared(attempt: StartAttempt, launched: Launched): void;
  onStarted(link: ConnectionLink): void;
  /** `isAborted`: it was cancelled, or everybody who wanted it has left. */
  onFailed(attempt: StartAttempt, error: AppError, isAborted: boolean): void;
}

/** When and how an attempt begins. */
export interface StartOptions {
  readonly kind: StartKind;
  /** What must be over before: there are no two processes of one server. */
  readonly after: Promise<unknown>;
  /** The session has just expired: it is not asked for again. */
  readonly isAfterExpiry: boolean;
}

/** One start under way, which everybody who wants the server joins: consent and variables, the connect, the first look at its lists. */
export class StartAttempt {
  readonly kind: StartKind;
  readonly work: SharedWork<Connection>;
  readonly #deps: RunDeps;
  readonly #server: Starting;
  #isUrgent: boolean;
  #needsHuman = false;

  constructor(deps: RunDeps, server: Starting, { kind, after, isAfterExpiry }: StartOptions) {
    this.#deps = deps;
    this.#server = server;
    this.kind = kind;
    this.#isUrgent = kind === 'asked';
    this.work = new SharedWork((signal) => this.#run(after, isAfterExpiry, signal));
  }

  /** False once it was cancelled or everybody left. */
  get isJoinable(): boolean {
    return !this.work.signal.aborted;
  }

  /** It gave up where the human would have had to be asked. */
  get needsHuman(): boolean {
    return this.#needsHuman;
  }

  /** Somebody waits for it, whatever it began as: it goes before those that nobody waits for. */
  hurry(): void {
    this.#isUrgent = true;
  }

  async #run(after: Promise<unknown>, isAfterExpiry: boolean, signal: AbortSignal): Promise<Connection> {
    try {
      await after;
      if (signal.aborted) throw abortError(signal);
      const launched = await this.#prepare(signal);
      const resume = isAfterExpiry ? undefined : this.#resume(launched);
      const link = await this.#connect(launched, resume, signal).catch((error: unknown) => {
        if (!isAppError(error, 'session-expired') || signal.aborted) throw error;
        return this.#connect(launched, undefined, signal);
      });
      if (signal.aborted || link.endError) {
        await link.close();
        throw link.endError ?? abortError(signal);
      }
      this.#server.onStarted(link);
      return link.connection;
    } catch (error) {
      const failure = signal.aborted ? abortError(signal) : toAppError(error, 'connect-failed');
      this.#needsHuman = failure instanceof NeedsHuman;
      this.#server.onFailed(this, failure, signal.aborted);
      throw failure;
    }
  }

  async #prepare(signal: AbortSignal): Promise<Launched> {
    const before = this.#server.launched();
    if (this.kind === 'retry' && before) {
      const reason = obstacle(this.#deps, before.definition, before.launch);
      if (reason) throw reason;
      return before;
    }
    const prompting = this.kind === 'asked' ? 'may-ask' : 'never';
    const launched = await prepare(this.#deps, this.#server.entry(), prompting, signal);
    if (signal.aborted) throw abortError(signal);
    this.#server.onPrepared(this, launched);
    return launched;
  }

  #resume({ definition, launch }: Launched): ResumeState | undefined {
    return launch.kind === 'http' ? this.#deps.resumeOf(definition.id, definition.launchHash) : undefined;
  }

  #connect(
    launched: Launched,
    resume: ResumeState | undefined,
    signal: AbortSignal,
  ): Promise<ConnectionLink> {
    return openLink(this.#deps, this.#server.link(), launched, resume, () => this.#isUrgent, signal);
  }
}
