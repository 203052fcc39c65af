import { request, type IncomingMessage } from 'node:http';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { EventReader } from './gatewayEvents.ts';
import { headerParams, headerText, paramHeaders, type HeaderParam } from './mcp/paramHeaders.ts';

/** Where the gateway is, and how a caller shows who it is. */
export interface GatewayConnection {
  readonly url: string;
  readonly token: string;
}

export interface GatewayBridgeDeps {
  /** Read anew for each request: the editor may have come back elsewhere. Rejects with a sentence for the user. */
  readonly connection: () => Promise<GatewayConnection>;
  /** One JSON-RPC message for the client, without a line feed. */
  readonly write: (line: string) => void;
  /** A sentence for the client's log. */
  readonly log: (text: string) => void;
  /** How long a request waits for the editor to start, in milliseconds. */
  readonly patienceMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
}

type RpcId = string | number;

interface Session {
  readonly id: string | undefined;
  readonly protocolVersion: string;
  readonly listen: AbortController;
}

const retryMs = 500;
const listenAgainMs = 1_000;
const versionKey = 'io.modelcontextprotocol/protocolVersion';
const nameSources: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/**
 * Carries JSON-RPC messages between a client's stdio and the gateway's Streamable HTTP, of either era (MCP 2025-11-25 and
 * 2026-07-28, Transports). A session that the editor lost with a reload is opened again; nothing that may have arrived is sent twice.
 */
