import type { Tool } from './connection.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import { appUriOf } from './mcpApps.ts';
import type { Disposable } from './util/disposables.ts';
import { Store, type Readable } from './util/store.ts';

/** Which tools of the connected servers have an app. */
export class AppTools implements Disposable {
  readonly #servers: Connections['servers'];
  readonly #byTools = new WeakMap<readonly Tool[], ReadonlySet<string>>();
  readonly #changed = new Store(0);
  readonly #subscription: Disposable;
  #last: readonly ReadonlySet<string>[];

  constructor({ servers }: Pick<Connections, 'servers'>) {
    this.#servers = servers;
    this.#last = this.#all();
    this.#subscription = servers.subscribe(() => {
      const now = this.#all();
      if (now.length === this.#last.length && now.every((set, i) => set === this.#last[i])) return;
      this.#last = now;
      this.#changed.set(this.#changed.get() + 1);
    });
  }

  /** Another number whenever a tool got an app or lost it. */
  get changed(): Readable<number> {
    return this.#changed;
  }

  has(serverId: string, tool: string): boolean {
    const server = this.#servers.get().find(({ definition }) => definition.id === serverId);
    return server !== undefined && this.#of(server).has(tool);
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #all(): readonly ReadonlySet<string>[] {
    return this.#servers
      .get()
      .map((server) => this.#of(server))
      .filter(({ size }) => size > 0);
  }

  /** Looked through once for each list that a server sent. */
  #of({ offer }: ServerSnapshot): ReadonlySet<string> {
    if (!offer) return new Set();
    const { items } = offer.tools;
    const known = this.#byTools.get(items);
    if (known) return known;
    const names = new Set(items.filter((tool) => appUriOf(tool) !== undefined).map(({ name }) => name));
    this.#byTools.set(items, names);
    return names;
  }
}
