import { isDpopNonceChallenge, type DpopSession } from '@modelcontextprotocol/client';
import type { AuthRecord, DatedChallenge } from '../core/auth.ts';
import { mayCarryTokens } from '../core/authAddress.ts';
import { parseChallenge } from '../core/authChallenge.ts';
import { readClaims } from '../core/authClaims.ts';
import { missingScopes } from '../core/authScopes.ts';
import { AppError } from '../core/util/errors.ts';
import { abortable } from '../core/util/sharedWork.ts';
import { oneLine } from '../core/util/text.ts';
import type { AuthContext } from './authContext.ts';
import { dpopSession } from './authDpop.ts';
import { renew, type Need } from './authRenewal.ts';
import { hostOf } from './authTokens.ts';

// A token that ends within this time is renewed before it is used.
const earlyMs = 30_000;
const maxSignIns = 2;
/** What stands in the place of a token in a text. */
const hiddenMark = '(hidden)';

/** The token of one server as its connections use it: sent, renewed by itself, and never asked from the user. */
export class ServerAuth {
  readonly #context: AuthContext;
  readonly #onChange: () => void;
  #record: AuthRecord | undefined;
  #dpop: { readonly thumbprint: unknown; readonly session: DpopSession | undefined } | undefined;
  #renewal: Promise<boolean> | undefined;
  #need: Need = { kind: 'sign-in' };

  constructor(context: AuthContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  get serverUrl(): string {
    return this.#context.serverUrl;
  }

  /** Who is signed in, as far as the record is loaded and the tokens say; undefined for nobody. */
  get signedIn(): { readonly issuer: string; readonly account: string | undefined } | undefined {
    const tokens = this.#record?.tokens;
    if (!tokens) return undefined;
    const claims = tokens.idToken === undefined ? undefined : readClaims(tokens.idToken);
    return { issuer: tokens.issuer, account: claims?.subject ?? readClaims(tokens.accessToken)?.subject };
  }

  /** What a request must carry; undefined while there is no token, or none may be sent. */
  async headers(
    url: URL,
    method: string,
    signal: AbortSignal,
  ): Promise<{ readonly token: string; readonly headers: Readonly<Record<string, string>> } | undefined> {
    if (!mayCarryTokens(this.serverUrl)) {
      this.#need = { kind: 'unencrypted' };
      return undefined;
    }
    let record = await this.#load();
    const endsAt = record.tokens?.expiresAt;
    if (endsAt !== undefined && endsAt - earlyMs <= this.#context.deps.clock.now()) {
      await this.#renewEarly(record.tokens?.accessToken, signal);
      record = await this.#load();
    }
    const { tokens } = record;
    if (!tokens) return undefined;
    const { accessToken: token, tokenType } = tokens;
    if (tokenType !== 'DPoP') return { token, headers: { authorization: `Bearer ${token}` } };
    const session = await this.#session(record);
    if (!session) return undefined;
    const dpop = await session.buildProof({ htm: method, htu: url, accessToken: token });
    return { token, headers: { authorization: `DPoP ${token}`, dpop } };
  }

  /** Takes note of an answer; true when the same request is to be sent again with a fresh proof (RFC 9449 section 9). */
  observe(url: URL, response: Response): boolean {
    const session = this.#dpop?.session;
    if (!session) return false;
    const before = session.nonceFor(url);
    session.observeNonce(response, url);
    return isDpopNonceChallenge(response) && session.nonceFor(url) !== before;
  }

  /**
   * After a 401, or a 403 that asks for more: gets another token without the user, if that can be. True when there is a new
   * one to try. Rejects with an AppError when the network failed.
   */
  async rejected(token: string | undefined, response: Response, signal: AbortSignal): Promise<boolean> {
    const header = response.headers.get('www-authenticate');
    const parsed = parseChallenge(header);
    const empty = {
      scheme: 'bearer',
      resourceMetadata: undefined,
      scopes: [],
      error: undefined,
      errorDescription: undefined,
    } as const;
    const status = response.status === 403 ? 403 : 401;
    const challenge = { ...(parsed ?? empty), status, at: this.#context.deps.clock.now() } as const;
    if (!mayCarryTokens(this.serverUrl)) return false;
    return this.#renew(token, challenge, signal);
  }

  /** A new token was rejected as well. */
  rejectedAgain(response: Response): void {
    if (response.status === 401) this.#need = { kind: 'rejected' };
  }

  /** Renews now, for the user. Rejects as `problem` says when that cannot be done without them. */
  async refresh(signal: AbortSignal): Promise<void> {
    const record = await this.reload();
    if (!(await this.#renew(record.tokens?.accessToken, undefined, signal))) throw this.problem();
  }

  /** The record anew from the storage: another window may have signed in or out. */
  async reload(): Promise<AuthRecord> {
    this.#record = undefined;
    return this.#load();
  }

  /** Takes in what a sign-in or sign-out left. */
  take(record: AuthRecord): void {
    this.#record = record;
    if (!record.tokens) this.#need = { kind: 'sign-in' };
    this.#onChange();
  }

  /** True when the user has signed in for these scopes as often as makes sense. */
  static isFruitless(record: AuthRecord): boolean {
    return record.fruitlessStepUps >= maxSignIns;
  }

  /** Hides every token of this server in a text. */
  hide(text: string): string {
    const { tokens, clients } = this.#record ?? {};
    const secrets = [
      tokens?.accessToken,
      tokens?.refreshToken,
      tokens?.idToken,
      ...(clients ?? []).map((one) => one.clientSecret),
    ];
    return secrets.reduce<string>(
      (shown, secret) =>
        secret !== undefined && secret.length >= 4 ? shown.replaceAll(secret, hiddenMark) : shown,
      text,
    );
  }

  /** Why the server cannot be used now and what the user can do; code `needs-sign-in`. */
  problem(): AppError {
    const host = hostOf(this.serverUrl);
    const say = (message: string, nextStep: string) => new AppError('needs-sign-in', message, { nextStep });
    const need = this.#need;
    switch (need.kind) {
      case 'sign-in':
        return say(`${host} wants you to sign in`, 'Sign in to this server.');
      case 'ended':
        return say(`your sign-in to ${host} has ended`, 'Sign in to this server again.');
      case 'rejected':
        return say(
          `${host} rejects the token that was just issued for it`,
          "Another sign-in will not help by itself: compare the token's audience and issuer in the sign-in details with what the server expects, or tell its operator.",
        );
      case 'more': {
        const scopes = oneLine(need.scopes.join(' '), 200);
        if (this.#record && ServerAuth.isFruitless(this.#record))
          return say(
            `${host} still asks for ${scopes} after ${maxSignIns} sign-ins for it`,
            'Your account may lack this right: switch the account, or ask the operator of the server.',
          );
        return say(`${host} wants more access: ${scopes}`, 'Sign in for more access, then run it again.');
      }
      case 'changed':
        return say(
          `${host} changed its authorization server from ${hostOf(need.from)} to ${hostOf(need.to)}`,
          'Check that this is meant, then sign in again.',
        );
      case 'unencrypted':
        return say(
          `${host} is reached without encryption, so no token is sent to it`,
          'Use its https address.',
        );
      case 'error': {
        const { error } = need;
        return new AppError('needs-sign-in', error.message, {
          cause: error,
          ...(error.nextStep ? { nextStep: error.nextStep } : {}),
        });
      }
    }
  }

  async #load(): Promise<AuthRecord> {
    this.#record ??= await this.#context.store.read(this.serverUrl);
    return this.#record;
  }

  async #session(record: AuthRecord): Promise<DpopSession | undefined> {
    const thumbprint = record.dpopKey?.['thumbprint'];
    if (!record.dpopKey) return undefined;
    if (this.#dpop?.thumbprint !== thumbprint)
      this.#dpop = { thumbprint, session: await dpopSession(record.dpopKey) };
    return this.#dpop?.session;
  }

  async #renewEarly(token: string | undefined, signal: AbortSignal): Promise<void> {
    try {
      await this.#renew(token, undefined, signal);
    } catch (error) {
      // The token may still do; if not, the server says so.
      this.#context.deps.logger.info(
        `${hostOf(this.serverUrl)}: ${error instanceof Error ? error.message : 'not renewed'}`,
      );
    }
  }

  /** One renewal at a time; whoever comes meanwhile shares its outcome. It goes on when they leave: a rotated token must be kept. */
  #renew(
    token: string | undefined,
    challenge: DatedChallenge | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#renewal ??= this.#renewOnce(token, challenge, new AbortController().signal).finally(() => {
      this.#renewal = undefined;
    });
    return abortable(this.#renewal, signal);
  }

