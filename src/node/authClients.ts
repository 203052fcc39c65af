import { registerClient, type OAuthClientMetadata } from '@modelcontextprotocol/client';
import type { AuthClient, AuthPeople, AuthRecord, AuthSettings, AuthTarget } from '../core/auth.ts';
import { AppError } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import type { AuthFetch } from './authFetch.ts';
import { hostOf, sdkMetadata } from './authTokens.ts';

/** What our identity is found with. */
export interface ClientDeps {
  readonly serverUrl: string;
  readonly settings: AuthSettings;
  readonly people: AuthPeople;
  readonly clientMetadataUrl: string | undefined;
  readonly fetch: AuthFetch;
}

const clientName = 'MCP Switchboard';

/** The configured client for this issuer, with its secret; undefined when none is configured. Throws `blocked` when it belongs elsewhere. */
export async function configuredClient(
  { serverUrl, settings, people }: Pick<ClientDeps, 'serverUrl' | 'settings' | 'people'>,
  issuer: string,
): Promise<AuthClient | undefined> {
  const { clientId } = settings;
  if (clientId === undefined) return undefined;
  if (settings.issuer !== undefined && settings.issuer !== issuer)
    throw new AppError(
      'blocked',
      `the configured client id belongs to ${settings.issuer} and is not sent to ${issuer}`,
    );
  const clientSecret = await people.secret(serverUrl, 'client-secret');
  return {
    issuer,
    clientId,
    clientSecret,
    registration: 'pre-registered',
    tokenAuthMethod: undefined,
    redirectUris: [],
  };
}

/** The client of an earlier sign-in at this issuer, or the configured one; undefined when there is none. */
export async function knownClient(
  deps: Pick<ClientDeps, 'serverUrl' | 'settings' | 'people'>,
  record: AuthRecord,
  issuer: string,
): Promise<AuthClient | undefined> {
  const kept = record.clients.find((client) => client.issuer === issuer);
  return (await configuredClient(deps, issuer)) ?? kept;
}

/**
 * Our identity for a sign-in with this redirect: configured, else entered before, else our metadata document, else registered
 * before or now, else asked from the user. Rejects `cancelled` or `unsupported` when there is none to be had.
 */
export async function findClient(
  deps: ClientDeps,
  record: AuthRecord,
  target: AuthTarget,
  redirectUri: string,
  signal: AbortSignal,
): Promise<AuthClient> {
  const { issuer, takesMetadataDocuments, registrationEndpoint } = target.metadata;
  const configured = await configuredClient(deps, issuer);
  if (configured) return configured;
  const kept = record.clients.find((client) => client.issuer === issuer);
  if (kept?.registration === 'entered') return kept;
  const base = { issuer, clientSecret: undefined, redirectUris: [redirectUri] };
  if (takesMetadataDocuments && deps.clientMetadataUrl !== undefined)
    return {
      ...base,
      clientId: deps.clientMetadataUrl,
      registration: 'metadata-document',
      tokenAuthMethod: 'none',
    };
  if (kept?.registration === 'dynamic' && kept.redirectUris.includes(redirectUri)) return kept;
  if (registrationEndpoint !== undefined) return register(deps, target, redirectUri);
  return askForClient(deps, issuer, redirectUri, signal);
}

async function register({ fetch }: ClientDeps, target: AuthTarget, redirectUri: string): Promise<AuthClient> {
  const { issuer, tokenAuthMethods } = target.metadata;
  const usable = ['none', 'client_secret_basic', 'client_secret_post'];
  // Without `scope`: what is registered would be the most that a strict server gives later.
  const clientMetadata: OAuthClientMetadata = {
    client_name: clientName,
    application_type: 'native',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method:
      tokenAuthMethods === undefined
        ? 'none'
        : (usable.find((method) => tokenAuthMethods.includes(method)) ?? 'none'),
  };
  try {
    const info = await registerClient(issuer, {
      metadata: sdkMetadata(target.metadata),
      clientMetadata,
      fetchFn: fetch.fetch,
    });
    return {
      issuer,
      clientId: info.client_id,
      clientSecret: info.client_secret,
      registration: 'dynamic',
      tokenAuthMethod: info.token_endpoint_auth_method,
      redirectUris: [redirectUri],
    };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const status =
      error instanceof Error && 'status' in error ? ` (HTTP ${String(error.status)}${saidBy(error)})` : '';
    throw new AppError('unsupported', `${hostOf(issuer)} did not register this client${status}`, {
      nextStep: 'Ask its operator for a client id and configure it for this server.',
    });
  }
}

/** What the refused registration said: our fetch left only the members of an OAuth error in it. */
function saidBy(error: Error): string {
  const body = 'body' in error && typeof error.body === 'string' ? error.body : '{}';
  const { error: code, error_description: text } = JSON.parse(body) as Record<string, string | undefined>;
  return code === undefined ? '' : `: ${oneLine(text ?? code, 200)}`;
}

async function askForClient(
  { people, serverUrl }: ClientDeps,
  issuer: string,
  redirectUri: string,
  signal: AbortSignal,
): Promise<AuthClient> {
  const entered = await people.askForClient?.(serverUrl, issuer, redirectUri, signal);
  if (!entered) {
    if (people.askForClient) throw new AppError('cancelled', 'no client id was entered');
    throw new AppError('unsupported', `${hostOf(issuer)} does not let clients register themselves`, {
      nextStep: 'Ask its operator for a client id and configure it for this server.',
    });
  }
  const { clientId, clientSecret } = entered;
  return {
    issuer,
    clientId,
    clientSecret,
    registration: 'entered',
    tokenAuthMethod: undefined,
    redirectUris: [redirectUri],
  };
}
