/** One closing price. */
export interface Price {
  readonly date: string;
  readonly symbol: string;
  readonly close: number;
}

/** Reads `date,symbol,close` lines below a header; throws on the first line that is none. */
export function parsePrices(text: string): Price[] {
  const [, ...lines] = text.trim().split('\n');
  return lines.map((line, index) => {
    const [date, symbol, close] = line.split(',');
    const value = Number(close);
    if (date === undefined || symbol === undefined || !Number.isFinite(value)) {
      throw new Error(`Line ${index + 2} is not a price: ${line}`);
    }
    return { date, symbol, close: value };
  });
}

/** The symbols in the order they first appear. */
export function symbolsIn(prices: readonly Price[]): string[] {
  return [...new Set(prices.map((price) => price.symbol))];
}

/** The closes of one symbol, oldest first. */
export function closesOf(prices: readonly Price[], symbol: string): number[] {
  return prices.filter((price) => price.symbol === symbol).map((price) => price.close);
}
