import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../core/caller.ts';
import type { GatewayScope } from '../../core/gatewayCatalog.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { isLogged, logLevelOf } from '../../core/logLevel.ts';
import type { Disposable } from '../../core/util/disposables.ts';
import type { Changes } from './changes.ts';
import { clientFacts } from './client.ts';
import type { Exchange, GatewayContext } from './context.ts';
import { header } from './door.ts';
import { LegacyCalls } from './legacyCalls.ts';
import { LegacySession, type SessionFacts } from './legacySession.ts';
import { instructionsOf, serverCapabilities, serverInfo } from './self.ts';
import type { GatewayCalls } from './calls.ts';
import type { Offers } from './offers.ts';
import type { Reply } from './reply.ts';
import { code, failure, notification, RpcFailure, success, textParam, type RpcRequest } from './rpc.ts';
import { createSeal, type Seal } from './seal.ts';

/** Revisions of this face, newest first. */
export const legacyVersions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26'];

const sessionSeconds = 30 * 86_400;
const maxSessions = 500;

type Method = (session: LegacySession, exchange: Exchange, reply: Reply) => Promise<JsonObject> | JsonObject;

/** The 2025-11-25 era: sessions, pushed questions, subscriptions and the tasks utility. */
export class LegacyFace implements Disposable {
  readonly #context: GatewayContext;
  readonly #changes: Changes;
  readonly #seal: Seal;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #sessions = new Map<string, LegacySession>();
  readonly #ended = new Set<string>();
  /** Sessions of an earlier process whose client does not know of that yet. */
  readonly #revived = new WeakSet<LegacySession>();
  readonly #logs: Disposable;

