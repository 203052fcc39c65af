import { l10n, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri, window } from 'vscode';
import type { Disposable } from '../core/util/disposables.ts';
import { commands } from '../shared/ids.ts';
import type { NodeView } from './nodeView.ts';

const collapsible = {
  none: TreeItemCollapsibleState.None,
  closed: TreeItemCollapsibleState.Collapsed,
  open: TreeItemCollapsibleState.Expanded,
} as const;

const dimmedScheme = 'mcp-switchboard-off';

/** The tree item of a row; the tooltip comes later, when it is asked for. */
export function toTreeItem(view: NodeView, node: unknown): TreeItem {
  const item = new TreeItem(view.label, collapsible[view.children]);
  item.id = view.id;
  item.description = view.description;
  item.contextValue = view.context;
  if (view.icon)
    item.iconPath = new ThemeIcon(
      view.icon.name,
      view.icon.color === undefined ? undefined : new ThemeColor(view.icon.color),
    );
  if (view.spoken !== undefined) item.accessibilityInformation = { label: view.spoken };
  if (view.command) item.command = { command: commands[view.command], title: view.label, arguments: [node] };
  if (view.isDimmed) item.resourceUri = Uri.from({ scheme: dimmedScheme, path: '/off' });
  return item;
}

/** Paints dimmed rows. */
export function dimmedRows(): Disposable {
  const decoration = { color: new ThemeColor('disabledForeground'), tooltip: l10n.t('switched off') };
  return window.registerFileDecorationProvider({
    provideFileDecoration: (uri) => (uri.scheme === dimmedScheme ? decoration : undefined),
  });
}
