import { isJsonObject, parseStored } from '../core/json.ts';
import type { CardFacts } from '../core/quality.ts';
import type { GuardedFetch } from './guardedFetch.ts';

const limits = {
  maxBytes: 512 * 1024,
  timeoutMs: 10_000,
  maxRedirects: 2,
  redirects: 'same-origin',
} as const;

/**
 * Looks for the card of a remote server at `<mcp-url>/server-card` (SEP-2127, experimental). What answers but is no card counts
 * as none; rejects as `GuardedFetch` does when nothing could be asked.
 */
export async function lookForCard(
  fetch: Pick<GuardedFetch, 'get'>,
  serverUrl: string,
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<CardFacts> {
  const url = new URL(serverUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/server-card`;
  [url.search, url.hash, url.username, url.password] = ['', '', '', ''];
  const answer = await fetch.get(url.href, {
    ...limits,
    headers: { accept: 'application/json' },
    allowPrivate,
    signal,
  });
  const card = answer.status === 200 ? parseStored(new TextDecoder().decode(answer.bytes)) : undefined;
  if (!isJsonObject(card)) return { kind: 'absent' };
  const info = isJsonObject(card['serverInfo']) ? card['serverInfo'] : card;
  const { version } = info;
  return { kind: 'found', version: typeof version === 'string' ? version : undefined, url: url.href };
}
