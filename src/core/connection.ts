import type { Json, JsonObject } from './json.ts';
import type { ResolvedLaunch } from './server.ts';

/** `legacy`: up to 2025-11-25 (initialize handshake); `modern`: 2026-07-28 (stateless). */
export type Era = 'legacy' | 'modern';

/** A dated answer to "which era does this server speak", kept to skip the probe. */
export interface EraVerdict {
  readonly era: Era;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The `server/discover` result of a modern server. */
  readonly discover: JsonObject | undefined;
}

/** What a server says about itself: display only, never a basis for trust. */
export interface ServerInfo {
  readonly name: string;
  readonly title: string | undefined;
  readonly version: string;
  readonly description: string | undefined;
  readonly websiteUrl: string | undefined;
}

/** A live connection's facts. */
export interface ConnectionInfo {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly transport: 'stdio' | 'streamable-http' | 'sse';
  readonly serverInfo: ServerInfo | undefined;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
  /** Process id of a local server. */
  readonly pid: number | undefined;
  readonly sessionId: string | undefined;
}

/** A tool as the server sent it; `raw` is the untouched definition that pins hash. */
export interface Tool {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject | undefined;
  /** Hints as claimed by the server. */
  readonly annotations: ToolHints;
  readonly taskSupport: 'forbidden' | 'optional' | 'required';
  readonly raw: JsonObject;
}

/** Claims of the server about a tool (2025-11-25 `ToolAnnotations`); absent means not claimed. */
export interface ToolHints {
  readonly readOnly?: boolean;
  readonly destructive?: boolean;
  readonly idempotent?: boolean;
  readonly openWorld?: boolean;
}

export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly mimeType: string | undefined;
  readonly size: number | undefined;
  readonly raw: JsonObject;
}

export interface ResourceTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly mimeType: string | undefined;
  readonly raw: JsonObject;
}

export interface Prompt {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly arguments: readonly {
    readonly name: string;
    readonly description: string | undefined;
    readonly isRequired: boolean;
  }[];
  readonly raw: JsonObject;
}

/** A list with the items that could be read; the others are named in `problems`. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly problems: readonly string[];
  /** How long the server allows the list to be reused, in milliseconds; undefined when it did not say. */
  readonly ttlMs: number | undefined;
}

/** Progress of a request, as last reported (MCP `notifications/progress`). */
export interface Progress {
  readonly progress: number;
  readonly total: number | undefined;
  readonly message: string | undefined;
}

/** One tool call as sent. */
export interface CallRequest {
  readonly tool: string;
  readonly arguments: JsonObject;
  /** `task`: ask for a task where the server and tool allow it. */
  readonly mode: 'plain' | 'task';
  /** Milliseconds without an answer or progress until the call fails with `timeout`; 0 = none. */
  readonly timeoutMs: number;
  /** Passed as request metadata, e.g. trace context. */
  readonly meta?: JsonObject;
  /** Says to the server that a task is not understood here (2026-07-28): it answers at once, or refuses. */
  readonly refusesTask?: boolean;
}

/** What a server answered: content as received, unknown block types included. */
export interface CallResult {
  readonly content: readonly JsonObject[];
  readonly structuredContent: Json | undefined;
  readonly isError: boolean;
  readonly meta: JsonObject | undefined;
}

/** The neutral view of a server-side task in either era (2025-11-25 tasks, `io.modelcontextprotocol/tasks`). */
export interface TaskSnapshot {
  readonly taskId: string;
  readonly status: 'working' | 'input-required' | 'completed' | 'failed' | 'cancelled';
  readonly statusMessage: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Milliseconds from creation; undefined = unlimited or not said. */
  readonly ttlMs: number | undefined;
  readonly pollIntervalMs: number | undefined;
  /** Present when the driver got them inlined or fetched. */
  readonly result: CallResult | undefined;
  readonly error: { readonly code: number; readonly message: string } | undefined;
}

/** How a call ended at the protocol level. */
export type CallReply =
  | { readonly kind: 'done'; readonly result: CallResult }
  | { readonly kind: 'task'; readonly task: TaskSnapshot };

/** What a server asks of the human or the editor while a call or task runs. */
export type Ask =
  | { readonly kind: 'elicit-form'; readonly message: string; readonly schema: JsonObject }
  | {
      readonly kind: 'elicit-url';
      readonly message: string;
      readonly url: string;
      readonly elicitationId: string | undefined;
    }
  | { readonly kind: 'sampling'; readonly params: JsonObject };

/** The answer to an `Ask`. */
export type AskAnswer =
  | { readonly kind: 'accept'; readonly content: JsonObject }
  | { readonly kind: 'decline'; readonly reason?: string } // the reason goes to the server, where the protocol has room for one
  | { readonly kind: 'cancel' };

/** Where an ask came from: the call or task it belongs to, when the wire says so. */
export interface AskOrigin {
  /** The `callId` given to `Connection.call`. */
  readonly callId: string | undefined;
  readonly taskId: string | undefined;
  /** Unique for the life of the task or call: an ask is answered once per key. */
  readonly key: string;
  /** The key names this question of the task on every connection (2026-07-28), not on this one only. */
  readonly isLasting?: true;
}

/** What HTTP said beside a message; names in lower case, only what the protocol gives a meaning, secrets hidden. */
export interface HttpFacts {
  readonly status: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
}

/** One JSON-RPC frame for the traffic view, already redacted and size-capped. */
export interface Frame {
  readonly at: number;
  readonly direction: 'sent' | 'received';
  readonly bytes: number;
  readonly kind: 'request' | 'response' | 'notification' | 'invalid';
  readonly method: string | undefined;
  readonly id: string | number | undefined;
  readonly text: string;
  /** With an answer that came over HTTP. */
  readonly http?: HttpFacts;
}

