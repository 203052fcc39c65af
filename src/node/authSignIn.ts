import { randomBytes } from 'node:crypto';
import { startAuthorization } from '@modelcontextprotocol/client';
import type {
  AuthClient,
  AuthRecord,
  AuthRedirect,
  AuthTarget,
  AuthTokens,
  SignInReason,
} from '../core/auth.ts';
import { authReach, authUrlProblem } from '../core/authAddress.ts';
import { issProblem } from '../core/authDiscovery.ts';
import { authSteps, scopesToAsk, type AuthStep } from '../core/authSteps.ts';
import type { JsonObject } from '../core/json.ts';
import { AppError } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import { findClient, knownClient } from './authClients.ts';
import { basisOf, reached, targetOf, withClient, type AuthContext } from './authContext.ts';
import { discoverAuth, type Discovered } from './authDiscover.ts';
import { dpopSession, newDpopKey, wantsBoundTokens } from './authDpop.ts';
import { grantTokens } from './authGrants.ts';
import { exchangeCode, hostOf, sdkClient, sdkMetadata, type TokenContext } from './authTokens.ts';

const defaultSignInMs = 10 * 60_000;
// A challenge older than this may no longer be what the server would say.
const challengeMs = 10 * 60_000;

/** What a sign-in left: the record to keep is under `apply`, so that a change of another window meanwhile is not lost. */
export interface SignedIn {
  readonly tokens: AuthTokens;
  readonly steps: readonly AuthStep[];
  apply(record: AuthRecord): AuthRecord;
}

/** What a discovery for this record finds now. */
export async function lookAround(
  context: AuthContext,
  record: AuthRecord,
  isFresh: boolean,
  signal: AbortSignal,
): Promise<Discovered & { readonly steps: readonly AuthStep[] }> {
  const { settings, fetch } = reached(context);
  const { deps, serverUrl } = context;
  const now = deps.clock.now();
  const known = record.challenge;
  const challenge = !isFresh && known && now - known.at < challengeMs ? known : undefined;
  const found = await discoverAuth({ serverUrl, settings, record, fetch, now, challenge }, signal);
  return { ...found, steps: authSteps(found.facts, basisOf(context, settings, record)) };
}

/**
 * Signs in: with the user in the browser, or as this machine where the settings say so. Rejects `blocked` when a step of the
 * discovery forbids it, `cancelled`, `denied` when the authorization server refuses, `timeout`, or as the network failed.
 */
export async function signIn(
  context: AuthContext,
  record: AuthRecord,
  reason: SignInReason,
  signal: AbortSignal,
): Promise<SignedIn> {
  const { deps, serverUrl } = context;
  const { facts, steps, outage } = await lookAround(context, record, false, signal);
  if (outage) throw outage;
  const target = targetOf(facts, steps);
  const { settings, fetch } = reached(context);
  const basis = basisOf(context, settings, record);
  const scopes = scopesToAsk(facts, basis, reason === 'step-up' || reason === 're-consent');
  const binds = wantsBoundTokens(settings, target.metadata, target.resourceMetadata, facts.probe.challenge);
  const key = binds ? (record.dpopKey ?? (await newDpopKey())) : undefined;
  const dpop = key && (await dpopSession(key));
  const base = { target, dpop, mustBind: settings.dpop === 'always', fetch: fetch.fetch, scopes };
  const result = (client: AuthClient, tokens: AuthTokens): SignedIn => ({
    tokens,
    steps,
    apply: (now) => signedIn(now, { target, client, tokens, scopes, key, reason }),
  });
  if (settings.grant.kind !== 'person') {
    const client = await knownClient(
      { serverUrl, settings, people: deps.people },
      record,
      target.metadata.issuer,
    );
    if (!client) throw new AppError('invalid-config', `${hostOf(serverUrl)} needs a configured client id`);
    const people = { serverUrl, settings, people: deps.people };
    return result(client, await grantTokens({ ...base, client, now: deps.clock.now() }, people));
  }
  const preferred =
    record.clients.find(({ issuer }) => issuer === target.metadata.issuer)?.redirectUris ?? [];
  const redirect = await deps.redirects.open({ port: settings.redirectPort, preferred });
  try {
    const { clientMetadataUrl, people } = deps;
    const client = await findClient(
      { serverUrl, settings, people, clientMetadataUrl, fetch },
      record,
      target,
      redirect.uri,
      signal,
    );
    const tokens = await inBrowser(context, { ...base, client, now: 0 }, redirect, reason, signal);
    return result(client, tokens);
  } finally {
    redirect.dispose();
  }
}

