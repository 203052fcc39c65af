import type { Challenge } from './authChallenge.ts';
import type { ResourceMetadata, ServerMetadata } from './authMetadata.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** How this client came to its id at an authorization server, in the order of preference. */
export type Registration = 'pre-registered' | 'metadata-document' | 'dynamic' | 'entered';

/** Our identity at one authorization server; never used at another. Holds secrets. */
export interface AuthClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly registration: Registration;
  /** How it proves itself at the token endpoint, where the server said so. */
  readonly tokenAuthMethod: string | undefined;
  /** What was registered; a redirect to another address needs a new registration. */
  readonly redirectUris: readonly string[];
}

/** Tokens of one sign-in; secrets. */
export interface AuthTokens {
  readonly issuer: string;
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly tokenType: string;
  readonly scopes: readonly string[];
  /** The `resource` they were asked for. */
  readonly resource: string;
  /** Milliseconds since the epoch. */
  readonly obtainedAt: number;
  /** Milliseconds since the epoch; undefined when the server did not say. */
  readonly expiresAt: number | undefined;
}

/** Where a server's sign-in leads, as last found. */
export interface AuthTarget {
  readonly resource: string;
  readonly resourceMetadata: ResourceMetadata | undefined;
  readonly resourceMetadataUrl: string | undefined;
  readonly metadata: ServerMetadata;
  readonly metadataUrl: string | undefined;
}

/** A challenge with its time. */
export interface DatedChallenge extends Challenge {
  readonly at: number;
  readonly status: 401 | 403;
}

/** Everything kept about the sign-in of one server, in the secret storage only. */
export interface AuthRecord {
  readonly version: 1;
  readonly serverUrl: string;
  readonly clients: readonly AuthClient[];
  readonly tokens: AuthTokens | undefined;
  readonly target: AuthTarget | undefined;
  readonly challenge: DatedChallenge | undefined;
  /** What was asked for in the last sign-in. */
  readonly requestedScopes: readonly string[];
  /** Sign-ins for more scopes that the server did not honour, in a row. */
  readonly fruitlessStepUps: number;
  /** The private key (JWK) that tokens are bound to (RFC 9449). */
  readonly dpopKey: JsonObject | undefined;
}

/** A record with nothing in it. */
export function emptyAuthRecord(serverUrl: string): AuthRecord {
  return {
    version: 1,
    serverUrl,
    clients: [],
    tokens: undefined,
    target: undefined,
    challenge: undefined,
    requestedScopes: [],
    fruitlessStepUps: 0,
    dpopKey: undefined,
  };
}

/** A stored record; undefined when it is not one of this version for this server. */
export function parseAuthRecord(text: string, serverUrl: string): AuthRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || value['version'] !== 1 || value['serverUrl'] !== serverUrl) return undefined;
  if (!Array.isArray(value['clients']) || !Array.isArray(value['requestedScopes'])) return undefined;
  const tokens = value['tokens'];
  if (tokens !== undefined && !isTokens(tokens)) return undefined;
  return { ...emptyAuthRecord(serverUrl), ...(value as unknown as AuthRecord) };
}

function isTokens(value: unknown): boolean {
  if (!isJsonObject(value) || !Array.isArray(value['scopes'])) return false;
  const texts = ['accessToken', 'issuer', 'clientId', 'tokenType', 'resource'];
  return texts.every((name) => typeof value[name] === 'string') && typeof value['obtainedAt'] === 'number';
}

/** How a token is got: by a person in the browser, or by this machine alone. */
export type AuthGrant =
  | { readonly kind: 'person' }
  | { readonly kind: 'client-secret' }
  | { readonly kind: 'private-key'; readonly algorithm: string }
  /** RFC 7523: a token of the platform this runs on. */
  | { readonly kind: 'workload' }
  /** Enterprise-managed authorization: the company's identity provider vouches for the user (ID-JAG). */
  | { readonly kind: 'enterprise'; readonly idpTokenEndpoint: string; readonly idpClientId: string };

/** A secret that a grant needs; the values come from a port at the time of use. */
export type AuthSecretName =
  'client-secret' | 'private-key' | 'workload-token' | 'idp-id-token' | 'idp-client-secret';

/** What the user configured for the sign-in of one server; no secrets. */
export interface AuthSettings {
  readonly grant: AuthGrant;
  /** A client registered beforehand. */
  readonly clientId: string | undefined;
  /** The authorization server that `clientId` belongs to; the credentials go nowhere else. */
  readonly issuer: string | undefined;
  /** Instead of what the server suggests. */
  readonly scopes: readonly string[] | undefined;
  /** Port of the loopback redirect; 0 = any free one. */
  readonly redirectPort: number;
  /** Hosts in a private network that the sign-in may involve. */
  readonly allowedHosts: readonly string[];
  /** Bind tokens to a key (RFC 9449): where the server asks for it, always (a plain token is refused then), or never. */
  readonly dpop: 'auto' | 'always' | 'never';
}

/** The settings of a server about which nothing is configured. */
export const defaultAuthSettings: AuthSettings = {
  grant: { kind: 'person' },
  clientId: undefined,
  issuer: undefined,
  scopes: undefined,
  redirectPort: 0,
  allowedHosts: [],
  dpop: 'auto',
};

/** Why the browser is opened. */
export type SignInReason = 'sign-in' | 'step-up' | 'switch-account' | 're-consent';

/** What is shown to the user before the browser opens. */
export interface AuthOpening {
  /** The whole address. */
  readonly url: string;
  readonly serverUrl: string;
  readonly issuer: string;
  readonly reason: SignInReason;
  readonly scopes: readonly string[];
}

/** Shows the whole address and opens it outside the editor; false when the user or the system refused. */
export interface AuthBrowser {
  open(opening: AuthOpening, signal: AbortSignal): Promise<boolean>;
}

/** An address that the authorization server sends the browser back to, for one sign-in. */
export interface AuthRedirect {
  readonly uri: string;
  /** The parameters of the first answer with this `state`; others are turned away and do not end the wait. */
  answer(state: string, signal: AbortSignal): Promise<URLSearchParams>;
  dispose(): void;
}

/** Opens redirects: a listener on this machine, or the editor's own URI handler. */
export interface AuthRedirects {
  /** `preferred` are addresses that were registered before; the first that can be had is taken. Rejects `conflict` when a fixed port is taken. */
  open(options: { readonly port: number; readonly preferred: readonly string[] }): Promise<AuthRedirect>;
}

/** A client id that the user got from the operator of the authorization server. */
export interface EnteredClient {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
}

/** One piece of work per key at a time, over all windows of this machine. */
export interface AuthLock {
  run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** What a sign-out achieved at the authorization server; here the tokens are gone in any case. */
export type Revocation =
  | { readonly kind: 'revoked' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly problem: string };

/** What the sign-in needs from people and from the machine beside the browser. */
export interface AuthPeople {
  /** A secret that the settings of this server call for; undefined when nobody has it. */
  secret(serverUrl: string, name: AuthSecretName): Promise<string | undefined>;
  /** Asks for a client id where clients cannot register themselves; undefined when the user has none. */
  readonly askForClient?: (
    serverUrl: string,
    issuer: string,
    redirectUri: string,
    signal: AbortSignal,
  ) => Promise<EnteredClient | undefined>;
}