  constructor(context: GatewayContext, changes: Changes, offers: Offers, gatewayCalls: GatewayCalls) {
    this.#context = context;
    this.#changes = changes;
    this.#seal = createSeal(context.deps.secret, 'session', sessionSeconds);
    const calls = new LegacyCalls(context, gatewayCalls);
    this.#methods = {
      ping: () => ({}),
      'logging/setLevel': (session, exchange) => this.#setLevel(session, exchange),
      'tools/list': (_session, exchange) => offers.tools(exchange),
      'tools/call': (session, exchange, reply) => calls.call(session, exchange, reply),
      'tasks/get': (_session, exchange) => calls.get(exchange),
      'tasks/list': (_session, exchange) => calls.list(exchange),
      'tasks/result': (session, exchange, reply) => calls.result(session, exchange, reply),
      'tasks/cancel': (_session, exchange) => calls.cancel(exchange),
      'resources/list': (_session, exchange) => offers.resources(exchange),
      'resources/templates/list': (_session, exchange) => offers.templates(exchange),
      'resources/read': (_session, exchange) => offers.readResource(exchange),
      'resources/subscribe': (session, exchange) => this.#subscribe(session, exchange),
      'resources/unsubscribe': (session, exchange) => this.#unsubscribe(session, exchange),
      'prompts/list': (_session, exchange) => offers.prompts(exchange),
      'prompts/get': (_session, exchange) => offers.getPrompt(exchange),
      'completion/complete': (_session, exchange) => offers.complete(exchange),
    };
    this.#logs = context.deps.reports.subscribe((report) => {
      if (report.kind !== 'log') return;
      const { serverId, level, text: data } = report;
      for (const session of this.#sessions.values()) {
        const { caller, scope } = session.facts;
        const server = context
          .catalog(caller, scope)
          .servers.find(({ definition }) => definition.id === serverId);
        if (!server || !isLogged(level, session.logLevel)) continue;
        const logger = server.definition.name;
        session.notify(notification('notifications/message', { level, logger, data }), serverId);
      }
    });
  }

  /** Answers `initialize` with a new session. */
  async initialize(request: RpcRequest, caller: Caller, scope: GatewayScope, reply: Reply): Promise<void> {
    const { protocolVersion: asked, capabilities } = request.params;
    if (typeof asked !== 'string' || !isJsonObject(capabilities))
      throw new RpcFailure(code.invalidParams, 'initialize needs protocolVersion and capabilities');
    const protocolVersion = legacyVersions.includes(asked) ? asked : String(legacyVersions[0]);
    const { forms, urls, sampling } = clientFacts(capabilities);
    const nonce = this.#context.deps.newId();
    const place = scope.kind === 'server' ? scope.serverId : '';
    const kept = { nonce, caller: [caller.kind, caller.name], place, protocolVersion, forms, urls, sampling };
    const id = await this.#seal.seal(kept);
    const session = this.#open({
      id,
      caller,
      scope,
      protocolVersion,
      client: { forms, urls, sampling, tasks: false },
    });
    const { deps } = this.#context;
    const result = {
      protocolVersion,
      capabilities: serverCapabilities(this.#context.catalog(caller, scope), 'legacy', protocolVersion),
      serverInfo: serverInfo(deps.version),
      instructions: instructionsOf(this.#context.catalog(caller, scope)),
    };
    reply.end(success(request.id, result), 200, { 'mcp-session-id': session.facts.id });
  }

  /** Answers one request of a session. */
  async request(session: LegacySession, request: RpcRequest, reply: Reply): Promise<void> {
    const { method, params, id } = request;
    const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (!run) throw new RpcFailure(code.methodNotFound, `Method not found: ${method}`, { httpStatus: 200 });
    const { caller, scope, client } = session.facts;
    const headers = { 'mcp-session-id': session.facts.id };
    reply.openWhenSlow(headers);
    this.#catchUp(session, reply);
    try {
      const result = await session.run(id, async (cancelled) => {
        const exchange: Exchange = {
          ...{ era: 'legacy', caller, scope, client, method, params, logLevel: undefined },
          // A broken stream alone is no cancellation in this era.
          signal: cancelled,
          notify: (message) => reply.send(message),
        };
        return run(session, exchange, reply);
      });
      reply.end(success(id, result), 200, headers);
    } catch (error) {
      reply.end(failure(id, error), 200, headers);
    }
  }

  /** Opens the stream for what answers nothing. */
  listen(session: LegacySession, request: IncomingMessage, reply: Reply): void {
    if (!(request.headers.accept ?? '').includes('text/event-stream'))
      throw new RpcFailure(code.invalidRequest, 'Accept must list text/event-stream', { httpStatus: 406 });
    reply.open({ 'mcp-session-id': session.facts.id });
    session.addStanding(reply);
    this.#catchUp(session, reply);
  }

  /** Ends a session for good; its tasks stay. */
  endSession(session: LegacySession): void {
    const { id } = session.facts;
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > 10 * maxSessions && oldest !== undefined) this.#ended.delete(oldest);
    this.#sessions.delete(id);
    session.end();
  }

  /** The session that a request names, from memory or from its id; rejects one of another caller like one that is unknown. */
  async session(request: IncomingMessage, caller: Caller, scope: GatewayScope): Promise<LegacySession> {
    const version = header(request, 'mcp-protocol-version');
    if (version !== undefined && !legacyVersions.includes(version)) {
      const message = `Bad Request: Unsupported protocol version (supported: ${legacyVersions.join(', ')})`;
      throw new RpcFailure(code.session, message, { httpStatus: 400 });
    }
    const id = header(request, 'mcp-session-id');
    if (id === undefined)
      throw new RpcFailure(code.session, 'Bad Request: Mcp-Session-Id header is required', {
        httpStatus: 400,
      });
    const session = this.#sessions.get(id) ?? (await this.#revive(id, caller, scope));
    const facts = session?.facts;
    const isOurs = facts?.caller.name === caller.name && facts.caller.kind === caller.kind;
    const isHere = facts && JSON.stringify(facts.scope) === JSON.stringify(scope);
    if (!session || !isOurs || !isHere)
      throw new RpcFailure(code.unknownSession, 'Session not found', { httpStatus: 404 });
    return session;
  }

  /** Ends the streams of a caller whose token is no longer in force. */
  drop(isDropped: (caller: Caller) => boolean): void {
    for (const session of [...this.#sessions.values()])
      if (isDropped(session.facts.caller)) this.endSession(session);
  }

  dispose(): void {
    this.#logs.dispose();
    for (const session of this.#sessions.values()) session.end();
    this.#sessions.clear();
  }

  async #revive(id: string, caller: Caller, scope: GatewayScope): Promise<LegacySession | undefined> {
    if (id.length > 4_096 || this.#ended.has(id)) return undefined;
    const kept = await this.#seal.open(id);
    if (!kept) return undefined;
    const place = scope.kind === 'server' ? scope.serverId : '';
    const isSame = JSON.stringify(kept['caller']) === JSON.stringify([caller.kind, caller.name]);
    if (!isSame || kept['place'] !== place) return undefined;
    const is = (name: string) => kept[name] === true;
    const client = { forms: is('forms'), urls: is('urls'), sampling: is('sampling'), tasks: false };
    const known = this.#sessions.get(id);
    if (known) return known;
    const protocolVersion = textParam(kept, 'protocolVersion');
    const session = this.#open({ id, caller, scope, client, protocolVersion });
    this.#revived.add(session);
    return session;
  }

  #open(facts: SessionFacts): LegacySession {
    const session = new LegacySession(facts);
    const watch = this.#changes.watchOffers(facts.caller, facts.scope, (list) =>
      session.notify(notification(`notifications/${list}/list_changed`)),
    );
    session.onEnd(() => watch.dispose());
    this.#sessions.set(facts.id, session);
    if (this.#sessions.size > maxSessions) this.#forgetIdle();
    return session;
  }

  #forgetIdle(): void {
    for (const [id, session] of this.#sessions) {
      if (this.#sessions.size <= maxSessions / 2) return;
      if (!session.isIdle) continue;
      this.#sessions.delete(id);
      session.end();
    }
  }

  /** What changed while nobody listened is not known; not every client opens its stream again, so any will do. */
  #catchUp(session: LegacySession, reply: Reply): void {
    if (!this.#revived.delete(session)) return;
    reply.open({ 'mcp-session-id': session.facts.id });
    for (const list of ['tools', 'resources', 'prompts'])
      reply.send(notification(`notifications/${list}/list_changed`));
  }

  #setLevel(session: LegacySession, { params }: Exchange): JsonObject {
    const level = logLevelOf(params['level']);
    if (!level) throw new RpcFailure(code.invalidParams, 'level is not a log level');
    session.logLevel = level;
    const { caller, scope } = session.facts;
    this.#context.wantLogs(this.#context.catalog(caller, scope), level);
    return {};
  }

  async #subscribe(session: LegacySession, { caller, scope, params }: Exchange): Promise<JsonObject> {
    const uri = textParam(params, 'uri');
    const found = this.#context.catalog(caller, scope).innerUri(uri);
    if (!found) throw new RpcFailure(code.resourceNotFound, `Resource not found: ${uri}`, { data: { uri } });
    if (session.subscriptions.has(uri)) return {};
    const { id } = found.server.definition;
    const watch = await this.#changes.watchResource(id, found.uri, () =>
      session.notify(notification('notifications/resources/updated', { uri }), id),
    );
    session.subscriptions.get(uri)?.dispose();
    session.subscriptions.set(uri, watch);
    return {};
  }

  #unsubscribe(session: LegacySession, { params }: Exchange): JsonObject {
    const uri = textParam(params, 'uri');
    session.subscriptions.get(uri)?.dispose();
    session.subscriptions.delete(uri);
    return {};
  }
}
