import type { Caller } from '../../core/caller.ts';
import type { ServerSnapshot } from '../../core/connections.ts';
import type { GatewayScope } from '../../core/gatewayCatalog.ts';
import { toDisposable, type Disposable } from '../../core/util/disposables.ts';
import { toAppError } from '../../core/util/errors.ts';
import type { GatewayContext } from './context.ts';

/** The lists whose changes are announced. */
export type OfferList = 'tools' | 'resources' | 'prompts';

interface OfferWatch {
  readonly caller: Caller;
  readonly scope: GatewayScope;
  readonly listener: (list: OfferList) => void;
  marks: Marks;
}

type Marks = Readonly<Record<OfferList, readonly unknown[]>>;

interface ResourceWatch {
  readonly serverId: string;
  readonly uri: string;
  readonly listeners: Set<() => void>;
  /** When the connection came up that the server was told on. */
  since: number | undefined;
  undo: (() => Promise<void>) | undefined;
}

const lists: readonly OfferList[] = ['tools', 'resources', 'prompts'];

/** Tells callers when what they are offered changes, and when a resource that they follow does. */
export class Changes implements Disposable {
  readonly #context: GatewayContext;
  readonly #offers = new Set<OfferWatch>();
  readonly #resources = new Map<string, ResourceWatch>();
  readonly #watching: readonly Disposable[];
  #isPending = false;

  constructor(context: GatewayContext) {
    this.#context = context;
    const { connections, reports } = context.deps;
    this.#watching = [
      connections.servers.subscribe(() => this.look()),
      reports.subscribe((report) => {
        if (report.kind !== 'resource-updated') return;
        const watch = this.#resources.get(keyOf(report.serverId, report.uri));
        for (const listener of [...(watch?.listeners ?? [])]) listener();
      }),
    ];
  }

  /** Compares what everybody is offered with what it was, soon: changes come in bursts. */
  look(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    setImmediate(() => {
      this.#isPending = false;
      for (const watch of [...this.#offers]) this.#compare(watch);
      for (const watch of this.#resources.values()) void this.#follow(watch);
    });
  }

  /** Told once for each list that changed; returns the end. */
  watchOffers(caller: Caller, scope: GatewayScope, listener: (list: OfferList) => void): Disposable {
    const watch = { caller, scope, listener, marks: this.#marks(caller, scope) };
    this.#offers.add(watch);
    return toDisposable(() => this.#offers.delete(watch));
  }

  /** Told of each change of a resource; the server is asked to tell on every connection, as long as somebody listens. */
  async watchResource(serverId: string, uri: string, listener: () => void): Promise<Disposable> {
    const key = keyOf(serverId, uri);
    const watch = this.#resources.get(key) ?? {
      ...{ serverId, uri, since: undefined, undo: undefined },
      listeners: new Set<() => void>(),
    };
    this.#resources.set(key, watch);
    watch.listeners.add(listener);
    const end = toDisposable(() => {
      watch.listeners.delete(listener);
      if (watch.listeners.size > 0) return;
      this.#resources.delete(key);
      void watch.undo?.().catch(() => {});
    });
    await this.#follow(watch);
    return end;
  }

  dispose(): void {
    for (const watching of this.#watching) watching.dispose();
    this.#offers.clear();
    for (const { undo } of this.#resources.values()) void undo?.().catch(() => {});
    this.#resources.clear();
  }

  #compare(watch: OfferWatch): void {
    const marks = this.#marks(watch.caller, watch.scope);
    const changed = lists.filter((list) => !isSame(watch.marks[list], marks[list]));
    watch.marks = marks;
    for (const list of changed) watch.listener(list);
  }

  /** What a list is made of, by identity: lists and settings are replaced whole. */
  #marks(caller: Caller, scope: GatewayScope): Marks {
    const { servers } = this.#context.catalog(caller, scope);
    const { settings } = this.#context.deps;
    const of = (pick: (server: ServerSnapshot) => readonly unknown[]) => [
      this.#context.offers,
      ...servers.flatMap((server) => [server.definition.id, ...pick(server)]),
    ];
    return {
      tools: [settings.get(), ...of(({ offer, disabledTools }) => [offer?.tools.items, ...disabledTools])],
      resources: of(({ offer }) => [offer?.resources.items, offer?.resourceTemplates.items]),
      prompts: of(({ offer }) => [offer?.prompts.items]),
    };
  }

  /** Tells the server of a watch on the connection it has now; a server that cannot be told keeps the watch for the next. */
  async #follow(watch: ResourceWatch): Promise<void> {
    const { connections, logger } = this.#context.deps;
    const server = connections.get(watch.serverId);
    if (server?.state.kind !== 'ready' || server.state.since === watch.since) return;
    watch.since = server.state.since;
    try {
      const { signal } = new AbortController();
      const connection = await connections.need(watch.serverId, signal);
      const undo = await connection.subscribeResource(watch.uri, signal);
      if (watch.listeners.size === 0) await undo();
      else watch.undo = undo;
    } catch (error) {
      logger.debug(
        `a resource of ${server.definition.name} cannot be followed: ${toAppError(error).message}`,
      );
    }
  }
}

function keyOf(serverId: string, uri: string): string {
  return JSON.stringify([serverId, uri]);
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
