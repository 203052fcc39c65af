import { rollingMean } from '../data/rolling.ts';
import type { Strategy } from './strategy.ts';

/** Buys above the twenty-day mean, sells below it. */
export const momentum: Strategy = {
  name: 'momentum',
  decide(closes) {
    const last = closes.at(-1);
    if (last === undefined || closes.length < 20) return 'hold';
    return last > rollingMean(closes, 20) ? 'buy' : 'sell';
  },
};
