import type { CardEvidence, SiteOf } from '../core/identityEvidence.ts';
import { isJsonObject, jsonItems, type Json, type JsonObject } from '../core/json.ts';
import { ask, jsonOf, type GatherContext } from './identityFetch.ts';

const cardType = 'application/mcp-server-card+json';
const bounds = { maxBytes: 256 * 1024, timeoutMs: 5_000 } as const;
const maxDepth = 4;
const maxDocuments = 12;
const legacyPaths = [
  '/.well-known/mcp/server-card.json',
  '/.well-known/mcp/server-card',
  '/.well-known/mcp.json',
  '/.well-known/mcp',
];

/**
 * The card of a remote server (SEP-2127, experimental): at `<mcp-url>/server-card`, else in the AI catalog of its host, then of
 * its registrable domain, else — when asked for — where cards were kept before.
 */
export async function findCard(
  context: GatherContext,
  serverUrl: string,
  siteOf: SiteOf,
  legacy: boolean,
): Promise<CardEvidence | { readonly absent: string }> {
  const server = new URL(serverUrl);
  const own = new URL(serverUrl);
  own.pathname = `${own.pathname.replace(/\/+$/, '')}/server-card`;
  [own.search, own.hash, own.username, own.password] = ['', '', '', ''];
  const card = readCard(await json(context, own.href, cardType), own.href, 'suffix');
  if (card) return card;

  const domain = siteOf(server.hostname)?.domain;
  const origins = [
    server.origin,
    ...(domain === undefined || domain === server.hostname ? [] : [`https://${domain}`]),
  ];
  const seen = new Set<string>();
  for (const origin of origins) {
    const found = await inCatalog(context, `${origin}/.well-known/ai-catalog.json`, serverUrl, seen, 1);
    if (found) return found;
  }
  if (legacy) {
    for (const path of legacyPaths) {
      const url = server.origin + path;
      const found = readCard(await json(context, url, cardType).catch(() => undefined), url, 'legacy');
      if (found) return found;
    }
  }
  return { absent: own.href };
}

/** A document that may be missing; a server that cannot be reached at all is an error of the first request only. */
async function json(context: GatherContext, url: string, type: string): Promise<Json | undefined> {
  return jsonOf(await ask(context, url, { ...bounds, accept: `${type}, application/json` }));
}

async function inCatalog(
  context: GatherContext,
  url: string,
  serverUrl: string,
  seen: Set<string>,
  depth: number,
): Promise<CardEvidence | undefined> {
  if (depth > maxDepth || seen.size >= maxDocuments || seen.has(url)) return undefined;
  seen.add(url);
  const catalog = await json(context, url, 'application/ai-catalog+json').catch(() => undefined);
  if (!isJsonObject(catalog)) return undefined;
  for (const entry of jsonItems(catalog['entries']).slice(0, 200)) {
    if (!isJsonObject(entry)) continue;
    const type = entry['type'] ?? entry['mediaType'];
    const at =
      typeof entry['url'] === 'string' && URL.canParse(entry['url'], url)
        ? new URL(entry['url'], url).href
        : undefined;
    if (type === 'application/ai-catalog+json' && at !== undefined) {
      const nested = await inCatalog(context, at, serverUrl, seen, depth + 1);
      if (nested) return nested;
      continue;
    }
    // Exactly one of both.
    if (type !== cardType || (at === undefined) === (entry['data'] === undefined)) continue;
    if (at !== undefined && (seen.size >= maxDocuments || seen.has(at))) continue;
    if (at !== undefined) seen.add(at);
    const document =
      at === undefined ? entry['data'] : await json(context, at, cardType).catch(() => undefined);
    const card = readCard(document, at ?? url, 'catalog');
    // A catalog lists all servers of a domain: only the card of this one counts.
    if (card?.urls.some((one) => isSameAddress(one, serverUrl)) === true) return card;
  }
  return undefined;
}

function isSameAddress(a: string, b: string): boolean {
  const plain = (url: string) => (URL.canParse(url) ? new URL(url).href.replace(/\/$/, '') : url);
  return plain(a) === plain(b);
}

/** A document as a card; undefined when it is none. */
function readCard(
  document: Json | undefined,
  url: string,
  how: CardEvidence['how'],
): CardEvidence | undefined {
  if (!isJsonObject(document)) return undefined;
  const info = isJsonObject(document['serverInfo']) ? document['serverInfo'] : document; // the shape of SEP-1649
  const text = (value: Json | undefined) =>
    typeof value === 'string' && value !== '' ? value.slice(0, 2000) : undefined;
  const remotes = jsonItems(document['remotes']).filter((item): item is JsonObject => isJsonObject(item));
  const name = text(info['name']);
  if (name === undefined && remotes.length === 0) return undefined;
  return {
    url,
    how,
    name,
    title: text(info['title']),
    version: text(info['version']),
    urls: remotes.flatMap((remote) => text(remote['url']) ?? []).slice(0, 50),
    protocolVersions: remotes
      .flatMap((remote) => jsonItems(remote['supportedProtocolVersions']))
      .flatMap((version) => text(version) ?? [])
      .slice(0, 50),
  };
}
