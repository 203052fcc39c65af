import {
  ClientCredentialsProvider,
  CrossAppAccessProvider,
  DpopSession,
  PrivateKeyJwtProvider,
  requestJwtAuthorizationGrant,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';

/** What the suite tells a client about a scenario (`MCP_CONFORMANCE_CONTEXT`). */
export type Context = Readonly<Record<string, unknown>>;

/** The address where the suite expects this client's metadata document. */
const metadataUrl = 'https://conformance-test.local/client-metadata.json';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Keeps everything in memory and follows the redirect instead of opening a browser. */
export class MemoryProvider implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:3333/callback';
  readonly clientMetadataUrl = metadataUrl;
  #client: StoredOAuthClientInformation | undefined;
  #tokens: StoredOAuthTokens | undefined;
  #verifier = '';
  #state = '';
  #discovery: OAuthDiscoveryState | undefined;
  #redirect: URL | undefined;

  constructor(client?: StoredOAuthClientInformation) {
    this.#client = client;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'MCP Switchboard conformance driver',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    };
  }

  state(): string {
    this.#state = crypto.randomUUID();
    return this.#state;
  }

  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.#client;
  }

  saveClientInformation(client: StoredOAuthClientInformation): void {
    this.#client = client;
  }

  tokens(): StoredOAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.#redirect = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }

  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (scope === 'all' || scope === 'client') this.#client = undefined;
    if (scope === 'all' || scope === 'tokens') this.#tokens = undefined;
    if (scope === 'all' || scope === 'discovery') this.#discovery = undefined;
  }

  /** Does what the user would do in the browser; the parameters of the redirect, or undefined when there is none to follow. */
  async authorize(): Promise<URLSearchParams | undefined> {
    const redirect = this.#redirect;
    this.#redirect = undefined;
    if (!redirect) return undefined;
    const response = await fetch(redirect, { redirect: 'manual' });
    const location = response.headers.get('location');
    if (location === null) throw new Error(`no redirect from ${redirect.origin}: HTTP ${response.status}`);
    const callback = new URL(location, redirect).searchParams;
    if (callback.get('state') !== this.#state) throw new Error('the state of the callback is not ours');
    return callback;
  }
}

/** A client whose tokens are bound to a key (RFC 9449). */
class DpopProvider extends MemoryProvider {
  readonly #session: DpopSession;

  constructor(session: DpopSession) {
    super();
    this.#session = session;
  }

  dpop(): DpopSession {
    return this.#session;
  }
}

/** A workload that presents a token of its platform (RFC 7523). */
class WorkloadProvider extends MemoryProvider {
  readonly #assertion: string;

  constructor(clientId: string, assertion: string) {
    super({ client_id: clientId });
    this.#assertion = assertion;
  }

  override get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'workload',
      redirect_uris: [],
      grant_types: [jwtBearer],
      token_endpoint_auth_method: 'none',
    };
  }

  prepareTokenRequest(scope?: string): URLSearchParams {
    const params = new URLSearchParams({ grant_type: jwtBearer, assertion: this.#assertion });
    if (scope) params.set('scope', scope);
    return params;
  }
}

/** The provider that a user of this scenario would have configured. */
export async function providerFor(scenario: string, context: Context): Promise<OAuthClientProvider> {
  const text = (name: string) => {
    const value = context[name];
    if (typeof value !== 'string') throw new Error(`the context has no ${name}`);
    return value;
  };
  const client = () => ({ clientId: text('client_id'), clientSecret: text('client_secret') });
  switch (scenario) {
    case 'auth/pre-registration':
      return new MemoryProvider({
        client_id: text('client_id'),
        client_secret: text('client_secret'),
        issuer: text('issuer'),
      });
    case 'auth/client-credentials-jwt':
      return new PrivateKeyJwtProvider({
        clientId: text('client_id'),
        privateKey: text('private_key_pem'),
        algorithm: text('signing_algorithm'),
      });
    case 'auth/client-credentials-basic':
      return new ClientCredentialsProvider(client());
    case 'auth/enterprise-managed-authorization':
      return new CrossAppAccessProvider({
        ...client(),
        assertion: async ({ authorizationServerUrl, resourceUrl, fetchFn }) => {
          const { jwtAuthGrant } = await requestJwtAuthorizationGrant({
            tokenEndpoint: text('idp_token_endpoint'),
            audience: authorizationServerUrl,
            resource: resourceUrl,
            idToken: text('idp_id_token'),
            clientId: text('idp_client_id'),
            fetchFn,
          });
          return jwtAuthGrant;
        },
      });
    case 'auth/dpop':
    case 'auth/dpop-nonce':
      return new DpopProvider(await DpopSession.create());
    case 'auth/wif-jwt-bearer':
      return new WorkloadProvider(text('client_id'), text('valid_jwt'));
    default:
      return new MemoryProvider();
  }
}