export class GatewayBridge {
  readonly #deps: GatewayBridgeDeps;
  readonly #running = new Map<RpcId, AbortController>();
  readonly #params = new Map<string, readonly HeaderParam[]>();
  #session: Session | undefined;
  #initialize: JsonObject | undefined;
  #gate: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(deps: GatewayBridgeDeps) {
    this.#deps = deps;
  }

  /** Takes a line that the client wrote; resolves when it is dealt with. */
  async receive(line: string): Promise<void> {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#answer({ error: { code: -32700, message: 'Parse error' } }, null);
      return;
    }
    for (const one of Array.isArray(message) ? (message as readonly unknown[]) : [message]) {
      if (!isJsonObject(one)) this.#answer({ error: { code: -32600, message: 'Invalid Request' } }, null);
      else await this.#send(one);
    }
  }

  /** Ends the session and everything that runs. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const running of this.#running.values()) running.abort();
    const session = this.#session;
    this.#session = undefined;
    session?.listen.abort();
    if (session?.id === undefined) return;
    try {
      const response = await this.#open(
        'DELETE',
        this.#headers(session),
        undefined,
        AbortSignal.timeout(500),
      );
      response.resume();
    } catch {
      // The editor forgets it by itself.
    }
  }

  async #send(message: JsonObject): Promise<void> {
    const { method, id } = message;
    if (method === 'initialize') this.#initialize = message;
    if (method === 'notifications/cancelled' && this.#cancel(message)) return;
    // What follows the handshake must not overtake it.
    const isHandshake = method === 'initialize' || method === 'notifications/initialized';
    const before = this.#gate;
    const work = before.then(() => this.#deliver(message));
    if (isHandshake) this.#gate = work;
    await work;
    if (method === 'notifications/initialized' && id === undefined) this.#listen();
  }

  /** In the modern era a request is cancelled by closing its stream. */
  #cancel(message: JsonObject): boolean {
    const params = message['params'];
    const id = isJsonObject(params) ? params['requestId'] : undefined;
    if (this.#session || (typeof id !== 'string' && typeof id !== 'number')) return false;
    this.#running.get(id)?.abort();
    return true;
  }

  async #deliver(message: JsonObject): Promise<void> {
    const { method } = message;
    const id = idOf(message['id']);
    const isRequest = typeof method === 'string' && id !== undefined;
    const running = new AbortController();
    if (isRequest) this.#running.set(id, running);
    try {
      const response = await this.#post(message, running.signal);
      const isAnswered = await this.#read(response, message, id);
      if (isRequest && !isAnswered && !running.signal.aborted) throw new Error(brokenText);
    } catch (error) {
      if (running.signal.aborted || this.#isClosed) return;
      const text = isBroken(error) ? brokenText : error instanceof Error ? error.message : String(error);
      this.#deps.log(text);
      if (isRequest) this.#answer({ error: { code: -32000, message: text } }, id);
    } finally {
      if (isRequest) this.#running.delete(id);
    }
  }

  /** Posts, waiting for the editor; opens a lost session again when the gateway says that it does not know it. */
  async #post(message: JsonObject, signal: AbortSignal): Promise<IncomingMessage> {
    const session = this.#session;
    const response = await this.#patiently('POST', () => this.#headersFor(message), message, signal);
    if (response.statusCode !== 404 || session?.id === undefined) return response;
    response.resume();
    if (this.#session === session) await this.#reopen(session, signal);
    return this.#patiently('POST', () => this.#headersFor(message), message, signal);
  }

  async #reopen(lost: Session, signal: AbortSignal): Promise<void> {
    lost.listen.abort();
    this.#session = undefined;
    if (!this.#initialize) return;
    const again = { ...this.#initialize, id: 'switchboard-reopen' };
    const response = await this.#patiently('POST', () => this.#headersFor(again), again, signal);
    await this.#read(response, again, undefined);
    const ready = { jsonrpc: '2.0', method: 'notifications/initialized' };
    (await this.#patiently('POST', () => this.#headersFor(ready), ready, signal)).resume();
    this.#deps.log('the editor was reloaded; the session was opened again');
    this.#listen();
    for (const list of ['tools', 'resources', 'prompts'])
      this.#deps.write(JSON.stringify({ jsonrpc: '2.0', method: `notifications/${list}/list_changed` }));
  }

  async #patiently(
    method: 'POST' | 'GET',
    headers: () => Readonly<Record<string, string>>,
    body: JsonObject | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { now, patienceMs, sleep } = this.#deps;
    const giveUpAt = now() + patienceMs;
    for (;;) {
      try {
        const response = await this.#open(method, headers(), body, signal);
        if (response.statusCode === 401 || response.statusCode === 403) {
          response.resume();
          throw new Error(
            'MCP Switchboard refuses this agent: its token was revoked. Run “MCP Switchboard: Connect an Agent…” in VS Code again.',
          );
        }
        return response;
      } catch (error) {
        // Only a refused connection is certain to have carried nothing.
        const isDown = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
        if (!isDown || signal.aborted) throw error;
        if (now() + retryMs > giveUpAt) {
          throw new Error(
            'MCP Switchboard does not answer: start VS Code, and see that “MCP Switchboard: Gateway” is on there.',
            { cause: error },
          );
        }
        await sleep(retryMs);
      }
    }
  }

  async #open(
    method: 'POST' | 'GET' | 'DELETE',
    headers: Readonly<Record<string, string>>,
    body: JsonObject | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { url, token } = await this.#deps.connection();
    const content = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      // No time limit of its own: a call waits as long as the user takes to decide.
      const sent = request(
        url,
        {
          method,
          signal,
          headers: {
            ...headers,
            authorization: `Bearer ${token}`,
            ...(content === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
          },
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(content);
    });
  }

  /** Passes on every message of a response; true when the one that was waited for was among them. */
  async #read(response: IncomingMessage, asked: JsonObject, id: RpcId | undefined): Promise<boolean> {
    const isHandshake = asked['method'] === 'initialize';
    const sessionId = response.headers['mcp-session-id'];
    let isAnswered = false;
    const pass = (text: string) => {
      const message: unknown = JSON.parse(text);
      if (!isJsonObject(message)) return;
      const isAnswer = message['method'] === undefined && message['id'] === asked['id'];
      if (isAnswer && isHandshake)
        this.#opened(message, typeof sessionId === 'string' ? sessionId : undefined);
      if (isAnswer && asked['method'] === 'tools/list') this.#learn(message);
      if (isAnswer) isAnswered = true;
      if (isAnswer && id === undefined) return;
      this.#deps.write(JSON.stringify(message));
    };
    response.setEncoding('utf8');
    if (String(response.headers['content-type']).startsWith('text/event-stream')) {
      const events = new EventReader(pass);
      for await (const chunk of response) events.push(String(chunk));
      return isAnswered;
    }
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const isJson = String(response.headers['content-type']).startsWith('application/json');
    if (isJson && text !== '') pass(text);
    if (!isAnswered && (response.statusCode ?? 500) >= 400 && id !== undefined)
      throw new Error(`MCP Switchboard answered with HTTP ${response.statusCode}`);
    return isAnswered;
  }

  #opened({ result }: JsonObject, id: string | undefined): void {
    const version = isJsonObject(result) ? result['protocolVersion'] : undefined;
    if (typeof version !== 'string') return;
    this.#session = { id, protocolVersion: version, listen: new AbortController() };
  }

  /** Notes which arguments are repeated in headers. */
  #learn({ result }: JsonObject): void {
    const tools = isJsonObject(result) ? result['tools'] : undefined;
    if (!Array.isArray(tools)) return;
    for (const tool of tools as readonly Json[]) {
      if (!isJsonObject(tool) || typeof tool['name'] !== 'string' || !isJsonObject(tool['inputSchema']))
        continue;
      const found = headerParams(tool['inputSchema']);
      if (found.kind === 'valid') this.#params.set(tool['name'], found.params);
    }
  }

  #headersFor(message: JsonObject): Readonly<Record<string, string>> {
    const { method, params } = message;
    const meta = isJsonObject(params) ? params['_meta'] : undefined;
    const version = isJsonObject(meta) ? meta[versionKey] : undefined;
    if (typeof version !== 'string' || typeof method !== 'string')
      return this.#headers(method === 'initialize' ? undefined : this.#session);
    const source = Object.hasOwn(nameSources, method) ? nameSources[method] : undefined;
    const name = source !== undefined && isJsonObject(params) ? params[source] : undefined;
    const args = isJsonObject(params) ? params['arguments'] : undefined;
    const repeated = method === 'tools/call' && typeof name === 'string' ? this.#params.get(name) : undefined;
    return {
      ...accept,
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': headerText(name) } : {}),
      ...(repeated && isJsonObject(args) ? paramHeaders(repeated, args) : {}),
    };
  }

  #headers(session: Session | undefined): Readonly<Record<string, string>> {
    return {
      ...accept,
      ...(session ? { 'mcp-protocol-version': session.protocolVersion } : {}),
      ...(session?.id === undefined ? {} : { 'mcp-session-id': session.id }),
    };
  }

  /** Keeps the stream open on which the gateway speaks unasked (2025-11-25, Transports, Listening for Messages). */
  #listen(): void {
    const session = this.#session;
    if (session?.id === undefined) return;
    const { signal } = session.listen;
    const isOver = () => signal.aborted || this.#isClosed || this.#session !== session;
    const run = async () => {
      while (!isOver()) {
        try {
          const headers = { ...this.#headers(session), accept: 'text/event-stream' };
          const response = await this.#open('GET', headers, undefined, signal);
          if (response.statusCode === 405 || response.statusCode === 404) return response.resume();
          response.setEncoding('utf8');
          const events = new EventReader((text) => this.#deps.write(JSON.stringify(JSON.parse(text))));
          for await (const chunk of response) events.push(String(chunk));
        } catch {
          // The editor is away: the next request says so.
        }
        if (!isOver()) await this.#deps.sleep(listenAgainMs);
      }
      return undefined;
    };
    void run();
  }

  #answer(body: JsonObject, id: RpcId | null): void {
    this.#deps.write(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
  }
}

const accept = { accept: 'application/json, text/event-stream' };

const brokenText = 'the connection to the editor broke; what was asked may have been done';

function isBroken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function idOf(value: Json | undefined): RpcId | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
