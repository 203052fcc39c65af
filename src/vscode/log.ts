import { l10n, LogLevel as EditorLogLevel, window, type LogOutputChannel } from 'vscode';
import type { LogLevel } from '../core/connection.ts';
import type { Logger } from '../core/ports.ts';
import type { Disposable } from '../core/util/disposables.ts';
import { oneLine } from '../core/util/text.ts';
import { logText } from './logText.ts';

/** The extension's own log. */
export function createLog(): { readonly logger: Logger; readonly show: () => void } & Disposable {
  const channel = window.createOutputChannel('MCP Switchboard', { log: true });
  const logger: Logger = {
    debug: (message) => channel.debug(logText(message)),
    info: (message) => channel.info(logText(message)),
    warn: (message, cause) => channel.warn(logText(message, cause)),
    error: (message, cause) => channel.error(logText(message, cause)),
  };
  return { logger, show: () => channel.show(true), dispose: () => channel.dispose() };
}

/** One log channel per server, made when there is something to log; holds stderr and the server's log messages. */
export class ServerLogs implements Disposable {
  readonly #channels = new Map<string, LogOutputChannel>();

  /** `chosen` is the level that the user asked the server for. */
  log(
    server: { readonly id: string; readonly name: string },
    level: LogLevel,
    text: string,
    chosen?: LogLevel,
  ): void {
    const channel = this.#channel(server);
    // The editor hides the debug messages of a channel unless told otherwise; these were asked for by name.
    const isHidden = channel.logLevel === EditorLogLevel.Info && chosen === 'debug';
    channel[methodOf(level, isHidden)](`${markOf(level, isHidden)}${logText(text)}`);
  }

  stderr(server: { readonly id: string; readonly name: string }, text: string): void {
    this.#channel(server).info(logText(text.replace(/\r?\n$/, '')));
  }

  show(server: { readonly id: string; readonly name: string }): void {
    this.#channel(server).show(true);
  }

  /** Drops the channels of servers that are no longer configured. */
  keep(serverIds: ReadonlySet<string>): void {
    for (const [id, channel] of this.#channels) {
      if (serverIds.has(id)) continue;
      channel.dispose();
      this.#channels.delete(id);
    }
  }

  dispose(): void {
    this.keep(new Set());
  }

  #channel(server: { readonly id: string; readonly name: string }): LogOutputChannel {
    let channel = this.#channels.get(server.id);
    if (!channel) {
      channel = window.createOutputChannel(l10n.t('MCP: {0}', oneLine(server.name, 60)), { log: true });
      this.#channels.set(server.id, channel);
    }
    return channel;
  }
}

/** The editor's own level of a message. */
function methodOf(level: LogLevel, isDebugHidden: boolean): 'debug' | 'info' | 'warn' | 'error' {
  switch (level) {
    case 'debug':
      return isDebugHidden ? 'info' : 'debug';
    case 'info':
    case 'notice':
      return 'info';
    case 'warning':
      return 'warn';
    case 'error':
    case 'critical':
    case 'alert':
    case 'emergency':
      return 'error';
  }
}

/** Names a level that the editor has no name for. */
function markOf(level: LogLevel, isDebugHidden: boolean): string {
  const isNamed = level === 'debug' ? !isDebugHidden : ['info', 'warning', 'error'].includes(level);
  return isNamed ? '' : `[${level}] `;
}
