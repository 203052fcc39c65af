import type { AuthRecord, AuthSettings } from './auth.ts';
import { authReach, authUrlProblem, foreignHost, mayCarryTokens } from './authAddress.ts';
import type { Challenge } from './authChallenge.ts';
import { canonicalResource, isSameIssuer, resourceMatch } from './authDiscovery.ts';
import type { ResourceMetadata, ServerMetadata } from './authMetadata.ts';
import { chooseScopes, missingScopes } from './authScopes.ts';
import { say } from './util/say.ts';

/** The twelve steps of a sign-in, in order. */
export const authStepIds = [
  'challenge',
  'resource-metadata',
  'resource',
  'server-metadata',
  'issuer',
  'pkce',
  'registration',
  'scopes',
  'resource-parameter',
  'callback-issuer',
  'step-up',
  'server-change',
] as const;
export type AuthStepId = (typeof authStepIds)[number];

/** One step: what was found, and where. `skipped` steps were not reached. */
export interface AuthStep {
  readonly id: AuthStepId;
  readonly result: 'ok' | 'warn' | 'fail' | 'skipped';
  /** A sentence for people; foreign text in it is not yet made visible. */
  readonly found: string;
  /** The address it was found at. */
  readonly where: string | undefined;
  /** Its host, when that is not the server's. */
  readonly foreignHost: string | undefined;
  /** Every address that was tried, in order. */
  readonly tried: readonly AuthAttempt[];
}

/** One request of the discovery. */
export interface AuthAttempt {
  readonly url: string;
  readonly outcome: string;
}

/** What the discovery saw; each part is undefined when it was not reached. */
export interface AuthFacts {
  readonly serverUrl: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The unauthenticated request, or the challenge that a connection met. */
  readonly probe: {
    readonly status: number | undefined;
    readonly problem: string | undefined;
    readonly challenge: Challenge | undefined;
  };
  readonly resource?: {
    readonly tried: readonly AuthAttempt[];
    readonly url: string | undefined;
    readonly metadata: ResourceMetadata | undefined;
    readonly problem: string | undefined;
  };
  readonly server?: {
    /** The issuer as the resource named it. */
    readonly asked: string;
    readonly tried: readonly AuthAttempt[];
    readonly url: string | undefined;
    readonly kind: 'oauth' | 'oidc' | 'none';
    readonly metadata: ServerMetadata | undefined;
    readonly problem: string | undefined;
  };
}

/** What the steps are judged with. */
export interface AuthBasis {
  readonly settings: AuthSettings;
  readonly record: AuthRecord;
  /** Our client ID metadata document, where there is one. */
  readonly clientMetadataUrl: string | undefined;
  /** The user can be asked for a client id. */
  readonly canAskForClient: boolean;
}

type Verdict = readonly [AuthStep['result'], string];
const skipped = (): Verdict => ['skipped', say`Not reached.`];

/** The twelve steps over what was found; a sign-in is refused when one of them fails. */
export function authSteps(facts: AuthFacts, basis: AuthBasis): readonly AuthStep[] {
  const judged: Readonly<Record<AuthStepId, () => Verdict>> = {
    challenge: () => judgeChallenge(facts),
    'resource-metadata': () => judgeResourceMetadata(facts),
    resource: () => judgeResource(facts),
    'server-metadata': () => judgeServer(facts, basis),
    issuer: () => judgeIssuer(facts),
    pkce: () => judgePkce(facts, basis),
    registration: () => judgeRegistration(facts, basis),
    scopes: () => judgeScopes(facts, basis),
    'resource-parameter': () => judgeResourceParameter(facts, basis),
    'callback-issuer': () => judgeCallback(facts, basis),
    'step-up': () => judgeStepUp(facts, basis),
    'server-change': () => judgeChange(facts, basis),
  };
  const where: Partial<Record<AuthStepId, string | undefined>> = {
    challenge: facts.serverUrl,
    'resource-metadata': facts.resource?.url,
    resource: facts.resource?.metadata?.resource,
    'server-metadata': facts.server?.url,
    issuer: facts.server?.metadata?.issuer,
    registration: facts.server?.metadata?.registrationEndpoint,
  };
  const tried: Partial<Record<AuthStepId, readonly AuthAttempt[]>> = {
    'resource-metadata': facts.resource?.tried ?? [],
    'server-metadata': facts.server?.tried ?? [],
  };
  let isOver = false;
  return authStepIds.map((id) => {
    const [result, found] = isOver ? skipped() : judged[id]();
    if (result === 'fail' || (id === 'challenge' && isOpen(facts))) isOver = true;
    const place = result === 'skipped' ? undefined : where[id];
    return {
      id,
      result,
      found,
      where: place,
      foreignHost: foreignHost(place, facts.serverUrl),
      tried: result === 'skipped' ? [] : (tried[id] ?? []),
    };
  });
}

