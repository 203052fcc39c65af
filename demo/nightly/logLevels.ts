/** Log levels from chatty to grave (RFC 5424). */
export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** Whether a message of `level` passes the threshold. */
export function isWanted(level: string, threshold: string): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}
