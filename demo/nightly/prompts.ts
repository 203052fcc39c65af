import { strategies } from './backtest.ts';
import type { Engine } from './engine.ts';
import type { JsonObject } from './jsonRpc.ts';
import { errorCode, RpcError, stringOr } from './jsonRpc.ts';
import { listings } from './market.ts';

/** The prompts of the server. */
export const promptDefinitions = [
  {
    name: 'explain_run',
    title: 'Explain a run',
    description: 'Explains the result of a stored run to somebody who was not there',
    arguments: [
      { name: 'runId', title: 'Run', description: 'Id of a stored run', required: true },
      { name: 'audience', title: 'Audience', description: 'beginner, trader or auditor', required: false },
    ],
  },
  {
    name: 'compare_strategies',
    title: 'Compare strategies',
    description: 'Asks for a backtest of two strategies on one stock and a comparison',
    arguments: [
      { name: 'symbol', title: 'Symbol', description: 'Stock to test', required: true },
      { name: 'first', title: 'First strategy', description: 'Strategy to start with', required: true },
      { name: 'second', title: 'Second strategy', description: 'Strategy to compare with', required: true },
    ],
  },
];

const audiences = ['beginner', 'trader', 'auditor'];

/** The messages of a prompt; rejects with invalid params when the name or an argument is wrong. */
export function getPrompt(engine: Engine, name: string, args: JsonObject): JsonObject {
  const definition = promptDefinitions.find((prompt) => prompt.name === name);
  if (definition === undefined) throw new RpcError(errorCode.invalidParams, `There is no prompt ${name}`);
  const missing = definition.arguments.find((one) => one.required && typeof args[one.name] !== 'string');
  if (missing !== undefined) {
    throw new RpcError(errorCode.invalidParams, `The prompt ${name} needs "${missing.name}"`);
  }
  return name === 'explain_run' ? explainRun(engine, args) : compareStrategies(args);
}

/** Every value known for an argument; `context` holds the arguments chosen so far. */
export function completePrompt(
  engine: Engine,
  name: string,
  argument: string,
  context: JsonObject,
): string[] {
  if (name === 'explain_run' && argument === 'runId') return engine.list().map((run) => run.id);
  if (name === 'explain_run' && argument === 'audience') return audiences;
  if (name === 'compare_strategies' && argument === 'symbol')
    return listings.map((listing) => listing.symbol);
  if (name === 'compare_strategies' && argument === 'first') return [...strategies];
  if (name === 'compare_strategies' && argument === 'second') {
    return strategies.filter((strategy) => strategy !== context['first']);
  }
  throw new RpcError(errorCode.invalidParams, `There is nothing to complete for ${name}`);
}

function explainRun(engine: Engine, args: JsonObject): JsonObject {
  const runId = String(args['runId']);
  const run = engine.get(runId);
  if (run === undefined) throw new RpcError(errorCode.invalidParams, `There is no run ${runId}`);
  const audience = typeof args['audience'] === 'string' ? args['audience'] : 'beginner';
  return {
    description: `Explains run ${runId}`,
    messages: [
      user(
        `Explain the ${run.tool} run below for a ${audience}. Name what worked, what did not, and one risk.`,
      ),
      {
        role: 'user',
        content: {
          type: 'resource',
          resource: {
            uri: `runs://${runId}`,
            mimeType: 'application/json',
            text: JSON.stringify(run.result?.structuredContent ?? { status: run.status }, undefined, 2),
          },
        },
      },
    ],
  };
}

function compareStrategies(args: JsonObject): JsonObject {
  const [symbol, first, second] = ['symbol', 'first', 'second'].map((name) => stringOr(args[name]) ?? '');
  return {
    description: `Compares ${first} with ${second} on ${symbol}`,
    messages: [
      user(
        `Run run_backtest on ${symbol} once with "${first}" and once with "${second}" over the same six months. ` +
          'Compare return, deepest drawdown and number of trades in a small table, then say which one you would not use.',
      ),
    ],
  };
}

function user(text: string): JsonObject {
  return { role: 'user', content: { type: 'text', text } };
}