/** The scopes that the next sign-in asks for. */
export function scopesToAsk(
  facts: AuthFacts,
  { settings, record }: AuthBasis,
  isStepUp: boolean,
): readonly string[] {
  const challenged = unionOf(facts.probe.challenge?.scopes, isStepUp ? record.challenge?.scopes : undefined);
  return chooseScopes({
    challenged,
    resource: facts.resource?.metadata?.scopes,
    server: facts.server?.metadata?.scopes,
    earlier: isStepUp ? unionOf(record.tokens?.scopes, record.requestedScopes) : [],
    configured: settings.scopes,
    wantsRefresh: settings.grant.kind === 'person',
  });
}

/** The `resource` of every request (RFC 8707): that of the validated metadata as it is written there, else the server's address. */
export function resourceToAsk(facts: AuthFacts): string {
  const named = facts.resource?.metadata?.resource;
  return named !== undefined && resourceMatch(named, facts.serverUrl) !== 'other'
    ? named
    : canonicalResource(facts.serverUrl);
}

function unionOf(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}

function isOpen({ probe }: AuthFacts): boolean {
  return probe.status !== undefined && probe.status < 300;
}

function judgeChallenge({ serverUrl, probe }: AuthFacts): Verdict {
  if (!mayCarryTokens(serverUrl))
    return ['fail', say`The server is reached without encryption (http): no token is sent to it.`];
  if (probe.problem !== undefined) return ['fail', say`The server could not be asked: ${probe.problem}.`];
  if (isOpen({ serverUrl, probe, at: 0 })) return ['ok', say`The server answers without a sign-in.`];
  if (probe.status !== undefined && probe.status !== 401 && probe.status !== 403)
    return [
      'warn',
      say`The server answers HTTP ${probe.status} instead of 401: it does not say that it wants a sign-in.`,
    ];
  if (!probe.challenge)
    return ['warn', say`The server wants a sign-in but sends no challenge (WWW-Authenticate).`];
  const { scopes, error, resourceMetadata } = probe.challenge;
  const parts = [
    resourceMetadata === undefined ? say`no resource_metadata` : 'resource_metadata',
    scopes.length === 0 ? say`no scope` : say`scope ${scopes.join(' ')}`,
    ...(error === undefined ? [] : [say`error ${error}`]),
  ];
  return ['ok', say`The server wants a sign-in; its challenge has ${parts.join(', ')}.`];
}

function judgeResourceMetadata({ resource, probe }: AuthFacts): Verdict {
  if (!resource) return skipped();
  if (resource.problem !== undefined)
    return ['fail', say`The protected resource metadata cannot be used: ${resource.problem}.`];
  if (!resource.metadata)
    return [
      'warn',
      say`There is no protected resource metadata; the server's own origin is taken as authorization server (revision 2025-03-26).`,
    ];
  const how =
    probe.challenge?.resourceMetadata === undefined
      ? say`at its well-known address`
      : say`where the challenge says`;
  const { authorizationServers } = resource.metadata;
  if (authorizationServers.length === 0)
    return ['fail', say`The protected resource metadata, found ${how}, names no authorization server.`];
  return ['ok', say`Found ${how}; it names ${authorizationServers.join(', ')}.`];
}

