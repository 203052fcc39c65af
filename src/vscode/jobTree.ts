import { EventEmitter, l10n, window, type TreeDataProvider, type TreeItem, type TreeView } from 'vscode';
import type { Job, Jobs } from '../core/jobs.ts';
import type { AppTools } from '../core/mcpAppTools.ts';
import type { Clock, Memory } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { views } from '../shared/ids.ts';
import { Coalesced } from './coalesced.ts';
import { setContext } from './commands.ts';
import { showFinishedBadge } from './jobBadge.ts';
import { JobNodes, type JobNode } from './jobNodes.ts';
import { forTree } from './plainText.ts';
import { toTreeItem } from './treeItem.ts';

export interface JobTreeDeps {
  readonly jobs: Pick<Jobs, 'open' | 'finished' | 'countFinished'>;
  readonly memory: Memory;
  /** Which tools have an app. */
  readonly apps?: Pick<AppTools, 'has' | 'changed'>;
  readonly clock: Clock;
}

const refreshMs = 100;
const tickMs = 1000;

/** The Jobs view; elapsed times run only while it is visible and something runs. */
export class JobTree implements TreeDataProvider<JobNode>, Disposable {
  readonly #disposables = new DisposableStore();
  readonly #nodes: JobNodes;
  readonly #changed = new EventEmitter<JobNode[] | undefined>();
  readonly #view: TreeView<JobNode>;
  readonly #tick: Coalesced;
  readonly #deps: JobTreeDeps;
  readonly onDidChangeTreeData = this.#changed.event;
  #server: { readonly id: string; readonly name: string } | undefined;

  constructor(deps: JobTreeDeps) {
    this.#deps = deps;
    this.#nodes = new JobNodes(l10n.t, ({ serverId, tool }) => deps.apps?.has(serverId, tool) ?? false);
    this.#take();
    const refresh = this.#disposables.add(new Coalesced(deps.clock, refreshMs, () => this.#refresh()));
    this.#tick = this.#disposables.add(
      new Coalesced(deps.clock, tickMs, () => {
        this.#changed.fire([...this.#nodes.running()]);
        this.#keepTicking();
      }),
    );
    this.#disposables.add(this.#changed);
    if (deps.apps) this.#disposables.add(deps.apps.changed.subscribe(() => this.#changed.fire(undefined)));
    this.#disposables.add(deps.jobs.open.subscribe(() => refresh.request()));
    this.#disposables.add(deps.jobs.finished.subscribe(() => refresh.request()));
    this.#view = this.#disposables.add(
      window.createTreeView(views.jobs, {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#disposables.add(showFinishedBadge({ ...deps, view: this.#view }));
    this.#disposables.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (!visible) return this.#tick.cancel();
        this.#changed.fire([...this.#nodes.running()]);
        this.#keepTicking();
      }),
    );
    this.#keepTicking();
  }

  getTreeItem(node: JobNode): TreeItem {
    return toTreeItem(this.#nodes.view(node, this.#deps.clock.now()), node);
  }

  resolveTreeItem(item: TreeItem, node: JobNode): TreeItem {
    item.tooltip = this.#nodes.tooltip(node);
    return item;
  }

  getChildren(node?: JobNode): JobNode[] {
    return [...this.#nodes.children(node)];
  }

  getParent(node: JobNode): JobNode | undefined {
    return this.#nodes.parent(node);
  }

  /** Shows the jobs of one server alone, or of all. */
  filter(server: { readonly id: string; readonly name: string } | undefined): void {
    this.#server = server;
    this.#view.description = server === undefined ? '' : forTree(server.name, 60);
    setContext('isJobsFiltered', server !== undefined);
    this.#take();
    this.#changed.fire(undefined);
  }

  /** The open jobs among the rows. */
  shownOpen(): readonly Job[] {
    return this.#deps.jobs.open.get().filter((job) => this.#isShown(job));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #take(): ReturnType<JobNodes['update']> {
    const { jobs, clock } = this.#deps;
    const finished = jobs.finished.get();
    return this.#nodes.update(
      this.shownOpen(),
      finished.filter((job) => this.#isShown(job)),
      Math.max(0, jobs.countFinished() - finished.length),
      clock.now(),
    );
  }

  #isShown(job: Job): boolean {
    return this.#server === undefined || job.serverId === this.#server.id;
  }

  #refresh(): void {
    const changed = this.#take();
    if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire([...changed]);
    this.#keepTicking();
  }

  #keepTicking(): void {
    if (this.#view.visible && this.#nodes.running().length > 0) this.#tick.request();
  }
}
