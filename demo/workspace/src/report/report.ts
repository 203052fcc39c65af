import type { Signal } from '../strategies/strategy.ts';
import { column } from './table.ts';

/** One line of the report. */
export interface ReportLine {
  readonly symbol: string;
  readonly strategy: string;
  readonly signal: Signal;
}

/** The report as plain text. */
export function renderReport(lines: readonly ReportLine[]): string {
  const symbols = column(lines, 'symbol');
  const strategies = column(lines, 'strategy');
  return lines.map((line, index) => `${symbols[index]}  ${strategies[index]}  ${line.signal}\n`).join('');
}
