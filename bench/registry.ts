import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { realServers, type ServerResponse } from '../demo/registry/snapshot.ts';
import type { RegistryIndex, RegistryQuery, RegistryRow } from '../src/core/registryIndex.ts';
import { shortNameOf } from '../src/core/registry.ts';
import { parsePage } from '../src/core/registryParse.ts';
import { RegistrySync } from '../src/core/registrySync.ts';
import { emptyRecord } from '../src/core/registrySyncRecord.ts';
import { AppError } from '../src/core/util/errors.ts';
import { systemClock } from '../src/node/host.ts';
import { openRegistryDatabase } from '../src/node/registryDatabase.ts';
import { createRegistryClient } from '../src/node/registryHttp.ts';
import { siteOf } from '../src/node/publicSuffixes.ts';
import { createRegistryRows } from '../src/node/registryRows.ts';
import { compare, timed, type Comparison } from './stats.ts';

/** What a registry on the internet takes to answer, at its best. */
const answerMs = 50;
const wantedServers = 25_000;
const wantedVersions = 80_000;
const official = 'io.modelcontextprotocol.registry/official';
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const never = new AbortController().signal;

/** The copy of the registries at the size to build for, and synchronising the real servers. */
export async function benchRegistry(): Promise<readonly Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-registry-'));
  try {
    const near = await synchronising(join(folder, 'near'), 0);
    const far = await synchronising(join(folder, 'far'), answerMs);
    return [...near, ...far, ...searching(join(folder, 'large'))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Against plainly fetching and parsing the same pages one after the other. */
async function synchronising(folder: string, slow: number): Promise<readonly Comparison[]> {
  const server = fileURLToPath(new URL('../demo/registry/server.ts', import.meta.url));
  const child = spawn(process.execPath, [server, '--switches', JSON.stringify({ slow })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const ours: number[] = [];
    const plain: number[] = [];
    const first: number[] = [];
    const page: number[] = [];
    for (let round = 0; round < 7; round++) {
      const bed = openIndex(join(folder, `sync-${round}`));
      const source = sourceOf(url);
      const { client } = bed;
      const fetchPlain = () => timed(() => plainly(url));
      const before = round % 2 === 0 ? await fetchPlain() : undefined;
      page.push(await timed(async () => (await fetch(`${url}/v0.1/servers?limit=50&version=latest`)).json()));
      first.push(
        await timed(async () => {
          const answer = await client.page(source, { limit: 50, version: 'latest' }, never);
          bed.index.savePage({ ...emptyRecord(source), generation: 0 }, answer.page);
          bed.index.search(query(''));
        }),
      );
      bed.index.forget(source.id);
      const sync = new RegistrySync({
        client,
        index: bed.index,
        clock: systemClock,
        logger: quiet,
        owner: 'x',
      });
      const took = await timed(() => sync.sync(source, never));
      if (bed.index.size().versions !== 2788) throw new AppError('internal', 'the copy is not complete');
      const after = before ?? (await fetchPlain());
      bed.close();
      if (round === 0) continue; // warm-up
      ours.push(took);
      plain.push(after);
    }
    const where = slow === 0 ? 'on this machine' : `${slow} ms an answer`;
    return [
      compare(
        `registry: mirror of 2,788 versions, against a plain fetch of the pages, ${where}`,
        'ms',
        ours,
        plain,
        'p50 <= 1.3',
      ),
      compare(
        `registry: first page of an empty copy on screen, against its plain fetch, ${where}`,
        'ms',
        first.slice(1),
        page.slice(1),
        'p50 <= 3',
      ),
    ];
  } finally {
    child.kill();
  }
}

async function plainly(url: string): Promise<void> {
  let cursor: string | undefined;
  let isFirst = true;
  while (isFirst || cursor !== undefined) {
    isFirst = false;
    const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${url}/v0.1/servers?limit=100${from}`);
    const json = (await response.json()) as { metadata: { nextCursor?: string } };
    cursor = json.metadata.nextCursor;
  }
}

/** A keystroke, against the usual filter over a list in memory; memory and start, against holding that list. */
function searching(folder: string): readonly Comparison[] {
  const built = openIndex(folder);
  fill(built.index);
  const size = built.index.size();
  if (size.servers < wantedServers || size.versions < wantedVersions)
    throw new AppError('internal', `only ${size.servers} servers, ${size.versions} versions`);
  built.close();

  const used = () => {
    const small = openIndex(folder);
    for (const text of ['', 'weather', 'contxet7', 'mcp server']) small.index.search(query(text));
    const megabytes = heap();
    small.close();
    return megabytes;
  };
  used(); // warm-up
  const heapBefore = heap();
  const heapOfIndex = used() - heapBefore;
  const opened: number[] = [];
  const all: number[] = [];
  let rows: readonly RegistryRow[] = [];
  for (let round = 0; round < 12; round++) {
    const start = performance.now();
    const again = openIndex(folder);
    again.index.search(query(''));
    opened.push(performance.now() - start);
    const readAll = performance.now();
    if (round < 3) rows = again.index.search({ ...query(''), limit: wantedServers * 2 }).rows;
    if (round < 3) all.push(performance.now() - readAll);
    again.close();
  }
  const list = rows.map((row) => ({
    row,
    text: `${row.name} ${row.title} ${row.description}`.toLowerCase(),
  }));
  const heapOfList = heap() - heapBefore;

  const { index, close } = openIndex(folder);
  const ours: number[] = [];
  const scanned: number[] = [];
  for (const keystroke of keystrokes(list.map(({ row }) => row.name))) {
    ours.push(timedNow(() => index.search(keystroke)));
    scanned.push(timedNow(() => scan(list, keystroke)));
  }
  close();
  const kind = `${size.servers.toLocaleString('en')} servers, ${size.versions.toLocaleString('en')} versions`;
  const warm = 100;
  return [
    compare(
      `registry: a keystroke over ${kind}, against a scan of a list in memory`,
      'ms',
      ours.slice(warm),
      scanned.slice(warm),
      'p95 of ours <= 8 ms',
    ),
    compare(
      'registry: stored copy opened and its first 50 rows shown, against reading all rows',
      'ms',
      opened,
      all,
      'p50 <= 0.2',
    ),
    compare(
      'registry: heap while searching, against the list in memory',
      'MB',
      [heapOfIndex],
      [heapOfList],
      '<= 0.5',
    ),
  ];
}

/** What an extension without an index would do. */
function scan(
  list: readonly { readonly row: RegistryRow; readonly text: string }[],
  { text, limit }: RegistryQuery,
) {
  const words = text.toLowerCase().split(/\s+/);
  const hits = list.filter((item) => words.every((word) => item.text.includes(word)));
  return hits.sort((a, b) => (a.row.name < b.row.name ? -1 : 1)).slice(0, limit);
}

/** Names and words as they are typed, letter by letter: right, with errors, with filters, in other orders. */
function keystrokes(names: readonly string[]): readonly RegistryQuery[] {
  const picked = names.filter((_, at) => at % Math.floor(names.length / 60) === 0).map(shortNameOf);
  const common = [
    'mcp server',
    'github',
    'postgres database',
    'weather',
    'ai agent',
    'kubernetes',
    'browser automation',
  ];
  const wrong = ['gihtub', 'contxet7', 'postgers', 'kubernets', 'wheather server', 'xqzzy nothing', 'slakc'];
  const typed = [...common, ...wrong, ...picked].flatMap((text) =>
    Array.from({ length: text.length }, (_, at) => query(text.slice(0, at + 1))),
  );
  const filters = [{ place: 'remote' as const }, { packageKinds: ['npm'] }, { transports: ['sse' as const] }];
  return [
    ...typed,
    ...typed.filter((_, at) => at % 5 === 0).map((one, at) => ({ ...one, filters: filters[at % 3] ?? {} })),
    ...typed.filter((_, at) => at % 7 === 0).map((one) => ({ ...one, sort: 'updated' as const })),
  ];
}

function fill(index: RegistryIndex): void {
  const source = sourceOf('https://registry.example');
  let batch: ServerResponse[] = [];
  const flush = () => {
    index.savePage(emptyRecord(source), parsePage({ servers: batch }));
    batch = [];
  };
  for (const item of synthesised()) {
    batch.push(item);
    if (batch.length === 500) flush();
  }
  flush();
}

/** The real servers again and again under other names, with older versions of some, until there are enough. */
function* synthesised(): Iterable<ServerResponse> {
  const real = realServers();
  const syllables = ['ka', 'lor', 'min', 'te', 'ras', 'vo', 'ni', 'qua', 'del', 'zu', 'pim', 'sto'];
  const word = (seed: number) => [7, 11, 13].map((prime) => syllables[(seed * prime) % 12]).join('');
  const copies = Math.ceil(wantedServers / 1100);
  let extra = wantedVersions - copies * real.length;
  const ordinals = new Map<string, number>();
  for (const { server } of real) ordinals.set(server.name, ordinals.get(server.name) ?? ordinals.size);
  for (let copy = 0; copy < copies; copy++) {
    for (const [at, item] of real.entries()) {
      const [publisher = '', short = ''] = item.server.name.split('/');
      const seed = (ordinals.get(item.server.name) ?? 0) + copy * 31;
      const name = copy === 0 ? item.server.name : `${publisher}${copy}/${short}-${word(seed)}`;
      const description = `${item.server.description ?? ''} ${copy === 0 ? '' : word(seed + 5)}`.trim();
      yield { ...item, server: { ...item.server, name, description } };
      if (extra-- <= 0) continue;
      const meta = { ...(item._meta?.[official] as object), isLatest: false };
      yield { server: { ...item.server, name, version: `0.0.0-old.${at}` }, _meta: { [official]: meta } };
    }
  }
}

function openIndex(folder: string) {
  const db = openRegistryDatabase(folder);
  const secrets = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  const client = createRegistryClient({
    fetch,
    clock: systemClock,
    random: Math.random,
    version: 'bench',
    secrets,
  });
  return { index: createRegistryRows(db, quiet, siteOf), client, close: () => db.close() };
}

function sourceOf(url: string) {
  return { id: url, label: 'bench', url, isPolicy: false, header: undefined };
}

function query(text: string): RegistryQuery {
  return { text, filters: {}, sort: 'relevance', offset: 0, limit: 50 };
}

function timedNow(fn: () => unknown): number {
  const start = performance.now();
  fn();
  return performance.now() - start;
}

/** Megabytes in use after everything unused was collected. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1048576;
}
