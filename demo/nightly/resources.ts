import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import type { JsonObject } from './jsonRpc.ts';
import { errorCode, RpcError } from './jsonRpc.ts';
import { exportFiles, summaryOf } from './quickTools.ts';
import type { Run } from './runs.ts';

const listedRuns = 200;
const pageSize = 20;

/** The resource that changes with every run; made for subscriptions. */
export const indexUri = 'runs://index';

const aboutUri = 'nightly://about';

/** URI templates of the server, with the variable that completion knows. */
export const resourceTemplates: readonly JsonObject[] = [
  {
    uriTemplate: 'runs://{runId}',
    name: 'run',
    title: 'Run',
    description: 'One stored run: arguments, state and result',
    mimeType: 'application/json',
  },
  {
    uriTemplate: 'exports://{file}',
    name: 'export',
    title: 'Exported file',
    description: 'A file written by export_data',
  },
];

const about = `# nightly

A demo MCP server with work that takes a while.

- **run_backtest** trades a made-up stock month by month.
- **index_repository** builds the import graph of a workspace folder.
- **export_data** asks two questions before it writes a file.

Each of them runs as a plain call with progress or as a task. Runs live in a folder of their own, so they go on
after a restart. Nothing here is real market data.
`;

/** One page of resources: the two fixed ones, then the newest runs. */
export function listResources(engine: Engine, cursor: string | undefined): JsonObject {
  const all: JsonObject[] = [
    {
      uri: aboutUri,
      name: 'about',
      title: 'About this server',
      mimeType: 'text/markdown',
      annotations: { audience: ['user'], priority: 0.2 },
      size: Buffer.byteLength(about),
    },
    {
      uri: indexUri,
      name: 'runs',
      title: 'All runs',
      description: 'The stored runs, newest first; subscribe to follow them',
      mimeType: 'application/json',
    },
    ...engine.list().slice(0, listedRuns).map(runResource),
  ];
  return page('resources', all, cursor);
}

/** The contents of a resource; rejects with an RpcError of code `missing` when there is none. */
export function readResource(engine: Engine, stateDir: string, uri: string, missing: number): JsonObject {
  if (uri === aboutUri) return contents(uri, 'text/markdown', about);
  if (uri === indexUri) return contents(uri, 'application/json', toText(engine.list().map(summaryOf)));
  const run = uri.startsWith('runs://') ? engine.get(uri.slice('runs://'.length)) : undefined;
  if (run !== undefined) return contents(uri, 'application/json', toText(detailOf(run)));
  const file = uri.startsWith('exports://') ? uri.slice('exports://'.length) : undefined;
  if (file !== undefined && exportFiles(stateDir).includes(file)) {
    const path = join(stateDir, 'exports', file);
    return {
      ...contents(uri, mimeTypeOf(file), readFileSync(path, 'utf8')),
      _meta: { bytes: statSync(path).size },
    };
  }
  throw new RpcError(missing, `There is no resource ${uri}`, { uri });
}

/** Values for a template variable that start with what was typed. */
export function completeResource(engine: Engine, stateDir: string, template: string, name: string): string[] {
  if (template === 'runs://{runId}' && name === 'runId') return engine.list().map((run) => run.id);
  if (template === 'exports://{file}' && name === 'file') return exportFiles(stateDir);
  throw new RpcError(errorCode.invalidParams, `There is nothing to complete for ${template}`);
}

/** A slice of a list with the cursor of the next; rejects a cursor that is not ours. */
export function page(name: string, all: readonly JsonObject[], cursor: string | undefined): JsonObject {
  const offset = cursor === undefined ? '0' : Buffer.from(cursor, 'base64url').toString('utf8');
  const start = /^\d+$/.test(offset) ? Number(offset) : -1;
  if (start < 0 || start > all.length) {
    throw new RpcError(errorCode.invalidParams, 'The cursor is not valid');
  }
  const end = start + pageSize;
  const nextCursor = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { [name]: all.slice(start, end), ...(nextCursor === undefined ? {} : { nextCursor }) };
}

function runResource(run: Run): JsonObject {
  return {
    uri: `runs://${run.id}`,
    name: `run ${run.id}`,
    title: `${run.tool} of ${new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ')}`,
    description: run.statusMessage,
    mimeType: 'application/json',
    annotations: { lastModified: new Date(run.updatedAt).toISOString() },
  };
}

function detailOf(run: Run): JsonObject {
  return {
    ...summaryOf(run),
    arguments: run.args,
    ...(run.result === undefined ? {} : { result: run.result }),
    ...(run.error === undefined ? {} : { error: run.error }),
  };
}

function contents(uri: string, mimeType: string, text: string): JsonObject {
  return { contents: [{ uri, mimeType, text }] };
}

function mimeTypeOf(file: string): string {
  if (file.endsWith('.csv')) return 'text/csv';
  return file.endsWith('.ndjson') ? 'application/x-ndjson' : 'application/json';
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