async function inBrowser(
  { deps, serverUrl }: AuthContext,
  request: TokenContext,
  redirect: AuthRedirect,
  reason: SignInReason,
  signal: AbortSignal,
): Promise<AuthTokens> {
  const { target, client, scopes } = request;
  const { issuer, sendsIss } = target.metadata;
  const state = randomBytes(32).toString('base64url');
  const scope = scopes.join(' ');
  const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, {
    metadata: sdkMetadata(target.metadata),
    clientInformation: sdkClient(client),
    redirectUrl: redirect.uri,
    ...(scope === '' ? {} : { scope }),
    state,
    resource: target.resource,
  });
  addPrompt(authorizationUrl, reason, target);
  const url = authorizationUrl.href;
  const problem = authUrlProblem(url, authReach(serverUrl, deps.settingsOf(serverUrl).allowedHosts));
  if (problem !== undefined) throw new AppError('blocked', `the browser is not opened: ${problem}`);
  const late = new AbortController();
  const signInMs = deps.signInMs ?? defaultSignInMs;
  const timer = deps.clock.setTimer(signInMs, () =>
    late.abort(
      new AppError(
        'timeout',
        `nobody signed in to ${hostOf(serverUrl)} within ${signInMs / 60_000} minutes`,
        {
          nextStep: 'Sign in again.',
        },
      ),
    ),
  );
  try {
    const answered = redirect.answer(state, AbortSignal.any([signal, late.signal]));
    answered.catch(() => {}); // the browser may not be opened at all
    if (!(await deps.browser.open({ url, serverUrl, issuer, reason, scopes }, signal)))
      throw new AppError('cancelled', 'the browser was not opened');
    const answer = await answered;
    const iss = answer.get('iss') ?? undefined;
    const badIss = issProblem(iss, issuer, sendsIss);
    // Nothing else of such an answer is shown: whoever sent it wrote it.
    if (badIss !== undefined)
      throw new AppError('blocked', `the sign-in to ${hostOf(serverUrl)} was not finished: ${badIss}`, {
        nextStep:
          'Somebody may be trying to get hold of your sign-in. Close that page and do not sign in there.',
      });
    return await exchangeCode(
      { ...request, now: deps.clock.now() },
      { code: codeOf(answer, issuer), iss, verifier: codeVerifier, redirectUri: redirect.uri },
    );
  } finally {
    timer.dispose();
  }
}

function codeOf(answer: URLSearchParams, issuer: string): string {
  const error = answer.get('error');
  const code = answer.get('code');
  if (error === null && code !== null && code !== '') return code;
  const said = oneLine(answer.get('error_description') ?? error ?? 'no code', 200);
  throw new AppError('denied', `${hostOf(issuer)} did not sign you in: ${said}`, {
    nextStep:
      error === 'invalid_scope' ? 'Forget the client of this server, then sign in again.' : 'Sign in again.',
  });
}

function addPrompt(url: URL, reason: SignInReason, { metadata }: AuthTarget): void {
  const wanted = new Set((url.searchParams.get('prompt') ?? '').split(' ').filter((value) => value !== ''));
  if (reason === 're-consent') wanted.add('consent');
  if (reason === 'switch-account')
    wanted.add(metadata.promptValues?.includes('select_account') ? 'select_account' : 'login');
  if (wanted.size > 0) url.searchParams.set('prompt', [...wanted].join(' '));
}

function signedIn(
  record: AuthRecord,
  done: {
    readonly target: AuthTarget;
    readonly client: AuthClient;
    readonly tokens: AuthTokens;
    readonly scopes: readonly string[];
    readonly key: JsonObject | undefined;
    readonly reason: SignInReason;
  },
): AuthRecord {
  const { target, client, tokens, scopes, key, reason } = done;
  const kept = client.registration === 'pre-registered' ? record : withClient(record, client);
  return {
    ...kept,
    target,
    tokens,
    requestedScopes: scopes,
    fruitlessStepUps: reason === 'step-up' ? record.fruitlessStepUps : 0,
    dpopKey: key ?? record.dpopKey,
  };
}
