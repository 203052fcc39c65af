import type { AuthRecord, Revocation, SignInReason } from '../core/auth.ts';
import { authView, type AuthReport, type AuthView } from '../core/authView.ts';
import { AppError } from '../core/util/errors.ts';
import { Store, type Readable } from '../core/util/store.ts';
import { knownClient } from './authClients.ts';
import { foundTarget, reached, type AuthContext, type AuthDeps } from './authContext.ts';
import { revokeTokens } from './authRevoke.ts';
import { ServerAuth } from './authSession.ts';
import { lookAround, signIn } from './authSignIn.ts';
import { authKeyUrl, AuthStore } from './authStore.ts';
import { hostOf } from './authTokens.ts';

/** What a 401 said, and which token it was the answer to. */
export interface Refused {
  /** The `WWW-Authenticate` header. */
  readonly challenge: string | undefined;
  readonly rejected: string | undefined;
}

/** Sign-ins of remote servers, by the server's address. Everything but `session` is for user actions only. */
export interface Auth {
  /** The token of a server as its connections use it; the same object for the same address. */
  session(serverUrl: string): ServerAuth;
  /** Signs in, opening the browser; one at a time for each server. Rejects `cancelled`, `denied`, `blocked`, `timeout`, or as the network failed. */
  signIn(serverUrl: string, reason: SignInReason, signal: AbortSignal): Promise<AuthView>;
  /** Renews the token now. Rejects `needs-sign-in` when that takes the user. */
  refresh(serverUrl: string, signal: AbortSignal): Promise<AuthView>;
  /** Forgets the tokens here, then revokes them at the authorization server. */
  signOut(serverUrl: string, signal: AbortSignal): Promise<Revocation>;
  /** Signs out and forgets everything: client, key, what was found. */
  forget(serverUrl: string, signal: AbortSignal): Promise<Revocation>;
  /** The token for plain requests to an address that answered 401, renewed where the last one was `rejected`; undefined when it takes the user. */
  bearer(serverUrl: string, refused: Refused, signal: AbortSignal): Promise<string | undefined>;
  /** Follows the trail of the sign-in without credentials: the twelve steps, and the state now. Never rejects for what it finds. */
  inspect(serverUrl: string, signal: AbortSignal): Promise<AuthReport>;
  /** The state as it is kept; no network. */
  view(serverUrl: string): Promise<AuthView>;
  /** Changes with each change of a sign-in. */
  readonly changes: Readable<number>;
}

/** Builds the sign-ins over their ports; asks nothing of anybody by itself. */
export function createAuth(deps: AuthDeps): Auth {
  const store = new AuthStore(deps);
  const sessions = new Map<string, ServerAuth>();
  const signingIn = new Set<string>();
  const changes = new Store(0);
  const contextOf = (serverUrl: string): AuthContext => ({ deps, serverUrl, store });
  const session = (url: string): ServerAuth => {
    const serverUrl = authKeyUrl(url);
    let found = sessions.get(serverUrl);
    if (!found) {
      found = new ServerAuth(contextOf(serverUrl), () => changes.update((count) => count + 1));
      sessions.set(serverUrl, found);
    }
    return found;
  };
  const viewOf = (serverUrl: string, record: AuthRecord) =>
    authView(record, deps.settingsOf(serverUrl), deps.clock.now());

  const signOut = async (auth: ServerAuth, signal: AbortSignal): Promise<Revocation> => {
    const { serverUrl } = auth;
    let before: AuthRecord | undefined;
    const record = await store.update(serverUrl, signal, (now) => {
      before = now;
      return { ...now, tokens: undefined, requestedScopes: [], fruitlessStepUps: 0 };
    });
    auth.take(record);
    return before ? revokeOld(contextOf(serverUrl), before, signal) : { kind: 'nothing' };
  };

  return {
    session,
    changes,
    signIn: async (url, wanted, signal) => {
      const auth = session(url);
      const { serverUrl } = auth;
      if (signingIn.has(serverUrl))
        throw new AppError('conflict', `a sign-in to ${hostOf(serverUrl)} is under way`, {
          nextStep: 'Finish it in the browser, or cancel it.',
        });
      signingIn.add(serverUrl);
      try {
        const record = await auth.reload();
        const wantsMore = record.tokens !== undefined && record.challenge?.status === 403;
        const reason = wanted === 'sign-in' && wantsMore ? 'step-up' : wanted;
        if (reason === 'step-up' && ServerAuth.isFruitless(record)) {
          const { message, nextStep } = auth.problem();
          throw new AppError('denied', message, nextStep === undefined ? {} : { nextStep });
        }
        const done = await signIn(contextOf(serverUrl), record, reason, signal);
        // What the authorization server gave is kept, also for a user who leaves at this moment.
        const kept = await store.update(serverUrl, new AbortController().signal, (now) => done.apply(now));
        auth.take(kept);
        if (reason === 'switch-account') await revokeOld(contextOf(serverUrl), record, signal);
        return viewOf(serverUrl, kept);
      } finally {
        signingIn.delete(serverUrl);
      }
    },
    refresh: async (url, signal) => {
      const auth = session(url);
      await auth.refresh(signal);
      return viewOf(auth.serverUrl, await auth.reload());
    },
    signOut: (url, signal) => signOut(session(url), signal),
    forget: async (url, signal) => {
      const auth = session(url);
      const revocation = await signOut(auth, signal);
      await store.remove(auth.serverUrl, signal);
      auth.take(await auth.reload());
      return revocation;
    },
    bearer: async (url, { challenge, rejected }, signal) => {
      const auth = session(url);
      const at = new URL(auth.serverUrl);
      const held = await auth.headers(at, 'GET', signal);
      // A token that is bound to a key is no bearer token.
      if (held && 'dpop' in held.headers) return undefined;
      if (held && held.token !== rejected) return held.token;
      const headers = challenge === undefined ? {} : { 'www-authenticate': challenge };
      const isNew = await auth.rejected(held?.token, new Response(null, { status: 401, headers }), signal);
      return isNew ? (await auth.headers(at, 'GET', signal))?.token : undefined;
    },
    inspect: async (url, signal) => {
      const { serverUrl } = session(url);
      const record = await store.read(serverUrl);
      const { facts, steps } = await lookAround(contextOf(serverUrl), record, true, signal);
      // Whoever is not signed in yet sees where a sign-in would lead.
      const seen = record.tokens ? record : { ...record, target: foundTarget(facts) ?? record.target };
      return { at: facts.at, steps, view: viewOf(serverUrl, seen) };
    },
    view: async (url) => {
      const auth = session(url);
      return viewOf(auth.serverUrl, await auth.reload());
    },
  };
}

/** Revokes the tokens of a record at the server that issued them, whatever the resource says today. */
async function revokeOld(context: AuthContext, before: AuthRecord, signal: AbortSignal): Promise<Revocation> {
  const { tokens, target } = before;
  if (!tokens || !target) return { kind: 'nothing' };
  if (tokens.issuer !== target.metadata.issuer) return { kind: 'unsupported' };
  const { settings, fetch } = reached(context);
  const { deps, serverUrl } = context;
  const client = await knownClient({ serverUrl, settings, people: deps.people }, before, tokens.issuer);
  return client ? revokeTokens(fetch, target, client, tokens, signal) : { kind: 'unsupported' };
}
