import {
  exchangeAuthorization,
  OAuthError,
  refreshAuthorization,
  type AuthorizationServerMetadata,
  type DpopSession,
  type FetchLike,
  type OAuthTokens,
  type StoredOAuthClientInformation,
} from '@modelcontextprotocol/client';
import type { AuthClient, AuthTarget, AuthTokens } from '../core/auth.ts';
import type { ServerMetadata } from '../core/authMetadata.ts';
import { parseScopes } from '../core/authScopes.ts';
import { AppError } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';

/** What a token request is made with. */
export interface TokenContext {
  readonly target: AuthTarget;
  readonly client: AuthClient;
  readonly dpop: DpopSession | undefined;
  /** Plain tokens are refused. */
  readonly mustBind: boolean;
  readonly fetch: FetchLike;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly scopes: readonly string[];
}

/** The authorization server said no; `reason` is the code of its OAuth error. */
export class TokenRefused extends AppError {
  readonly reason: string;

  constructor(issuer: string, reason: string, description: string) {
    const said = description === '' || description === reason ? '' : `: ${oneLine(description, 300)}`;
    super('needs-sign-in', `${hostOf(issuer)} refused a token (${oneLine(reason, 80)}${said})`, {
      nextStep: 'Sign in to this server again.',
    });
    this.reason = reason;
  }
}

/** The metadata as the SDK's functions take it: only what we read and checked. */
export function sdkMetadata(metadata: ServerMetadata): AuthorizationServerMetadata {
  const { issuer, authorizationEndpoint = '', tokenEndpoint = '', registrationEndpoint } = metadata;
  const optional = {
    registration_endpoint: registrationEndpoint,
    scopes_supported: metadata.scopes,
    code_challenge_methods_supported: metadata.codeChallengeMethods,
    token_endpoint_auth_methods_supported: metadata.tokenAuthMethods,
  };
  return {
    issuer,
    authorization_endpoint: authorizationEndpoint,
    token_endpoint: tokenEndpoint,
    response_types_supported: metadata.responseTypes ?? ['code'],
    authorization_response_iss_parameter_supported: metadata.sendsIss,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  } as AuthorizationServerMetadata;
}

/** Our identity as the SDK's functions take it. */
export function sdkClient(client: AuthClient): StoredOAuthClientInformation {
  const { clientId, clientSecret, tokenAuthMethod, issuer } = client;
  return {
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...(tokenAuthMethod === undefined ? {} : { token_endpoint_auth_method: tokenAuthMethod }),
    issuer,
  };
}

/** Exchanges a code (RFC 6749 section 4.1.3, RFC 7636). Rejects `TokenRefused` or as the fetch does. */
export function exchangeCode(
  context: TokenContext,
  answer: {
    readonly code: string;
    readonly iss: string | undefined;
    readonly verifier: string;
    readonly redirectUri: string;
  },
): Promise<AuthTokens> {
  const { target, client, dpop, fetch } = context;
  return tokens(context, () =>
    exchangeAuthorization(target.metadata.issuer, {
      metadata: sdkMetadata(target.metadata),
      clientInformation: sdkClient(client),
      authorizationCode: answer.code,
      ...(answer.iss === undefined ? {} : { iss: answer.iss }),
      codeVerifier: answer.verifier,
      redirectUri: answer.redirectUri,
      resource: target.resource, // as it is written: a URL would add a slash to a bare origin
      ...(dpop ? { dpop } : {}),
      fetchFn: fetch,
    }),
  );
}

/** Renews tokens with their refresh token; a rotated one replaces the old. Rejects `TokenRefused` or as the fetch does. */
export function refreshTokens(context: TokenContext, old: AuthTokens): Promise<AuthTokens> {
  const { target, client, dpop, fetch } = context;
  const { refreshToken } = old;
  if (refreshToken === undefined) throw new AppError('internal', 'there is no refresh token');
  return tokens(context, () =>
    refreshAuthorization(target.metadata.issuer, {
      metadata: sdkMetadata(target.metadata),
      clientInformation: sdkClient(client),
      refreshToken,
      resource: target.resource,
      ...(dpop ? { dpop } : {}),
      fetchFn: fetch,
    }),
  ).then((renewed) => ({ ...renewed, idToken: renewed.idToken ?? old.idToken }));
}

/** Runs a token request and reads its answer. */
export async function tokens(
  context: TokenContext,
  request: () => Promise<OAuthTokens>,
): Promise<AuthTokens> {
  const { target, client, now, scopes, mustBind } = context;
  const { issuer } = target.metadata;
  let answer: OAuthTokens;
  try {
    answer = await request();
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof OAuthError) {
      if (error.code === 'server_error' || error.code === 'temporarily_unavailable')
        throw new AppError('connect-failed', `${hostOf(issuer)} has a problem of its own and gave no token`, {
          nextStep: 'Try again later.',
        });
      throw new TokenRefused(issuer, error.code, error.message);
    }
    throw new AppError('server-error', `${hostOf(issuer)} answered without a usable token`, {
      cause: nameOf(error),
    });
  }
  const type = answer.token_type.toLowerCase();
  if (type !== 'bearer' && type !== 'dpop')
    throw new AppError(
      'unsupported',
      `${hostOf(issuer)} gave a token of the unknown type ${oneLine(type, 40)}`,
    );
  if ((mustBind && type !== 'dpop') || (type === 'dpop' && !context.dpop))
    throw new AppError('unsupported', `${hostOf(issuer)} did not bind the token to our key`);
  const seconds = answer.expires_in;
  return {
    issuer,
    clientId: client.clientId,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    idToken: answer.id_token,
    tokenType: type === 'dpop' ? 'DPoP' : 'Bearer',
    scopes: answer.scope === undefined ? scopes : parseScopes(answer.scope),
    resource: target.resource,
    obtainedAt: now,
    expiresAt: seconds === undefined || !(seconds >= 0) ? undefined : now + seconds * 1000,
  };
}

/** The host of an address that may be none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : oneLine(url, 80);
}

/** The kind of an error whose text may repeat a token. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
