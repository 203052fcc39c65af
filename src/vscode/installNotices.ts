import { l10n, window } from 'vscode';
import type { InstalledServers } from '../core/installedServers.ts';
import type { Installer } from '../core/installer.ts';
import type { InstallUpdates } from '../core/installUpdates.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { setContext } from './commands.ts';
import type { ServerUpdates } from './installCommands.ts';
import { forMessage } from './plainText.ts';
import type { Actions } from './runAction.ts';

export interface InstallNoticesDeps {
  readonly installer: Installer;
  readonly installed: InstalledServers;
  readonly updates: InstallUpdates;
  readonly servers: ServerUpdates;
  readonly actions: Actions;
}

/** Tells what was written, with the way back, and once per version that an installed server has an update. */
export function announceInstalls({
  installer,
  installed,
  updates,
  servers,
  actions,
}: InstallNoticesDeps): Disposable {
  const disposables = new DisposableStore();
  disposables.add(
    installed.lastWrite.subscribe((last) => {
      setContext('canUndoInstall', last !== undefined);
      if (last) void actions.run('undo installation', () => tell(last, installer));
    }),
  );
  const told = new Set<string>();
  const tellUpdates = () => {
    for (const [serverId, { record, update }] of updates.standings.get()) {
      const key = `${serverId} ${update.kind === 'update' ? update.to : update.kind}`;
      if ((update.kind !== 'update' && update.kind !== 'withdrawn') || told.has(key)) continue;
      if (!installed.definition(serverId)) continue;
      told.add(key);
      const name = forMessage(record.name, 100);
      const text =
        update.kind === 'update'
          ? l10n.t(
              '{0} {1} is available; {2} is installed.',
              name,
              forMessage(update.to, 60),
              forMessage(record.version, 60),
            )
          : l10n.t(
              '{0} {1}, which is installed, was withdrawn by its publisher or registry.',
              name,
              forMessage(record.version, 60),
            );
      const review = l10n.t('Review Update…');
      const remove = l10n.t('Uninstall…');
      void actions.run('update notice', async () => {
        const chosen = await window.showInformationMessage(
          text,
          ...(update.kind === 'update' ? [review] : [remove]),
        );
        if (chosen === review) await servers.open(serverId, 'update', new AbortController().signal);
        if (chosen === remove) await servers.uninstall(serverId);
      });
    }
  };
  disposables.add(updates.standings.subscribe(tellUpdates));
  tellUpdates();
  return disposables;
}

async function tell(
  last: { readonly kind: 'written' | 'removed'; readonly name: string; readonly file: string },
  installer: Installer,
): Promise<void> {
  const undo = l10n.t('Undo');
  const name = forMessage(last.name, 100);
  const text =
    last.kind === 'written'
      ? l10n.t('{0} was written to {1}.', name, forMessage(last.file))
      : l10n.t('{0} was removed from {1}.', name, forMessage(last.file));
  if ((await window.showInformationMessage(text, undo)) === undo) await installer.undo();
}
