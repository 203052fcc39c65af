import type { Listing } from './connection.ts';
import type { Clock } from './ports.ts';
import { isAppError, toAppError } from './util/errors.ts';

export interface KeptListDeps<T> {
  readonly clock: Clock;
  /** Name of the list, for its problems. */
  readonly what: string;
  /** Asks the server. */
  read(isFresh: boolean): Promise<Listing<T>>;
  /** Called after each read, failed ones included. */
  onRead(): void;
}

const shortestReuseMs = 5_000; // a list that may not be reused at all is still not read for every single call

/** One list of a connected server: at most one read under way and one waiting, however often it is asked for. */
export class KeptList<T> {
  readonly #deps: KeptListDeps<T>;
  #listing: Listing<T>;
  #readAt: number | undefined;
  #running: Promise<void> | undefined;
  #next: { readonly done: Promise<void>; isFresh: boolean } | undefined;

  constructor(deps: KeptListDeps<T>) {
    this.#deps = deps;
    this.#listing = {
      items: [],
      problems: [`${deps.what}: the server has not answered yet`],
      ttlMs: undefined,
    };
  }

  /** What the last read that succeeded gave; a later failure is one of its problems. */
  get listing(): Listing<T> {
    return this.#listing;
  }

  /** True when the server's time to live for the list has passed. */
  get isDue(): boolean {
    const { ttlMs } = this.#listing;
    if (ttlMs === undefined || this.#readAt === undefined || this.#running) return false;
    return this.#deps.clock.now() - this.#readAt >= Math.max(ttlMs, shortestReuseMs);
  }

  /** A read that begins after this moment, shared with everybody who asked since the last one began; rejects as the server did. */
  read(isFresh: boolean): Promise<void> {
    if (!this.#running) return this.#begin(isFresh);
    if (this.#next) {
      this.#next.isFresh ||= isFresh;
      return this.#next.done;
    }
    const next = { done: this.#running.then(noop, noop).then(() => this.#beginNext()), isFresh };
    this.#next = next;
    return next.done;
  }

  #beginNext(): Promise<void> {
    const isFresh = this.#next?.isFresh ?? false;
    this.#next = undefined;
    return this.#begin(isFresh);
  }

  #begin(isFresh: boolean): Promise<void> {
    const running = this.#read(isFresh).finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #read(isFresh: boolean): Promise<void> {
    const { clock, what } = this.#deps;
    try {
      this.#listing = await this.#deps.read(isFresh);
    } catch (error) {
      const { message } = toAppError(error);
      const isJustMissing = isAppError(error, 'unsupported') && this.#readAt === undefined;
      this.#listing = {
        items: this.#listing.items,
        problems: [`${what}: ${isJustMissing ? 'announced, but ' : ''}${message}`],
        ttlMs: undefined,
      };
      throw error;
    } finally {
      this.#readAt = clock.now();
      this.#deps.onRead();
    }
  }
}

function noop(): void {
  // How a read ended is told to those who waited for that one.
}
