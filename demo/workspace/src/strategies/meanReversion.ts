import { rollingDeviation, rollingMean } from '../data/rolling.ts';
import type { Strategy } from './strategy.ts';

/** Buys one deviation below the twenty-day mean, sells one above. */
export const meanReversion: Strategy = {
  name: 'mean reversion',
  decide(closes) {
    const last = closes.at(-1);
    if (last === undefined || closes.length < 20) return 'hold';
    const distance = last - rollingMean(closes, 20);
    const deviation = rollingDeviation(closes, 20);
    if (distance < -deviation) return 'buy';
    return distance > deviation ? 'sell' : 'hold';
  },
};
