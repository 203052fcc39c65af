import { EventEmitter, lm, McpHttpServerDefinition, Uri } from 'vscode';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';

/** The id of the provider in the manifest. */
export const gatewayProviderId = 'mcpSwitchboard.gateway';

/** Where VS Code of this window reaches the gateway, and as whom. */
export interface EditorAccess {
  readonly url: string;
  readonly token: string;
}

export interface GatewayProviderDeps {
  /** What VS Code is given now; undefined while it is not connected. */
  readonly access: () => Promise<EditorAccess | undefined>;
  /** Calls when that may have changed. */
  readonly onChange: (listener: () => void) => Disposable;
  readonly version: string;
}

/**
 * Offers the gateway to VS Code's own agents. Address and header are final from the start: what VS Code hands on to other
 * harnesses is the definition as it was provided, never as it would be resolved.
 */
export function registerGatewayProvider({ access, onChange, version }: GatewayProviderDeps): Disposable {
  const disposables = new DisposableStore();
  const changed = new EventEmitter<void>();
  disposables.add({ dispose: () => changed.dispose() });
  disposables.add(onChange(() => changed.fire()));
  const registration = lm.registerMcpServerDefinitionProvider(gatewayProviderId, {
    onDidChangeMcpServerDefinitions: changed.event,
    provideMcpServerDefinitions: async () => {
      const given = await access();
      if (!given) return [];
      return [
        new McpHttpServerDefinition(
          'MCP Switchboard',
          Uri.parse(given.url),
          { Authorization: `Bearer ${given.token}` },
          version,
        ),
      ];
    },
  });
  disposables.add({ dispose: () => void registration.dispose() });
  return disposables;
}
