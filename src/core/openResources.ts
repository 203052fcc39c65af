import type { Connections, ServerState } from './connections.ts';
import { isJsonObject } from './json.ts';
import type { Clock, NewId } from './ports.ts';
import { resourceParts, type ResourcePart } from './resourceContents.ts';
import type { ServerReports } from './serverReports.ts';
import { DisposableStore, type Disposable } from './util/disposables.ts';
import { AppError, isAppError, toAppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** Whether an open resource follows its server: `not-offered` when the server tells no changes, `lost` while the connection is gone. */
export type ResourceLive =
  | { readonly kind: 'subscribing' }
  | { readonly kind: 'live' }
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'lost'; readonly reason: string };

/** A resource that somebody looks at; replaced whole on each change. */
export interface OpenResource {
  readonly id: string;
  readonly serverId: string;
  readonly uri: string;
  /** As listed; foreign text. */
  readonly name: string;
  readonly parts: readonly ResourcePart[];
  readonly readAt: number;
  /** Grows with each read. */
  readonly version: number;
  readonly live: ResourceLive;
  /** Why the last try to read it again failed: the parts are older than the resource. */
  readonly problem: string | undefined;
}

export interface OpenResourcesDeps {
  readonly connections: Pick<Connections, 'servers' | 'get' | 'need' | 'needQuietly'>;
  readonly reports: Pick<ServerReports, 'subscribe'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

interface Follower {
  readonly over: AbortController;
  /** The state of the connection that it is subscribed with. */
  owner: ServerState | undefined;
  unsubscribe: (() => Promise<void>) | undefined;
  timer: Disposable | undefined;
  isReading: boolean;
  isStale: boolean;
}

const spacingMs = 500; // a server that changes a resource all the time

/** The resources that are open: each is read when a user opens it, and again when its server says that it changed, until it is closed. */
export class OpenResources implements Disposable {
  readonly #deps: OpenResourcesDeps;
  readonly #all = new Store<ReadonlyMap<string, OpenResource>>(new Map());
  readonly #followers = new Map<string, Follower>();
  readonly #disposables = new DisposableStore();
  readonly all: Readable<ReadonlyMap<string, OpenResource>> = this.#all;

  constructor(deps: OpenResourcesDeps) {
    this.#deps = deps;
    this.#disposables.add(deps.connections.servers.subscribe(() => this.#connectionsChanged()));
    this.#disposables.add(
      deps.reports.subscribe((report) => {
        if (report.kind !== 'resource-updated') return;
        for (const one of this.#all.get().values())
          if (one.serverId === report.serverId && covers(one.uri, report.uri)) this.#updated(one.id);
      }),
    );
  }

  /** Reads a resource, starting its server when that is down; one that is open already is read again. */
  async open(
    target: { readonly serverId: string; readonly uri: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<OpenResource> {
    const { connections, clock, newId } = this.#deps;
    const { serverId, uri, name } = target;
    const connection = await connections.need(serverId, signal);
    const parts = resourceParts(uri, await connection.readResource(uri, signal));
    if (parts.length === 0) throw new AppError('not-found', 'the server gave no content for this resource');
    const known = [...this.#all.get().values()].find((one) => one.serverId === serverId && one.uri === uri);
    const opened: OpenResource = {
      id: known?.id ?? newId(),
      ...{ serverId, uri, name, parts },
      readAt: clock.now(),
      version: (known?.version ?? 0) + 1,
      live: known?.live ?? { kind: 'subscribing' },
      problem: undefined,
    };
    this.#put(opened);
    if (!known) {
      this.#followers.set(opened.id, {
        over: new AbortController(),
        ...{ owner: undefined, unsubscribe: undefined, timer: undefined },
        ...{ isReading: false, isStale: false },
      });
    }
    this.#check(opened.id);
    return this.#all.get().get(opened.id) ?? opened;
  }

  /** Reads it again because the user wants to. */
  async reread(id: string, signal: AbortSignal): Promise<void> {
    const known = this.#all.get().get(id);
    if (!known) throw new AppError('not-found', 'this resource is no longer open');
    await this.open(known, signal);
  }

  /** Nobody looks at it any more. */
  close(id: string): void {
    const follower = this.#followers.get(id);
    this.#followers.delete(id);
    const rest = new Map(this.#all.get());
    if (rest.delete(id)) this.#all.set(rest);
    if (!follower) return;
    follower.over.abort();
    follower.timer?.dispose();
    void follower.unsubscribe?.().catch(() => undefined); // the connection has gone, and the subscription with it
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const id of this.#followers.keys()) this.close(id);
  }

  #put(one: OpenResource): void {
    this.#all.set(new Map([...this.#all.get(), [one.id, one]]));
  }

  #change(id: string, change: Partial<OpenResource>): void {
    const known = this.#all.get().get(id);
    if (known) this.#put({ ...known, ...change });
  }

