import { randomUUID } from 'node:crypto';
import { SseError, type Client, type JSONRPCMessage } from '@modelcontextprotocol/client';
import type {
  ClientFeatures,
  Connection,
  ConnectionHooks,
  Era,
  EraVerdict,
  ResumeState,
  ServerInfo,
  TaskSnapshot,
} from '../../core/connection.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Clock, Logger } from '../../core/ports.ts';
import { AppError } from '../../core/util/errors.ts';
import { AskRouter } from './askRouter.ts';
import { Calls } from './calls.ts';
import { ClientConnection } from './clientConnection.ts';
import { CompletedUrls } from './completedUrls.ts';
import { LegacyTasks } from './legacyTasks.ts';
import { HeldTasks, heldTaskCapabilities } from './heldTasks.ts';
import type { Link } from './link.ts';
import { Lists } from './lists.ts';
import { ModernTasks } from './modernTasks.ts';
import type { Redact } from './redactor.ts';
import type { ServerLog } from './serverLog.ts';
import { Subscriptions } from './subscriptions.ts';
import type { TaskDriver } from './taskDriver.ts';
import { Wire } from './wire.ts';
import { isGone, statusOf, toWireError } from './wireErrors.ts';

export interface SessionDeps {
  readonly client: Client;
  readonly link: Link;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly hooks: ConnectionHooks;
  readonly log: ServerLog;
  readonly redact: Redact;
  readonly features: ClientFeatures;
  readonly clientInfo: JsonObject;
  readonly clientCapabilities: JsonObject;
  /** Name of the server's address or command, for messages. */
  readonly target: string;
  /** Time-out of everything but calls. */
  readonly timeoutMs: number;
  /** Why the server has no usable token, where it has a sign-in. */
  readonly signInProblem: (() => AppError) | undefined;
}

/** What the handshake (or a stored session) says. */
export interface SessionFacts {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly discover: JsonObject | undefined;
}

/** One session over one link: built before the handshake, live after `begin`, and the owner of its end. */
export class Session {
  readonly #deps: SessionDeps;
  readonly #asks: AskRouter;
  readonly #closed = new AbortController();
  readonly #urls = new CompletedUrls();
  #wire: Wire | undefined;
  #closing: Promise<void> | undefined;

