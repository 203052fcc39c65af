import { l10n, ThemeIcon, window, type QuickInputButton, type QuickPickItem } from 'vscode';
import type { Connections } from '../core/connections.ts';
import { findTools, type ToolHit } from '../core/findTool.ts';
import type { Clock } from '../core/ports.ts';
import { DisposableStore } from '../core/util/disposables.ts';
import { Coalesced } from './coalesced.ts';
import { dotted } from './nodeView.ts';
import { forIconLabel } from './plainText.ts';
import type { Actions } from './runAction.ts';
import { hintsText, stateWord } from './serverText.ts';

export interface FindToolDeps {
  readonly connections: Pick<Connections, 'servers'>;
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
    const { connections, run, reveal, actions, clock } = this.#deps;
    const disposables = new DisposableStore();
    const list = disposables.add(window.createQuickPick<Item>());
    const revealButton: QuickInputButton = {
      iconPath: new ThemeIcon('list-tree'),
      tooltip: l10n.t('Reveal in the Servers view'),
    };
    list.title = l10n.t('Find Tool');
    list.placeholder = l10n.t('Name, title, description, server, or a claim such as read-only');
    const search = () => {
      list.items = findTools(list.value, connections.servers.get(), limit).map((hit) =>
        itemOf(hit, revealButton),
      );
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

function itemOf({ serverId, serverName, state, tool, isEnabled }: ToolHit, button: QuickInputButton): Item {
  const title =
    tool.title === undefined || tool.title === tool.name ? undefined : forIconLabel(tool.title, 80);
  const hints = hintsText(tool.annotations, l10n.t);
  return {
    label: `$(symbol-method) ${forIconLabel(tool.name, 120)}`,
    description: dotted(
      title,
      forIconLabel(serverName, 60),
      stateWord(state, l10n.t),
      isEnabled ? undefined : l10n.t('off'),
    ),
    detail: dotted(
      hints === '' ? undefined : l10n.t('claims: {0}', hints),
      forIconLabel(tool.description ?? '', 160),
    ),
    buttons: [button],
    // What fits was decided by our own search.
    alwaysShow: true,
    serverId,
    tool: tool.name,
  };
}
