import type { AuthClient, AuthRecord, AuthSettings, DatedChallenge, Registration } from './auth.ts';
import { foreignHost } from './authAddress.ts';
import { readClaims, type Claims } from './authClaims.ts';
import { resourceMatch } from './authDiscovery.ts';
import { missingScopes } from './authScopes.ts';
import type { AuthStep } from './authSteps.ts';

/** Where the sign-in of a server stands. */
export type AuthStatus =
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'signed-in' }
  /** The token ran out or was rejected and there is nothing to renew it with. */
  | { readonly kind: 'expired' }
  /** Signed in, and the server wants more than was granted. */
  | { readonly kind: 'needs-more'; readonly missing: readonly string[] };

/** The sign-in of one server for people: no token, no secret. Foreign texts are as received. */
export interface AuthView {
  readonly serverUrl: string;
  readonly status: AuthStatus;
  readonly issuer: string | undefined;
  readonly client:
    | {
        readonly id: string;
        readonly registration: Registration; /** Undefined for a configured client: its secret is looked up only when it is used. */
        readonly hasSecret: boolean | undefined;
      }
    | undefined;
  readonly granted: readonly string[];
  /** What the last challenge asked for. */
  readonly needed: readonly string[];
  readonly missing: readonly string[];
  /** For whom the token is, against this server; undefined when the token does not say. */
  readonly audience: { readonly named: readonly string[]; readonly isThisServer: boolean } | undefined;
  /** What the token was asked for (RFC 8707). */
  readonly resource: string | undefined;
  readonly tokenType: string | undefined;
  /** Bound to a key of this machine (RFC 9449). */
  readonly isBound: boolean;
  readonly obtainedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly canRefresh: boolean;
  readonly account: string | undefined;
  readonly claims: Claims | undefined;
  readonly lastChallenge: DatedChallenge | undefined;
  /** Every host of the sign-in that is not the server's own, with what it is for. */
  readonly foreignHosts: readonly { readonly host: string; readonly role: string }[];
  readonly resourceName: string | undefined;
  readonly documentation: string | undefined;
  readonly policyUri: string | undefined;
  readonly tosUri: string | undefined;
}

/** Steps and state together: what the inspector shows and `auth-probe` prints. */
export interface AuthReport {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly steps: readonly AuthStep[];
  readonly view: AuthView;
}

/** The view of a record. */
export function authView(record: AuthRecord, settings: AuthSettings, now: number): AuthView {
  const { serverUrl, tokens, target, challenge } = record;
  const issuer = tokens?.issuer ?? target?.metadata.issuer;
  const client = record.clients.find((one) => one.issuer === issuer);
  const claims = tokens && readClaims(tokens.accessToken);
  const idClaims = tokens?.idToken === undefined ? undefined : readClaims(tokens.idToken);
  const granted = tokens?.scopes ?? [];
  const needed = challenge?.scopes ?? [];
  const missing = tokens && challenge?.status === 403 ? missingScopes(needed, granted) : [];
  const account = idClaims?.all.find(({ name }) => name === 'email' || name === 'preferred_username')?.value;
  const audience = claims?.audience ?? [];
  return {
    serverUrl,
    status: statusOf(record, missing, now),
    issuer,
    client: clientOf(settings, client),
    granted,
    needed,
    missing,
    audience:
      audience.length === 0
        ? undefined
        : {
            named: audience,
            isThisServer: audience.some((one) => resourceMatch(one, serverUrl) !== 'other'),
          },
    resource: tokens?.resource ?? target?.resource,
    tokenType: tokens?.tokenType,
    isBound: tokens?.tokenType.toLowerCase() === 'dpop',
    obtainedAt: tokens?.obtainedAt,
    expiresAt: tokens?.expiresAt,
    canRefresh:
      tokens?.refreshToken !== undefined || (tokens !== undefined && settings.grant.kind !== 'person'),
    account: account ?? idClaims?.subject ?? claims?.subject,
    claims,
    lastChallenge: challenge,
    foreignHosts: foreignHosts(record),
    resourceName: target?.resourceMetadata?.name,
    documentation: target?.resourceMetadata?.documentation,
    policyUri: target?.resourceMetadata?.policyUri,
    tosUri: target?.resourceMetadata?.tosUri,
  };
}

function clientOf(settings: AuthSettings, kept: AuthClient | undefined): AuthView['client'] {
  const { clientId } = settings;
  if (clientId !== undefined) return { id: clientId, registration: 'pre-registered', hasSecret: undefined };
  return (
    kept && { id: kept.clientId, registration: kept.registration, hasSecret: kept.clientSecret !== undefined }
  );
}

function statusOf({ tokens }: AuthRecord, missing: readonly string[], now: number): AuthStatus {
  if (!tokens) return { kind: 'signed-out' };
  const isOver = tokens.expiresAt !== undefined && tokens.expiresAt <= now;
  if (isOver && tokens.refreshToken === undefined) return { kind: 'expired' };
  return missing.length > 0 ? { kind: 'needs-more', missing } : { kind: 'signed-in' };
}

function foreignHosts({ serverUrl, target }: AuthRecord): AuthView['foreignHosts'] {
  if (!target) return [];
  const { metadata } = target;
  const places: readonly (readonly [string, string | undefined])[] = [
    ['resource metadata', target.resourceMetadataUrl],
    ['issuer', metadata.issuer],
    ['authorization server metadata', target.metadataUrl],
    ['authorization endpoint', metadata.authorizationEndpoint],
    ['token endpoint', metadata.tokenEndpoint],
    ['registration endpoint', metadata.registrationEndpoint],
    ['revocation endpoint', metadata.revocationEndpoint],
  ];
  return places.flatMap(([role, url]) => {
    const host = foreignHost(url, serverUrl);
    return host === undefined ? [] : [{ host, role }];
  });
}
