import { readFile } from 'node:fs/promises';
import { closesOf, parsePrices, symbolsIn } from './data/prices.ts';
import { meanReversion } from './strategies/meanReversion.ts';
import { momentum } from './strategies/momentum.ts';
import { renderReport } from './report/report.ts';

const path = process.argv[2] ?? 'data/prices.csv';
const prices = parsePrices(await readFile(path, 'utf8'));
const lines = symbolsIn(prices).flatMap((symbol) => {
  const closes = closesOf(prices, symbol);
  return [momentum, meanReversion].map((strategy) => ({
    symbol,
    strategy: strategy.name,
    signal: strategy.decide(closes),
  }));
});
process.stdout.write(renderReport(lines));
