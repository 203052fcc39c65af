import { listTtl, type GatewayCatalog } from '../../core/gatewayCatalog.ts';
import { isDiscovered } from '../../core/gatewaySettings.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { toAppError } from '../../core/util/errors.ts';
import type { Exchange, GatewayContext } from './context.ts';
import { promptResult, resourceContents } from './results.ts';
import { code, objectParam, RpcFailure, textParam, toRpcFailure } from './rpc.ts';

/** Lists, resources, prompts and completion, the same for both eras. */
export class Offers {
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  async tools(exchange: Exchange): Promise<JsonObject> {
    const { caller, scope, signal, era } = exchange;
    const catalog = await this.#context.settled(caller, scope, signal);
    const isFinding = catalog.isPrefixed && isDiscovered(catalog, this.#context.deps.settings.get());
    const own = this.#context
      .ownTools(scope, isFinding)
      .map(({ run: _run, ...definition }): JsonObject => definition);
    const offered = isFinding ? [] : [...catalog.tools.values()];
    const tools = offered.map(({ definition, isTask, tool }) => {
      if (era === 'modern') return definition;
      const listed = legacyDefinition(definition);
      // What only runs as a task is waited for behind the common door.
      const taskSupport = !catalog.isPrefixed && tool.taskSupport === 'required' ? 'required' : 'optional';
      return isTask ? { ...listed, execution: { taskSupport } } : listed;
    });
    return { tools: [...own, ...tools], ...this.#caching(exchange, catalog, 'tools') };
  }

  async resources(exchange: Exchange): Promise<JsonObject> {
    const catalog = await this.#settled(exchange);
    return { resources: catalog.resources(), ...this.#caching(exchange, catalog, 'resources') };
  }

  async templates(exchange: Exchange): Promise<JsonObject> {
    const catalog = await this.#settled(exchange);
    return {
      resourceTemplates: catalog.templates(),
      ...this.#caching(exchange, catalog, 'resourceTemplates'),
    };
  }

  async prompts(exchange: Exchange): Promise<JsonObject> {
    const catalog = await this.#settled(exchange);
    const prompts = [...catalog.prompts.values()].map(({ definition }) => definition);
    return { prompts, ...this.#caching(exchange, catalog, 'prompts') };
  }

  async readResource(exchange: Exchange): Promise<JsonObject> {
    const { caller, scope, signal, era } = exchange;
    const uri = textParam(exchange.params, 'uri');
    const missing = () =>
      new RpcFailure(
        era === 'modern' ? code.invalidParams : code.resourceNotFound,
        `Resource not found: ${uri}`,
        {
          data: { uri },
        },
      );
    const catalog = this.#context.catalog(caller, scope);
    const found = catalog.innerUri(uri);
    if (!found) throw missing();
    try {
      const connection = await this.#context.deps.connections.need(found.server.definition.id, signal);
      const contents = await connection.readResource(found.uri, signal);
      return {
        contents: resourceContents(contents, catalog, found.server),
        ...(era === 'modern' ? { ttlMs: 0, cacheScope: 'private' } : {}),
      };
    } catch (error) {
      const isMissing = toAppError(error).code === 'not-found' || isInvalidParams(error);
      throw isMissing && era === 'modern'
        ? missing()
        : toAppError(error).code === 'not-found'
          ? missing()
          : error;
    }
  }

  async getPrompt(exchange: Exchange): Promise<JsonObject> {
    const { caller, scope, signal, params } = exchange;
    const name = textParam(params, 'name');
    const catalog = await this.#known(exchange, (found) => found.prompts.has(name));
    const entry = catalog.prompts.get(name);
    if (!entry) throw new RpcFailure(code.invalidParams, `Unknown prompt: ${name}`);
    const given = Object.entries(objectParam(params, 'arguments') ?? {});
    const args = Object.fromEntries(
      given.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    );
    const connection = await this.#context.deps.connections.need(entry.server.definition.id, signal);
    // Its definition may have changed while the server was connected and its lists were read.
    if (!this.#context.catalog(caller, scope).prompts.has(name))
      throw new RpcFailure(code.invalidParams, `Unknown prompt: ${name}`);
    const raw = await connection.getPrompt(entry.prompt.name, args, signal);
    return promptResult(raw, this.#context.catalog(caller, scope), entry.server);
  }

  async complete(exchange: Exchange): Promise<JsonObject> {
    const { caller, scope, signal, params } = exchange;
    const ref = objectParam(params, 'ref') ?? {};
    const argument = objectParam(params, 'argument') ?? {};
    const context = objectParam(objectParam(params, 'context') ?? {}, 'arguments') ?? {};
    const catalog = this.#context.catalog(caller, scope);
    const asked = { name: textParam(argument, 'name'), value: textParam(argument, 'value') };
    const given = Object.fromEntries(
      Object.entries(context).filter(([, value]) => typeof value === 'string'),
    ) as Record<string, string>;
    const target = completionTarget(ref, catalog);
    const connection = await this.#context.deps.connections.need(target.server.definition.id, signal);
    const values = await connection.complete(target.ref, asked, given, signal);
    return { completion: { values, total: values.length, hasMore: false } };
  }

  #settled({ caller, scope, signal }: Exchange): Promise<GatewayCatalog> {
    return this.#context.settled(caller, scope, signal);
  }

  /** The catalog as it is when it has what is wanted, else after servers that stand still were started. */
  async #known(exchange: Exchange, has: (catalog: GatewayCatalog) => boolean): Promise<GatewayCatalog> {
    const catalog = this.#context.catalog(exchange.caller, exchange.scope);
    return has(catalog) ? catalog : this.#settled(exchange);
  }

  #caching(
    { era }: Exchange,
    catalog: GatewayCatalog,
    list: 'tools' | 'resources' | 'resourceTemplates' | 'prompts',
  ): JsonObject {
    // What one caller is offered is nothing that another may be shown.
    return era === 'modern' ? { ttlMs: listTtl(catalog.servers, list), cacheScope: 'private' } : {};
  }
}

function completionTarget(ref: JsonObject, catalog: GatewayCatalog) {
  if (ref['type'] === 'ref/prompt') {
    const entry = catalog.prompts.get(textParam(ref, 'name'));
    if (entry) return { server: entry.server, ref: { kind: 'prompt', name: entry.prompt.name } as const };
  } else if (ref['type'] === 'ref/resource') {
    const found = catalog.innerTemplate(textParam(ref, 'uri'));
    if (found) return { server: found.server, ref: { kind: 'template', uriTemplate: found.uri } as const };
  }
  throw new RpcFailure(code.invalidParams, 'The reference of the completion is unknown');
}

/** Up to 2025-11-25 the output is an object, and clients refuse the whole list for a schema that says otherwise. */
function legacyDefinition(definition: JsonObject): JsonObject {
  const { outputSchema, ...rest } = definition;
  return isJsonObject(outputSchema) && outputSchema['type'] === 'object' ? definition : rest;
}

function isInvalidParams(error: unknown): boolean {
  return toRpcFailure(error).code === code.invalidParams;
}
