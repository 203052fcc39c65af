import type { Caller } from '../../core/caller.ts';
import type { CallerAsks } from '../../core/callerAsks.ts';
import type { CallerRuns } from '../../core/callerRuns.ts';
import type { Connection, Era, LogLevel } from '../../core/connection.ts';
import type { Connections, ServerSnapshot } from '../../core/connections.ts';
import { GatewayCatalog, type GatewayScope } from '../../core/gatewayCatalog.ts';
import type { GatewaySettings } from '../../core/gatewaySettings.ts';
import { discoveryToolNames, gatewayTools, jobToolNames, type GatewayTool } from '../../core/gatewayTools.ts';
import type { Definitions } from '../../core/definitions.ts';
import type { Jobs } from '../../core/jobs.ts';
import type { JsonObject } from '../../core/json.ts';
import { chattier, isLogged } from '../../core/logLevel.ts';
import type { Clock, Logger, NewId, Sha256 } from '../../core/ports.ts';
import type { ServerReports } from '../../core/serverReports.ts';
import type { ToolCalls } from '../../core/toolCalls.ts';
import type { Readable } from '../../core/util/store.ts';
import { toAppError } from '../../core/util/errors.ts';
import type { ClientFacts } from './client.ts';
import type { RpcMessage } from './rpc.ts';

/** What the gateway is built from. */
export interface GatewayDeps {
  readonly connections: Connections;
  /** The one door: nothing else reaches a server's tools. */
  readonly calls: ToolCalls;
  readonly jobs: Jobs;
  readonly asks: CallerAsks;
  readonly reports: ServerReports;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: NewId;
  readonly sha256: Sha256;
  readonly version: string;
  readonly settings: Readable<GatewaySettings>;
  /** Tools and prompts that nobody may use, by their definition: they are not shown either, for a changed text is meant for the model. */
  readonly definitions?: Pick<Definitions, 'setAside' | 'reviews'>;
  /** At least 32 bytes. Seals sessions and request states: with the same secret they outlive a restart. */
  readonly secret: Uint8Array;
  /** The caller whose token this is and which is not revoked; compares in constant time. */
  authenticate(token: string): Caller | undefined;
  /** Who answers the questions of this caller's calls; the setting for all where it is not given. */
  readonly questionsOf?: (caller: Caller) => GatewaySettings['questions'];
  /** Whether a caller is offered a tool; without a tool, a server as such. A call is decided by the one door all the same. */
  readonly isOffered: (caller: Caller, serverId: string, tool: string | undefined) => boolean;
}

/** One request of a caller, whatever its era. */
export interface Exchange {
  readonly era: Era;
  readonly caller: Caller;
  readonly scope: GatewayScope;
  readonly client: ClientFacts;
  readonly method: string;
  readonly params: JsonObject;
  /** Aborted when the caller gave the request up. */
  readonly signal: AbortSignal;
  /** Messages of servers at this level and above are sent along; none without. */
  readonly logLevel: LogLevel | undefined;
  /** Sends a message ahead of the answer. */
  readonly notify: (message: RpcMessage) => void;
}

const reserved: ReadonlySet<string> = new Set([...jobToolNames, ...discoveryToolNames]);
const startWaitMs = 4_000;

/** What all requests share: who is offered what, our own tools, and servers that are started when they are first wanted. */
export class GatewayContext {
  readonly deps: GatewayDeps;
  readonly runs: CallerRuns;
  readonly tools: ReadonlyMap<string, GatewayTool>;
  readonly #catalogs = new Map<string, { readonly servers: unknown; readonly catalog: GatewayCatalog }>();
  readonly #logs = new Map<
    string,
    { readonly since: number; readonly level: LogLevel; readonly own: LogLevel | undefined }
  >();
  #offers = 0;

  constructor(deps: GatewayDeps, runs: CallerRuns) {
    this.deps = deps;
    this.runs = runs;
    const all = { kind: 'all' } as const;
    const own = gatewayTools({ runs, clock: deps.clock, catalog: (caller) => this.catalog(caller, all) });
    this.tools = new Map(own.map((tool) => [tool.name, tool]));
  }