  async #renewOnce(
    token: string | undefined,
    challenge: DatedChallenge | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, deps, serverUrl } = this.#context;
    const isPerson = deps.settingsOf(serverUrl).grant.kind === 'person';
    let isNew = false;
    this.#record = await store.update(serverUrl, signal, async (before) => {
      const record = challenge ? noted(before, challenge, token) : before;
      const isOther = record.tokens !== undefined && record.tokens.accessToken !== token;
      if (isOther) {
        isNew = true; // another window, or another request, was here before
        return record;
      }
      if (isPerson && challenge?.status === 403) {
        const granted = record.tokens?.scopes ?? [];
        const missing = missingScopes(challenge.scopes, granted);
        this.#need = { kind: 'more', scopes: missing.length > 0 ? missing : challenge.scopes };
        return record;
      }
      const renewed = await renew(this.#context, record, challenge, signal);
      isNew = renewed.need === undefined;
      if (renewed.need) this.#need = renewed.need;
      return renewed.record;
    });
    this.#onChange();
    return isNew;
  }
}

/** The record with a challenge noted; one that asks again for what the last sign-in asked for counts that as fruitless. */
function noted(record: AuthRecord, challenge: DatedChallenge, token: string | undefined): AuthRecord {
  const { tokens, requestedScopes, challenge: last, fruitlessStepUps } = record;
  const isFirstOfToken = tokens !== undefined && (last === undefined || last.at <= tokens.obtainedAt);
  const isAskedBefore =
    challenge.status === 403 &&
    tokens?.accessToken === token &&
    missingScopes(challenge.scopes, requestedScopes).length === 0;
  const isFruitless = isAskedBefore && isFirstOfToken;
  return { ...record, challenge, fruitlessStepUps: isFruitless ? fruitlessStepUps + 1 : fruitlessStepUps };
}
