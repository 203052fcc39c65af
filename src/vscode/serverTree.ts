import { EventEmitter, l10n, window, type TreeDataProvider, type TreeItem, type TreeView } from 'vscode';
import type { Connections, ServerSnapshot } from '../core/connections.ts';
import type { Clock } from '../core/ports.ts';
import type { InstallStanding } from '../core/installUpdates.ts';
import type { ServerReview } from '../core/definitionReview.ts';
import type { IdentityVerdict } from '../core/identityReport.ts';
import type { Configuration } from '../core/server.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import type { Readable } from '../core/util/store.ts';
import { views } from '../shared/ids.ts';
import { Coalesced } from './coalesced.ts';
import { setContext } from './commands.ts';
import { ServerNodes, type ServerNode } from './serverNodes.ts';
import { serverNodeTooltip, serverNodeView } from './serverViews.ts';
import { dimmedRows, toTreeItem } from './treeItem.ts';

export interface ServerTreeDeps {
  readonly connections: Pick<Connections, 'servers'>;
  readonly configuration: Readable<Configuration>;
  /** Installed servers by id. */
  readonly standings: Readable<ReadonlyMap<string, InstallStanding>>;
  /** Servers whose definitions are not all as accepted. */
  readonly reviews: Readable<ReadonlyMap<string, ServerReview>>;
  /** Who servers are, and when that may have changed. */
  readonly identity: {
    verdictOf(serverId: string): IdentityVerdict | undefined;
    readonly changed: Readable<unknown>;
  };
  readonly clock: Clock;
}

const refreshMs = 50;

/** The Servers view: refreshes only the rows that changed, at most twenty times a second. */
export class ServerTree implements TreeDataProvider<ServerNode>, Disposable {
  readonly #disposables = new DisposableStore();
  readonly #nodes = new ServerNodes();
  readonly #changed = new EventEmitter<ServerNode[] | undefined>();
  readonly #view: TreeView<ServerNode>;
  readonly #deps: ServerTreeDeps;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(deps: ServerTreeDeps) {
    this.#deps = deps;
    this.#take();
    const refresh = this.#disposables.add(new Coalesced(deps.clock, refreshMs, () => this.#refresh()));
    this.#disposables.add(this.#changed);
    this.#disposables.add(deps.connections.servers.subscribe(() => refresh.request()));
    this.#disposables.add(deps.configuration.subscribe(() => refresh.request()));
    this.#disposables.add(
      deps.standings.subscribe(() => {
        setContext('hasInstalled', deps.standings.get().size > 0);
        this.#changed.fire(undefined);
      }),
    );
    this.#disposables.add(deps.reviews.subscribe(() => this.#changed.fire(undefined)));
    this.#disposables.add(deps.identity.changed.subscribe(() => this.#changed.fire(undefined)));
    setContext('hasInstalled', deps.standings.get().size > 0);
    this.#disposables.add(dimmedRows());
    this.#view = this.#disposables.add(
      window.createTreeView(views.servers, { treeDataProvider: this, showCollapseAll: true }),
    );
  }

  getTreeItem(node: ServerNode): TreeItem {
    const snapshot = this.#nodes.snapshot(node);
    return toTreeItem(
      serverNodeView(
        node,
        snapshot,
        l10n.t,
        this.#standing(node),
        this.#review(snapshot),
        this.#verdict(node),
      ),
      node,
    );
  }

  resolveTreeItem(item: TreeItem, node: ServerNode): TreeItem {
    const snapshot = this.#nodes.snapshot(node);
    item.tooltip = serverNodeTooltip(
      node,
      snapshot,
      l10n.t,
      this.#standing(node),
      this.#review(snapshot),
      this.#verdict(node),
    );
    return item;
  }

  getChildren(node?: ServerNode): ServerNode[] {
    return [...(node ? this.#nodes.children(node) : this.#nodes.roots())];
  }

  getParent(node: ServerNode): ServerNode | undefined {
    return this.#nodes.parent(node);
  }

  /** Shows the row of a server, or of one of its tools, selected and focused. */
  async reveal(serverId: string, tool?: string): Promise<void> {
    const node = this.#nodes.find(serverId, tool);
    if (node) await this.#view.reveal(node, { select: true, focus: true, expand: tool === undefined });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #standing(node: ServerNode): InstallStanding | undefined {
    return node.kind === 'server' ? this.#deps.standings.get().get(node.serverId) : undefined;
  }

  #verdict(node: ServerNode): IdentityVerdict | undefined {
    return node.kind === 'server' ? this.#deps.identity.verdictOf(node.serverId) : undefined;
  }

  #review(snapshot: ServerSnapshot | undefined): ServerReview | undefined {
    return snapshot && this.#deps.reviews.get().get(snapshot.definition.id);
  }

  #take(): ReturnType<ServerNodes['update']> {
    const servers = this.#deps.connections.servers.get();
    const { problems } = this.#deps.configuration.get();
    setContext('hasServers', servers.length > 0);
    return this.#nodes.update(servers, problems);
  }

  #refresh(): void {
    const refresh = this.#take();
    if (refresh === 'all') this.#changed.fire(undefined);
    else if (refresh.length > 0) this.#changed.fire([...refresh]);
  }
}
