import type { Clock, Logger } from './ports.ts';
import type { Disposable } from './util/disposables.ts';
import { isAppError, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

const lookEveryMs = 2_000;
const triesForPort = 5;

/** Where one gateway of this window listens. */
export interface GatewayAddress {
  readonly port: number;
  /** What clients are given. */
  readonly url: string;
}

/** Something that listens on loopback. */
export interface GatewayListener {
  /** Port 0 = any. Rejects `conflict` when the port is taken. */
  start(port: number): Promise<GatewayAddress>;
  dispose(): Promise<void>;
}

/** The place of the one gateway of this machine that agents know the address of; shared by all windows. */
export interface GatewayPlace {
  /** Takes the place unless a living window has it; `port` is the one that agents were given, if there is one. */
  claim(): { readonly isOurs: boolean; readonly port: number | undefined };
  /** Notes the port that agents are given from now on. */
  remember(port: number): void;
  /** Leaves the place to another window; the port stays. */
  release(): void;
}

/** What the gateway should do. */
export interface GatewayWish {
  /** Agents may call. */
  readonly isOn: boolean;
  /** VS Code of this very window is one of them. */
  readonly isForEditor: boolean;
  /** A port that the user set; 0 = chosen once and kept. */
  readonly port: number;
}

/** Where the gateway stands in this window. */
export type GatewayStatus =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  /** This window serves the agents. */
  | { readonly kind: 'serving'; readonly address: GatewayAddress }
  /** Another window serves the agents at `port`, with its own servers; this one takes over when it goes. */
  | { readonly kind: 'elsewhere'; readonly port: number | undefined }
  | { readonly kind: 'port-taken'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string };

export interface GatewayLifeDeps {
  readonly place: GatewayPlace;
  readonly newListener: () => GatewayListener;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

interface Running {
  readonly listener: GatewayListener;
  readonly address: GatewayAddress;
}

/** Keeps the gateway as wished: on the same port after a reload, in one window at a time, and in another when that one goes. */
export class GatewayLife {
  readonly #deps: GatewayLifeDeps;
  readonly #status = new Store<GatewayStatus>({ kind: 'off' });
  readonly #editor = new Store<string | undefined>(undefined);
  #wish: GatewayWish = { isOn: false, isForEditor: false, port: 0 };
  #shared: Running | undefined;
  #own: Running | undefined;
  #turn: Promise<void> = Promise.resolve();
  #timer: Disposable | undefined;
  #isDisposed = false;

  constructor(deps: GatewayLifeDeps) {
    this.#deps = deps;
  }

  /** For the agents. */
  get status(): Readable<GatewayStatus> {
    return this.#status;
  }

  /** The address that VS Code of this window is given: always of this window, so that it sees the servers and approvals of its own. */
  get editorUrl(): Readable<string | undefined> {
    return this.#editor;
  }

  /** Resolves when what was wished is so, or failed. */
  want(wish: GatewayWish): Promise<void> {
    const isSame =
      wish.isOn === this.#wish.isOn &&
      wish.isForEditor === this.#wish.isForEditor &&
      wish.port === this.#wish.port;
    this.#wish = wish;
    return isSame ? this.#turn : this.#inTurn(() => this.#settle());
  }

  /** Takes another port, for good: agents that were given an address need the new one. */
  move(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#wish.isOn) return;
      await this.#stopShared();
      if (!this.#deps.place.claim().isOurs) return this.#settle();
      await this.#startAnywhere();
      this.#look();
    });
  }

  /** Stops listening and leaves the place to another window. */
  dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#timer?.dispose();
    return this.#inTurn(async () => {
      await this.#stopShared();
      await this.#stopOwn();
      this.#status.set({ kind: 'off' });
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch((error: unknown) => {
      const { message } = toAppError(error);
      this.#deps.logger.error('gateway', error);
      this.#status.set({ kind: 'failed', message });
    });
    return this.#turn;
  }

  async #settle(): Promise<void> {
    if (this.#isDisposed) return;
    const { isOn, isForEditor, port } = this.#wish;
    if (!isOn) {
      await this.#stopShared();
      await this.#stopOwn();
      this.#status.set({ kind: 'off' });
      return;
    }
    if (this.#shared && port !== 0 && this.#shared.address.port !== port) await this.#stopShared();
    if (!this.#shared) await this.#claim();
    if (!isForEditor) await this.#stopOwn();
    else if (!this.#shared && !this.#own) {
      const listener = this.#deps.newListener();
      this.#own = { listener, address: await listener.start(0) };
    }
    this.#editor.set(isForEditor ? (this.#own ?? this.#shared)?.address.url : undefined);
    this.#look();
  }

  async #claim(): Promise<void> {
    const { place } = this.#deps;
    const { isOurs, port: known } = place.claim();
    const port = this.#wish.port === 0 ? known : this.#wish.port;
    if (!isOurs) {
      this.#status.set({ kind: 'elsewhere', port: known });
      return;
    }
    if (this.#status.get().kind === 'off') this.#status.set({ kind: 'starting' });
    if (port === undefined) return this.#startAnywhere();
    if (await this.#startAt(port)) place.remember(port);
    else this.#status.set({ kind: 'port-taken', port });
  }

  async #startAnywhere(): Promise<void> {
    const { place, random } = this.#deps;
    // Below the range that systems hand out by themselves: the port should still be free after a restart.
    for (let n = 0; n < triesForPort; n++) {
      if (await this.#startAt(21_000 + Math.floor(random() * 9_000))) break;
    }
    if (!this.#shared) await this.#startAt(0);
    const port = this.#shared?.address.port;
    if (port !== undefined) place.remember(port);
  }

  async #startAt(port: number): Promise<boolean> {
    const listener = this.#deps.newListener();
    try {
      const address = await listener.start(port);
      this.#shared = { listener, address };
      this.#status.set({ kind: 'serving', address });
      return true;
    } catch (error) {
      await listener.dispose();
      if (isAppError(error, 'conflict') && port !== 0) return false;
      throw error;
    }
  }

  /** Looks again for a place that another window left, or a port that came free. */
  #look(): void {
    this.#timer?.dispose();
    if (this.#shared || this.#isDisposed) return;
    this.#timer = this.#deps.clock.setTimer(lookEveryMs, () => void this.#inTurn(() => this.#settle()));
  }

  async #stopShared(): Promise<void> {
    const shared = this.#shared;
    this.#shared = undefined;
    if (!this.#own) this.#editor.set(undefined);
    await shared?.listener.dispose();
    this.#deps.place.release();
  }

  async #stopOwn(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    if (own) this.#editor.set(undefined);
    await own?.listener.dispose();
  }
}