  /** What a caller is offered now; the same object until something changes. */
  catalog(caller: Caller, scope: GatewayScope): GatewayCatalog {
    const { connections, sha256, isOffered, definitions } = this.deps;
    const servers = connections.servers.get();
    const key = JSON.stringify([caller.kind, caller.name, scope.kind === 'server' ? scope.serverId : '']);
    const known = this.#catalogs.get(key);
    if (known?.servers === servers) return known.catalog;
    const catalog = new GatewayCatalog({
      ...{ servers, scope, caller, sha256, reserved },
      isOffered: (of, id, tool) =>
        isOffered(of, id, tool) && (tool === undefined || definitions?.setAside(id).has(tool) !== true),
      isSetAside: (id, kind, name) => definitions?.setAside(id, kind).has(name) === true,
    });
    if (this.#catalogs.size > 200) this.#catalogs.clear();
    this.#catalogs.set(key, { servers, catalog });
    return catalog;
  }

  /** Asks servers for messages of this level and above; what was asked for before, for somebody else or by the user, stays. */
  wantLogs(catalog: GatewayCatalog, wanted: LogLevel): void {
    const { connections, logger } = this.deps;
    for (const { definition, state } of catalog.servers) {
      if (state.kind !== 'ready') continue;
      const { since } = state;
      const own = connections.get(definition.id)?.logLevel;
      const known = this.#logs.get(definition.id);
      const asked = known?.since === since ? known : undefined;
      // What the user chose since was told to the server without a word of the callers.
      if (asked && asked.own === own && isLogged(wanted, asked.level)) continue;
      const ofCallers = chattier(wanted, asked?.level);
      const level = chattier(ofCallers, own);
      this.#logs.set(definition.id, { since, level: ofCallers, own });
      const { signal } = new AbortController();
      connections
        .need(definition.id, signal)
        .then((connection) => connection.setLogLevel(level, signal))
        .catch((error: unknown) => logger.debug(`${definition.name}: ${toAppError(error).message}`));
    }
  }

  /** Whether a caller answers the questions of its calls itself, as far as it can. */
  asksCaller(caller: Caller): boolean {
    const { settings, questionsOf } = this.deps;
    return (questionsOf?.(caller) ?? settings.get().questions) === 'caller';
  }

  /** Counts how often the offer changed for another reason than a server. */
  get offers(): number {
    return this.#offers;
  }

  /** Who is offered what is judged anew. */
  offersChanged(): void {
    this.#catalogs.clear();
    this.#offers++;
  }

  /** The tools of ours that a scope has. */
  ownTools(scope: GatewayScope, isDiscovery: boolean): readonly GatewayTool[] {
    if (scope.kind !== 'all') return [];
    const names: readonly string[] = [
      ...(this.deps.settings.get().jobTools ? jobToolNames : []),
      ...(isDiscovery ? discoveryToolNames : []),
    ];
    return names.flatMap((name) => this.tools.get(name) ?? []);
  }

  /**
   * Starts what is offered and stands still, without a question to anybody, and reads lists that are past their time; a server
   * that is slow is not waited for, its part comes with a change of the list.
   */
  async settled(caller: Caller, scope: GatewayScope, signal: AbortSignal): Promise<GatewayCatalog> {
    const { connections, clock } = this.deps;
    const due = this.catalog(caller, scope).servers.flatMap((server): Promise<Connection>[] => {
      const { id } = server.definition;
      if (server.state.kind === 'ready') return isPastTime(server) ? [connections.need(id, signal)] : [];
      const isStartable = server.state.kind === 'stopped' || server.state.kind === 'starting';
      return isStartable ? [connections.needQuietly(id, new AbortController().signal)] : [];
    });
    if (due.length > 0) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = clock.setTimer(startWaitMs, resolve);
      await Promise.race([Promise.allSettled(due), late]);
      timer.dispose();
    }
    return this.catalog(caller, scope);
  }
}

/** Only a server that gave a time has lists that go stale without a word. */
function isPastTime({ offer }: ServerSnapshot): boolean {
  if (!offer) return false;
  const { tools, resources, resourceTemplates, prompts } = offer;
  return [tools, resources, resourceTemplates, prompts].some(({ ttlMs }) => ttlMs !== undefined);
}
