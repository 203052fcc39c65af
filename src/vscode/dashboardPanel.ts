import { env, l10n, Uri, ViewColumn, window, type WebviewPanel } from 'vscode';
import type { Connections } from '../core/connections.ts';
import type { DashboardState, Page } from '../core/dashboard.ts';
import type { Jobs } from '../core/jobs.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { Requests } from '../core/requests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import type { Readable } from '../core/util/store.ts';
import type { savedPage } from '../shared/page.ts';
import type { Handlers, ToWebview } from '../shared/protocol.ts';
import { Coalesced } from './coalesced.ts';
import type { DashboardCalls } from './dashboardCalls.ts';
import { dashboardPage } from './dashboardPage.ts';
import type { Actions } from './runAction.ts';

export interface DashboardPanelDeps {
  readonly extensionUri: Uri;
  readonly connections: Pick<Connections, 'servers'>;
  readonly jobs: Pick<Jobs, 'open' | 'finished'>;
  readonly requests: Pick<Requests, 'open'>;
  /** Further stores that pages are made from. */
  readonly stores: readonly Readable<unknown>[];
  /** The whole state for a page, as of now. */
  readonly state: (page: Page) => DashboardState;
  readonly handlers: Handlers;
  /** The page's strings by key, in English; read when a dashboard first opens. */
  readonly strings: () => Promise<Readonly<Record<string, string>>>;
  readonly actions: Actions;
  readonly clock: Clock;
  readonly logger: Logger;
}

const viewType = 'mcpSwitchboard.dashboard';
const tickMs = 50;
const trafficMs = 500;

interface OpenPanel {
  readonly panel: WebviewPanel;
  /** Undefined while the code that checks messages is being read: the page has no script by then. */
  calls: DashboardCalls | undefined;
  isReady: boolean;
}

/** The dashboard: one panel that shows complete snapshots, at most one per tick and none while it is hidden. */
export class DashboardPanel implements Disposable {
  readonly #deps: DashboardPanelDeps;
  readonly #disposables = new DisposableStore();
  readonly #soon: Coalesced;
  readonly #traffic: Coalesced;
  #open: OpenPanel | undefined;
  #page: Page = { kind: 'servers' };
  #revision = 0;
  #life = 0;

