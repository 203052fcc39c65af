import type {
  CallReply,
  Connection,
  ConnectionHooks,
  ConnectionInfo,
  ConnectOptions,
  Connector,
  Listing,
  LogLevel,
  Prompt,
  Resource,
  ResourceTemplate,
  ResumeState,
  Tool,
} from '../../src/core/connection.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { fakeTool } from './fakeTool.ts';

type ListName = 'tools' | 'resources' | 'resourceTemplates' | 'prompts';

/** A list as a server would give it. */
export function listing<T>(items: readonly T[], ttlMs?: number): Listing<T> {
  return { items, problems: [], ttlMs };
}

/** One scripted connection: what it lists, and the hooks through which a test makes it misbehave. */
export class FakeConnection {
  readonly options: ConnectOptions;
  readonly hooks: ConnectionHooks;
  /** Of the connect. */
  readonly signal: AbortSignal;
  /** True while a process would run. */
  isAlive = true;
  /** Every list that was asked for. */
  readonly reads: { readonly list: ListName; readonly isFresh: boolean; readonly signal: AbortSignal }[] = [];
  capabilities: ConnectionInfo['capabilities'] = { tools: {} };
  tools: (isFresh: boolean) => Promise<Listing<Tool>> = async () => listing([fakeTool('echo')]);
  resources: () => Promise<Listing<Resource>> = async () => listing([]);
  resourceTemplates: () => Promise<Listing<ResourceTemplate>> = async () => listing([]);
  prompts: () => Promise<Listing<Prompt>> = async () => listing([]);
  call: () => Promise<CallReply> = () => Promise.reject(new AppError('unsupported', 'no call is scripted'));
  /** The levels of log messages that it was asked for. */
  readonly logLevels: (LogLevel | undefined)[] = [];
  /** Whether it takes one. */
  takeLogLevel: () => Promise<void> = async () => {};
  getPrompt: Connection['getPrompt'] = unscripted;
  /** What closing waits for. */
  closing: Promise<void> = Promise.resolve();

  constructor(options: ConnectOptions, hooks: ConnectionHooks, signal: AbortSignal) {
    this.options = options;
    this.hooks = hooks;
    this.signal = signal;
  }

  /** The server ends by itself. */
  lose(message = 'the process ended', stderr?: string): void {
    this.isAlive = false;
    this.hooks.closed({ message, exitCode: 1, stderr });
  }

  count(list: ListName): number {
    return this.reads.filter((read) => read.list === list).length;
  }

  /** How often it was told that its roots changed. */
  rootsChanges = 0;

  get port(): Connection {
    const read =
      <T>(list: ListName, give: (isFresh: boolean) => Promise<Listing<T>>) =>
      (signal: AbortSignal, isFresh = false) => {
        this.reads.push({ list, isFresh, signal });
        return give(isFresh);
      };
    const resumeState: ResumeState = {
      era: 'modern',
      protocolVersion: '2026-07-28',
      sessionId: undefined,
      capabilities: this.capabilities,
      discover: undefined,
    };
    return {
      info: {
        era: 'modern',
        protocolVersion: '2026-07-28',
        transport: this.options.launch.kind === 'stdio' ? 'stdio' : 'streamable-http',
        serverInfo: undefined,
        capabilities: this.capabilities,
        instructions: undefined,
        pid: undefined,
        sessionId: undefined,
      },
      verdict: { era: 'modern', at: 1, discover: { resultType: 'complete' } },
      resumeState,
      tools: read('tools', (isFresh) => this.tools(isFresh)),
      resources: read('resources', () => this.resources()),
      resourceTemplates: read('resourceTemplates', () => this.resourceTemplates()),
      prompts: read('prompts', () => this.prompts()),
      readResource: unscripted,
      subscribeResource: unscripted,
      getPrompt: (...args) => this.getPrompt(...args),
      complete: unscripted,
      call: () => this.call(),
      getTask: unscripted,
      listTasks: unscripted,
      cancelTask: unscripted,
      watchTask: () => () => {},
      setLogLevel: (level) => {
        this.logLevels.push(level);
        return this.takeLogLevel();
      },
      rootsChanged: async () => {
        this.rootsChanges++;
      },
      close: async () => {
        await this.closing;
        this.isAlive = false;
      },
    };
  }
}

/** A connect that a test decides about. */
export interface PendingConnect {
  readonly connection: FakeConnection;
  accept(): void;
  refuse(error: AppError): void;
}

/** A connector whose connects succeed at once, or wait for the test when `isManual`. */
export class FakeConnector implements Connector {
  readonly connections: FakeConnection[] = [];
  readonly pending: PendingConnect[] = [];
  isManual = false;
  /** What the next connects fail with. */
  failure: AppError | undefined;
  /** Scripts a connection before anything is asked of it. */
  prepare: (connection: FakeConnection) => void = () => {};
  /** What an aborted connect waits for before it rejects: its process ends. */
  aborting: Promise<void> = Promise.resolve();

  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (!last) throw new Error('nothing was connected');
    return last;
  }

  /** How many processes would run. */
  get alive(): number {
    return this.connections.filter((connection) => connection.isAlive).length;
  }

  connect(options: ConnectOptions, hooks: ConnectionHooks, signal: AbortSignal): Promise<Connection> {
    const connection = new FakeConnection(options, hooks, signal);
    this.connections.push(connection);
    this.prepare(connection);
    const fail = (error: AppError) => {
      connection.isAlive = false;
      return error;
    };
    if (this.failure) return Promise.reject(fail(this.failure));
    if (!this.isManual) return Promise.resolve(connection.port);
    return new Promise((resolve, reject) => {
      this.pending.push({
        connection,
        accept: () => resolve(connection.port),
        refuse: (error) => reject(fail(error)),
      });
      signal.addEventListener('abort', () => {
        void this.aborting.then(() => reject(fail(new AppError('cancelled', 'aborted'))));
      });
    });
  }
}

function unscripted(): Promise<never> {
  return Promise.reject(new AppError('unsupported', 'not scripted'));
}
