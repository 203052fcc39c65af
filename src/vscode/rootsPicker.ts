import { l10n, Uri } from 'vscode';
import type { ServerRoots, Root } from '../core/roots.ts';
import { AppError } from '../core/util/errors.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel, forMessage } from './plainText.ts';

export interface RootsPickerDeps {
  readonly roots: ServerRoots;
  readonly dialogs: Dialogs;
  /** Told when what a server is told of has changed. */
  readonly onChange: (serverId: string) => void;
}

/** Lets the user choose what a server is told of the workspace, and add folders of their own. */
export async function editRoots(
  { id, name }: { readonly id: string; readonly name: string },
  { roots, dialogs, onChange }: RootsPickerDeps,
): Promise<void> {
  const added: Root[] = [];
  for (;;) {
    const lines = [
      ...roots.lines(id),
      ...added.map((root) => ({ ...root, isOn: true, from: 'added' as const })),
    ];
    const chosen = await dialogs.pickMany({
      title: l10n.t('Roots of {0}', forMessage(name, 80)),
      placeholder: l10n.t(
        'Which folders is this server told of? It is told their addresses, not given access to them.',
      ),
      button: l10n.t('Add Folder…'),
      items: lines.map((line) => ({
        label: forIconLabel(line.name),
        description: line.from === 'workspace' ? l10n.t('workspace folder') : l10n.t('added for this server'),
        detail: forIconLabel(line.uri, 500),
        picked: line.isOn,
        root: { uri: line.uri, name: line.name },
      })),
    });
    if (!chosen) throw new AppError('cancelled', 'no roots were chosen');
    const picked = chosen.items.map(({ root }) => root);
    if (!chosen.isButton) {
      if (roots.set(id, picked)) onChange(id);
      return;
    }
    const folder = await dialogs.pickFolder(l10n.t('Add as Root'));
    if (folder === undefined) continue;
    const uri = Uri.parse(folder);
    const root = {
      uri: folder,
      name:
        uri.path
          .split('/')
          .filter((part) => part !== '')
          .pop() ?? folder,
    };
    added.splice(0, added.length, ...picked.filter(isNew(roots, id)), root);
  }
}

function isNew(roots: ServerRoots, serverId: string): (root: Root) => boolean {
  const known = new Set(roots.lines(serverId).map(({ uri }) => uri));
  return ({ uri }) => !known.has(uri);
}
