const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
const maxScopes = 200;

/** The scopes of a space-separated list (RFC 6749 section 3.3), each once, in order; what is no scope is left out. */
export function parseScopes(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return unionScopes(text.slice(0, 20_000).split(' '));
}

/** All scopes of all lists, each once, in first-seen order. */
export function unionScopes(...lists: readonly (readonly string[])[]): readonly string[] {
  const all = new Set(lists.flat().filter((scope) => scopeToken.test(scope)));
  return [...all].slice(0, maxScopes);
}

/** Those of `needed` that were not granted. */
export function missingScopes(needed: readonly string[], granted: readonly string[]): readonly string[] {
  return needed.filter((scope) => !granted.includes(scope));
}

/** What a request for scopes is made from. */
export interface ScopeSources {
  /** Of the last challenge. */
  readonly challenged: readonly string[];
  /** `scopes_supported` of the protected resource; undefined when it does not say. */
  readonly resource: readonly string[] | undefined;
  /** `scopes_supported` of the authorization server; undefined when it does not say. */
  readonly server: readonly string[] | undefined;
  /** What was granted or asked for before: step-up keeps it. */
  readonly earlier: readonly string[];
  /** From the user's settings; they replace what the server suggests. */
  readonly configured: readonly string[] | undefined;
  /** A refresh token is wanted. */
  readonly wantsRefresh: boolean;
}

/**
 * The scopes to ask for: challenge before all of the resource's before none, together with what was had before.
 * `offline_access` only when the authorization server lists it.
 */
export function chooseScopes(from: ScopeSources): readonly string[] {
  const first = from.configured ?? (from.challenged.length > 0 ? from.challenged : (from.resource ?? []));
  const chosen = unionScopes(from.earlier, first, from.challenged);
  const listsOffline = from.server?.includes('offline_access') === true;
  if (!listsOffline) return chosen.filter((scope) => scope !== 'offline_access' || isAsked(scope, from));
  return chosen.length > 0 && from.wantsRefresh ? unionScopes(chosen, ['offline_access']) : chosen;
}

function isAsked(scope: string, { configured }: ScopeSources): boolean {
  return configured?.includes(scope) === true;
}
