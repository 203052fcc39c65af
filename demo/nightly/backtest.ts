import type { JsonObject } from './jsonRpc.ts';
import { errorCode, RpcError, stringOr } from './jsonRpc.ts';
import type { Day } from './market.ts';
import { firstMonth, history, lastMonth, listings, monthsBetween, round } from './market.ts';
import type { Answer, Features, LongTool, Step, StepContext, ToolResult } from './runs.ts';
import { MissingFeature, ToolFailure } from './runs.ts';

const monthMs = 20_000;
const startEquity = 100_000;
const costPerTrade = 0.0005;
const window = 20;

export const strategies = ['momentum', 'mean_reversion', 'buy_and_hold'] as const;
type Strategy = (typeof strategies)[number];

/** Arguments with defaults filled in. */
interface Plan {
  readonly strategy: Strategy;
  readonly symbol: string;
  readonly from: string;
  readonly to: string;
  readonly reviewAfter: number | undefined;
}

interface MonthRow {
  readonly month: string;
  readonly equity: number;
  readonly returnPercent: number;
  readonly drawdownPercent: number;
  readonly trades: number;
}

interface State {
  readonly plan: Plan;
  readonly months: readonly string[];
  readonly rows: readonly MonthRow[];
  readonly equity: number;
  readonly peak: number;
  readonly maxDrawdown: number;
  /** 0 = out of the market, 1 = fully in. */
  readonly position: number;
  readonly size: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly days: number;
  readonly review: JsonObject | undefined;
}

/** Trades a made-up stock day by day, one month a step, and may ask half-way whether to go on. */
export const backtest: LongTool = {
  name: 'run_backtest',

  async begin(args: JsonObject, features: Features): Promise<JsonObject> {
    const plan = planOf(args);
    if (!listings.some((listing) => listing.symbol === plan.symbol)) {
      const known = listings.map((listing) => listing.symbol).join(', ');
      throw new ToolFailure(`Unknown symbol "${plan.symbol}". Known symbols: ${known}.`);
    }
    if (plan.from > plan.to) throw new ToolFailure(`"from" (${plan.from}) is after "to" (${plan.to}).`);
    if (plan.from < firstMonth || plan.to > lastMonth) {
      throw new ToolFailure(`There are prices from ${firstMonth} to ${lastMonth} only.`);
    }
    const months = monthsBetween(plan.from, plan.to);
    if (months.length > 60) throw new ToolFailure('At most 60 months can be tested at once.');
    if (plan.reviewAfter !== undefined && !features.canFillForms) {
      throw new MissingFeature('form', 'This client cannot be asked questions: leave "reviewAfter" out.');
    }
    const state: State = {
      plan,
      months,
      rows: [],
      equity: startEquity,
      peak: startEquity,
      maxDrawdown: 0,
      position: 0,
      size: 1,
      sum: 0,
      sumOfSquares: 0,
      days: 0,
      review: undefined,
    };
    return toJson(state);
  },

  async step(json: JsonObject, context: StepContext): Promise<Step> {
    const state = json as unknown as State;
    const done = state.rows.length;
    if (done === state.plan.reviewAfter && done < state.months.length && state.review === undefined) {
      const answer = context.answers['review'];
      if (answer === undefined)
        return { kind: 'ask', state: json, questions: { review: reviewQuestion(state) } };
      return reviewed(state, answer);
    }
    const month = state.months[done];
    if (month === undefined) return { kind: 'done', result: resultOf(state, context.runId) };
    const next = trade(state, month);
    return {
      kind: 'next',
      state: toJson(next),
      ms: monthMs,
      progress: done + 1,
      total: state.months.length,
      message: `${month}: equity ${next.equity.toFixed(0)} (${done + 1} of ${state.months.length} months)`,
    };
  },
};

function planOf(args: JsonObject): Plan {
  return {
    strategy: (args['strategy'] ?? 'momentum') as Strategy,
    symbol: String(args['symbol']).toUpperCase(),
    from: stringOr(args['from']) ?? '2026-01',
    to: stringOr(args['to']) ?? '2026-06',
    reviewAfter: args['reviewAfter'] as number | undefined,
  };
}

function reviewQuestion(state: State) {
  const total = round((state.equity / startEquity - 1) * 100, 2);
  return {
    kind: 'form' as const,
    message: `${state.rows.length} of ${state.months.length} months are done, return so far ${total} %. Go on?`,
    schema: {
      type: 'object',
      properties: {
        decision: {
          type: 'string',
          title: 'Decision',
          oneOf: [
            { const: 'continue', title: 'Go on with the remaining months' },
            { const: 'stop', title: 'Stop here and keep the result' },
          ],
          default: 'continue',
        },
        positionSize: {
          type: 'number',
          title: 'Position size',
          description: 'Share of the equity that may be invested in the remaining months',
          minimum: 0.1,
          maximum: 1,
          default: 1,
        },
        note: { type: 'string', title: 'Note', description: 'Kept with the result', maxLength: 200 },
      },
      required: ['decision'],
    },
  };
}

