import type { Connection } from './connection.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import type { Configuration, ServerDefinition } from './server.ts';
import { ServerRun, type RunDeps } from './serverRun.ts';
import { AppError } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** What the owner of all connections is built from. */
export interface OwnerDeps extends Omit<RunDeps, 'slot' | 'settings'> {
  readonly configuration: Readable<Configuration>;
  readonly settings: Readable<{ readonly connectTimeoutMs: number; readonly maxConcurrentStarts: number; eraOf(serverId: string): 'auto' | 'legacy' | 'modern' }>;
}

/** Owns one run per configured server and publishes them as one list, once per microtask however many changed. */
export function createConnections(deps: OwnerDeps): Connections {
  const runs = new Map<string, ServerRun>();
  const snapshots = new Map<string, ServerSnapshot>();
  const dirty = new Set<string>();
  const servers = new Store<readonly ServerSnapshot[]>([]);
  const slots = new Slots(() => deps.settings.get().maxConcurrentStarts);
  let isDisposed = false;
  let isPublishing = false;

  const touch = (id: string) => {
    dirty.add(id);
    if (isPublishing) return;
    isPublishing = true;
    queueMicrotask(publish);
  };
  const publish = () => {
    isPublishing = false;
    const byName = Map.groupBy(runs.values(), (run) => run.definition.name);
    for (const id of dirty) {
      const run = runs.get(id);
      if (run) snapshots.set(id, snapshotOf(run, byName.get(run.definition.name) ?? []));
      else snapshots.delete(id);
    }
    dirty.clear();
    servers.set([...runs.keys()].flatMap((id) => snapshots.get(id) ?? []));
  };
  const snapshotOf = (run: ServerRun, sameName: readonly ServerRun[]): ServerSnapshot => ({
    definition: run.definition,
    state: run.state,
    offer: run.offer,
    isChanged: run.isChanged,
    isAutostart: deps.memory.get(autostartKey(run.definition.id)) === 'on',
    disabledTools: disabledTools(run.definition.id),
    sameName: sameName.filter((other) => other !== run).map((other) => other.definition.id),
  });
  const disabledTools = (id: string): ReadonlySet<string> => {
    const names: unknown = JSON.parse(deps.memory.get(disabledKey(id)) ?? '[]');
    return new Set(Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : []);
  };

  const take = (configuration: Configuration) => {
    const broken = new Set(configuration.problems.filter((problem) => problem.entry === undefined).map((problem) => problem.source.id));
    const named = new Map(configuration.servers.map((definition) => [definition.id, definition]));
    for (const [id, run] of runs) {
      if (named.has(id) || broken.has(run.definition.source.id)) continue; // an unreadable file takes nothing away
      runs.delete(id);
      void run.stop();
      touch(id);
    }
    for (const definition of configuration.servers) {
      const run = runs.get(definition.id);
      if (run) run.setDefinition(definition);
      else runs.set(definition.id, new ServerRun(definition, runDeps, () => touch(definition.id)));
      touch(definition.id);
    }
  };
  const runDeps: RunDeps = { ...deps, slot: (signal) => slots.take(signal) };
  const run = (id: string): ServerRun => {
    const found = runs.get(id);
    if (!found) throw new AppError('not-found', `no server ${id} is configured`);
    if (isDisposed) throw new AppError('cancelled', 'MCP Switchboard is stopping');
    return found;
  };

  take(deps.configuration.get());
  publish();
  const subscription = deps.configuration.subscribe(take);

  return {
    servers,
    get: (id) => {
      if (dirty.size > 0) publish();
      return snapshots.get(id);
    },
    start: async (id, signal) => run(id).start(signal),
    need: async (id, signal) => run(id).need(signal),
    stop: async (id) => run(id).stop(),
    restart: async (id, signal): Promise<Connection> => {
      await run(id).stop();
      return run(id).start(signal);
    },
    setAutostart: (id, on) => {
      deps.memory.set(autostartKey(id), on ? 'on' : undefined);
      touch(id);
    },
    setToolEnabled: (id, tool, on) => {
      const names = new Set(disabledTools(id));
      if (on) names.delete(tool);
      else names.add(tool);
      deps.memory.set(disabledKey(id), names.size === 0 ? undefined : JSON.stringify([...names]));
      touch(id);
    },
    refresh: async (id, signal) => run(id).refresh(signal),
    frames: (id) => runs.get(id)?.frames() ?? [],
    lastError: (id) => runs.get(id)?.lastError,
    dispose: async () => {
      isDisposed = true;
      subscription.dispose();
      await Promise.allSettled([...runs.values()].map((each) => each.stop()));
    },
  };
}

/** Starts, without asking anybody anything, the servers that the user set to start by themselves. */
export async function autostart(connections: Connections, mayStart: (definition: ServerDefinition) => boolean, signal: AbortSignal): Promise<void> {
  const chosen = connections.servers.get().filter((server) => server.isAutostart && !server.definition.isDisabledInFile && mayStart(server.definition));
  await Promise.allSettled(chosen.map((server) => connections.start(server.definition.id, signal)));
}

const autostartKey = (id: string) => `autostart:${id}`;
const disabledKey = (id: string) => `disabledTools:${id}`;

/** Places for a bounded number of starts at a time, in order of arrival. */
class Slots {
  readonly #limit: () => number;
  #taken = 0;
  readonly #queue: (() => void)[] = [];

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#taken < this.#limit()) this.#taken++;
    else await this.#wait(signal);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const next = this.#queue.shift();
      if (next) next();
      else this.#taken--;
    };
  }

  /** Resolves when a place is handed over. */
  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(new AppError('cancelled', 'stopped while waiting to start'));
      };
      this.#queue.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
