import type { AuthFetch } from './authFetch.ts';

const modernVersion = '2026-07-28';
const legacyVersion = '2025-11-25';
const clientInfo = { name: 'mcp-switchboard', version: '0' };

/** What a server answers to somebody without a token: `server/discover` (2026-07-28), else `initialize`. */
export async function probeForChallenge(
  fetch: AuthFetch,
  serverUrl: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly header: string | null }> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': modernVersion,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const discover = await post(fetch, serverUrl, 'server/discover', { _meta: meta }, signal, {
    'mcp-protocol-version': modernVersion,
    'mcp-method': 'server/discover',
  });
  if (discover.ok || discover.status === 401 || discover.status === 403) return found(discover);
  const params = { protocolVersion: legacyVersion, capabilities: {}, clientInfo };
  const initialize = await post(fetch, serverUrl, 'initialize', params, signal);
  const session = initialize.headers.get('mcp-session-id');
  if (initialize.ok && session !== null) await endSession(fetch, serverUrl, session, signal);
  return found(initialize);
}

function found(response: Response): { readonly status: number; readonly header: string | null } {
  return { status: response.status, header: response.headers.get('www-authenticate') };
}

function post(
  fetch: AuthFetch,
  serverUrl: string,
  method: string,
  params: object,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...more,
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return fetch.send(serverUrl, { method: 'POST', headers, body, signal, headOnly: true });
}

async function endSession(
  fetch: AuthFetch,
  serverUrl: string,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  const headers = { 'mcp-session-id': session };
  await fetch
    .send(serverUrl, { method: 'DELETE', headers, body: undefined, signal, headOnly: true })
    .catch(() => undefined); // the session then ends when the server wants it to
}
