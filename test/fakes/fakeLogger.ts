import type { Logger } from '../../src/core/ports.ts';

/** One line that was logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly cause: unknown;
}

/** Keeps what is logged; `text` is everything, causes included, for "no secret in the log" checks. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(message: string): void {
    this.#add('debug', message, undefined);
  }

  info(message: string): void {
    this.#add('info', message, undefined);
  }

  warn(message: string, cause?: unknown): void {
    this.#add('warn', message, cause);
  }

  error(message: string, cause?: unknown): void {
    this.#add('error', message, cause);
  }

  get text(): string {
    return this.lines.map((line) => `${line.level} ${line.message} ${describe(line.cause)}`).join('\n');
  }

  #add(level: LogLine['level'], message: string, cause: unknown): void {
    this.lines.push({ level, message, cause });
  }
}

/** Drops what is logged. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function describe(cause: unknown): string {
  if (cause === undefined) return '';
  if (!(cause instanceof Error)) return String(cause);
  return `${cause.stack ?? cause.message} ${describe(cause.cause)}`;
}
