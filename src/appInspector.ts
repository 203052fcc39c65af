import { AuthInspector } from './core/authInspector.ts';
import type { Readable } from './core/util/store.ts';
import type { Host, HostPorts } from './node/host.ts';
import { inspectorHandlers } from './vscode/inspectorHandlers.ts';

/** The pages that explain connections to the user. Asks nobody when it is made. */
export function createInspector(host: Host, resolve: HostPorts['resolve']) {
  const { auth, connections } = host;
  const signIns = auth && new AuthInspector({ connections, auth, resolve });
  const stores: readonly Readable<unknown>[] = auth && signIns ? [signIns.changed, auth.changes] : [];
  return {
    signInOf: (serverId: string) => signIns?.of(serverId),
    /** The dashboard is drawn anew when one of them changes. */
    stores,
    handlers: inspectorHandlers(signIns),
  };
}
