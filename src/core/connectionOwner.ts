import type { Connection, Frame, LogLevel } from './connection.ts';
import type { Connections, ServerSnapshot } from './connections.ts';
import { FrameBudget } from './frameBudget.ts';
import type { Memory } from './ports.ts';
import type { ConfigProblem, Configuration, ServerDefinition } from './server.ts';
import { ServerMemory } from './serverMemory.ts';
import { ServerRun } from './serverRun.ts';
import type { RunDeps, RunPorts } from './serverStart.ts';
import { StartSlots } from './startSlots.ts';
import type { TrafficStanding } from './trafficRecording.ts';
import { DisposableStore } from './util/disposables.ts';
import { AppError, throwIfAborted } from './util/errors.ts';
import { Store, type Readable } from './util/store.ts';

/** What the owner of all connections is built from. */
export interface OwnerDeps extends RunPorts {
  readonly configuration: Readable<Configuration>;
  readonly memory: Memory;
}

/** Owns one run per configured server; starts nothing by itself before `autostartAll`. */
export function createConnections(deps: OwnerDeps): Connections {
  return new ConnectionOwner(deps);
}

interface Owned {
  readonly run: ServerRun;
  /** False for a server that no file names any more, while it ends. */
  isListed: boolean;
  /** Ids of other servers of the same name. */
  sameName: readonly string[];
  snapshot: ServerSnapshot | undefined;
}

class ConnectionOwner implements Connections {
  readonly #runDeps: RunDeps;
  readonly #remembered: ServerMemory;
  readonly #owned = new Map<string, Owned>();
  readonly #servers = new Store<readonly ServerSnapshot[]>([]);
  readonly #subscriptions = new DisposableStore();
  #order: readonly string[] = [];
  #isPublishing = false;
  #isAutostarting = false;
  #disposing: Promise<void> | undefined;

  constructor(deps: OwnerDeps) {
    this.#remembered = new ServerMemory(deps.memory);
    const slots = new StartSlots(() => deps.settings.get().maxConcurrentStarts);
    this.#runDeps = { ...deps, slots, remembered: this.#remembered, frameBudget: new FrameBudget() };
    this.#configure(deps.configuration.get());
    this.#publish();
    this.#subscriptions.add(deps.configuration.subscribe((configuration) => this.#configure(configuration)));
    this.#subscriptions.add(deps.settings.subscribe(() => this.#recheck()));
    if (deps.isWorkspaceTrusted)
      this.#subscriptions.add(deps.isWorkspaceTrusted.subscribe(() => this.#recheck()));
  }

  get servers(): Readable<readonly ServerSnapshot[]> {
    return this.#servers;
  }

  get(serverId: string): ServerSnapshot | undefined {
    const owned = this.#owned.get(serverId);
    return owned?.isListed ? this.#snapshot(owned) : undefined;
  }

  async start(serverId: string, signal: AbortSignal): Promise<Connection> {
    return this.#run(serverId).start(signal);
  }

  async need(serverId: string, signal: AbortSignal): Promise<Connection> {
    return this.#run(serverId).need(signal);
  }

