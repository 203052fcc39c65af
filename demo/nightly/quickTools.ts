import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import type { JsonObject } from './jsonRpc.ts';
import { history, listings, round } from './market.ts';
import type { Run, ToolResult } from './runs.ts';
import { ToolFailure } from './runs.ts';

/** The closing price of one stock on or before a day. */
export function getQuote(args: JsonObject): ToolResult {
  const symbol = String(args['symbol']);
  const listing = listings.find((one) => one.symbol === symbol);
  const date = typeof args['date'] === 'string' ? args['date'] : new Date().toISOString().slice(0, 10);
  const days = history(symbol).filter((day) => day.date <= date);
  const [before, last] = [days.at(-2), days.at(-1)];
  if (listing === undefined || last === undefined)
    throw new ToolFailure(`There is no price of ${symbol} on ${date}.`);
  const changePercent = before === undefined ? 0 : round((last.close / before.close - 1) * 100, 3);
  const sign = changePercent < 0 ? '' : '+';
  return {
    content: [
      {
        type: 'text',
        text: `${symbol} closed at ${last.close} USD on ${last.date} (${sign}${changePercent} %).`,
      },
    ],
    structuredContent: {
      symbol,
      name: listing.name,
      currency: 'USD',
      asOf: last.date,
      close: last.close,
      changePercent,
    },
  };
}

/** The stored runs, newest first. */
export function listRuns(engine: Engine, args: JsonObject): ToolResult {
  const matching = engine
    .list()
    .filter((run) => args['tool'] === undefined || run.tool === args['tool'])
    .filter((run) => args['status'] === undefined || run.status === args['status']);
  const runs = matching.slice(0, Number(args['limit'] ?? 20)).map(summaryOf);
  const lines = runs.map((run) => [run.id, run.tool, run.status, run.statusMessage].join('  '));
  return {
    content: [{ type: 'text', text: lines.length === 0 ? 'No runs.' : lines.join('\n') }],
    structuredContent: { total: matching.length, runs },
  };
}

/** Deletes a finished run with its export file. */
export function deleteRun(engine: Engine, stateDir: string, args: JsonObject): ToolResult {
  const runId = String(args['runId']);
  const run = engine.get(runId);
  if (run === undefined) throw new ToolFailure(`There is no run ${runId}.`);
  if (!engine.delete(runId)) throw new ToolFailure(`Run ${runId} is still ${run.status}: cancel it first.`);
  const exports = join(stateDir, 'exports');
  for (const file of exportFiles(stateDir)) {
    if (file.startsWith(`${runId}.`)) rmSync(join(exports, file), { force: true });
  }
  return {
    content: [{ type: 'text', text: `Run ${runId} was deleted.` }],
    structuredContent: { runId, isDeleted: true },
  };
}

/** Names of the files that exports have written. */
export function exportFiles(stateDir: string): string[] {
  try {
    return readdirSync(join(stateDir, 'exports')).filter((name) => !name.endsWith('.part'));
  } catch {
    return [];
  }
}

/** A run in short, as listed. */
export function summaryOf(run: Run) {
  return {
    id: run.id,
    tool: run.tool,
    mode: run.mode,
    status: run.status,
    statusMessage: run.statusMessage,
    progress: run.progress,
    total: run.total,
    createdAt: new Date(run.createdAt).toISOString(),
    updatedAt: new Date(run.updatedAt).toISOString(),
    ...(run.idempotencyKey === undefined ? {} : { idempotencyKey: run.idempotencyKey }),
    calls: run.calls,
  };
}
