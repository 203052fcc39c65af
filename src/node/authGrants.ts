import {
  createPrivateKeyJwtAuth,
  fetchToken,
  requestJwtAuthorizationGrant,
  type OAuthClientProvider,
} from '@modelcontextprotocol/client';
import type { AuthPeople, AuthSecretName, AuthSettings, AuthTokens } from '../core/auth.ts';
import { AppError } from '../core/util/errors.ts';
import { hostOf, sdkClient, sdkMetadata, tokens, type TokenContext } from './authTokens.ts';

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** What a token without a person is asked with. */
export interface GrantDeps {
  readonly serverUrl: string;
  readonly settings: AuthSettings;
  readonly people: AuthPeople;
}

/**
 * Asks for a token as this machine: client credentials, private-key JWT, workload identity (RFC 7523) or enterprise-managed
 * authorization. One request, never repeated by itself. Rejects `TokenRefused`, `invalid-config`, or as the fetch does.
 */
export async function grantTokens(context: TokenContext, deps: GrantDeps): Promise<AuthTokens> {
  const { target, scopes, fetch } = context;
  const provider = await providerFor(context, deps);
  const scope = scopes.join(' ');
  return tokens(context, () =>
    fetchToken(provider, target.metadata.issuer, {
      metadata: sdkMetadata(target.metadata),
      resource: target.resource,
      ...(scope === '' ? {} : { scope }),
      fetchFn: fetch,
    }),
  );
}

async function providerFor(context: TokenContext, deps: GrantDeps): Promise<OAuthClientProvider> {
  const { grant } = deps.settings;
  const { client } = context;
  switch (grant.kind) {
    case 'client-secret':
      if (client.clientSecret === undefined) throw missing(deps, 'client-secret');
      return provider(context, 'client_credentials', () => ({}));
    case 'private-key': {
      const privateKey = await secret(deps, 'private-key');
      const { clientId } = client;
      const sign = createPrivateKeyJwtAuth({
        issuer: clientId,
        subject: clientId,
        privateKey,
        alg: grant.algorithm,
      });
      return { ...provider(context, 'client_credentials', () => ({})), addClientAuthentication: sign };
    }
    case 'workload':
      return provider(context, jwtBearer, async () => ({ assertion: await secret(deps, 'workload-token') }));
    case 'enterprise':
      return provider(context, jwtBearer, async (scope) => ({
        assertion: await idJag(context, deps, scope),
      }));
    case 'person':
      throw new AppError('internal', 'a person signs in with the browser');
  }
}

/** The identity assertion of the company's identity provider for this server (RFC 8693 token exchange). */
async function idJag(
  { target, fetch }: TokenContext,
  deps: GrantDeps,
  scope: string | undefined,
): Promise<string> {
  const { grant } = deps.settings;
  if (grant.kind !== 'enterprise') throw new AppError('internal', 'not enterprise-managed');
  const idpSecret = await deps.people.secret(deps.serverUrl, 'idp-client-secret');
  try {
    const { jwtAuthGrant } = await requestJwtAuthorizationGrant({
      tokenEndpoint: grant.idpTokenEndpoint,
      audience: target.metadata.issuer,
      resource: target.resource,
      idToken: await secret(deps, 'idp-id-token'),
      clientId: grant.idpClientId,
      ...(idpSecret === undefined ? {} : { clientSecret: idpSecret }),
      ...(scope === undefined ? {} : { scope }),
      fetchFn: fetch,
    });
    return jwtAuthGrant;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'needs-sign-in',
      `${hostOf(grant.idpTokenEndpoint)} did not vouch for you at ${hostOf(deps.serverUrl)}`,
      {
        nextStep:
          "Sign in to your company's identity provider again, or ask its administrator to allow this server.",
      },
    );
  }
}

function provider(
  { client, dpop }: TokenContext,
  grantType: string,
  more: (scope: string | undefined) => Record<string, string> | Promise<Record<string, string>>,
): OAuthClientProvider {
  const unused = () => {
    throw new AppError('internal', 'not part of this grant');
  };
  return {
    redirectUrl: undefined,
    clientMetadata: { redirect_uris: [], grant_types: [grantType] },
    clientInformation: () => sdkClient(client),
    prepareTokenRequest: async (scope) => {
      const params = new URLSearchParams({ grant_type: grantType, ...(await more(scope)) });
      if (scope !== undefined && scope !== '') params.set('scope', scope);
      return params;
    },
    ...(dpop ? { dpop: () => dpop } : {}),
    tokens: () => undefined,
    saveTokens: unused,
    redirectToAuthorization: unused,
    saveCodeVerifier: unused,
    codeVerifier: unused,
  };
}

async function secret(deps: GrantDeps, name: AuthSecretName): Promise<string> {
  const value = await deps.people.secret(deps.serverUrl, name);
  if (value === undefined) throw missing(deps, name);
  return value;
}

function missing({ serverUrl }: GrantDeps, name: AuthSecretName): AppError {
  return new AppError(
    'invalid-config',
    `the sign-in of ${hostOf(serverUrl)} needs the ${name.replaceAll('-', ' ')}, which is not kept`,
    {
      nextStep: 'Enter it in the sign-in settings of this server.',
    },
  );
}
