import type { Connection, ConnectionHooks, ConnectionLoss, Frame } from './connection.ts';
import type { Offer } from './connections.ts';
import type { FrameBuffer } from './frameBuffer.ts';
import { observed } from './observedConnection.ts';
import { OfferLists, type ChangedList } from './offerLists.ts';
import type { Clock, Logger } from './ports.ts';
import { AppError, isAppError } from './util/errors.ts';

/** Where the reports of a connection go. */
export interface LinkDeps extends Pick<
  ConnectionHooks,
  'ask' | 'log' | 'stderr' | 'taskChanged' | 'resourceUpdated' | 'roots'
> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly toolsTimeoutMs: number;
  readonly frames: FrameBuffer;
  frame(frame: Frame): void;
  wantsFrames?(): boolean;
  onOffer(offer: Offer): void;
  /** It ended by itself: why, as an AppError, `session-expired` when only the session did. Called at most once, never after `close`. */
  onEnd(error: AppError): void;
}

/** One connection with all that lives and dies with it: its lists, its frames, and the questions its server asks. */
export class ConnectionLink {
  readonly frames: FrameBuffer;
  readonly hooks: ConnectionHooks;
  readonly #deps: LinkDeps;
  readonly #over = new AbortController();
  #open:
    { readonly raw: Connection; readonly connection: Connection; readonly lists: OfferLists } | undefined;
  #end: AppError | undefined;
  #isListed = false;
  #closing: Promise<void> | undefined;

  constructor(deps: LinkDeps) {
    this.#deps = deps;
    this.frames = deps.frames;
    this.hooks = this.#makeHooks();
  }

  /** Takes the connection that `hooks` were given to and lists what it offers; rejects when it ends meanwhile or `signal` aborts. */
  async open(raw: Connection, signal: AbortSignal): Promise<void> {
    const connection = observed(raw, (error) => {
      if (isAppError(error, 'session-expired')) this.#ended(error);
    });
    const { clock, toolsTimeoutMs } = this.#deps;
    const onOffer = (offer: Offer) => this.#deps.onOffer(offer);
    const lists = new OfferLists({ connection, clock, toolsTimeoutMs, onOffer });
    this.#open = { raw, connection, lists };
    const end = () => this.#over.abort();
    signal.addEventListener('abort', end, { once: true });
    this.#over.signal.addEventListener('abort', () => lists.dispose(), { once: true });
    if (signal.aborted || this.#end) end();
    else await lists.first();
    signal.removeEventListener('abort', end);
    if (this.#end) throw this.#end;
    if (this.#over.signal.aborted) throw new AppError('cancelled', 'stopped while starting');
    this.#isListed = true;
  }

  /** The live connection; throws `not-connected` before `open`. */
  get connection(): Connection {
    return this.#opened.connection;
  }

  get lists(): OfferLists {
    return this.#opened.lists;
  }

  /** Why it ended by itself, once it has. */
  get endError(): AppError | undefined {
    return this.#end;
  }

  /** Ends everything; resolves when the connection is closed and its process gone. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#over.abort();
    try {
      await this.#open?.raw.close();
    } catch (error) {
      this.#deps.logger.warn('a connection could not be closed', error);
    }
  }

  get #opened() {
    if (!this.#open) throw new AppError('not-connected', 'the connection is not open yet');
    return this.#open;
  }

  #ended(error: AppError): void {
    if (this.#end || this.#closing) return;
    this.#end = error;
    this.#over.abort();
    if (this.#isListed) this.#deps.onEnd(error); // before that, `open` tells
  }

  #makeHooks(): ConnectionHooks {
    const deps = this.#deps;
    const over = this.#over.signal;
    /** A fault of ours must not end up in the wire layer; what comes after the end belongs to nobody. */
    const report =
      <A extends unknown[]>(what: string, work: (...args: A) => void) =>
      (...args: A) => {
        try {
          work(...args);
        } catch (error) {
          deps.logger.error(`a connection's ${what} could not be taken`, error);
        }
      };
    return {
      ask: async (ask, origin, signal) => deps.ask(ask, origin, AbortSignal.any([signal, over])),
      log: report('log message', (level, text, isOurs) => deps.log(level, text, isOurs)),
      stderr: report('stderr', (text) => deps.stderr(text)),
      frame: report('frame', (frame: Frame) => {
        this.frames.push(frame);
        deps.frame(frame);
      }),
      wantsFrames: () => deps.wantsFrames?.() ?? true,
      callSent: report('call', (callId, requestId) => this.frames.calls.note(callId, requestId)),
      listChanged: report('list change', (list: ChangedList) => this.#open?.lists.changed(list)),
      resourceUpdated: report('resource change', (uri) => {
        if (!over.aborted) deps.resourceUpdated(uri);
      }),
      taskChanged: report('task change', (task) => {
        if (!over.aborted) deps.taskChanged(task);
      }),
      roots: () => deps.roots(),
      closed: (loss) => this.#ended(lossError(loss)),
    };
  }
}

const stderrLines = 5;
const stderrLength = 1_000;

/** A loss in words: what the connection said, and the last lines of stderr that are not in it already. */
function lossError({ message, stderr }: ConnectionLoss): AppError {
  const lines = (stderr ?? '').split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '' && !message.includes(line)).slice(-stderrLines);
  const tail = last.join('\n').slice(-stderrLength);
  return new AppError('not-connected', tail === '' ? message : `${message}\n${tail}`, {
    nextStep: "Read the server's log for what it said last.",
  });
}
