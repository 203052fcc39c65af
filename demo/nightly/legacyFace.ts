import { randomUUID } from 'node:crypto';
import type { JsonObject, RpcRequest } from './jsonRpc.ts';
import { errorCode, isObject, notification, objectOr, RpcError, stringOr } from './jsonRpc.ts';
import { LegacyCalls } from './legacyCalls.ts';
import type { SessionHandler, SessionRecord, Stream } from './legacySession.ts';
import { LegacySession } from './legacySession.ts';
import { isWanted, logLevels } from './logLevels.ts';
import { getPrompt, promptDefinitions } from './prompts.ts';
import { indexUri, listResources, page, readResource, resourceTemplates } from './resources.ts';
import type { Run } from './runs.ts';
import type { Service } from './service.ts';
import { instructions, serverInfo } from './service.ts';
import type { ToolDefinition } from './tools.ts';

/** Revisions this face speaks, newest first. */
export const legacyVersions = ['2025-11-25', '2025-06-18'];

/** The code for a missing resource up to 2025-11-25. */
const resourceNotFound = -32002;

type Method = (
  session: LegacySession,
  params: JsonObject,
  context: { readonly stream: Stream; readonly signal: AbortSignal },
) => Promise<JsonObject> | JsonObject;

/** The 2025-11-25 semantics, the same over stdio and HTTP: sessions, pushed questions and the tasks utility. */
export class LegacyFace implements SessionHandler {
  readonly #service: Service;
  readonly #methods: Readonly<Record<string, Method>>;
  readonly #sessions = new Map<string, LegacySession>();
  readonly #stop: () => void;

  constructor(service: Service) {
    this.#service = service;
    const calls = new LegacyCalls(service, (session, level, text) => this.#log(session, level, text));
    const { engine, options } = service;
    this.#methods = {
      ping: () => ({}),
      'logging/setLevel': (session, params) => setLevel(session, params),
      'tools/list': (session, params) =>
        page(
          'tools',
          service.definitions.map((tool) => listedTool(tool, session)),
          stringOr(params['cursor']),
        ),
      'tools/call': (session, params, { stream, signal }) => calls.call(session, params, stream, signal),
      'tasks/get': (session, params) => calls.get(session, params),
      'tasks/list': (_session, params) => calls.list(params),
      'tasks/result': (session, params, { stream, signal }) => calls.result(session, params, stream, signal),
      'tasks/cancel': (session, params) => calls.cancel(session, params),
      'resources/list': (_session, params) => listResources(engine, stringOr(params['cursor'])),
      'resources/templates/list': () => ({ resourceTemplates }),
      'resources/read': (_session, params) =>
        readResource(engine, options.state, String(params['uri']), resourceNotFound),
      'resources/subscribe': (session, params) => subscribe(session, params, true),
      'resources/unsubscribe': (session, params) => subscribe(session, params, false),
      'prompts/list': (_session, params) => page('prompts', promptDefinitions, stringOr(params['cursor'])),
      'prompts/get': (_session, params) =>
        getPrompt(engine, String(params['name']), objectOr(params['arguments'])),
      'completion/complete': (_session, params) => service.complete(params),
    };
    this.#stop = engine.onDidChange((run, isNew) => this.#changed(run, isNew, calls));
  }

  /** Answers `initialize` with a new session; rejects params that are no handshake. */
  initialize(params: JsonObject): { readonly session: LegacySession; readonly result: JsonObject } {
    const asked = params['protocolVersion'];
    if (typeof asked !== 'string' || !isObject(params['capabilities'])) {
      throw new RpcError(errorCode.invalidParams, 'initialize needs protocolVersion and capabilities');
    }
    const protocolVersion = legacyVersions.includes(asked) ? asked : String(legacyVersions[0]);
    const record = {
      protocolVersion,
      capabilities: params['capabilities'],
      logLevel: 'info',
      subscriptions: [],
    };
    const session = this.#open(randomUUID(), record);
    session.update({});
    this.#service.engine.wake();
    return {
      session,
      result: { protocolVersion, capabilities: capabilitiesOf(protocolVersion), serverInfo, instructions },
    };
  }

  /** The session with this id, from memory or from before a restart. */
  session(id: string): LegacySession | undefined {
    const live = this.#sessions.get(id);
    if (live !== undefined) return live;
    const record = this.#service.store.session(id);
    return record === undefined ? undefined : this.#open(id, record as unknown as SessionRecord);
  }

  /** Forgets a session; its tasks stay. */
  endSession(id: string): void {
    this.#sessions.get(id)?.end();
    this.#sessions.delete(id);
    this.#service.store.deleteSession(id);
  }

  async request(
    session: LegacySession,
    request: RpcRequest,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const method = Object.hasOwn(this.#methods, request.method) ? this.#methods[request.method] : undefined;
    if (method === undefined)
      throw new RpcError(errorCode.methodNotFound, `Method not found: ${request.method}`);
    return await method(session, objectOr(request.params), { stream, signal });
  }

  /** Stops notifying. */
  close(): void {
    this.#stop();
  }

  #open(id: string, record: SessionRecord): LegacySession {
    const session = new LegacySession(id, record, this, (next) =>
      this.#service.store.saveSession(id, next as unknown as JsonObject),
    );
    this.#sessions.set(id, session);
    return session;
  }

  #changed(run: Run, isNew: boolean, calls: LegacyCalls): void {
    for (const session of this.#sessions.values()) {
      if (session.watched.has(run.id)) {
        session.notify(notification('notifications/tasks/status', calls.taskOf(run)), run.id);
      }
      if (isNew) session.notify(notification('notifications/resources/list_changed'));
      for (const uri of [indexUri, `runs://${run.id}`]) {
        if (session.record.subscriptions.includes(uri))
          session.notify(notification('notifications/resources/updated', { uri }));
      }
    }
  }

  #log(session: LegacySession, level: string, data: string): void {
    if (!isWanted(level, session.record.logLevel)) return;
    session.notify(notification('notifications/message', { level, logger: 'nightly', data }));
  }
}

function capabilitiesOf(version: string): JsonObject {
  return {
    tools: {},
    resources: { subscribe: true, listChanged: true },
    prompts: {},
    completions: {},
    logging: {},
    ...(hasTasks(version) ? { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } } : {}),
  };
}

function hasTasks(version: string): boolean {
  return version === legacyVersions[0];
}

function listedTool(tool: ToolDefinition, session: LegacySession): JsonObject {
  const { isLong, isTaskOnly, ...listed } = tool;
  const isTask = isLong && hasTasks(session.record.protocolVersion);
  return isTask ? { ...listed, execution: { taskSupport: isTaskOnly ? 'required' : 'optional' } } : listed;
}

function setLevel(session: LegacySession, params: JsonObject): JsonObject {
  const level = params['level'];
  if (typeof level !== 'string' || !logLevels.includes(level)) {
    throw new RpcError(errorCode.invalidParams, 'level is not a log level');
  }
  session.update({ logLevel: level });
  return {};
}

function subscribe(session: LegacySession, params: JsonObject, isOn: boolean): JsonObject {
  const uri = params['uri'];
  if (typeof uri !== 'string') throw new RpcError(errorCode.invalidParams, 'uri is required');
  const others = session.record.subscriptions.filter((known) => known !== uri);
  session.update({ subscriptions: isOn ? [...others, uri] : others });
  return {};
}
