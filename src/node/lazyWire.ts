import type { Connector } from '../core/connection.ts';
import { AppError } from '../core/util/errors.ts';
import { Store } from '../core/util/store.ts';
import type { Auth } from './auth.ts';
import type { Wire } from './wire.ts';

/** Sign-ins as surfaces use them. */
export type SignIns = Omit<Auth, 'session'>;

/** A wire whose code (the SDK, two fifths of what ships) is read at the first connect or sign-in, not when the editor starts. */
export class LazyWire {
  readonly #open: () => Promise<Wire>;
  readonly #changes = new Store(0);
  #opening: Promise<Wire> | undefined;
  #opened: Wire | undefined;
  #isClosed = false;

  constructor(open: () => Promise<Wire>) {
    this.#open = open;
  }

  readonly connector: Connector = {
    connect: async (options, hooks, signal) => (await this.#wire()).connector.connect(options, hooks, signal),
  };

  /** The wire itself, for what is built over it when it is first used. Rejects `cancelled` once closed. */
  open(): Promise<Wire> {
    return this.#wire();
  }

  /** For a wire that was given what sign-ins need; rejects `unsupported` otherwise. */
  readonly signIns: SignIns = {
    signIn: async (...args) => (await this.#auth()).signIn(...args),
    refresh: async (...args) => (await this.#auth()).refresh(...args),
    signOut: async (...args) => (await this.#auth()).signOut(...args),
    forget: async (...args) => (await this.#auth()).forget(...args),
    bearer: async (...args) => (await this.#auth()).bearer(...args),
    inspect: async (...args) => (await this.#auth()).inspect(...args),
    view: async (...args) => (await this.#auth()).view(...args),
    changes: this.#changes,
  };

  /** Whose tokens the connections to a server carry, as far as they say; undefined for nobody's, and before anything opened. */
  signedIn(serverUrl: string): { readonly issuer: string; readonly account: string | undefined } | undefined {
    return URL.canParse(serverUrl) ? this.#opened?.auth?.session(serverUrl).signedIn : undefined;
  }

  /** Nothing opens afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // What never opened needs no closing.
    const wire = await this.#opening?.catch(() => undefined);
    wire?.close();
  }

  async #auth(): Promise<Auth> {
    const { auth } = await this.#wire();
    if (!auth) throw new AppError('unsupported', 'this host has no sign-ins');
    return auth;
  }

  #wire(): Promise<Wire> {
    if (this.#isClosed) return Promise.reject(new AppError('cancelled', 'the host is closed'));
    this.#opening ??= this.#load();
    return this.#opening;
  }

  async #load(): Promise<Wire> {
    try {
      const wire = await this.#open();
      this.#opened = wire;
      wire.auth?.changes.subscribe(() => this.#changes.update((count) => count + 1));
      return wire;
    } catch (error) {
      this.#opening = undefined; // the next connect tries again
      throw error;
    }
  }
}
