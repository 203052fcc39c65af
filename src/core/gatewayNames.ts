import type { Sha256 } from './ports.ts';

/** Longest name that every known host takes. */
export const maxGatewayName = 64;
const maxKey = 24;

/**
 * A short name for each server, unique, of `[a-z0-9-]` with a letter first, so that it is part of a tool's name and of a
 * URI scheme. It is made of the name alone; of several that come out the same, all but the first by id get a piece of their hash.
 */
export function serverKeys(
  servers: readonly { readonly id: string; readonly name: string }[],
  sha256: Sha256,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  const inOrder = [...servers].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const { id, name } of inOrder) {
    const plain = keyOf(name);
    let key = plain;
    for (let length = 4; taken.has(key); length += 4) key = `${plain}-${sha256(id).slice(0, length)}`;
    taken.add(key);
    keys.set(id, key);
  }
  return keys;
}

function keyOf(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxKey)
    .replace(/^-+|-+$/g, '');
  if (safe === '') return 'server';
  return /^[a-z]/.test(safe) ? safe : `s${safe}`.slice(0, maxKey);
}

/**
 * The name under which one item of a server is offered: `<key>_<name>`, of `[A-Za-z0-9_-]` and at most 64 long. A name that had
 * to be changed or cut ends in a piece of its hash; no such name is among `taken`.
 */
export function gatewayName(
  key: string,
  name: string,
  sha256: Sha256,
  taken: { has(name: string): boolean },
): string {
  // A key holds no `_`: what is not changed cannot meet the name of another server.
  const whole = `${key}_${name}`;
  const safe = whole.replace(/[^A-Za-z0-9_-]/g, '-');
  if (safe === whole && safe.length <= maxGatewayName && !taken.has(safe)) return safe;
  const hash = sha256(whole);
  for (let length = 6; ; length += 2) {
    const cut = safe.slice(0, maxGatewayName - length - 1);
    const candidate = `${cut}_${hash.slice(0, length)}`;
    if (!taken.has(candidate) || length > 40) return candidate;
  }
}

/** A URI, or URI template, of a server as callers see it: the server's key is put before its scheme. */
export function gatewayUri(key: string, uri: string): string {
  return `${key}+${uri}`;
}

/** The server's key and its own URI; undefined for a URI that is not of a server. */
export function serverUri(uri: string): { readonly key: string; readonly uri: string } | undefined {
  const end = uri.indexOf('+');
  if (end <= 0 || end > maxKey + 41) return undefined;
  const key = uri.slice(0, end);
  return /^[a-z][a-z0-9-]*$/.test(key) ? { key, uri: uri.slice(end + 1) } : undefined;
}