  #connectionsChanged(): void {
    for (const id of this.#followers.keys()) this.#check(id);
  }

  /** Subscribes anew when the connection is another one than before, and says so when there is none. */
  #check(id: string): void {
    const one = this.#all.get().get(id);
    const follower = this.#followers.get(id);
    if (!one || !follower) return;
    const state = this.#deps.connections.get(one.serverId)?.state;
    if (state?.kind !== 'ready') {
      if (one.live.kind === 'lost') return;
      follower.owner = undefined;
      follower.unsubscribe = undefined;
      this.#change(id, { live: { kind: 'lost', reason: '' } });
      return;
    }
    if (follower.owner === state) return;
    const isAgain = one.live.kind === 'lost';
    follower.owner = state;
    follower.unsubscribe = undefined;
    const { resources } = state.info.capabilities;
    const isOffered = isJsonObject(resources) && resources['subscribe'] === true;
    this.#change(id, { live: { kind: isOffered ? 'subscribing' : 'not-offered' } });
    if (isOffered) void this.#subscribe(id, one, follower, state);
    // What changed while the connection was gone was not told.
    if (isAgain) this.#updated(id);
  }

  async #subscribe(id: string, one: OpenResource, follower: Follower, state: ServerState): Promise<void> {
    const { signal } = follower.over;
    const isCurrent = () => !signal.aborted && follower.owner === state;
    try {
      const connection = await this.#deps.connections.needQuietly(one.serverId, signal);
      const undo = await connection.subscribeResource(one.uri, signal);
      if (!isCurrent()) {
        await undo();
        return;
      }
      follower.unsubscribe = undo;
      this.#change(id, { live: { kind: 'live' } });
    } catch (error) {
      if (!isCurrent()) return;
      const { message } = toAppError(error);
      this.#change(id, {
        live: isAppError(error, 'unsupported') ? { kind: 'not-offered' } : { kind: 'lost', reason: message },
      });
    }
  }

  /** It changed: read soon, and never twice at a time. */
  #updated(id: string): void {
    const follower = this.#followers.get(id);
    const one = this.#all.get().get(id);
    if (!follower || !one || follower.timer) return;
    if (follower.isReading) {
      follower.isStale = true;
      return;
    }
    const wait = Math.max(0, one.readAt + spacingMs - this.#deps.clock.now());
    follower.timer = this.#deps.clock.setTimer(wait, () => {
      follower.timer = undefined;
      void this.#read(id, follower);
    });
  }

  async #read(id: string, follower: Follower): Promise<void> {
    const one = this.#all.get().get(id);
    if (!one) return;
    const { signal } = follower.over;
    follower.isReading = true;
    let change: Partial<OpenResource>;
    try {
      const connection = await this.#deps.connections.needQuietly(one.serverId, signal);
      const parts = resourceParts(one.uri, await connection.readResource(one.uri, signal));
      change = { parts, version: one.version + 1, problem: undefined };
    } catch (error) {
      change = { problem: toAppError(error).message };
    }
    follower.isReading = false;
    this.#change(id, { ...change, readAt: this.#deps.clock.now() });
    if (!follower.isStale) return;
    follower.isStale = false;
    this.#updated(id);
  }
}

/** A server may tell of a part of what was subscribed to. */
function covers(own: string, changed: string): boolean {
  return changed === own || changed.startsWith(own.endsWith('/') ? own : `${own}/`);
}
