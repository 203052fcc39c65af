import { selectClientAuthMethod } from '@modelcontextprotocol/client';
import type { AuthClient, AuthTarget, AuthTokens, Revocation } from '../core/auth.ts';
import { toAppError } from '../core/util/errors.ts';
import type { AuthFetch } from './authFetch.ts';
import { hostOf, sdkClient } from './authTokens.ts';

/** Revokes the refresh token, then the access token (RFC 7009); never rejects. */
export async function revokeTokens(
  fetch: AuthFetch,
  target: AuthTarget,
  client: AuthClient,
  tokens: AuthTokens,
  signal: AbortSignal,
): Promise<Revocation> {
  const { revocationEndpoint, revocationAuthMethods, tokenAuthMethods } = target.metadata;
  if (revocationEndpoint === undefined) return { kind: 'unsupported' };
  const kinds = [
    ['refresh_token', tokens.refreshToken],
    ['access_token', tokens.accessToken],
  ] as const;
  const problems: string[] = [];
  for (const [hint, token] of kinds) {
    if (token === undefined) continue;
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    const params = new URLSearchParams({ token, token_type_hint: hint });
    identify(client, revocationAuthMethods ?? tokenAuthMethods ?? [], headers, params);
    try {
      const response = await fetch.fetch(revocationEndpoint, {
        method: 'POST',
        headers,
        body: params,
        signal,
      });
      // A server that does not know the kind of a token says so; the token then ends on its own.
      const said = response.ok ? undefined : ((await response.json()) as { error?: string }).error;
      if (said !== undefined && said !== 'unsupported_token_type')
        problems.push(`${hostOf(revocationEndpoint)} answered HTTP ${response.status} (${said})`);
    } catch (error) {
      problems.push(toAppError(error).message);
    }
  }
  const [problem] = problems;
  return problem === undefined ? { kind: 'revoked' } : { kind: 'failed', problem };
}

function identify(
  client: AuthClient,
  supported: readonly string[],
  headers: Record<string, string>,
  params: URLSearchParams,
): void {
  const { clientId, clientSecret } = client;
  switch (selectClientAuthMethod(sdkClient(client), [...supported])) {
    case 'client_secret_basic':
      headers['authorization'] =
        `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret ?? '')}`)}`;
      return;
    case 'client_secret_post':
      params.set('client_secret', clientSecret ?? '');
      params.set('client_id', clientId);
      return;
    case 'none':
      params.set('client_id', clientId);
  }
}
