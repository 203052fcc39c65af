import { ConfigurationTarget, workspace } from 'vscode';
import { defaultGatewaySettings, type GatewaySettings } from '../core/gatewaySettings.ts';
import { Store, type Readable } from '../core/util/store.ts';
import type { Disposable } from '../core/util/disposables.ts';
import { settings as keys } from '../shared/ids.ts';

/** Whether agents may call: as soon as one was connected, always, or never. */
export type GatewayMode = 'auto' | 'on' | 'off';

/** What the user's settings say about the gateway. */
export interface GatewayChoice extends GatewaySettings {
  readonly mode: GatewayMode;
  /** 0 = chosen once and kept. */
  readonly port: number;
}

/** Follows the settings about the gateway; a workspace cannot change them. */
export function watchGatewaySettings(): { readonly choice: Readable<GatewayChoice> } & Disposable {
  const store = new Store(read());
  const listener = workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('mcpSwitchboard.gateway')) store.set(read());
  });
  return { choice: store, dispose: () => void listener.dispose() };
}

/** Sets the mode for this user. */
export async function setGatewayMode(mode: GatewayMode): Promise<void> {
  await own().update(keys.gatewayEnabled, mode, ConfigurationTarget.Global);
}

function own() {
  return workspace.getConfiguration('mcpSwitchboard');
}

function read(): GatewayChoice {
  const settings = own();
  const oneOf = <T extends string>(key: string, allowed: readonly T[], fallback: T): T =>
    allowed.find((item) => item === settings.get(key)) ?? fallback;
  const count = (key: string, most: number, fallback: number): number => {
    const value: unknown = settings.get(key);
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
      ? value
      : fallback;
  };
  return {
    mode: oneOf(keys.gatewayEnabled, ['auto', 'on', 'off'], 'auto'),
    port: count(keys.gatewayPort, 65_535, 0),
    jobTools: settings.get(keys.gatewayJobTools) === true,
    discovery: oneOf(keys.gatewayDiscovery, ['auto', 'on', 'off'], defaultGatewaySettings.discovery),
    discoveryAboveTools: count(
      keys.gatewayDiscoveryAboveTools,
      100_000,
      defaultGatewaySettings.discoveryAboveTools,
    ),
    discoveryAboveTokens: count(
      keys.gatewayDiscoveryAboveTokens,
      10_000_000,
      defaultGatewaySettings.discoveryAboveTokens,
    ),
    questions: oneOf(keys.gatewayQuestions, ['inbox', 'caller'], defaultGatewaySettings.questions),
  };
}
