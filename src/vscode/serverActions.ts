import { l10n, Range, Uri, window, workspace } from 'vscode';
import type { Connections, ServerSnapshot } from '../core/connections.ts';
import { AppError } from '../core/util/errors.ts';
import type { ServerLogs } from './log.ts';

export interface ServerActionsDeps {
  readonly connections: Connections;
  readonly logs: ServerLogs;
}

/** What can be done with a server from the sidebar and from the dashboard alike. */
export class ServerActions {
  readonly #deps: ServerActionsDeps;

  constructor(deps: ServerActionsDeps) {
    this.#deps = deps;
  }

  /** The server; throws `not-found` when it is no longer configured. */
  get(serverId: string): ServerSnapshot {
    const server = this.#deps.connections.get(serverId);
    if (!server) throw new AppError('not-found', l10n.t('This server is no longer configured.'));
    return server;
  }

  showLog(serverId: string): void {
    const { definition } = this.get(serverId);
    this.#deps.logs.show({ id: definition.id, name: definition.name });
  }

  /** Opens the server's configuration file at its entry. */
  async openConfig(serverId: string): Promise<void> {
    const { definition } = this.get(serverId);
    await this.openFile(definition.source.file, definition.line, 1);
  }

  /** Opens a file of this machine at a 1-based position. */
  async openFile(file: string, line: number, column: number): Promise<void> {
    const document = await workspace.openTextDocument(Uri.file(file));
    const at = document.validatePosition(new Range(line - 1, column - 1, line - 1, column - 1).start);
    await window.showTextDocument(document, { preview: false, selection: new Range(at, at) });
  }
}
