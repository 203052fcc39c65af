import { commands as vscodeCommands, l10n } from 'vscode';
import type { Page } from '../core/dashboard.ts';
import type { Secrets } from '../core/ports.ts';
import type { RegistryViews } from '../core/dashboardRegistry.ts';
import type { RegistryService } from '../core/registryService.ts';
import { registrySecretKey } from '../core/registrySources.ts';
import type { RegistrySource } from '../core/registry.ts';
import { AppError } from '../core/util/errors.ts';
import { settings } from '../shared/ids.ts';
import type { Handlers, Intent } from '../shared/protocol.ts';
import type { CommandTable } from './commands.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import type { RegistrySettings } from './registrySettings.ts';

export interface RegistryCommandsDeps {
  readonly service: RegistryService;
  readonly views: RegistryViews;
  readonly registrySettings: RegistrySettings;
  readonly secrets: Secrets;
  readonly dialogs: Dialogs;
  /** Opens the dashboard on a page. */
  readonly show: (page: Page) => void;
  /** Goes to a page of the open dashboard. */
  readonly navigate: (page: Page) => void;
  /** Signs in to a registry at its address. */
  readonly signIn: (registry: { readonly label: string; readonly url: string }) => Promise<void>;
}

type RegistryIntent = Extract<Intent, `registry.${string}` | 'page.registry'>;

/** Commands about registries. */
export function registryCommands(
  deps: RegistryCommandsDeps,
): CommandTable<'browseRegistry' | 'setRegistryKey'> {
  return {
    browseRegistry: () => deps.show({ kind: 'registry', entry: undefined }),
    setRegistryKey: async () => {
      const sources = deps.registrySettings.choice.get().registries.map(({ source }) => source);
      const picked = await deps.dialogs.pick({
        title: l10n.t('Set Registry Key'),
        placeholder: l10n.t('Which registry?'),
        items: sources.map((source) => ({
          label: forIconLabel(source.label),
          description: forIconLabel(source.url),
          source,
        })),
      });
      if (!picked) throw turnedAway();
      await setKey(deps, picked.source);
    },
  };
}

/** What the registry page may ask for. */
export function registryHandlers(deps: RegistryCommandsDeps): Pick<Handlers, RegistryIntent> {
  const { service, views, registrySettings } = deps;
  const done = async (work: unknown): Promise<null> => {
    await work;
    return null;
  };
  return {
    'page.registry': async ({ entry }) => {
      deps.navigate({
        kind: 'registry',
        entry: entry && { ...entry, version: entry.version, compare: entry.compare },
      });
      return null;
    },
    'registry.search': async ({ mine, filters, ...query }) =>
      views.search({ ...query, filters: present(filters), mine }),
    'registry.sync': async ({ registryId }) => done(service.sync(registryId)),
    'registry.cancelSync': async ({ registryId }) => done(service.cancel(registryId)),
    'registry.setEnabled': ({ registryId, on }) => done(registrySettings.setEnabled(registryId, on)),
    'registry.setKey': async ({ registryId }) => {
      const found = registrySettings.choice.get().registries.find(({ source }) => source.id === registryId);
      if (!found) throw new AppError('not-found', l10n.t('This registry is no longer configured.'));
      return done(setKey(deps, found.source));
    },
    'registry.signIn': async ({ registryId }) => {
      const found = registrySettings.choice.get().registries.find(({ source }) => source.id === registryId);
      if (!found) throw new AppError('not-found', l10n.t('This registry is no longer configured.'));
      await deps.signIn(found.source);
      service.sync(registryId);
      return null;
    },
    'registry.openSettings': () =>
      done(
        vscodeCommands.executeCommand(
          'workbench.action.openSettings',
          `mcpSwitchboard.${settings.registries}`,
        ),
      ),
  };
}

/** Asks for the key of a registry and keeps it in SecretStorage, for that address only; an empty one removes it. */
async function setKey(
  { dialogs, secrets, registrySettings, service }: RegistryCommandsDeps,
  { id, label, url, header }: RegistrySource,
): Promise<void> {
  const title = l10n.t('Key of {0}', label);
  const bearer = { label: l10n.t('Bearer token'), description: 'Authorization: Bearer …', isBearer: true };
  const other = { label: l10n.t('Another header'), description: 'X-Api-Key: …', isBearer: false };
  const remove = { label: l10n.t('Remove the key'), description: '', isBearer: undefined };
  const kind = await dialogs.pick({
    title,
    placeholder: l10n.t('How does {0} want the key?', new URL(url).host),
    items: header === undefined ? [bearer, other] : [bearer, other, remove],
  });
  if (!kind) throw turnedAway();
  if (kind.isBearer === undefined) {
    await secrets.delete(registrySecretKey(id));
    registrySettings.setHeader(id, undefined);
    return;
  }
  const name = kind.isBearer
    ? 'Authorization'
    : await dialogs.enter({
        title,
        prompt: l10n.t('The name of the header'),
        value: header?.name ?? 'X-Api-Key',
        check: (text) =>
          /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(text)
            ? undefined
            : l10n.t('This is no name of a header.'),
      });
  if (name === undefined) throw turnedAway();
  const key = await dialogs.enter({
    title,
    prompt: l10n.t('Sent to {0} only, and kept in VS Code’s secret storage.', new URL(url).host),
    isPassword: true,
    check: (text) =>
      /^[\t\x20-\x7e]{1,8192}$/.test(text) && text.trim() === text
        ? undefined
        : l10n.t('A key has visible ASCII characters only.'),
  });
  if (key === undefined) throw turnedAway();
  await secrets.set(registrySecretKey(id), kind.isBearer ? `Bearer ${key}` : key);
  registrySettings.setHeader(id, name);
  service.sync(id);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
