import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/client';
import type { ConnectionHooks } from '../../core/connection.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import { AppError } from '../../core/util/errors.ts';
import { ListenStream, type ListenDeps } from './listenStream.ts';
import type { Wire } from './wire.ts';

export type ListKind = 'tools' | 'resources' | 'prompts';

export interface SubscriptionsDeps extends Omit<ListenDeps, 'onGap'> {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
  readonly onListStale: (list: ListKind) => void;
  readonly hooks: Pick<ConnectionHooks, 'listChanged' | 'resourceUpdated'>;
}

const kinds: readonly ListKind[] = ['tools', 'resources', 'prompts'];
const gatherMs = 50;
const maxGathered = 500;

/** What a server pushes about its lists and resources, in either era; floods are gathered into single notices. */
export class Subscriptions {
  readonly #deps: SubscriptionsDeps;
  readonly #uris = new Map<string, number>();
  readonly #changedLists = new Set<ListKind>();
  readonly #updatedUris = new Set<string>();
  readonly #listStream: ListenStream;
  readonly #taskStream: ListenStream;
  #isGathering = false;

  constructor(deps: SubscriptionsDeps) {
    this.#deps = deps;
    this.#listStream = new ListenStream({
      ...deps,
      onGap: () => {
        for (const kind of this.#announced()) this.#listChanged(kind);
        for (const uri of this.#uris.keys()) this.#updated(uri);
      },
    });
    // Polling covers what a gap in the pushes of tasks hides.
    this.#taskStream = new ListenStream({ ...deps, onGap: () => {} });
  }

  /** Begins to listen where the era wants to be asked. */
  start(): void {
    if (this.#deps.wire.era === 'modern') void this.#listStream.set(this.#filter());
  }

  /** Has the states of these tasks pushed; false where the server does not do so on request. */
  async watchTasks(taskIds: readonly string[]): Promise<boolean> {
    if (this.#deps.wire.era !== 'modern') return false;
    return this.#taskStream.set(taskIds.length > 0 ? { taskIds } : undefined);
  }

  /** Subscribes to a resource; the undo ends it when nobody else wants it. */
  async subscribe(uri: string, signal: AbortSignal): Promise<() => Promise<void>> {
    const { wire, capabilities, timeoutMs, closed } = this.#deps;
    const { resources } = capabilities;
    if (!isJsonObject(resources) || resources['subscribe'] !== true) {
      throw new AppError('unsupported', 'the server does not tell when a resource changes');
    }
    const count = this.#uris.get(uri) ?? 0;
    this.#uris.set(uri, count + 1);
    try {
      if (count === 0) await this.#tell(uri, signal);
    } catch (error) {
      this.#release(uri);
      throw error;
    }
    let isDone = false;
    return async () => {
      if (isDone) return;
      isDone = true;
      if (!this.#release(uri) || closed.aborted) return;
      if (wire.era === 'modern') await this.#listStream.set(this.#filter());
      else
        await wire.request({ method: 'resources/unsubscribe', params: { uri }, signal: closed, timeoutMs });
    };
  }

  /** True when the notification was one of ours. */
  notification(method: string, params: JsonObject): boolean {
    switch (method) {
      case 'notifications/tools/list_changed':
        this.#listChanged('tools');
        return true;
      case 'notifications/prompts/list_changed':
        this.#listChanged('prompts');
        return true;
      case 'notifications/resources/list_changed':
        this.#listChanged('resources');
        return true;
      case 'notifications/resources/updated':
        if (typeof params['uri'] === 'string') this.#updated(params['uri']);
        return true;
      case 'notifications/subscriptions/acknowledged': {
        const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
        const id = meta[SUBSCRIPTION_ID_META_KEY];
        return this.#listStream.acknowledged(id) || this.#taskStream.acknowledged(id);
      }
      default:
        return false;
    }
  }

  async #tell(uri: string, signal: AbortSignal): Promise<void> {
    const { wire, timeoutMs } = this.#deps;
    if (wire.era === 'legacy')
      await wire.request({ method: 'resources/subscribe', params: { uri }, signal, timeoutMs });
    else if (!(await this.#listStream.set(this.#filter()))) {
      throw new AppError('unsupported', 'the server does not push changes of resources');
    }
  }

  /** True when it was the last one. */
  #release(uri: string): boolean {
    const count = (this.#uris.get(uri) ?? 1) - 1;
    if (count > 0) this.#uris.set(uri, count);
    else this.#uris.delete(uri);
    return count <= 0;
  }

  #announced(): readonly ListKind[] {
    return kinds.filter((kind) => {
      const capability = this.#deps.capabilities[kind];
      return isJsonObject(capability) && capability['listChanged'] === true;
    });
  }

  #filter(): JsonObject | undefined {
    const lists = Object.fromEntries(this.#announced().map((kind) => [`${kind}ListChanged`, true]));
    const uris = this.#uris.size > 0 ? { resourceSubscriptions: [...this.#uris.keys()] } : {};
    const filter = { ...lists, ...uris };
    return Object.keys(filter).length > 0 ? filter : undefined;
  }

  #listChanged(kind: ListKind): void {
    this.#deps.onListStale(kind);
    this.#changedLists.add(kind);
    this.#gather();
  }

  #updated(uri: string): void {
    const isWanted = this.#uris.has(uri) || [...this.#uris.keys()].some((own) => uri.startsWith(own));
    if (!isWanted || this.#updatedUris.size >= maxGathered) return;
    this.#updatedUris.add(uri);
    this.#gather();
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#deps.clock.setTimer(gatherMs, () => {
      this.#isGathering = false;
      const lists = [...this.#changedLists];
      const uris = [...this.#updatedUris];
      this.#changedLists.clear();
      this.#updatedUris.clear();
      if (this.#deps.closed.aborted) return;
      for (const list of lists) this.#deps.hooks.listChanged(list);
      for (const uri of uris) this.#deps.hooks.resourceUpdated(uri);
    });
  }
}