function judgeResource({ resource, serverUrl }: AuthFacts): Verdict {
  const named = resource?.metadata?.resource;
  if (named === undefined)
    return resource ? ['warn', say`Nobody says which resource this is; its address is used.`] : skipped();
  switch (resourceMatch(named, serverUrl)) {
    case 'exact':
      return ['ok', say`The resource is exactly the server's address.`];
    case 'prefix':
      return ['ok', say`The resource is the beginning of the server's address.`];
    case 'other':
      return ['fail', say`The metadata is for another resource, ${named}: a token for it is not asked for.`];
  }
}

function judgeServer({ server, serverUrl }: AuthFacts, { settings }: AuthBasis): Verdict {
  if (!server) return skipped();
  if (server.problem !== undefined)
    return ['fail', say`The authorization server's metadata cannot be used: ${server.problem}.`];
  const { metadata } = server;
  if (!metadata)
    return ['fail', say`The authorization server ${server.asked} has no metadata at any of its addresses.`];
  const reach = authReach(serverUrl, settings.allowedHosts);
  const isPerson = settings.grant.kind === 'person';
  const endpoints: readonly (readonly [string, string | undefined, boolean])[] = [
    [say`authorization endpoint`, metadata.authorizationEndpoint, isPerson],
    [say`token endpoint`, metadata.tokenEndpoint, true],
    [say`registration endpoint`, metadata.registrationEndpoint, false],
    [say`revocation endpoint`, metadata.revocationEndpoint, false],
  ];
  for (const [name, url, isNeeded] of endpoints) {
    if (url === undefined && isNeeded) return ['fail', say`The authorization server has no ${name}.`];
    const problem = url === undefined ? undefined : authUrlProblem(url, reach);
    if (problem !== undefined) return ['fail', say`The ${name} ${url ?? ''} is refused: ${problem}.`];
  }
  if (isPerson && metadata.responseTypes?.includes('code') === false)
    return ['fail', say`The authorization server does not give out codes (response type "code").`];
  if (server.kind === 'none')
    return ['warn', say`There is no metadata; the endpoints of revision 2025-03-26 are used.`];
  return [
    'ok',
    say`Found as ${server.kind === 'oauth' ? say`OAuth (RFC 8414)` : say`OpenID Connect`} metadata.`,
  ];
}

function judgeIssuer({ server }: AuthFacts): Verdict {
  if (!server?.metadata) return skipped();
  if (server.kind === 'none') return ['warn', say`Without metadata nothing confirms who the issuer is.`];
  return isSameIssuer(server.asked, server.metadata.issuer)
    ? ['ok', say`The metadata names the issuer that was asked, ${server.metadata.issuer}.`]
    : [
        'fail',
        say`The metadata names another issuer, ${server.metadata.issuer}, than the one asked, ${server.asked}.`,
      ];
}

function judgePkce({ server }: AuthFacts, { settings }: AuthBasis): Verdict {
  if (!server?.metadata) return skipped();
  if (settings.grant.kind !== 'person') return ['ok', say`Not needed: no code is exchanged.`];
  if (server.kind === 'none')
    return ['warn', say`S256 is sent, but without metadata nothing says that it is checked.`];
  const methods = server.metadata.codeChallengeMethods;
  if (methods?.includes('S256')) return ['ok', say`The authorization server supports PKCE with S256.`];
  return [
    'fail',
    methods === undefined
      ? say`The authorization server does not say that it supports PKCE: a stolen code could be used by others.`
      : say`The authorization server supports only ${methods.join(', ') || say`no method`} for PKCE, not S256.`,
  ];
}

