import { strategies } from './backtest.ts';
import { datasets, formats } from './exportData.ts';
import { chartIcons } from './icons.ts';
import type { JsonObject } from './jsonRpc.ts';
import { firstMonth, lastMonth, listings } from './market.ts';

/** A tool as both eras list it, plus what this server knows about it. */
export interface ToolDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
  readonly icons?: readonly JsonObject[];
  /** Long tools run over the engine, may become tasks and take an idempotency key. */
  readonly isLong: boolean;
  /** Only served as a task. */
  readonly isTaskOnly?: boolean;
}

const symbols = listings.map((listing) => listing.symbol);
const month = { type: 'string', pattern: '^20[0-9]{2}-(0[1-9]|1[0-2])$' };
const number = { type: 'number' };
const integer = { type: 'integer' };
const text = { type: 'string' };

const idempotencyKey = {
  type: 'string',
  title: 'Idempotency key',
  description: 'Two calls with the same key and arguments are answered by one run.',
  minLength: 1,
  maxLength: 128,
};

const idempotency = {
  type: 'object',
  description: 'The key of the call and how many calls this run has answered.',
  properties: { key: { type: ['string', 'null'] }, calls: { type: 'integer', minimum: 1 } },
  required: ['key', 'calls'],
};

const edge = object({ from: text, to: text });

const run = object(
  {
    id: text,
    tool: text,
    mode: { enum: ['plain', 'task'] },
    status: { enum: ['working', 'input_required', 'completed', 'failed', 'cancelled'] },
    statusMessage: text,
    progress: number,
    total: number,
    createdAt: { type: 'string', format: 'date-time' },
    updatedAt: { type: 'string', format: 'date-time' },
    idempotencyKey: text,
    calls: integer,
  },
  ['id', 'tool', 'mode', 'status', 'statusMessage', 'progress', 'total', 'createdAt', 'updatedAt', 'calls'],
);

/** Every tool of the server, in the order it is listed. */
export const toolDefinitions: readonly ToolDefinition[] = [
  {
    name: 'run_backtest',
    title: 'Run a backtest',
    description:
      'Trades a made-up stock month by month with one strategy and returns the equity curve. Takes about two minutes for six months.',
    inputSchema: object(
      {
        symbol: { type: 'string', title: 'Symbol', enum: symbols, default: 'NOVA' },
        strategy: { type: 'string', title: 'Strategy', enum: strategies, default: 'momentum' },
        from: { ...month, title: 'First month', description: `Not before ${firstMonth}`, default: '2026-01' },
        to: { ...month, title: 'Last month', description: `Not after ${lastMonth}`, default: '2026-06' },
        reviewAfter: {
          type: 'integer',
          title: 'Review after',
          description: 'Ask after this many months whether to go on',
          minimum: 1,
          maximum: 59,
        },
        idempotencyKey,
      },
      ['symbol'],
    ),
    outputSchema: object(
      {
        runId: text,
        strategy: text,
        symbol: text,
        currency: text,
        months: {
          type: 'array',
          items: object({
            month,
            equity: number,
            returnPercent: number,
            drawdownPercent: number,
            trades: integer,
          }),
        },
        totals: object({
          startEquity: number,
          endEquity: number,
          returnPercent: number,
          maxDrawdownPercent: number,
          trades: integer,
          sharpe: number,
        }),
        review: { type: 'object' },
        idempotency,
      },
      ['runId', 'strategy', 'symbol', 'currency', 'months', 'totals', 'idempotency'],
    ),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    icons: chartIcons,
    isLong: true,
  },
  {
    name: 'index_repository',
    title: 'Index a repository',
    description: 'Reads the source files of a workspace folder and builds the graph of who imports whom.',
    inputSchema: object(
      {
        path: {
          type: 'string',
          title: 'Folder',
          description: 'Relative to the workspace root',
          default: '.',
        },
        root: {
          type: 'string',
          title: 'Workspace root',
          description: 'Absolute path or file URI; left out, the client is asked for its roots',
        },
        idempotencyKey,
      },
      [],
    ),
    outputSchema: object({
      runId: text,
      folder: text,
      files: integer,
      lines: integer,
      bytes: integer,
      isTruncated: { type: 'boolean' },
      languages: { type: 'array', items: object({ language: text, files: integer }) },
      nodes: { type: 'array', items: object({ path: text, language: text }) },
      edges: { type: 'array', items: edge },
      externals: { type: 'array', items: object({ name: text, files: integer }) },
      unresolved: { type: 'array', items: edge },
      cycles: { type: 'array', items: { type: 'array', items: text } },
      mostUsed: { type: 'array', items: object({ path: text, usedBy: integer }) },
      idempotency,
    }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    isLong: true,
  },
  {
    name: 'export_data',
    title: 'Export data',
    description:
      'Writes prices or the list of runs to a file; asks for format and recipient, then for confirmation.',
    inputSchema: object(
      {
        dataset: { type: 'string', title: 'Data set', enum: datasets, default: 'prices' },
        symbol: { type: 'string', title: 'Symbol', enum: symbols, default: 'NOVA' },
        format: { type: 'string', title: 'Format', enum: formats, description: 'Left out, you are asked' },
        email: {
          type: 'string',
          title: 'Recipient',
          format: 'email',
          description: 'Left out, you are asked',
        },
        idempotencyKey,
      },
      [],
    ),
    outputSchema: object(
      {
        runId: text,
        status: { enum: ['exported', 'declined'] },
        dataset: text,
        format: { enum: formats },
        email: text,
        rows: integer,
        bytes: integer,
        uri: text,
        idempotency,
      },
      ['runId', 'status', 'dataset', 'rows', 'bytes', 'idempotency'],
    ),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    isLong: true,
  },
  {
    name: 'get_quote',
    title: 'Get a quote',
    description: 'The closing price of a made-up stock.',
    inputSchema: object(
      {
        symbol: { type: 'string', title: 'Symbol', enum: symbols, default: 'NOVA' },
        date: { type: 'string', title: 'Day', format: 'date', description: 'Left out: today' },
      },
      ['symbol'],
    ),
    outputSchema: object({
      symbol: text,
      name: text,
      currency: text,
      asOf: { type: 'string', format: 'date' },
      close: number,
      changePercent: number,
    }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    isLong: false,
  },
  {
    name: 'list_runs',
    title: 'List runs',
    description: 'The runs this server has stored, newest first.',
    inputSchema: object(
      {
        tool: { type: 'string', enum: ['run_backtest', 'index_repository', 'export_data'] },
        status: { type: 'string', enum: ['working', 'input_required', 'completed', 'failed', 'cancelled'] },
        limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      },
      [],
    ),
    outputSchema: object({ total: integer, runs: { type: 'array', items: run } }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    isLong: false,
  },
  {
    name: 'delete_run',
    title: 'Delete a run',
    description: 'Deletes a finished run and its export file for good.',
    inputSchema: object({ runId: { type: 'string', title: 'Run', minLength: 1 } }, ['runId']),
    outputSchema: object({ runId: text, isDeleted: { type: 'boolean' } }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    isLong: false,
  },
];

function object(properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}
