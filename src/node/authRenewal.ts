import type { AuthRecord, AuthTokens, DatedChallenge } from '../core/auth.ts';
import { unionScopes } from '../core/authScopes.ts';
import { authSteps, scopesToAsk, type AuthFacts } from '../core/authSteps.ts';
import { AppError } from '../core/util/errors.ts';
import { knownClient } from './authClients.ts';
import { basisOf, reached, targetOf, type AuthContext } from './authContext.ts';
import { discoverAuth } from './authDiscover.ts';
import { dpopSession, newDpopKey, wantsBoundTokens } from './authDpop.ts';
import { grantTokens } from './authGrants.ts';
import { hostOf, refreshTokens, TokenRefused } from './authTokens.ts';
import type { DpopSession } from '@modelcontextprotocol/client';

// A token that is rejected this soon after the sign-in never was accepted.
const freshMs = 60_000;

/** Why a server has no usable token and cannot get one without the user. */
export type Need =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'more'; readonly scopes: readonly string[] }
  | { readonly kind: 'changed'; readonly from: string; readonly to: string }
  | { readonly kind: 'unencrypted' }
  | { readonly kind: 'error'; readonly error: AppError };

/** The outcome of a renewal: the record to keep, and what only the user can do. */
export interface Renewed {
  readonly record: AuthRecord;
  readonly need: Need | undefined;
}

/**
 * Gets a new token without asking anybody: with the refresh token, or as this machine where the settings say so. After a
 * challenge the trail is followed anew, so that a server that moved to another authorization server is noticed. Rejects with
 * an AppError when the network failed: nothing is lost then.
 */
export async function renew(
  context: AuthContext,
  record: AuthRecord,
  challenge: DatedChallenge | undefined,
  signal: AbortSignal,
): Promise<Renewed> {
  const { settings, fetch } = reached(context);
  const { deps, serverUrl } = context;
  const { tokens } = record;
  const isPerson = settings.grant.kind === 'person';
  const now = deps.clock.now();
  if (isPerson && !tokens) return { record, need: { kind: 'sign-in' } };
  if (isPerson && tokens?.refreshToken === undefined) {
    const isFresh = tokens !== undefined && now - tokens.obtainedAt < freshMs;
    return { record, need: { kind: isFresh && challenge ? 'rejected' : 'ended' } };
  }
  let facts: AuthFacts | undefined;
  let { target } = record;
  if (challenge || !target) {
    const found = await discoverAuth({ serverUrl, settings, record, fetch, now, challenge }, signal);
    if (found.outage) throw found.outage;
    ({ facts } = found);
    try {
      target = targetOf(facts, authSteps(facts, basisOf(context, settings, record)));
    } catch (error) {
      if (error instanceof AppError) return { record, need: { kind: 'error', error } };
      throw error;
    }
  }
  const { issuer } = target.metadata;
  if (isPerson && tokens && tokens.issuer !== issuer) {
    deps.logger.warn(
      `${hostOf(serverUrl)} changed its authorization server from ${tokens.issuer} to ${issuer}`,
    );
    return { record, need: { kind: 'changed', from: tokens.issuer, to: issuer } };
  }
  const client = await knownClient({ serverUrl, settings, people: deps.people }, record, issuer);
  if (!client || (isPerson && client.clientId !== tokens?.clientId))
    return { record, need: { kind: 'ended' } };
  const scopes =
    isPerson || !facts
      ? (tokens?.scopes ?? [])
      : unionScopes(scopesToAsk(facts, basisOf(context, settings, record), challenge?.status === 403));
  try {
    const bound = await binding(context, record, target, challenge);
    const request = { target, client, ...bound.request, fetch: fetch.fetch, now, scopes };
    const renewed =
      isPerson && tokens
        ? await refreshTokens(request, tokens)
        : await grantTokens(request, { serverUrl, settings, people: deps.people });
    return {
      record: { ...record, target, tokens: renewed, requestedScopes: scopes, dpopKey: bound.key },
      need: undefined,
    };
  } catch (error) {
    if (error instanceof TokenRefused) return refused({ ...record, target }, tokens, error, isPerson);
    throw error;
  }
}

/** The key that tokens are, or are to be, bound to. */
async function binding(
  { deps, serverUrl }: AuthContext,
  record: AuthRecord,
  target: NonNullable<AuthRecord['target']>,
  challenge: DatedChallenge | undefined,
): Promise<{
  readonly key: AuthRecord['dpopKey'];
  readonly request: { dpop: DpopSession | undefined; mustBind: boolean };
}> {
  const settings = deps.settingsOf(serverUrl);
  const isBound = record.tokens?.tokenType === 'DPoP';
  const wants = wantsBoundTokens(settings, target.metadata, target.resourceMetadata, challenge);
  if (!isBound && !wants) return { key: record.dpopKey, request: { dpop: undefined, mustBind: false } };
  const key = record.dpopKey ?? (await newDpopKey());
  return { key, request: { dpop: await dpopSession(key), mustBind: isBound || settings.dpop === 'always' } };
}

function refused(
  record: AuthRecord,
  tokens: AuthTokens | undefined,
  error: TokenRefused,
  isPerson: boolean,
): Renewed {
  if (!isPerson) return { record, need: { kind: 'error', error } };
  const isClientGone = error.reason === 'invalid_client' || error.reason === 'unauthorized_client';
  const clients = isClientGone
    ? record.clients.filter(
        ({ issuer, registration }) => issuer !== tokens?.issuer || registration === 'entered',
      )
    : record.clients;
  return { record: { ...record, clients, tokens: undefined }, need: { kind: 'ended' } };
}