  async needQuietly(serverId: string, signal: AbortSignal): Promise<Connection> {
    // Not `not-found`: to who follows a task that would mean the task.
    if (!this.#owned.get(serverId)?.isListed)
      throw new AppError('not-connected', `no server ${serverId} is configured`);
    return this.#run(serverId).startQuietly(signal);
  }

  async stop(serverId: string): Promise<void> {
    await this.#run(serverId).stop();
  }

  async restart(serverId: string, signal: AbortSignal): Promise<Connection> {
    throwIfAborted(signal);
    const run = this.#run(serverId);
    await run.stop();
    return this.#run(serverId).start(signal);
  }

  async autostartAll(): Promise<void> {
    if (this.#disposing) return;
    this.#isAutostarting = true;
    await Promise.all([...this.#owned.values()].map((owned) => this.#autostart(owned)));
  }

  setAutostart(serverId: string, on: boolean): void {
    this.#remembered.setAutostart(serverId, on);
    this.#touch(serverId);
  }

  setToolEnabled(serverId: string, tool: string, on: boolean): void {
    this.#remembered.setToolEnabled(serverId, tool, on);
    this.#touch(serverId);
  }

  async setLogLevel(serverId: string, level: LogLevel | undefined, signal: AbortSignal): Promise<void> {
    const run = this.#run(serverId);
    this.#remembered.setLogLevel(serverId, level);
    this.#touch(serverId);
    await run.setLogLevel(level, signal);
  }

  async refresh(serverId: string, signal: AbortSignal): Promise<void> {
    await this.#run(serverId).refresh(signal);
  }

  rootsChanged(serverId?: string): void {
    for (const [id, { run }] of this.#owned)
      if (serverId === undefined || id === serverId) run.rootsChanged();
  }

  frames(serverId: string): readonly Frame[] {
    return this.#owned.get(serverId)?.run.traffic.frames() ?? [];
  }

  jobFrames(serverId: string, jobId: string, taskId: string | undefined): readonly Frame[] {
    return this.#owned.get(serverId)?.run.traffic.jobFrames(jobId, taskId) ?? [];
  }

  trafficStanding(serverId: string): TrafficStanding | undefined {
    return this.#owned.get(serverId)?.run.traffic.standing;
  }

  setTrafficPaused(serverId: string, isPaused: boolean): void {
    this.#run(serverId).traffic.setPaused(isPaused);
    this.#remembered.setTrafficPaused(serverId, isPaused);
    this.#touch(serverId);
  }

  clearTraffic(serverId: string): void {
    this.#run(serverId).traffic.clear();
    this.#touch(serverId);
  }

  lastError(serverId: string): AppError | undefined {
    return this.#owned.get(serverId)?.run.lastError;
  }

  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    this.#subscriptions.dispose();
    await Promise.all([...this.#owned.values()].map(({ run }) => run.stop()));
  }

  #run(serverId: string): ServerRun {
    if (this.#disposing) throw new AppError('cancelled', 'MCP Switchboard is stopping');
    const owned = this.#owned.get(serverId);
    if (!owned?.isListed) throw new AppError('not-found', `no server ${serverId} is configured`);
    return owned.run;
  }

  #configure(configuration: Configuration): void {
    const named = new Map<string, ServerDefinition>();
    for (const definition of configuration.servers)
      if (!named.has(definition.id)) named.set(definition.id, definition);
    const isHidden = hiddenEntries(configuration);
    for (const [id, owned] of this.#owned) {
      if (!owned.isListed || named.has(id)) continue;
      if (isHidden(owned.run.entry)) named.set(id, owned.run.entry);
      else this.#remove(owned);
    }
    this.#order = [...named.keys()];
    const namesakes = Map.groupBy(named.values(), ({ name }) => name);
    for (const definition of named.values()) {
      const others = (namesakes.get(definition.name) ?? []).filter((other) => other !== definition);
      this.#list(
        definition,
        others.map(({ id }) => id),
      );
    }
    this.#touch();
  }

  #list(definition: ServerDefinition, sameName: readonly string[]): void {
    const { id } = definition;
    const owned = this.#owned.get(id);
    if (!owned) {
      const run = new ServerRun(definition, this.#runDeps, () => this.#touch(id));
      this.#owned.set(id, { run, isListed: true, sameName, snapshot: undefined });
      return;
    }
    const isSame = owned.isListed && owned.sameName.join('\n') === sameName.join('\n');
    owned.isListed = true;
    owned.sameName = sameName;
    if (!isSame) this.#touch(id);
    if (owned.run.entry !== definition) owned.run.setEntry(definition);
  }

  /** Nothing names the server any more, so nothing could stop it later either. */
  #remove(owned: Owned): void {
    owned.isListed = false;
    void owned.run.stop().then(() => {
      if (owned.isListed) return;
      owned.run.traffic.close();
      this.#owned.delete(owned.run.id);
    });
  }

  #recheck(): void {
    for (const owned of this.#owned.values()) {
      if (owned.isListed && owned.run.recheck() && this.#isAutostarting) void this.#autostart(owned);
    }
  }

  async #autostart({ run, isListed }: Owned): Promise<void> {
    if (isListed && !run.entry.isDisabledInFile && this.#remembered.isAutostart(run.id))
      await run.autostart();
  }

  #touch(...serverIds: readonly string[]): void {
    for (const id of serverIds) {
      const owned = this.#owned.get(id);
      if (owned) owned.snapshot = undefined;
    }
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    queueMicrotask(() => {
      if (this.#isPublishing) this.#publish();
    });
  }

  /** One new list for all changes of a microtask; servers that did not change keep their snapshot. */
  #publish(): void {
    this.#isPublishing = false;
    this.#servers.set(
      this.#order.flatMap((id) => {
        const owned = this.#owned.get(id);
        return owned ? [this.#snapshot(owned)] : [];
      }),
    );
  }

  #snapshot(owned: Owned): ServerSnapshot {
    const { run } = owned;
    owned.snapshot ??= {
      definition: run.definition,
      state: run.state,
      offer: run.offer,
      isChanged: run.isChanged,
      ...(run.isChanged ? { changedTo: run.entry } : {}),
      isAutostart: this.#remembered.isAutostart(run.id),
      logLevel: this.#remembered.logLevel(run.id),
      disabledTools: this.#remembered.disabledTools(run.id),
      sameName: owned.sameName,
    };
    return owned.snapshot;
  }
}

/** Whether an entry that is not there may only be unreadable: then it has not vanished. */
function hiddenEntries({ problems, sources }: Configuration): (entry: ServerDefinition) => boolean {
  const read = new Set(sources.map((source) => source.id));
  const damaged = new Set(problems.filter(hidesEntries).map((problem) => problem.source.id));
  const faulty = new Set(problems.map(({ source, entry }) => `${source.id}/${entry ?? ''}`));
  return ({ source, name }) =>
    read.has(source.id) && (damaged.has(source.id) || faulty.has(`${source.id}/${name}`));
}

function hidesEntries(problem: ConfigProblem): boolean {
  return problem.hidesEntries === true;
}
