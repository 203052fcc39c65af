import type { IncomingMessage } from 'node:http';
import {
  CLIENT_CAPABILITIES_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  SERVER_INFO_META_KEY,
} from '@modelcontextprotocol/server';
import type { Caller } from '../../core/caller.ts';
import type { GatewayScope } from '../../core/gatewayCatalog.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import type { GatewayCalls } from './calls.ts';
import type { Changes } from './changes.ts';
import { clientFacts, requestedLevel } from './client.ts';
import type { Exchange, GatewayContext } from './context.ts';
import { decodedHeader, header } from './door.ts';
import { ModernCalls } from './modernCalls.ts';
import { listen } from './modernListen.ts';
import type { Offers } from './offers.ts';
import type { Reply } from './reply.ts';
import { code, RpcFailure, success, type RpcRequest } from './rpc.ts';
import { instructionsOf, serverCapabilities, serverInfo } from './self.ts';

/** The revision of this face. */
export const modernVersion = '2026-07-28';

/** The member of the body that `Mcp-Name` mirrors, by method (SEP-2243, SEP-2663). */
const nameSource: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

type Method = (
  exchange: Exchange,
  request: RpcRequest,
  http: IncomingMessage,
) => Promise<JsonObject> | JsonObject;

/** The 2026-07-28 era: stateless requests, subscriptions, MRTR and the tasks extension. */
export class ModernFace implements Disposable {
  readonly #context: GatewayContext;
  readonly #calls: ModernCalls;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #closing = new AbortController();
  readonly #listening = new Set<{ readonly caller: Caller; readonly end: AbortController }>();

  constructor(context: GatewayContext, changes: Changes, offers: Offers, calls: GatewayCalls) {
    this.#context = context;
    const own = new ModernCalls(context, calls);
    this.#calls = own;
    this.#methods = {
      'server/discover': (exchange) => this.#discover(exchange),
      'tools/list': (exchange) => offers.tools(exchange),
      'tools/call': (exchange, _request, http) => own.call(exchange, http.headers),
      'resources/list': (exchange) => offers.resources(exchange),
      'resources/templates/list': (exchange) => offers.templates(exchange),
      'resources/read': (exchange) => offers.readResource(exchange),
      'prompts/list': (exchange) => offers.prompts(exchange),
      'prompts/get': (exchange) => offers.getPrompt(exchange),
      'completion/complete': (exchange) => offers.complete(exchange),
      'tasks/get': (exchange) => own.get(exchange),
      'tasks/update': (exchange) => own.update(exchange),
      'tasks/cancel': (exchange) => own.cancel(exchange),
      'subscriptions/listen': (exchange, { id }) => this.#listen(exchange, id, changes),
    };
  }

  /** Answers one request; rejects with what its sender did wrong. */
  async request(
    request: RpcRequest,
    caller: Caller,
    scope: GatewayScope,
    http: IncomingMessage,
    reply: Reply,
  ): Promise<void> {
    const { method, params } = request;
    checkHeaders(http, request);
    const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (!run) throw new RpcFailure(code.methodNotFound, `Method not found: ${method}`);
    const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
    const logLevel = requestedLevel(params);
    if (logLevel) this.#context.wantLogs(this.#context.catalog(caller, scope), logLevel);
    const exchange: Exchange = {
      ...{ era: 'modern', caller, scope, method, params, logLevel },
      client: clientFacts(meta[CLIENT_CAPABILITIES_META_KEY]),
      signal: reply.signal,
      notify: (message) => reply.send(message),
    };
    reply.openWhenSlow();
    const result = await run(exchange, request, http);
    const own = isJsonObject(result['_meta']) ? result['_meta'] : {};
    const info = serverInfo(this.#context.deps.version);
    reply.end(
      success(request.id, {
        resultType: 'complete',
        ...result,
        _meta: { ...own, [SERVER_INFO_META_KEY]: info },
      }),
    );
  }

  /** Ends the subscriptions of a caller whose token is no longer in force. */
  drop(isDropped: (caller: Caller) => boolean): void {
    for (const { caller, end } of this.#listening) if (isDropped(caller)) end.abort();
  }

  /** Ends every subscription with its result. */
  dispose(): void {
    this.#closing.abort();
    this.#calls.dispose();
  }

  #discover({ caller, scope }: Exchange): JsonObject {
    const catalog = this.#context.catalog(caller, scope);
    return {
      supportedVersions: [modernVersion],
      capabilities: serverCapabilities(catalog, 'modern', modernVersion),
      instructions: instructionsOf(catalog),
      ttlMs: 0,
      cacheScope: 'private',
    };
  }

  async #listen(exchange: Exchange, id: RpcRequest['id'], changes: Changes): Promise<JsonObject> {
    const listening = { caller: exchange.caller, end: new AbortController() };
    this.#listening.add(listening);
    const closing = AbortSignal.any([this.#closing.signal, listening.end.signal]);
    try {
      return await listen(exchange, id, { context: this.#context, changes, calls: this.#calls, closing });
    } finally {
      this.#listening.delete(listening);
    }
  }
}

/** The headers that repeat what the body says; which era it is and its envelope were judged before. */
function checkHeaders(http: IncomingMessage, { method, params }: RpcRequest): void {
  const meta = isJsonObject(params['_meta']) ? params['_meta'] : {};
  const claimed = meta[PROTOCOL_VERSION_META_KEY];
  if (typeof claimed === 'string' && claimed !== modernVersion) {
    const data = { supported: [modernVersion], requested: claimed };
    throw new RpcFailure(code.unsupportedVersion, 'Unsupported protocol version', { data });
  }
  match('MCP-Protocol-Version', header(http, 'mcp-protocol-version'), modernVersion);
  match('Mcp-Method', header(http, 'mcp-method'), method);
  const source = Object.hasOwn(nameSource, method) ? nameSource[method] : undefined;
  const name = source === undefined ? undefined : params[source];
  if (typeof name === 'string') match('Mcp-Name', decodedHeader(header(http, 'mcp-name')), name);
}

function match(name: string, given: string | undefined, expected: string): void {
  if (given === expected) return;
  const what = given === undefined ? 'is missing' : 'does not say what the body says';
  throw new RpcFailure(code.headerMismatch, `Header mismatch: ${name} ${what}`);
}
