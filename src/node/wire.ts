import type { Auth } from './auth.ts';
import { openAuth, type AuthCommon, type AuthPorts } from './authHost.ts';
import { createConnector, type ConnectorDeps } from './mcp/connector.ts';
import type { Connector } from '../core/connection.ts';

/** Everything that speaks over the MCP SDK. */
export interface Wire {
  readonly connector: Connector;
  readonly auth: Auth | undefined;
  close(): void;
}

/** Opens connections and sign-ins. */
export function openWire(
  stateDir: string,
  ports: AuthPorts | undefined,
  deps: AuthCommon & Omit<ConnectorDeps, 'authFor'>,
): Wire {
  const signIns = ports && openAuth(stateDir, ports, deps);
  const connector = createConnector({
    ...deps,
    ...(signIns ? { authFor: (url: string) => signIns.auth.session(url) } : {}),
  });
  return { connector, auth: signIns?.auth, close: () => signIns?.close() };
}