function reviewed(state: State, answer: Answer): Step {
  const content = answer.content ?? {};
  const review = { action: answer.action, ...content };
  const isStop = answer.action === 'accept' && content['decision'] === 'stop';
  const next: State = {
    ...state,
    review,
    months: isStop ? state.months.slice(0, state.rows.length) : state.months,
    size: typeof content['positionSize'] === 'number' ? content['positionSize'] : state.size,
  };
  const done = state.rows.length;
  return {
    kind: 'next',
    state: toJson(next),
    ms: 0,
    progress: done,
    total: next.months.length,
    message: isStop ? 'Stopping after the review' : `Going on after the review (${done} months done)`,
  };
}

function trade(state: State, month: string): State {
  const all = history(state.plan.symbol);
  const first = all.findIndex((day) => day.date.startsWith(month));
  const days = all.filter((day) => day.date.startsWith(month));
  const expected = tradingDays(month);
  if (first === -1 || days.length < expected) {
    const last = all.at(-1)?.date ?? 'never';
    throw new RpcError(errorCode.internal, `Price feed for ${state.plan.symbol} ends on ${last}`);
  }
  let { equity, peak, maxDrawdown, position, sum, sumOfSquares } = state;
  let trades = 0;
  for (const [offset, day] of days.entries()) {
    const index = first + offset;
    const previous = all[index - 1];
    const change = previous === undefined ? 0 : day.close / previous.close - 1;
    const daily = position * state.size * change;
    equity *= 1 + daily;
    sum += daily;
    sumOfSquares += daily * daily;
    peak = Math.max(peak, equity);
    maxDrawdown = Math.max(maxDrawdown, 1 - equity / peak);
    const wanted = signal(state.plan.strategy, all, index, position);
    if (wanted !== position) {
      equity *= 1 - costPerTrade;
      position = wanted;
      trades += 1;
    }
  }
  const row: MonthRow = {
    month,
    equity: round(equity, 2),
    returnPercent: round((equity / state.equity - 1) * 100, 3),
    drawdownPercent: round((1 - equity / peak) * 100, 3),
    trades,
  };
  const rows = [...state.rows, row];
  return {
    ...state,
    rows,
    equity,
    peak,
    maxDrawdown,
    position,
    sum,
    sumOfSquares,
    days: state.days + days.length,
  };
}

function signal(strategy: Strategy, all: readonly Day[], index: number, position: number): number {
  if (strategy === 'buy_and_hold') return 1;
  const recent = all.slice(Math.max(0, index - window + 1), index + 1).map((day) => day.close);
  const mean = recent.reduce((total, close) => total + close, 0) / recent.length;
  const close = recent.at(-1) ?? mean;
  if (strategy === 'momentum') return close > mean ? 1 : 0;
  const deviation = Math.sqrt(recent.reduce((total, one) => total + (one - mean) ** 2, 0) / recent.length);
  const score = deviation === 0 ? 0 : (close - mean) / deviation;
  if (score < -1) return 1;
  return score > 0 ? 0 : position;
}

function tradingDays(month: string): number {
  const [year, number] = month.split('-').map(Number) as [number, number];
  let count = 0;
  for (let day = 1; day <= new Date(Date.UTC(year, number, 0)).getUTCDate(); day += 1) {
    const weekday = new Date(Date.UTC(year, number - 1, day)).getUTCDay();
    if (weekday !== 0 && weekday !== 6) count += 1;
  }
  return count;
}

function resultOf(state: State, runId: string): ToolResult {
  const mean = state.days === 0 ? 0 : state.sum / state.days;
  const variance = state.days === 0 ? 0 : state.sumOfSquares / state.days - mean ** 2;
  const totals = {
    startEquity,
    endEquity: round(state.equity, 2),
    returnPercent: round((state.equity / startEquity - 1) * 100, 3),
    maxDrawdownPercent: round(state.maxDrawdown * 100, 3),
    trades: state.rows.reduce((total, row) => total + row.trades, 0),
    sharpe: variance > 0 ? round((mean / Math.sqrt(variance)) * Math.sqrt(252), 3) : 0,
  };
  const { strategy, symbol } = state.plan;
  const from = state.rows[0]?.month ?? state.plan.from;
  const to = state.rows.at(-1)?.month ?? state.plan.to;
  const text =
    `${strategy} on ${symbol}, ${from} to ${to}: ${totals.returnPercent} % ` +
    `(${totals.trades} trades, deepest drawdown ${totals.maxDrawdownPercent} %).`;
  return {
    content: [
      { type: 'text', text },
      {
        type: 'resource_link',
        uri: `runs://${runId}`,
        name: `run ${runId}`,
        description: 'The stored run with its monthly equity curve',
        mimeType: 'application/json',
      },
    ],
    structuredContent: {
      runId,
      strategy,
      symbol,
      currency: 'USD',
      months: state.rows,
      totals,
      ...(state.review === undefined ? {} : { review: state.review }),
    },
  };
}

function toJson(state: State): JsonObject {
  return state as unknown as JsonObject;
}
