import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { classifyInboundRequest, type InboundClassificationOutcome } from '@modelcontextprotocol/server';
import type { Caller } from '../../core/caller.ts';
import { CallerRuns } from '../../core/callerRuns.ts';
import { serverKeys } from '../../core/gatewayNames.ts';
import type { GatewayScope } from '../../core/gatewayCatalog.ts';
import type { GatewayTool } from '../../core/gatewayTools.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import { AppError, toAppError } from '../../core/util/errors.ts';
import { isDeeperThan } from '../mcp/depth.ts';
import { GatewayCalls } from './calls.ts';
import { Changes } from './changes.ts';
import { GatewayContext, type GatewayDeps } from './context.ts';
import { callerOf, header, readJson } from './door.ts';
import { LegacyFace } from './legacyFace.ts';
import { ModernFace } from './modernFace.ts';
import { Offers } from './offers.ts';
import { Reply } from './reply.ts';
import { code, RpcFailure, type RpcId, type RpcRequest } from './rpc.ts';

export type { GatewayDeps } from './context.ts';

/** Where the gateway is reached. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  /** The endpoint with every server. */
  readonly url: string;
}

/** Our own MCP server on loopback: what other agents use our connections through. */
export interface Gateway {
  /** Where it listens now. */
  readonly address: GatewayAddress | undefined;
  /** The tools of ours, the same for other surfaces than the gateway. */
  readonly tools: readonly GatewayTool[];
  /** Listens; port 0 takes any free one. Rejects `conflict` when the port is taken. */
  start(options: { readonly host: '127.0.0.1'; readonly port: number }): Promise<GatewayAddress>;
  /** Stops listening and ends every stream; what was disposed of can be started again by a new gateway only. */
  dispose(): Promise<void>;
  /** The endpoint of one server alone, under its own names; undefined for one that is not configured. */
  urlOf(serverId: string): string | undefined;
  /** To be called when `isOffered` may answer differently now: callers are told that their lists changed. */
  offersChanged(): void;
  /** To be called when tokens were revoked: streams of callers that are `isDropped` end. */
  drop(isDropped: (caller: Caller) => boolean): void;
}

const maxBody = 8 * 1024 * 1024;
const maxDepth = 200;
const mainPath = '/mcp';

/** Builds the gateway over a host; it listens once started. */
export function createGateway(deps: GatewayDeps): Gateway {
  return new LoopbackGateway(deps);
}

