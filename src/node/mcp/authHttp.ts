import type { FetchLike } from '@modelcontextprotocol/client';
import { parseChallenge } from '../../core/authChallenge.ts';
import type { ServerAuth } from '../authSession.ts';

/**
 * A `fetch` that carries the server's token to the server's own origin, and to nobody else. A rejected request is sent once
 * more when another token could be had without the user: it was refused before it took effect.
 */
export function authorizedFetch(next: FetchLike, auth: ServerAuth, serverUrl: URL): FetchLike {
  return async (input, init) => {
    const url = new URL(input);
    if (url.origin !== serverUrl.origin) return next(input, init);
    const signal = init?.signal ?? new AbortController().signal;
    const method = (init?.method ?? 'GET').toUpperCase();
    let hasRenewed = false;
    let hasNonce = false;
    for (;;) {
      const carried = await marked(() => auth.headers(url, method, signal));
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(carried?.headers ?? {})) headers.set(name, value);
      const response = await next(input, { ...init, headers });
      if (auth.observe(url, response) && !hasNonce) {
        hasNonce = true;
        await response.body?.cancel();
        continue;
      }
      if (!isRejection(response)) return response;
      if (hasRenewed) {
        auth.rejectedAgain(response);
        return response;
      }
      hasRenewed = true;
      if (!(await marked(() => auth.rejected(carried?.token, response, signal)))) return response;
      await response.body?.cancel();
    }
  };
}

function isRejection(response: Response): boolean {
  if (response.status === 401) return true;
  const header = response.headers.get('www-authenticate');
  return response.status === 403 && parseChallenge(header)?.error === 'insufficient_scope';
}

/** Failures of the sign-in, told apart from failures of the server by the mark that the SDK knows. */
async function marked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (typeof error === 'object' && error !== null)
      Object.defineProperty(error, Symbol.for('mcp.authSeamEscape'), { value: true, configurable: true });
    throw error;
  }
}
