import { createServer, type IncomingMessage, type ServerResponse as HttpResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { lookalikes } from '../lookalike/entries.ts';
import { ApiError, pageOf, readListing } from './listing.ts';
import { realServers, Snapshot, type ServerResponse } from './snapshot.ts';
import { snakeCased } from './oldShape.ts';
import { Faults, type Switches } from './switches.ts';

/** A running registry on this machine. */
export interface DemoRegistry {
  /** Base address, without the API version. */
  readonly url: string;
  readonly snapshot: Snapshot;
  /** Every request so far: method, path with query, and the headers. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  /** Replaces all switches. */
  set(switches: Switches): void;
  close(): Promise<void>;
}

/** Options of a demo registry. */
export interface DemoRegistryOptions {
  /** 0: any free port. */
  readonly port?: number;
  /** Default: the real servers of December 2025. */
  readonly items?: readonly ServerResponse[];
  readonly switches?: Switches;
  /** A path in front of the API, as private registries have. */
  readonly basePath?: string;
  /** Told of each request before it is answered; the answer waits for it. */
  readonly onRequest?: (path: string) => Promise<void> | void;
}

/** Starts a registry that serves its snapshot by the v0.1 API on the loopback interface. */
export async function startRegistry(options: DemoRegistryOptions = {}): Promise<DemoRegistry> {
  const snapshot = new Snapshot(options.items ?? realServers());
  const faults = new Faults();
  faults.set(options.switches ?? {});
  const requests: DemoRegistry['requests'][number][] = [];
  const basePath = options.basePath ?? '';
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const told = Promise.resolve(options.onRequest?.(request.url ?? ''));
    const answered = told.then(() => answer(request, response, snapshot, faults, basePath));
    answered.catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else
        sendError(
          response,
          error instanceof ApiError ? error : new ApiError(500, 'internal error'),
          faults.switches.errors,
        );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${basePath}`,
    snapshot,
    requests,
    set: (switches) => faults.set(switches),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type',
};
const json = { ...cors, 'content-type': 'application/json' };

async function answer(
  request: IncomingMessage,
  response: HttpResponse,
  snapshot: Snapshot,
  faults: Faults,
  basePath: string,
): Promise<void> {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, cors).end();
    return;
  }
  if (await faults.play(request, response)) return;
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname.length > 1 && url.pathname.endsWith('/')) {
    response.writeHead(308, { ...cors, location: url.pathname.replace(/\/+$/, '') + url.search }).end();
    return;
  }
  const api = /^\/(v0\.1|v0)\/(.*)$/.exec(
    url.pathname.startsWith(`${basePath}/`) ? url.pathname.slice(basePath.length) : '',
  );
  if (!api || (api[1] === 'v0.1' && faults.switches.onlyV0 === true))
    throw new ApiError(404, 'Endpoint not found');
  const path = (api[2] ?? '').split('/').map(decode);
  if (request.method !== 'GET') throw new ApiError(501, 'Publishing is not supported by this registry');
  const body = bodyOf(path, url.searchParams, snapshot, faults.switches);
  response.writeHead(200, json).end(body);
}

function bodyOf(
  path: readonly string[],
  query: URLSearchParams,
  snapshot: Snapshot,
  switches: Switches,
): string {
  const [root, name = '', versions, version] = path;
  if (root === 'health' || root === 'ping') return '{"status":"ok"}';
  if (root === 'version') return '{"version":"demo","git_commit":"","build_time":""}';
  if (root !== 'servers' || path.length > 4) throw new ApiError(404, 'Endpoint not found');
  if (path.length === 1) return listBody(query, snapshot, switches);
  if (versions !== 'versions') throw new ApiError(404, 'Endpoint not found');
  const withDeleted = query.get('include_deleted') === 'true';
  const rows = snapshot.versionsOf(name).filter((row) => withDeleted || row.meta.status !== 'deleted');
  if (path.length === 3) {
    if (rows.length === 0) throw new ApiError(404, 'Server not found');
    return listText(
      rows.map((row) => row.json),
      undefined,
      switches,
    );
  }
  const row = rows.find((candidate) =>
    version === 'latest' ? candidate.meta.isLatest : candidate.version === version,
  );
  if (!row) throw new ApiError(404, rows.length === 0 ? 'Server not found' : 'Server version not found');
  return switches.snakeCase === true ? snakeCased(row.json) : row.json;
}

function listBody(query: URLSearchParams, snapshot: Snapshot, switches: Switches): string {
  if (switches.endless !== undefined) {
    const rows = snapshot.rows.slice(0, 3).map((row) => row.json);
    const before = Number(/^again-(\d+)$/.exec(query.get('cursor') ?? '')?.[1] ?? 0);
    return listText(rows, switches.endless === 'same' ? 'again' : `again-${before + 1}`, switches);
  }
  const { rows, nextCursor } = pageOf(snapshot.rows, readListing(query));
  const items = rows.map((row) => row.json);
  if (switches.badItems === true)
    items.splice(
      1,
      0,
      'null',
      '{"server":{"name":"io.github.demo/no-version"}}',
      '{"server":{"name":["x"],"version":"1"}}',
    );
  return listText(items, nextCursor, switches);
}

function listText(items: readonly string[], nextCursor: string | undefined, switches: Switches): string {
  const cursor = nextCursor === undefined ? undefined : JSON.stringify(nextCursor);
  if (switches.snakeCase === true) {
    return `{"servers":[${items.map(snakeCased).join(',')}],"metadata":{${cursor === undefined ? '' : `"next_cursor":${cursor},`}"count":${items.length}}}`;
  }
  return `{"servers":[${items.join(',')}],"metadata":{${cursor === undefined ? '' : `"nextCursor":${cursor},`}"count":${items.length}}}`;
}

function sendError(response: HttpResponse, error: ApiError, shape: Switches['errors']): void {
  const isOfficial = shape === 'official' || (shape === undefined && error.status === 422);
  const titles: Readonly<Record<number, string>> = {
    400: 'Bad Request',
    404: 'Not Found',
    422: 'Unprocessable Entity',
    500: 'Internal Server Error',
    501: 'Not Implemented',
  };
  const body = isOfficial
    ? {
        title: titles[error.status] ?? 'Error',
        status: error.status,
        detail: error.location === undefined ? error.message : 'validation failed',
        ...(error.location === undefined
          ? {}
          : { errors: [{ message: error.message, location: error.location }] }),
      }
    : { error: error.message };
  response.writeHead(error.status, {
    ...cors,
    'content-type': isOfficial ? 'application/problem+json' : 'application/json',
  });
  response.end(JSON.stringify(body));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError(400, 'Invalid path encoding');
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      switches: { type: 'string', default: '{}' },
      lookalikes: { type: 'boolean', default: false },
    },
  });
  const registry = await startRegistry({
    port: Number(values.port),
    items: values.lookalikes ? [...realServers(), ...lookalikes] : realServers(),
    switches: JSON.parse(values.switches) as Switches,
  });
  process.stdout.write(`${JSON.stringify({ url: registry.url, versions: registry.snapshot.rows.length })}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void registry.close());
}