  constructor(deps: DashboardPanelDeps) {
    this.#deps = deps;
    this.#soon = this.#disposables.add(new Coalesced(deps.clock, tickMs, () => this.#send()));
    this.#traffic = this.#disposables.add(new Coalesced(deps.clock, trafficMs, () => this.#send()));
    const { connections, jobs, requests, stores } = deps;
    for (const store of [connections.servers, jobs.open, jobs.finished, requests.open, ...stores]) {
      this.#disposables.add(store.subscribe(() => this.#soon.request()));
    }
    this.#disposables.add(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, saved: unknown) => {
          // Two windows can hand the same panel over, and a command may have been faster.
          if (this.#open) {
            panel.dispose();
            return;
          }
          this.#adopt(panel, saved);
        },
      }),
    );
  }

  /** Opens the dashboard, or brings it to the front, on a page; without one it stays where it was. */
  show(page?: Page): void {
    if (page) this.#page = page;
    if (this.#open) {
      this.#open.panel.reveal();
      this.#soon.request();
      return;
    }
    this.#adopt(
      window.createWebviewPanel(viewType, l10n.t('MCP Switchboard'), ViewColumn.Active, {
        enableFindWidget: true,
      }),
    );
  }

  /** Changes whenever the page's script is gone: it was hidden or closed. */
  get life(): number {
    return this.#life;
  }

  /** Goes to a page without taking the focus; nothing happens while no dashboard is open. */
  navigate(page: Page): void {
    this.#page = page;
    this.#soon.request();
  }

  /** Draws what no store tells of. */
  refresh(): void {
    this.#soon.request();
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#open?.panel.dispose();
  }

  #adopt(panel: WebviewPanel, saved?: unknown): void {
    const { extensionUri, actions } = this.#deps;
    const open: OpenPanel = { panel, calls: undefined, isReady: false };
    const listeners = new DisposableStore();
    listeners.add(
      panel.onDidChangeViewState(() => {
        // A hidden webview loses its script; it says `ready` when it is back.
        if (panel.visible || !open.isReady) return;
        open.isReady = false;
        this.#forget(open);
      }),
    );
    panel.onDidDispose(() => {
      listeners.dispose();
      this.#forget(open);
      if (this.#open === open) this.#open = undefined;
    });
    this.#open = open;
    const media = Uri.joinPath(extensionUri, 'media');
    panel.iconPath = {
      light: Uri.joinPath(media, 'panel-light.svg'),
      dark: Uri.joinPath(media, 'panel-dark.svg'),
    };
    void actions.run('open dashboard', () => this.#fill(open, listeners, saved));
  }

  /** Gives a panel its page; the code behind it is read when the first dashboard opens. */
  async #fill(open: OpenPanel, listeners: DisposableStore, saved: unknown): Promise<void> {
    const { extensionUri, handlers, actions, logger, strings } = this.#deps;
    const { panel } = open;
    const before = this.#page;
    const [{ DashboardCalls }, { savedPage }, english] = await Promise.all([
      import('./dashboardCalls.ts'),
      import('../shared/page.ts'),
      strings(),
    ]);
    if (this.#open !== open) return; // closed meanwhile
    if (typeof saved === 'object' && saved !== null && 'page' in saved && this.#page === before) {
      const page = savedPage.safeParse(saved.page);
      if (page.success) this.#page = pageOf(page.data);
    }
    const post = (message: ToWebview) => {
      panel.webview
        .postMessage(message)
        .then(undefined, (error: unknown) => logger.warn('dashboard: message not delivered', error));
    };
    const calls = new DashboardCalls(handlers, actions, logger, post);
    open.calls = calls;
    listeners.add(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        if (!calls.receive(message)) return;
        this.#life++;
        open.isReady = true;
        this.#send();
      }),
    );
    const dist = Uri.joinPath(extensionUri, 'dist');
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    panel.webview.html = dashboardPage({
      cspSource: panel.webview.cspSource,
      nonce: newNonce(),
      script: panel.webview.asWebviewUri(Uri.joinPath(dist, 'webview.js')).toString(),
      style: panel.webview.asWebviewUri(Uri.joinPath(dist, 'webview.css')).toString(),
      language: env.language,
      title: l10n.t('MCP Switchboard'),
      strings: Object.fromEntries(Object.entries(english).map(([key, text]) => [key, l10n.t(text)])),
    });
  }

  #forget(open: OpenPanel): void {
    open.calls?.forget();
    this.#life++;
  }

  #send(): void {
    const open = this.#open;
    if (!open?.isReady || !open.panel.visible) return;
    const state = this.#deps.state(this.#page);
    const message: ToWebview = { kind: 'state', rev: ++this.#revision, state };
    open.panel.webview
      .postMessage(message)
      .then(undefined, (error: unknown) => this.#deps.logger.warn('dashboard: state not delivered', error));
    // Frames are no store: while they are looked at, they are asked for.
    if (this.#page.kind === 'server' && this.#page.tab === 'traffic') this.#traffic.request();
  }
}

function pageOf(page: (typeof savedPage)['_output']): Page {
  switch (page.kind) {
    case 'servers':
      return page;
    case 'server':
      return { ...page, tool: page.tool };
    case 'jobs':
      return { ...page, jobId: page.jobId };
    case 'requests':
      return { ...page, requestId: page.requestId };
    case 'registry':
      return { kind: 'registry', entry: page.entry && openEntry(page.entry) };
    case 'activity':
      return { ...page, seq: page.seq };
    case 'install':
    case 'agents':
      return page;
  }
}

function openEntry({
  registryId,
  name,
  version,
  compare,
}: NonNullable<Extract<(typeof savedPage)['_output'], { kind: 'registry' }>['entry']>): NonNullable<
  Extract<Page, { kind: 'registry' }>['entry']
> {
  return { registryId, name, version, compare };
}

function newNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replace(
    /[^A-Za-z0-9]/g,
    '',
  );
}
