import type { LogLevel } from './connection.ts';

/** The levels of MCP log messages (RFC 5424), the least grave first. */
export const logLevels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const satisfies readonly LogLevel[];

/** A log level by its name. */
export function logLevelOf(value: unknown): LogLevel | undefined {
  return logLevels.find((level) => level === value);
}

/** Whether a message of `level` is wanted by who asked for `least` and above; everything is by who asked for nothing. */
export function isLogged(level: LogLevel, least: LogLevel | undefined): boolean {
  return least === undefined || logLevels.indexOf(level) >= logLevels.indexOf(least);
}

/** The level that gives both what they asked for. */
export function chattier(a: LogLevel, b: LogLevel | undefined): LogLevel {
  return isLogged(a, b) && b !== undefined ? b : a;
}