class LoopbackGateway implements Gateway {
  readonly #deps: GatewayDeps;
  readonly #runs: CallerRuns;
  readonly #context: GatewayContext;
  readonly #changes: Changes;
  readonly #legacy: LegacyFace;
  readonly #modern: ModernFace;
  readonly #reviews: Disposable | undefined;
  #server: Server | undefined;
  #address: GatewayAddress | undefined;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#runs = new CallerRuns(deps);
    this.#context = new GatewayContext(deps, this.#runs);
    this.#changes = new Changes(this.#context);
    this.#reviews = deps.definitions?.reviews.subscribe(() => this.offersChanged());
    const offers = new Offers(this.#context);
    const calls = new GatewayCalls(this.#context);
    this.#legacy = new LegacyFace(this.#context, this.#changes, offers, calls);
    this.#modern = new ModernFace(this.#context, this.#changes, offers, calls);
  }

  get address(): GatewayAddress | undefined {
    return this.#address;
  }

  get tools(): readonly GatewayTool[] {
    return [...this.#context.tools.values()];
  }

  async start({
    host,
    port,
  }: {
    readonly host: '127.0.0.1';
    readonly port: number;
  }): Promise<GatewayAddress> {
    if (this.#server) throw new AppError('conflict', 'the gateway listens already');
    const server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    server.headersTimeout = 10_000;
    server.requestTimeout = 60_000;
    server.maxHeadersCount = 100;
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
    } catch (error) {
      this.#server = undefined;
      throw new AppError(
        'conflict',
        `the gateway cannot listen on port ${port}: ${toAppError(error).message}`,
        {
          cause: error,
        },
      );
    }
    server.on('error', (error) => this.#deps.logger.warn('the gateway had an error', error));
    const { port: taken } = server.address() as AddressInfo;
    this.#address = { host, port: taken, url: `http://${host}:${taken}${mainPath}` };
    return this.#address;
  }

  async dispose(): Promise<void> {
    this.#reviews?.dispose();
    this.#modern.dispose();
    this.#legacy.dispose();
    this.#changes.dispose();
    this.#runs.dispose();
    const server = this.#server;
    this.#address = undefined;
    if (!server?.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    // Streams that are being ended get one turn to flush before they are cut.
    setTimeout(() => server.closeAllConnections(), 50);
    await closed;
  }

  urlOf(serverId: string): string | undefined {
    const key = this.#keys().get(serverId);
    const address = this.#address;
    return address && key && `http://${address.host}:${address.port}/servers/${key}${mainPath}`;
  }

  offersChanged(): void {
    this.#context.offersChanged();
    this.#changes.look();
  }

  drop(isDropped: (caller: Caller) => boolean): void {
    this.#legacy.drop(isDropped);
    this.#modern.drop(isDropped);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = new Reply(response, this.#deps.clock);
    let id: RpcId | null = null;
    try {
      const caller = callerOf(request, (token) => this.#deps.authenticate(token));
      const scope = this.#scopeOf(request);
      if (request.method !== 'POST') return await this.#sessionRequest(request, caller, scope, reply);
      const body = await readJson(request, maxBody);
      if (isDeeperThan(body as Json, maxDepth))
        throw new RpcFailure(code.invalidRequest, `The body is nested deeper than ${maxDepth} levels`);
      id = idOf(body);
      await this.#post(request, body, caller, scope, reply);
    } catch (error) {
      if (reply.signal.aborted) return;
      if (!(error instanceof RpcFailure) && toAppError(error).code === 'internal')
        this.#deps.logger.warn('the gateway could not answer a request', error);
      const isUnknown = error instanceof RpcFailure && error.httpStatus === 401;
      const headers: Record<string, string> = isUnknown ? { 'www-authenticate': 'Bearer' } : {};
      // What was not read of a refused body is not waited for.
      if (!request.complete) headers['connection'] = 'close';
      reply.fail(id, error, headers);
    }
  }

  async #post(
    http: IncomingMessage,
    body: unknown,
    caller: Caller,
    scope: GatewayScope,
    reply: Reply,
  ): Promise<void> {
    const route = classify(http, body);
    if (route.kind === 'reject') {
      const { data, httpStatus, message } = route;
      throw new RpcFailure(route.code, message, {
        httpStatus,
        ...(data === undefined ? {} : { data: data as Json }),
      });
    }
    if (route.kind === 'modern') {
      if (route.messageKind === 'notification') return reply.endEmpty(202);
      return this.#modern.request(
        readRequest(route.message as unknown as JsonObject),
        caller,
        scope,
        http,
        reply,
      );
    }
    if (route.reason === 'batch')
      throw new RpcFailure(code.invalidRequest, 'Batches are not supported', { httpStatus: 400 });
    const message = body as JsonObject;
    if (route.reason === 'initialize' && header(http, 'mcp-session-id') === undefined)
      return this.#legacy.initialize(readRequest(message), caller, scope, reply);
    const session = await this.#legacy.session(http, caller, scope);
    if (route.reason === 'response' || route.reason === 'notification') {
      session.receive(message);
      return reply.endEmpty(202);
    }
    if (route.reason === 'initialize')
      throw new RpcFailure(code.invalidRequest, 'The session is initialized already', { httpStatus: 400 });
    return this.#legacy.request(session, readRequest(message), reply);
  }

  /** GET and DELETE are for sessions. */
  async #sessionRequest(
    request: IncomingMessage,
    caller: Caller,
    scope: GatewayScope,
    reply: Reply,
  ): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'DELETE')
      return reply.endEmpty(405, { allow: 'GET, POST, DELETE' });
    // Without a session the other era is meant, which knows POST alone.
    if (header(request, 'mcp-session-id') === undefined) return reply.endEmpty(405, { allow: 'POST' });
    const session = await this.#legacy.session(request, caller, scope);
    if (request.method === 'GET') return this.#legacy.listen(session, request, reply);
    this.#legacy.endSession(session);
    reply.endEmpty(204);
  }

  #scopeOf(request: IncomingMessage): GatewayScope {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === mainPath) return { kind: 'all' };
    const key = /^\/servers\/([a-z0-9-]+)\/mcp$/.exec(path)?.[1];
    for (const [serverId, known] of this.#keys()) if (known === key) return { kind: 'server', serverId };
    throw new RpcFailure(code.invalidRequest, 'There is no such endpoint', { httpStatus: 404 });
  }

  #keys(): ReadonlyMap<string, string> {
    const all = this.#deps.connections.servers.get();
    return serverKeys(
      all.map(({ definition: { id, name } }) => ({ id, name })),
      this.#deps.sha256,
    );
  }
}

function classify(http: IncomingMessage, body: unknown): InboundClassificationOutcome {
  const version = header(http, 'mcp-protocol-version');
  const method = header(http, 'mcp-method');
  return classifyInboundRequest({
    httpMethod: 'POST',
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
    body,
  });
}

function readRequest({ id, method, params }: JsonObject): RpcRequest {
  if ((typeof id !== 'string' && typeof id !== 'number') || typeof method !== 'string')
    throw new RpcFailure(code.invalidRequest, 'The body is not one JSON-RPC message');
  return { id, method, params: isJsonObject(params) ? params : {} };
}

/** The id to answer under, also when the rest of the request is no good. */
function idOf(body: unknown): RpcId | null {
  const id = isJsonObject(body) ? body['id'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
