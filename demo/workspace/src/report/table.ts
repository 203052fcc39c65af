import type { ReportLine } from './report.ts';

/** One column, padded to the width of its longest cell. */
export function column(lines: readonly ReportLine[], key: keyof ReportLine): string[] {
  const width = Math.max(0, ...lines.map((line) => line[key].length));
  return lines.map((line) => line[key].padEnd(width));
}
