import { l10n, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { Connections } from '../core/connections.ts';
import type { Jobs } from '../core/jobs.ts';
import type { Clock } from '../core/ports.ts';
import type { Requests } from '../core/requests.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import type { Readable } from '../core/util/store.ts';
import { commands } from '../shared/ids.ts';
import { Coalesced } from './coalesced.ts';

export interface StatusBarDeps {
  readonly connections: Pick<Connections, 'servers'>;
  readonly jobs: Pick<Jobs, 'open'>;
  readonly requests: Pick<Requests, 'open'>;
  readonly clock: Clock;
  /** Further lines of the tooltip, with what they follow. */
  readonly more?: { readonly line: () => string | undefined; readonly stores: readonly Readable<unknown>[] };
}

/** The status-bar item: connected servers, running jobs, open requests; a click opens the dashboard. */
export function createStatusBar({ connections, jobs, requests, clock, more }: StatusBarDeps): Disposable {
  const disposables = new DisposableStore();
  const item = disposables.add(
    window.createStatusBarItem('mcpSwitchboard.status', StatusBarAlignment.Left, 10),
  );
  item.name = 'MCP Switchboard';
  item.command = commands.openDashboard;
  const show = () => {
    const servers = connections.servers.get();
    const connected = servers.filter((server) => server.state.kind === 'ready').length;
    const failed = servers.filter(
      (server) => server.state.kind === 'failed' || server.state.kind === 'needs-sign-in',
    ).length;
    const running = jobs.open.get().length;
    const open = requests.open.get().length;
    item.text = [
      `$(plug) ${connected}`,
      failed > 0 ? `$(warning) ${failed}` : '',
      running > 0 ? `$(sync~spin) ${running}` : '',
      open > 0 ? `$(bell-dot) ${open}` : '',
    ]
      .filter((part) => part !== '')
      .join(' ');
    const lines = [
      l10n.t('Connected servers: {0} of {1}', connected, servers.length),
      ...(failed > 0 ? [l10n.t('Servers with a problem: {0}', failed)] : []),
      l10n.t('Running jobs: {0}', running),
      l10n.t('Open requests: {0}', open),
    ];
    const line = more?.line();
    if (line !== undefined) lines.push(line);
    item.tooltip = ['MCP Switchboard', ...lines].join('\n');
    item.accessibilityInformation = { label: `MCP Switchboard. ${lines.join('. ')}` };
    item.backgroundColor = open > 0 ? new ThemeColor('statusBarItem.warningBackground') : undefined;
    if (servers.length + running + open > 0) item.show();
    else item.hide();
  };
  const refresh = disposables.add(new Coalesced(clock, 100, show));
  for (const store of [connections.servers, jobs.open, requests.open, ...(more?.stores ?? [])]) {
    disposables.add(store.subscribe(() => refresh.request()));
  }
  show();
  return disposables;
}
