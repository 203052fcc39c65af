import { EventEmitter, l10n, window, type TreeDataProvider, type TreeItem } from 'vscode';
import type { Clock } from '../core/ports.ts';
import type { PromptRequest, Requests } from '../core/requests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { views } from '../shared/ids.ts';
import { Coalesced } from './coalesced.ts';
import { requestTooltip, requestView } from './requestText.ts';
import { toTreeItem } from './treeItem.ts';

export interface InboxTreeDeps {
  readonly requests: Pick<Requests, 'open'>;
  readonly clock: Clock;
}

/** The Inbox view: the open requests in order of arrival, their number as the badge. */
export class InboxTree implements TreeDataProvider<PromptRequest>, Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new EventEmitter<undefined>();
  readonly #requests: InboxTreeDeps['requests'];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor({ requests, clock }: InboxTreeDeps) {
    this.#requests = requests;
    this.#disposables.add(this.#changed);
    const view = this.#disposables.add(window.createTreeView(views.inbox, { treeDataProvider: this }));
    const showBadge = () => {
      const value = requests.open.get().length;
      view.badge =
        value === 0
          ? undefined
          : { value, tooltip: value === 1 ? l10n.t('1 open request') : l10n.t('{0} open requests', value) };
    };
    const refresh = this.#disposables.add(
      new Coalesced(clock, 50, () => {
        showBadge();
        this.#changed.fire(undefined);
      }),
    );
    this.#disposables.add(requests.open.subscribe(() => refresh.request()));
    showBadge();
  }

  getChildren(request?: PromptRequest): PromptRequest[] {
    return request ? [] : [...this.#requests.open.get()];
  }

  getTreeItem(request: PromptRequest): TreeItem {
    return toTreeItem(requestView(request, l10n.t), request);
  }

  resolveTreeItem(item: TreeItem, request: PromptRequest): TreeItem {
    item.tooltip = requestTooltip(request, l10n.t);
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
