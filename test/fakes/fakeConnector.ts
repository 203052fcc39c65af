import type { Connection, ConnectionHooks, ConnectOptions, Connector, Listing, Tool } from '../../src/core/connection.ts';
import { AppError } from '../../src/core/util/errors.ts';

/** One scripted connection: what it lists, and the hooks through which a test makes it misbehave. */
export class FakeConnection {
  readonly options: ConnectOptions;
  readonly hooks: ConnectionHooks;
  readonly signal: AbortSignal;
  isClosed = false;
  toolLists = 0;
  listTools: (signal: AbortSignal) => Promise<Listing<Tool>> = () => Promise.resolve({ items: [], problems: [], ttlMs: undefined });

  constructor(options: ConnectOptions, hooks: ConnectionHooks, signal: AbortSignal) {
    this.options = options;
    this.hooks = hooks;
    this.signal = signal;
  }

  /** The server ends by itself. */
  lose(message = 'the process ended', stderr?: string): void {
    this.hooks.closed({ message, exitCode: 1, stderr });
  }

  readonly port: Connection = {
    info: { era: 'modern', protocolVersion: '2026-07-28', transport: 'stdio', serverInfo: undefined, capabilities: { tools: {} }, instructions: undefined, pid: undefined, sessionId: undefined },
    verdict: { era: 'modern', at: 1, discover: { resultType: 'complete' } },
    tools: (signal: AbortSignal) => {
      this.toolLists++;
      return this.listTools(signal);
    },
    close: () => {
      this.isClosed = true;
      return Promise.resolve();
    },
  } as unknown as Connection;
}

/** A connector whose connects stay open until the test accepts or refuses them, unless `isAutomatic`. */
export class FakeConnector implements Connector {
  readonly connections: FakeConnection[] = [];
  readonly waiting: { readonly connection: FakeConnection; accept(): void; refuse(error: Error): void }[] = [];
  isAutomatic = true;
  failure: AppError | undefined;
  prepare: (connection: FakeConnection) => void = () => {};

  get last(): FakeConnection {
    return this.connections.at(-1)!;
  }

  connect(options: ConnectOptions, hooks: ConnectionHooks, signal: AbortSignal): Promise<Connection> {
    const connection = new FakeConnection(options, hooks, signal);
    this.connections.push(connection);
    this.prepare(connection);
    if (this.failure) return Promise.reject(this.failure);
    if (this.isAutomatic) return Promise.resolve(connection.port);
    return new Promise((resolve, reject) => {
      this.waiting.push({ connection, accept: () => resolve(connection.port), refuse: reject });
      signal.addEventListener('abort', () => reject(new AppError('cancelled', 'aborted')));
    });
  }
}
