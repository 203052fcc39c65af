import { ConfigurationTarget, workspace } from 'vscode';
import { isJsonObject } from '../core/json.ts';
import type { Memory } from '../core/ports.ts';
import { readRegistries, registryIdOf, type RegistryChoice } from '../core/registrySources.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { Store, type Readable } from '../core/util/store.ts';
import { settings as keys } from '../shared/ids.ts';

/** The registries in force, and how the user changes them. */
export interface RegistrySettings extends Disposable {
  readonly choice: Readable<RegistryChoice>;
  /** Switches a registry of the user on or off, in the user's settings. */
  setEnabled(registryId: string, on: boolean): Promise<void>;
  /** Notes in which header a registry gets its key; undefined when it has none any more. */
  setHeader(registryId: string, header: string | undefined): void;
}

/** Follows the settings about registries; a workspace cannot change them. */
export function watchRegistrySettings(memory: Memory): RegistrySettings {
  const disposables = new DisposableStore();
  const read = () =>
    readRegistries(own().get(keys.registries), organisationUrl(), (id) => memory.get(headerKey(id)));
  const store = new Store(read());
  disposables.add(
    workspace.onDidChangeConfiguration((change) => {
      if (
        change.affectsConfiguration(`mcpSwitchboard.${keys.registries}`) ||
        change.affectsConfiguration('chat.mcp.gallery')
      )
        store.set(read());
    }),
  );
  return {
    choice: store,
    setEnabled: async (registryId, on) => {
      const setting: unknown = own().get(keys.registries);
      const list: readonly unknown[] = Array.isArray(setting) ? setting : [];
      const isMeant = (item: unknown) =>
        isJsonObject(item) && typeof item['url'] === 'string' && registryIdOf(item['url']) === registryId;
      if (!list.some(isMeant)) throw new AppError('not-found', 'This registry is no longer configured.');
      const next = list.map((item) =>
        isMeant(item) && isJsonObject(item) ? { ...item, enabled: on } : item,
      );
      await own().update(keys.registries, next, ConfigurationTarget.Global);
    },
    setHeader: (registryId, header) => {
      memory.set(headerKey(registryId), header);
      store.set(read());
    },
    dispose: () => disposables.dispose(),
  };
}

function own() {
  return workspace.getConfiguration('mcpSwitchboard');
}

function headerKey(registryId: string): string {
  return `registryHeader:${registryId}`;
}

/**
 * VS Code's own registry address where it was set to another than the product's, by policy or by the user: then it is the
 * only one. A workspace has no say in it.
 */
function organisationUrl(): string | undefined {
  const gallery = workspace.getConfiguration('chat.mcp.gallery');
  const found = gallery.inspect<unknown>('serviceUrl');
  const isFromWorkspace = found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
  const value: unknown = isFromWorkspace ? found.globalValue : gallery.get('serviceUrl');
  if (typeof value !== 'string' || value.trim() === '' || value === found?.defaultValue) return undefined;
  return value;
}
