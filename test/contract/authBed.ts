import { createHash } from 'node:crypto';
import {
  defaultAuthSettings,
  type AuthLock,
  type AuthPeople,
  type AuthSettings,
} from '../../src/core/auth.ts';
import type { Connection } from '../../src/core/connection.ts';
import type { Clock, Logger } from '../../src/core/ports.ts';
import { createAuth, type Auth } from '../../src/node/auth.ts';
import type { AuthDeps } from '../../src/node/authContext.ts';
import { createLoopbackRedirects } from '../../src/node/authRedirect.ts';
import { createConnector } from '../../src/node/mcp/connector.ts';
import { memoryLock, peopleWith } from '../fakes/authPorts.ts';
import { FakeSecrets } from '../fakes/fakeSecrets.ts';
import { startAuthServer, type AuthServer, type AuthServerOptions } from '../fixtures/authServer.ts';
import { startProtected, type ProtectedOptions, type ProtectedServer } from '../fixtures/authResource.ts';
import { ScriptedUser } from '../fixtures/authUser.ts';
import type { ContractEra } from '../fixtures/servers/contract.ts';
import { connectOptions, httpLaunch, never, Recorder, systemClock } from './connectionBed.ts';

/** A protected server, its authorization server, a user and our sign-in between them. */
export interface AuthBed {
  readonly authServer: AuthServer;
  readonly server: ProtectedServer;
  readonly user: ScriptedUser;
  readonly secrets: FakeSecrets;
  readonly lock: AuthLock;
  readonly auth: Auth;
  /** Everything that was logged, by us and by the SDK's own console. */
  readonly log: string[];
  readonly hooks: Recorder;
  /** Milliseconds that our clock is ahead. */
  ahead: number;
  settings: AuthSettings;
  /** Another window over the same secrets. */
  window(): Auth;
  /** Connects as this window; closed with the bed. */
  connect(auth?: Auth): Promise<Connection>;
  close(): Promise<void>;
}

export interface AuthBedOptions {
  readonly era?: ContractEra;
  readonly authServer?: AuthServerOptions;
  readonly server?: Omit<ProtectedOptions, 'era' | 'authServer'>;
  readonly settings?: Partial<AuthSettings>;
  readonly people?: AuthPeople;
  readonly deps?: Partial<AuthDeps>;
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Everything on loopback; nothing is connected or signed in. */
export async function authBed(options: AuthBedOptions = {}): Promise<AuthBed> {
  const { era = 'modern' } = options;
  const authServer = await startAuthServer(options.authServer);
  const server = await startProtected({ ...options.server, era, authServer });
  const connections: Connection[] = [];
  const log: string[] = [];
  const say = (message: string, cause?: unknown) => log.push(`${message} ${String(cause ?? '')}`);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  const clock: Clock = { ...systemClock, now: () => Date.now() + bed.ahead };
  const window = () =>
    createAuth({
      secrets: bed.secrets,
      lock: bed.lock,
      clock,
      logger,
      sha256,
      browser: bed.user,
      redirects: createLoopbackRedirects(),
      people: options.people ?? peopleWith({}),
      settingsOf: () => bed.settings,
      ...options.deps,
    });
  const bed = {
    authServer,
    server,
    user: new ScriptedUser(),
    secrets: new FakeSecrets(),
    lock: memoryLock(),
    log,
    hooks: new Recorder(),
    ahead: 0,
    settings: { ...defaultAuthSettings, ...options.settings },
    window,
    connect: async (auth: Auth = bed.auth) => {
      const connector = createConnector({ clock, logger, version: '0', authFor: (url) => auth.session(url) });
      const connection = await connector.connect(connectOptions(httpLaunch(server.url)), bed.hooks, never);
      connections.push(connection);
      return connection;
    },
    close: async () => {
      for (const connection of connections) await connection.close();
      await server.close();
      await authServer.close();
    },
  } as Omit<AuthBed, 'auth'> as AuthBed & { auth: Auth };
  bed.auth = window();
  return bed;
}

/** One call of a tool; the text of its first block. */
export async function callText(
  connection: Connection,
  tool: string,
  args: Record<string, string | number>,
): Promise<string> {
  const request = { tool, arguments: args, mode: 'plain', timeoutMs: 20_000 } as const;
  const reply = await connection.call('call', request, () => {}, never);
  return reply.kind === 'done' ? String(reply.result.content[0]?.['text']) : reply.kind;
}