  /** Installs what must answer from the first message on. */
  constructor(deps: SessionDeps) {
    const { client, link, hooks, features, log, redact } = deps;
    this.#deps = deps;
    this.#asks = new AskRouter({
      features,
      // What a server asks is shown and kept; a model's messages are as received, like a result.
      ask: (ask, origin, signal) =>
        hooks.ask(ask.kind === 'sampling' ? ask : { ...ask, message: redact(ask.message) }, origin, signal),
      roots: () => hooks.roots(),
      closed: this.#closed.signal,
      onProblem: (text) => log.problem(text),
      takeOrigin: (id) => link.http?.takeOrigin(id),
      pause: (id) => this.#wire?.pause(id) ?? (() => {}),
    });
    this.#asks.install(client);
    link.tap.amend((message) => withHeldTasks(message, features));
  }

  /** Ends one of our requests, or notes a problem, after an answer broke a limit. */
  broken(id: number | undefined, error: AppError): void {
    if (id === undefined) this.#deps.log.problem(error.message);
    else this.#wire?.fail(id, error);
  }

  /** The connection, once the handshake is done. */
  begin(facts: SessionFacts): Connection {
    const { client, link, clock, logger, random, hooks, log, timeoutMs, target, redact } = this.#deps;
    const { capabilities, era, protocolVersion, discover } = facts;
    const closed = this.#closed.signal;
    const onProblem = (text: string) => log.problem(text);
    const hasParamHeaders = era === 'modern' && link.kind === 'streamable-http';
    const wire: Wire = new Wire({
      tap: link.tap,
      clock,
      era,
      protocolVersion,
      clientInfo: this.#deps.clientInfo,
      capabilities: this.#deps.clientCapabilities,
      target,
      redact,
      signInProblem: this.#deps.signInProblem,
      onNotification: (method, params) => onNotification(method, params),
      onRequest: (id, method, params) => held?.request(id, method, params) ?? false,
      onProblem,
      onError: (error) => {
        if (isGone(error)) this.#lose(error.message);
        // Without a token nothing works any more; with too little access the rest does.
        if (error.code === 'needs-sign-in' && statusOf(error) === 401) this.#lose(error.message);
      },
      ...(link.http ? { takeAnswerKind: (id: number) => link.http?.takeAnswerKind(id) } : {}),
    });
    this.#wire = wire;
    const held = era === 'legacy' ? this.#heldTasks(wire) : undefined;
    const lists = new Lists({ wire, clock, capabilities, timeoutMs, hasParamHeaders });
    const subscriptions = new Subscriptions({
      ...{ wire, clock, random, logger, capabilities, timeoutMs, closed, onProblem, hooks },
      ackTimeoutMs: timeoutMs,
      onListStale: (list) => lists.invalidate(list),
    });
    const taskDeps = {
      wire,
      asks: this.#asks,
      clock,
      capabilities,
      timeoutMs,
      redact,
      closed,
      onProblem,
      onChanged: (task: TaskSnapshot) => hooks.taskChanged(task),
    };
    const tasks: TaskDriver =
      era === 'legacy'
        ? new LegacyTasks(taskDeps)
        : new ModernTasks({ ...taskDeps, subscribe: (ids) => subscriptions.watchTasks(ids) });
    const calls = new Calls({
      ...{ wire, asks: this.#asks, tasks, clock, capabilities, hasParamHeaders, redact },
      onSent: (callId, id) => hooks.callSent?.(callId, id),
      knownTool: (name) => lists.tool(name),
      listTools: (signal) => lists.tools(signal, true),
      urlCompleted: (id, signal) => this.#urls.wait(id, signal),
    });
    const onNotification = (method: string, params: JsonObject): boolean => {
      if (subscriptions.notification(method, params)) return true;
      switch (method) {
        case 'notifications/message':
          log.message(params);
          return true;
        case 'notifications/tasks/status':
        case 'notifications/tasks':
          tasks.pushed(params);
          return true;
        case 'notifications/elicitation/complete':
          if (typeof params['elicitationId'] === 'string') this.#urls.complete(params['elicitationId']);
          return true;
        default:
          return false;
      }
    };
    client.onclose = () => this.#lose('the connection ended');
    client.onerror = (error) => this.#onClientError(error);
    const { sessionId } = link.transport;
    const connection = new ClientConnection({
      info: {
        ...{ era, protocolVersion, capabilities, sessionId },
        transport: link.kind,
        serverInfo: serverInfoOf(client),
        instructions: client.getInstructions(),
        pid: link.pid(),
      },
      verdict: { era, at: clock.now(), discover } satisfies EraVerdict,
      resumeState: { era, protocolVersion, sessionId, capabilities, discover } satisfies ResumeState,
      ...{ wire, lists, calls, tasks, subscriptions, timeoutMs },
      hasRoots: this.#deps.features.roots,
      close: () => this.#close(tasks),
    });
    subscriptions.start();
    return connection;
  }

  /** Rejects when the server does not answer in this session. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#wire?.request({ method: 'ping', signal, timeoutMs: this.#deps.timeoutMs });
  }

  /** Ends a session that never became a connection, without a word to the hooks. */
  abandon(error: AppError): void {
    this.#closed.abort(error);
    this.#wire?.close(error);
  }

  #heldTasks(wire: Wire): HeldTasks {
    return new HeldTasks({
      features: this.#deps.features,
      clock: this.#deps.clock,
      newId: randomUUID,
      closed: this.#closed.signal,
      ask: (method, params, id, signal) => this.#asks.serve(method, params, id, signal),
      reply: (id, answer) => void wire.reply(id, answer),
    });
  }

  #close(tasks: TaskDriver): Promise<void> {
    this.#closing ??= this.#end(tasks);
    return this.#closing;
  }

  async #end(tasks: TaskDriver): Promise<void> {
    const { client, link } = this.#deps;
    const hadEnded = this.#closed.signal.aborted;
    this.#closed.abort(new AppError('cancelled', 'the connection was closed'));
    this.#wire?.close(new AppError('not-connected', 'the connection was closed'));
    // A session that holds running tasks is taken up again later.
    if (!hadEnded && !tasks.hasLiveTasks) await link.endSession();
    await client.close().catch(() => {});
    await link.close();
  }

  #lose(message: string): void {
    if (this.#closed.signal.aborted) return;
    const { link, hooks } = this.#deps;
    const loss = link.loss(message);
    const ended = link.endError();
    const error =
      ended?.code === 'too-large'
        ? ended
        : new AppError('not-connected', loss.message, { nextStep: 'Start the server again.' });
    this.#closed.abort(error);
    this.#wire?.close(error);
    hooks.closed(loss);
    void this.#deps.client.close().catch(() => {});
    void link.close().catch(() => {});
  }

  #onClientError(error: Error): void {
    if (this.#closed.signal.aborted) return;
    const { link, log, logger, target, redact } = this.#deps;
    if (SseError.isInstance(error)) {
      this.#lose(`the event stream of ${target} broke off`);
    } else if (error.name === 'ZodError' || error.name === '$ZodError' || error.name === 'SyntaxError') {
      log.problem(`${target} sent something that is no JSON-RPC message; it is skipped`);
    } else {
      const place = {
        isConnecting: false,
        hasSession: link.transport.sessionId !== undefined,
        method: 'a request',
        target,
        redact,
        signInProblem: undefined,
      };
      logger.debug(`${target}: ${toWireError(error, place).message}`);
    }
  }
}

function serverInfoOf(client: Client): ServerInfo | undefined {
  const info = client.getServerVersion();
  if (!info) return undefined;
  const { name, version, title, description, websiteUrl } = info;
  return { name, version, title, description, websiteUrl };
}

/** The SDK declares the same to both eras; a client that holds tasks is one of the 2025-11-25 era alone. */
function withHeldTasks(message: JSONRPCMessage, features: ClientFeatures): JSONRPCMessage {
  const { method, params } = message as { method?: unknown; params?: JsonObject };
  const tasks = method === 'initialize' ? heldTaskCapabilities(features) : undefined;
  if (!tasks || !params) return message;
  const declared = isJsonObject(params['capabilities']) ? params['capabilities'] : {};
  return { ...message, params: { ...params, capabilities: { ...declared, tasks } } };
}
