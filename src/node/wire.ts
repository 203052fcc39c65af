import type { Auth } from './auth.ts';
import { openAuth, type AuthCommon, type AuthPorts } from './authHost.ts';
import { createConnector, type ConnectorDeps, type McpConnector } from './mcp/connector.ts';
import type { Connector } from '../core/connection.ts';

/** Everything that speaks over the MCP SDK. */
export interface Wire {
  readonly connector: Connector;
  readonly auth: Auth | undefined;
  /** A connector of its own whose requests over HTTP go through `fetch`; its processes are its own. */
  connectorWith(fetch: NonNullable<ConnectorDeps['fetch']>): McpConnector;
  close(): void;
}

/** Opens connections and sign-ins. */
export function openWire(
  stateDir: string,
  ports: AuthPorts | undefined,
  deps: AuthCommon & Omit<ConnectorDeps, 'authFor'>,
): Wire {
  const signIns = ports && openAuth(stateDir, ports, deps);
  const all = {
    ...deps,
    ...(signIns ? { authFor: (url: string) => signIns.auth.session(url) } : {}),
  };
  return {
    connector: createConnector(all),
    auth: signIns?.auth,
    connectorWith: (fetch) => createConnector({ ...all, fetch }),
    close: () => signIns?.close(),
  };
}
