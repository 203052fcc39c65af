/** What to do with a stock tomorrow. */
export type Signal = 'buy' | 'hold' | 'sell';

/** Decides from closing prices, oldest first. */
export interface Strategy {
  readonly name: string;
  decide(closes: readonly number[]): Signal;
}
