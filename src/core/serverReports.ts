import type { LogLevel } from './connection.ts';
import { toDisposable, type Disposable } from './util/disposables.ts';

/** What a server says by itself, beside its lists and tasks. */
export type ServerReport =
  | { readonly kind: 'log'; readonly serverId: string; readonly level: LogLevel; readonly text: string }
  | { readonly kind: 'resource-updated'; readonly serverId: string; readonly uri: string };

/** Passes on what servers report, to whoever listens at that moment. */
export class ServerReports {
  readonly #listeners = new Set<(report: ServerReport) => void>();

  subscribe(listener: (report: ServerReport) => void): Disposable {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  }

  tell(report: ServerReport): void {
    for (const listener of [...this.#listeners]) listener(report);
  }
}
