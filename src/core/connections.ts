import type {
  Connection,
  ConnectionInfo,
  Frame,
  Listing,
  LogLevel,
  Prompt,
  Resource,
  ResourceTemplate,
  Tool,
} from './connection.ts';
import type { ServerDefinition } from './server.ts';
import type { TrafficStanding } from './trafficRecording.ts';
import type { AppError } from './util/errors.ts';
import type { Readable } from './util/store.ts';

/** Where a server stands. */
export type ServerState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting'; readonly since: number }
  | { readonly kind: 'needs-sign-in'; readonly message: string }
  | { readonly kind: 'ready'; readonly since: number; readonly info: ConnectionInfo }
  | { readonly kind: 'retrying'; readonly at: number; readonly attempt: number; readonly cause: string }
  | { readonly kind: 'failed'; readonly cause: string; readonly nextStep: string | undefined }
  | { readonly kind: 'blocked'; readonly reason: string }; // by enterprise settings or missing Workspace Trust

/** What a connected server offers; kept from the last connection while stopped within a session. */
export interface Offer {
  readonly tools: Listing<Tool>;
  readonly resources: Listing<Resource>;
  readonly resourceTemplates: Listing<ResourceTemplate>;
  readonly prompts: Listing<Prompt>;
}

/** One configured server as every surface sees it; replaced whole on each change. */
export interface ServerSnapshot {
  /** What the live connection was started with, else the entry in the file: approvals are bound to what runs. */
  readonly definition: ServerDefinition;
  readonly state: ServerState;
  readonly offer: Offer | undefined;
  /** The entry in the file differs from what the live connection was started with. */
  readonly isChanged: boolean;
  /** The entry as the file has it now, where that differs. */
  readonly changedTo?: ServerDefinition;
  readonly isAutostart: boolean;
  /** The least grave messages that the user wants of the server; as the server likes without. */
  readonly logLevel?: LogLevel | undefined;
  /** Names of tools the user switched off. */
  readonly disabledTools: ReadonlySet<string>;
  /** Other servers of the same name, by id. */
  readonly sameName: readonly string[];
}

/**
 * The owner of live connections. A server whose entry is edited goes on as it was started until somebody restarts it; one whose
 * entry is gone is stopped, unless its file could not be read whole.
 */
export interface Connections {
  readonly servers: Readable<readonly ServerSnapshot[]>;
  get(serverId: string): ServerSnapshot | undefined;
  /** Starts and waits until ready; asks consent and inputs. Rejects with the AppError that the state shows. */
  start(serverId: string, signal: AbortSignal): Promise<Connection>;
  /** The live connection, else `start`. */
  need(serverId: string, signal: AbortSignal): Promise<Connection>;
  /**
   * The live connection, else a start that asks nobody, for work that goes on by itself. What the user stopped, what failed
   * and what would have to ask stays down: rejects `not-connected`, or as the state shows.
   */
  needQuietly(serverId: string, signal: AbortSignal): Promise<Connection>;
  stop(serverId: string): Promise<void>;
  restart(serverId: string, signal: AbortSignal): Promise<Connection>;
  /** Starts every server that is set to start by itself, unless something would have to be asked; resolves when each is ready or is not going to be. */
  autostartAll(): Promise<void>;
  setAutostart(serverId: string, on: boolean): void;
  setToolEnabled(serverId: string, tool: string, on: boolean): void;
  /** Remembered; a connected server is told at once, each later connection when it comes up. Rejects as the server refuses; remembered all the same. */
  setLogLevel(serverId: string, level: LogLevel | undefined, signal: AbortSignal): Promise<void>;
  /** Lists anew, past every cache. */
  refresh(serverId: string, signal: AbortSignal): Promise<void>;
  /** Tells a connected server, or every one, that the roots it is offered are others now. */
  rootsChanged(serverId?: string): void;
  /** The last frames of the current or last connection, oldest first; all servers together are bounded. */
  frames(serverId: string): readonly Frame[];
  /** Those that belong to one job, by its id and task. */
  jobFrames(serverId: string, jobId: string, taskId: string | undefined): readonly Frame[];
  /** Whether they are recorded, and how many had to go. */
  trafficStanding(serverId: string): TrafficStanding | undefined;
  /** Records no messages of one server until told otherwise, also over reconnects. */
  setTrafficPaused(serverId: string, isPaused: boolean): void;
  /** Forgets the recorded messages of one server. */
  clearTraffic(serverId: string): void;
  /** Text of stderr and log messages goes through the `serverLog` port; this is the last failure. */
  lastError(serverId: string): AppError | undefined;
  /** Closes everything; resolves when no process is left. */
  dispose(): Promise<void>;
}
