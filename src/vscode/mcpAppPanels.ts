import { l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import { appHash, type AppApprovals } from '../core/mcpAppApprovals.ts';
import { loadApp, originOf, type LoadedApp } from '../core/mcpAppSession.ts';
import type { Connections } from '../core/connections.ts';
import type { Sha256 } from '../core/ports.ts';
import type { Disposable } from '../core/util/disposables.ts';
import { AppError } from '../core/util/errors.ts';
import { AppPanel, type AppPanelDeps } from './mcpAppPanel.ts';
import { forMessage } from './plainText.ts';
import { signalOf } from './signals.ts';

export interface AppPanelsDeps extends AppPanelDeps {
  readonly connections: Pick<Connections, 'get' | 'need' | 'servers'>;
  readonly approvals: AppApprovals;
  readonly sha256: Sha256;
  /** Told of each app that the user let in, before it counts. */
  readonly onApproved: (serverId: string, launchHash: string, uri: string, contentHash: string) => void;
}

/** The open apps: one tab for each job whose app was opened. */
export class AppPanels implements Disposable {
  readonly #deps: AppPanelsDeps;
  readonly #open = new Map<string, { readonly panel: AppPanel; readonly app: LoadedApp }>();
  readonly #watch: Disposable;

  constructor(deps: AppPanelsDeps) {
    this.#deps = deps;
    this.#watch = deps.connections.servers.subscribe(() => this.#stopStrays());
  }

  /** Opens the app of a job's tool, or brings it to the front. Rejects as `loadApp`. */
  async open(jobId: string): Promise<void> {
    const shown = this.#open.get(jobId);
    if (shown) {
      shown.panel.reveal();
      return;
    }
    const { jobs, connections, approvals, sha256, onApproved } = this.#deps;
    const job = jobs.get(jobId);
    if (!job) throw new AppError('not-found', l10n.t('This job is gone.'));
    const [app, script, style, { toAppHost }] = await Promise.all([
      window.withProgress(
        {
          location: ProgressLocation.Notification,
          title: l10n.t('Reading the app of {0}', forMessage(job.serverName, 100)),
          cancellable: true,
        },
        async (_progress, token) => {
          const cancel = signalOf(token);
          try {
            return await loadApp(connections, job, cancel.signal);
          } finally {
            cancel.dispose();
          }
        },
      ),
      this.#read('mcpApp.js'),
      this.#read('mcpApp.css'),
      import('../shared/mcpAppMessages.ts'),
    ]);
    if (this.#open.has(jobId)) return; // asked for twice
    const { id: serverId, launchHash } = app.server.definition;
    const contentHash = appHash(app.document, sha256);
    const identity = { serverId, launchHash, uri: app.document.uri, contentHash };
    const panel = new AppPanel(
      this.#deps,
      {
        ...{ jobId, app, contentHash },
        files: { script, style },
        standing: approvals.state(identity),
        onApprove: () => {
          onApproved(serverId, launchHash, app.document.uri, contentHash);
          approvals.give(identity);
        },
      },
      (message) => {
        const parsed = toAppHost.safeParse(message);
        return parsed.success ? parsed.data : undefined;
      },
      () => this.#open.delete(jobId),
    );
    this.#open.set(jobId, { panel, app });
  }

  /** Closes the apps of a server; those that run may end by themselves first. */
  leave(serverId: string): void {
    for (const { panel, app } of [...this.#open.values()])
      if (app.server.definition.id === serverId)
        void this.#deps.actions.run('close app', () => panel.leave());
  }

  /** An app that has lost its server could do nothing any more: it ends, and its tab says why. */
  #stopStrays(): void {
    const { connections, actions } = this.#deps;
    for (const { panel, app } of [...this.#open.values()]) {
      const origin = originOf(app, connections.get(app.server.definition.id));
      if (origin === 'same') continue;
      const text =
        origin === 'gone'
          ? l10n.t('The app has ended: its server is not configured any more.')
          : l10n.t(
              'The app has ended: its server is configured differently by now. Run the tool again to open its app.',
            );
      void actions.run('stop app', () => panel.stop(text));
    }
  }

  async #read(file: string): Promise<string> {
    const uri = Uri.joinPath(this.#deps.extensionUri, 'dist', file);
    return new TextDecoder().decode(await workspace.fs.readFile(uri));
  }

  dispose(): void {
    this.#watch.dispose();
    for (const { panel } of [...this.#open.values()]) panel.dispose();
  }
}
