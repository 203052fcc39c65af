import type { Caller } from './caller.ts';
import type { Prompt, Resource, ResourceTemplate, Tool } from './connection.ts';
import type { ServerSnapshot } from './connections.ts';
import { gatewayName, gatewayUri, serverKeys, serverUri } from './gatewayNames.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { visibilityOf } from './mcpApps.ts';
import type { PinKind } from './pins.ts';
import type { Sha256 } from './ports.ts';

/** What of the configured servers one endpoint offers: all of them under prefixed names, or one as it is. */
export type GatewayScope = { readonly kind: 'all' } | { readonly kind: 'server'; readonly serverId: string };

/** One tool as a caller sees it. */
export interface OfferedTool {
  readonly name: string;
  readonly server: ServerSnapshot;
  readonly tool: Tool;
  /** A caller may have it as a task. */
  readonly isTask: boolean;
  /** The server's definition under the offered name. */
  readonly definition: JsonObject;
}

/** One prompt as a caller sees it. */
export interface OfferedPrompt {
  readonly name: string;
  readonly server: ServerSnapshot;
  readonly prompt: Prompt;
  readonly definition: JsonObject;
}

/** A server's own URI behind one that was offered. */
export interface OfferedUri {
  readonly server: ServerSnapshot;
  readonly uri: string;
}

export interface CatalogDeps {
  readonly servers: readonly ServerSnapshot[];
  readonly scope: GatewayScope;
  readonly caller: Caller;
  readonly sha256: Sha256;
  /** Without a tool: whether the server is offered at all. */
  readonly isOffered: (caller: Caller, serverId: string, tool: string | undefined) => boolean;
  /** A prompt, a template or instructions that are left out, for they changed; none without. Tools are in `isOffered`. */
  readonly isSetAside?: (serverId: string, kind: Exclude<PinKind, 'tool'>, name: string) => boolean;
  /** Names that no tool of a server gets. */
  readonly reserved: ReadonlySet<string>;
}

/** What one caller is offered at one moment, with both directions of every name and URI. */
export class GatewayCatalog {
  readonly servers: readonly ServerSnapshot[];
  readonly #deps: CatalogDeps;
  readonly #keys: ReadonlyMap<string, string>;
  readonly #byKey = new Map<string, ServerSnapshot>();
  #tools: ReadonlyMap<string, OfferedTool> | undefined;
  #prompts: ReadonlyMap<string, OfferedPrompt> | undefined;

  constructor(deps: CatalogDeps) {
    const { scope, caller } = deps;
    this.#deps = deps;
    const all = deps.servers.map(({ definition: { id, name } }) => ({ id, name }));
    // Keys come from all servers: what one caller may use does not change the names of another.
    this.#keys = serverKeys(all, deps.sha256);
    this.servers = deps.servers.filter(
      ({ definition: { id } }) =>
        (scope.kind === 'all' || scope.serverId === id) && deps.isOffered(caller, id, undefined),
    );
    for (const server of this.servers) this.#byKey.set(this.keyOf(server), server);
  }

  get isPrefixed(): boolean {
    return this.#deps.scope.kind === 'all';
  }

  /** The server's part of the names that it is offered under. */
  keyOf(server: ServerSnapshot): string {
    return this.#keys.get(server.definition.id) ?? 'server';
  }

  /** By offered name. */
  get tools(): ReadonlyMap<string, OfferedTool> {
    this.#tools ??= this.#listTools();
    return this.#tools;
  }

  /** By offered name. */
  get prompts(): ReadonlyMap<string, OfferedPrompt> {
    this.#prompts ??= this.#listPrompts();
    return this.#prompts;
  }

