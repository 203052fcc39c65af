import type { AuthRecord, AuthSettings, DatedChallenge } from '../core/auth.ts';
import { parseChallenge } from '../core/authChallenge.ts';
import { resourceMetadataUrls, serverMetadataUrls } from '../core/authDiscovery.ts';
import {
  conventionalMetadata,
  parseResourceMetadata,
  parseServerMetadata,
  type ResourceMetadata,
} from '../core/authMetadata.ts';
import type { AuthAttempt, AuthFacts } from '../core/authSteps.ts';
import type { Json } from '../core/json.ts';
import { AppError, isAppError } from '../core/util/errors.ts';
import type { AuthFetch } from './authFetch.ts';
import { probeForChallenge } from './authProbe.ts';

/** What the discovery found, and the failure of the network that stopped it, if one did. */
export interface Discovered {
  readonly facts: AuthFacts;
  /** The server or the authorization server could not be reached: nothing is known to be wrong. */
  readonly outage: AppError | undefined;
}

export interface DiscoverDeps {
  readonly serverUrl: string;
  readonly settings: AuthSettings;
  readonly record: AuthRecord;
  readonly fetch: AuthFetch;
  readonly now: number;
  /** A challenge that was met already; without one the server is asked. */
  readonly challenge: DatedChallenge | undefined;
}

type Found = Omit<NonNullable<AuthFacts['resource']>, never>;
type FoundServer = NonNullable<AuthFacts['server']>;

/**
 * Follows the trail of a sign-in (MCP authorization, RFC 9728, RFC 8414): challenge, resource metadata, authorization server
 * metadata. Asks nothing of anybody that the steps before do not justify. Rejects only with `cancelled`.
 */
export async function discoverAuth(deps: DiscoverDeps, signal: AbortSignal): Promise<Discovered> {
  const { serverUrl, fetch, now, challenge } = deps;
  let outage: AppError | undefined;
  const onError = (error: unknown): string => {
    if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
    if (isAppError(error, 'connect-failed') || isAppError(error, 'timeout')) outage = error;
    return error.message;
  };
  const probe: AuthFacts['probe'] = challenge
    ? { status: challenge.status, problem: undefined, challenge }
    : await probeForChallenge(fetch, serverUrl, signal).then(
        ({ status, header }) => ({ status, problem: undefined, challenge: parseChallenge(header) }),
        (error: unknown) => ({ status: undefined, problem: onError(error), challenge: undefined }),
      );
  const base = { serverUrl, at: now, probe };
  if (probe.problem !== undefined) return { facts: base, outage };
  if (probe.status !== undefined && probe.status < 300) return { facts: base, outage };
  const resource = await findResource(deps, probe.challenge?.resourceMetadata, onError, signal);
  if (resource.problem !== undefined) return { facts: { ...base, resource }, outage };
  const issuer = chooseIssuer(deps, resource.metadata);
  if (issuer === undefined) return { facts: { ...base, resource }, outage };
  const server = await findServer(deps, issuer, resource.metadata === undefined, onError, signal);
  return { facts: { ...base, resource, server }, outage };
}

/** Of several authorization servers the one that is configured or known, else the first. */
function chooseIssuer({ serverUrl, settings, record }: DiscoverDeps, metadata: ResourceMetadata | undefined) {
  if (!metadata) return `${new URL(serverUrl).origin}/`;
  const { authorizationServers } = metadata;
  const wished = [settings.issuer, record.tokens?.issuer, ...record.clients.map(({ issuer }) => issuer)];
  return (
    wished.find((issuer) => issuer !== undefined && authorizationServers.includes(issuer)) ??
    authorizationServers[0]
  );
}

async function findResource(
  { serverUrl, fetch }: DiscoverDeps,
  challenged: string | undefined,
  onError: (error: unknown) => string,
  signal: AbortSignal,
): Promise<Found> {
  const tried: AuthAttempt[] = [];
  const nothing = { tried, url: undefined, metadata: undefined, problem: undefined };
  for (const url of resourceMetadataUrls(serverUrl, challenged)) {
    const answer = await tryJson(fetch, url, tried, onError, signal);
    if (answer.kind === 'problem') return { ...nothing, url, problem: answer.problem };
    if (answer.kind === 'none') continue;
    const metadata = parseResourceMetadata(answer.json);
    return typeof metadata === 'string'
      ? { ...nothing, url, problem: metadata }
      : { ...nothing, url, metadata };
  }
  return challenged === undefined
    ? nothing
    : { ...nothing, url: challenged, problem: 'the address in the challenge has none' };
}

async function findServer(
  { serverUrl, fetch }: DiscoverDeps,
  asked: string,
  isConventional: boolean,
  onError: (error: unknown) => string,
  signal: AbortSignal,
): Promise<FoundServer> {
  const tried: AuthAttempt[] = [];
  const nothing = {
    asked,
    tried,
    url: undefined,
    kind: 'none',
    metadata: undefined,
    problem: undefined,
  } as const;
  if (!URL.canParse(asked)) return { ...nothing, problem: 'the issuer is not a URL' };
  for (const { url, kind } of serverMetadataUrls(asked)) {
    const answer = await tryJson(fetch, url, tried, onError, signal);
    if (answer.kind === 'problem') return { ...nothing, url, kind, problem: answer.problem };
    if (answer.kind === 'none') continue;
    const metadata = parseServerMetadata(answer.json);
    return typeof metadata === 'string'
      ? { ...nothing, url, kind, problem: metadata }
      : { ...nothing, url, kind, metadata };
  }
  return isConventional ? { ...nothing, metadata: conventionalMetadata(new URL(serverUrl).origin) } : nothing;
}

type Answer =
  | { readonly kind: 'json'; readonly json: Json }
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly problem: string };

async function tryJson(
  fetch: AuthFetch,
  url: string,
  tried: AuthAttempt[],
  onError: (error: unknown) => string,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const { status, json, problem } = await fetch.json(url, signal);
    tried.push({ url, outcome: problem ?? `HTTP ${status}` });
    if (problem !== undefined) return { kind: 'problem', problem };
    if (json !== undefined) return { kind: 'json', json: json as Json };
    // A gateway that knows nothing of this address is no reason to give up.
    return status < 500 || status === 502 ? { kind: 'none' } : { kind: 'problem', problem: `HTTP ${status}` };
  } catch (error) {
    const problem = onError(error);
    tried.push({ url, outcome: problem });
    return { kind: 'problem', problem };
  }
}