export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency';

/** What a connection reports while it lives; every hook must return quickly and never throw. */
export interface ConnectionHooks {
  ask(ask: Ask, origin: AskOrigin, signal: AbortSignal): Promise<AskAnswer>;
  /** `isOurs`: said by us about the server, not by the server. */
  log(level: LogLevel, text: string, isOurs?: boolean): void;
  stderr(text: string): void;
  frame(frame: Frame): void;
  /** False while nobody wants frames: none is made then. */
  wantsFrames?(): boolean;
  /** A call went out as this JSON-RPC request; told again when the server has to be asked anew. */
  callSent?(callId: string, requestId: number): void;
  listChanged(list: 'tools' | 'resources' | 'prompts'): void;
  resourceUpdated(uri: string): void;
  taskChanged(task: TaskSnapshot): void;
  /** Workspace folders offered as MCP roots. */
  roots(): readonly { readonly uri: string; readonly name: string }[];
  /** Called once when the connection ends by itself (process exit, stream lost); not after `close()`. */
  closed(reason: ConnectionLoss): void;
}

/** Why a connection ended by itself. */
export interface ConnectionLoss {
  readonly message: string;
  readonly exitCode: number | undefined;
  /** Last lines of stderr of a local server. */
  readonly stderr: string | undefined;
}

/** What is declared to servers, decided by the app (sampling only where a model exists). */
export interface ClientFeatures {
  readonly elicitation: boolean;
  readonly sampling: boolean;
  /** A model that is asked may be given the server's tools; counts only with `sampling`. */
  readonly samplingTools?: boolean;
  readonly roots: boolean;
  readonly tasks: boolean;
  /** Results can be shown by the server's own pages (MCP Apps). */
  readonly apps?: boolean;
}

export interface ConnectOptions {
  readonly launch: ResolvedLaunch;
  /** What must not appear in a frame, a log line or an error. */
  readonly secretValues: readonly string[];
  readonly eraSetting: 'auto' | Era;
  readonly verdict: EraVerdict | undefined;
  readonly connectTimeoutMs: number;
  readonly features: ClientFeatures;
  /** Session of an earlier legacy HTTP connection to re-attach to. */
  readonly resume: ResumeState | undefined;
  /** Milliseconds for an answer to anything but a call; 60,000 when absent. */
  readonly requestTimeoutMs?: number;
}

/** What re-attaching to running tasks needs (stored with each task job). */
export interface ResumeState {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly sessionId: string | undefined;
  readonly capabilities: JsonObject;
  readonly discover: JsonObject | undefined;
}

/** Opens connections; implemented over the MCP SDK. */
export interface Connector {
  /** Rejects with AppError: `connect-failed`, `timeout`, `needs-sign-in`, `cancelled`; nothing is left running after a rejection. */
  connect(options: ConnectOptions, hooks: ConnectionHooks, signal: AbortSignal): Promise<Connection>;
}

/** One live client connection; methods reject with AppError (`server-error`, `timeout`, `cancelled`, `session-expired`, `not-connected`). */
export interface Connection {
  readonly info: ConnectionInfo;
  /** The verdict to store for the next connect. */
  readonly verdict: EraVerdict;
  readonly resumeState: ResumeState;
  /** `fresh` skips the SDK's response cache. */
  tools(signal: AbortSignal, fresh?: boolean): Promise<Listing<Tool>>;
  resources(signal: AbortSignal, fresh?: boolean): Promise<Listing<Resource>>;
  resourceTemplates(signal: AbortSignal, fresh?: boolean): Promise<Listing<ResourceTemplate>>;
  prompts(signal: AbortSignal, fresh?: boolean): Promise<Listing<Prompt>>;
  readResource(uri: string, signal: AbortSignal): Promise<readonly JsonObject[]>;
  /** Returns the undo. */
  subscribeResource(uri: string, signal: AbortSignal): Promise<() => Promise<void>>;
  getPrompt(name: string, args: Readonly<Record<string, string>>, signal: AbortSignal): Promise<JsonObject>;
  complete(
    ref: CompletionRef,
    argument: { readonly name: string; readonly value: string },
    context: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Sends `tools/call`; `callId` comes back in `AskOrigin`. Aborting sends the protocol's cancel. Never re-sent by itself. */
  call(
    callId: string,
    request: CallRequest,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<CallReply>;
  /** Current state, result included once there is one. Rejects `not-found` when the server does not know the task. */
  getTask(taskId: string, signal: AbortSignal): Promise<TaskSnapshot>;
  /** Tasks the server still holds (legacy only; empty when unsupported). */
  listTasks(signal: AbortSignal): Promise<readonly TaskSnapshot[]>;
  /** Asks the server to cancel; the state afterwards is read with `getTask`. */
  cancelTask(taskId: string, signal: AbortSignal): Promise<void>;
  /** Follows pushes for a task and answers its input requests through `hooks.ask` (skipping `answeredKeys`); returns the undo. */
  watchTask(taskId: string, answeredKeys: ReadonlySet<string>): () => void;
  /** Messages of this level and above are wanted; without one as the server likes, which up to 2025-11-25 holds from the next connection on. */
  setLogLevel(level: LogLevel | undefined, signal: AbortSignal): Promise<void>;
  /** Tells the server that its roots are others now, where its era has a message for that (up to 2025-11-25); never rejects. */
  rootsChanged(): Promise<void>;
  /** Closes and stops a local process with its children; resolves when it is gone. */
  close(): Promise<void>;
}

/** What a completion is for. */
export type CompletionRef =
  | { readonly kind: 'prompt'; readonly name: string }
  | { readonly kind: 'template'; readonly uriTemplate: string };