function judgeRegistration({ server }: AuthFacts, basis: AuthBasis): Verdict {
  const metadata = server?.metadata;
  if (!metadata) return skipped();
  const { settings, record, clientMetadataUrl, canAskForClient } = basis;
  if (settings.clientId !== undefined) {
    if (settings.issuer !== undefined && settings.issuer !== metadata.issuer)
      return [
        'fail',
        say`The configured client id belongs to ${settings.issuer} and is not sent to ${metadata.issuer}.`,
      ];
    return settings.issuer === undefined
      ? [
          'warn',
          say`The configured client id ${settings.clientId} is used; configure its issuer too, so that it goes nowhere else.`,
        ]
      : ['ok', say`The configured client id ${settings.clientId} is used.`];
  }
  if (settings.grant.kind !== 'person')
    return ['fail', say`This kind of sign-in needs a configured client id.`];
  const known = record.clients.find(({ issuer }) => issuer === metadata.issuer);
  if (known?.registration === 'entered')
    return ['ok', say`The client id you entered, ${known.clientId}, is used.`];
  if (metadata.takesMetadataDocuments && clientMetadataUrl !== undefined)
    return ['ok', say`Our client metadata document, ${clientMetadataUrl}, is the client id.`];
  if (known) return ['ok', say`Registered before as ${known.clientId}.`];
  if (metadata.registrationEndpoint !== undefined)
    return ['ok', say`A client is registered at the first sign-in.`];
  if (canAskForClient)
    return ['warn', say`Clients cannot register themselves here: you are asked for a client id.`];
  return ['fail', say`Clients cannot register themselves here: configure a client id from its operator.`];
}

function judgeScopes(facts: AuthFacts, basis: AuthBasis): Verdict {
  if (!facts.server?.metadata) return skipped();
  const asked = scopesToAsk(facts, basis, false);
  const from = basis.settings.scopes
    ? say`your settings`
    : (facts.probe.challenge?.scopes.length ?? 0) > 0
      ? say`the challenge`
      : say`the resource metadata`;
  if (asked.length === 0)
    return ['ok', say`No scope is asked for: neither the challenge nor the resource metadata names one.`];
  return ['ok', say`Asked for are ${asked.join(' ')}, from ${from}.`];
}

function judgeResourceParameter(facts: AuthFacts, { record }: AuthBasis): Verdict {
  if (!facts.server?.metadata) return skipped();
  const resource = resourceToAsk(facts);
  if (record.tokens && record.tokens.resource !== resource)
    return [
      'warn',
      say`The token was asked for ${record.tokens.resource}; the next one is asked for ${resource}.`,
    ];
  return ['ok', say`Every request names the resource ${resource} (RFC 8707).`];
}

function judgeCallback({ server }: AuthFacts, { settings }: AuthBasis): Verdict {
  if (!server?.metadata) return skipped();
  if (settings.grant.kind !== 'person') return ['ok', say`Not needed: there is no answer in the browser.`];
  return server.metadata.sendsIss
    ? [
        'ok',
        say`Answers say which authorization server they come from (RFC 9207), which is checked together with the state.`,
      ]
    : [
        'warn',
        say`Answers need not say which authorization server they come from; the state is checked, and the issuer where it is given.`,
      ];
}

function judgeStepUp(facts: AuthFacts, { record }: AuthBasis): Verdict {
  if (!facts.server?.metadata) return skipped();
  if (!record.tokens) return ['ok', say`Not signed in yet.`];
  const needed = record.challenge?.status === 403 ? record.challenge.scopes : [];
  const missing = missingScopes(needed, record.tokens.scopes);
  if (missing.length === 0) return ['ok', say`Nothing more was asked for.`];
  return [
    'warn',
    record.fruitlessStepUps > 0
      ? say`The server wants ${missing.join(' ')}, which ${record.fruitlessStepUps} sign-ins did not bring.`
      : say`The server wants ${missing.join(' ')} in addition: sign in for more access.`,
  ];
}

function judgeChange({ server }: AuthFacts, { record }: AuthBasis): Verdict {
  if (!server?.metadata) return skipped();
  const { issuer } = server.metadata;
  const before = record.tokens?.issuer ?? record.target?.metadata.issuer;
  if (before === undefined || before === issuer)
    return ['ok', say`The authorization server is the one known before, or the first.`];
  return [
    'warn',
    say`The authorization server changed from ${before} to ${issuer}: nothing of the old sign-in is sent there; sign in again.`,
  ];
}
