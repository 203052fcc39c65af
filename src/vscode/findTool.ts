import { l10n, ThemeIcon, window, type QuickInputButton, type QuickPickItem } from 'vscode';
import type { Tool } from '../core/connection.ts';
import type { ServerSnapshot } from '../core/connections.ts';
import type { Clock } from '../core/ports.ts';
import { DisposableStore } from '../core/util/disposables.ts';
import { Coalesced } from './coalesced.ts';
import { dotted } from './nodeView.ts';
import { forIconLabel } from './plainText.ts';
import type { Actions } from './runAction.ts';
import { hintsText, stateText } from './serverText.ts';

/** A tool that fits a search. */
export interface FoundTool {
  readonly server: ServerSnapshot;
  readonly tool: Tool;
}

export interface FindToolDeps {
  /** The best matches of every server's tools, best first; an empty query gives the first tools of all. */
  readonly find: (query: string, limit: number) => readonly FoundTool[];
  readonly run: (serverId: string, tool: string) => void;
  readonly reveal: (serverId: string, tool: string) => Promise<void>;
  readonly actions: Actions;
  readonly clock: Clock;
}

interface Item extends QuickPickItem {
  readonly serverId: string;
  readonly tool: string;
}

const limit = 100;
const searchMs = 60;

/** `Find Tool…`: searches the tools of all servers and runs or reveals one. */
export class FindTool {
  readonly #deps: FindToolDeps;

  constructor(deps: FindToolDeps) {
    this.#deps = deps;
  }

  show(): void {
    const { find, run, reveal, actions, clock } = this.#deps;
    const disposables = new DisposableStore();
    const list = disposables.add(window.createQuickPick<Item>());
    const revealButton: QuickInputButton = {
      iconPath: new ThemeIcon('list-tree'),
      tooltip: l10n.t('Reveal in the Servers view'),
    };
    list.title = l10n.t('Find Tool');
    list.placeholder = l10n.t('Name, title, description, server, or a claim such as read-only');
    const search = () => {
      list.items = find(list.value, limit).map((found) => itemOf(found, revealButton));
    };
    const soon = disposables.add(new Coalesced(clock, searchMs, search));
    disposables.add(list.onDidChangeValue(() => soon.request()));
    disposables.add(
      list.onDidAccept(() => {
        const [chosen] = list.selectedItems;
        list.hide();
        if (chosen) run(chosen.serverId, chosen.tool);
      }),
    );
    disposables.add(
      list.onDidTriggerItemButton(({ item }) => {
        list.hide();
        void actions.run('reveal tool', () => reveal(item.serverId, item.tool));
      }),
    );
    disposables.add(list.onDidHide(() => disposables.dispose()));
    search();
    list.show();
  }
}

function itemOf({ server, tool }: FoundTool, button: QuickInputButton): Item {
  const title =
    tool.title === undefined || tool.title === tool.name ? undefined : forIconLabel(tool.title, 80);
  const isOff = server.disabledTools.has(tool.name);
  const hints = hintsText(tool.annotations, l10n.t);
  return {
    label: `$(symbol-method) ${forIconLabel(tool.name, 120)}`,
    description: dotted(
      title,
      forIconLabel(server.definition.name, 60),
      server.state.kind === 'ready' ? undefined : forIconLabel(stateText(server.state, l10n.t), 60),
      isOff ? l10n.t('off') : undefined,
    ),
    detail: dotted(
      hints === '' ? undefined : l10n.t('claims: {0}', hints),
      forIconLabel(tool.description ?? '', 160),
    ),
    buttons: [button],
    // What fits was decided by our own search.
    alwaysShow: true,
    serverId: server.definition.id,
    tool: tool.name,
  };
}