  /** What a connected server says to models, unless it changed and nobody accepted it. */
  instructions({ definition, state }: ServerSnapshot): string | undefined {
    if (state.kind !== 'ready' || this.#deps.isSetAside?.(definition.id, 'instructions', '') === true)
      return undefined;
    return state.info.instructions;
  }

  resources(): readonly JsonObject[] {
    return this.servers.flatMap((server) =>
      (server.offer?.resources.items ?? []).map((item: Resource) => ({
        ...item.raw,
        uri: this.outerUri(server, item.uri),
        name: item.name,
      })),
    );
  }

  templates(): readonly JsonObject[] {
    return this.servers.flatMap((server) =>
      (server.offer?.resourceTemplates.items ?? [])
        .filter(({ uriTemplate }) => this.#isTemplateOffered(server, uriTemplate))
        .map((item: ResourceTemplate) => ({
          ...item.raw,
          uriTemplate: this.outerUri(server, item.uriTemplate),
          name: item.name,
        })),
    );
  }

  /** Like `innerUri` for what arguments are completed of: undefined also for a template that is left out. */
  innerTemplate(uriTemplate: string): OfferedUri | undefined {
    const found = this.innerUri(uriTemplate);
    return found && this.#isTemplateOffered(found.server, found.uri) ? found : undefined;
  }

  /** A URI of a server as this caller sees it. */
  outerUri(server: ServerSnapshot, uri: string): string {
    return this.isPrefixed ? gatewayUri(this.keyOf(server), uri) : uri;
  }

  /** The server and its own URI; undefined for one of a server that is not offered. */
  innerUri(uri: string): OfferedUri | undefined {
    if (!this.isPrefixed) {
      const [server] = this.servers;
      return server && { server, uri };
    }
    const found = serverUri(uri);
    const server = found && this.#byKey.get(found.key);
    return server && { server, uri: found.uri };
  }

  #isTemplateOffered({ definition }: ServerSnapshot, uriTemplate: string): boolean {
    return this.#deps.isSetAside?.(definition.id, 'template', uriTemplate) !== true;
  }

  #listTools(): ReadonlyMap<string, OfferedTool> {
    const { caller, isOffered } = this.#deps;
    const tools = new Map<string, OfferedTool>();
    for (const server of this.#inOrder()) {
      const { id } = server.definition;
      for (const tool of server.offer?.tools.items ?? []) {
        if (server.disabledTools.has(tool.name) || !isOffered(caller, id, tool.name)) continue;
        if (!visibilityOf(tool).model) continue; // for the server's app alone (MCP Apps)
        const name = this.#name(server, tool.name, tools);
        if (name === undefined) continue;
        const isTask = tool.taskSupport !== 'forbidden' || decidesTasksItself(server);
        tools.set(name, { name, server, tool, isTask, definition: this.#definition(tool, name) });
      }
    }
    return tools;
  }

  #listPrompts(): ReadonlyMap<string, OfferedPrompt> {
    const prompts = new Map<string, OfferedPrompt>();
    for (const server of this.#inOrder()) {
      for (const prompt of server.offer?.prompts.items ?? []) {
        if (this.#deps.isSetAside?.(server.definition.id, 'prompt', prompt.name) === true) continue;
        const name = this.#name(server, prompt.name, prompts);
        if (name !== undefined)
          prompts.set(name, { name, server, prompt, definition: { ...prompt.raw, name } });
      }
    }
    return prompts;
  }

  /** Among the tools of all servers the app of one cannot be found: its `ui://` address is that of the server alone. */
  #definition(tool: Tool, name: string): JsonObject {
    const definition = toolDefinition(tool, name);
    return this.isPrefixed ? withoutApp(definition) : definition;
  }

  /** Undefined for a name that the same server has twice. */
  #name(server: ServerSnapshot, name: string, taken: ReadonlyMap<string, unknown>): string | undefined {
    if (!this.isPrefixed) return taken.has(name) ? undefined : name;
    const { reserved, sha256 } = this.#deps;
    const isTaken = { has: (candidate: string) => taken.has(candidate) || reserved.has(candidate) };
    return gatewayName(this.keyOf(server), name, sha256, isTaken);
  }

  /** By key, so that what gets which name does not hang on the order of files. */
  #inOrder(): readonly ServerSnapshot[] {
    return [...this.servers].sort((a, b) => (this.keyOf(a) < this.keyOf(b) ? -1 : 1));
  }
}

/** How long a list may be reused, by what its servers said; 0 when one of them said nothing. */
export function listTtl(
  servers: readonly ServerSnapshot[],
  list: 'tools' | 'resources' | 'resourceTemplates' | 'prompts',
): number {
  const ttls = servers.map(({ state, offer }) => (state.kind === 'ready' ? (offer?.[list].ttlMs ?? 0) : 0));
  return ttls.length === 0 ? 0 : Math.min(...ttls);
}

function toolDefinition(tool: Tool, name: string): JsonObject {
  const { execution: _ours, ...raw } = tool.raw; // whether a caller gets a task is ours to say
  return { ...raw, name, inputSchema: objectSchema(tool.inputSchema) };
}

function withoutApp(definition: JsonObject): JsonObject {
  const { _meta: meta, ...rest } = definition;
  if (!isJsonObject(meta)) return definition;
  const { ui: _app, 'ui/resourceUri': _older, ...others } = meta;
  return Object.keys(others).length === 0 ? rest : { ...rest, _meta: others };
}

/** Hosts refuse a tool, some the whole list, when its input schema does not say that it is an object. */
function objectSchema(schema: JsonObject): JsonObject {
  return schema['type'] === 'object' ? schema : { ...schema, type: 'object' };
}

/** A server with the tasks extension (2026-07-28) says of no tool beforehand whether it becomes a task. */
function decidesTasksItself({ state }: ServerSnapshot): boolean {
  if (state.kind !== 'ready' || state.info.era !== 'modern') return false;
  const { extensions } = state.info.capabilities;
  return isJsonObject(extensions) && extensions['io.modelcontextprotocol/tasks'] !== undefined;
}
