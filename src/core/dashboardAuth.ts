import type { Registration } from './auth.ts';
import { foreignHost } from './authAddress.ts';
import type { InspectedSignIn } from './authInspector.ts';
import type { AuthStep, AuthStepId } from './authSteps.ts';
import type { AuthStatus, AuthView } from './authView.ts';
import type { ShownText } from './dashboard.ts';
import type { Json } from './json.ts';
import { shown, shownIfAny } from './shown.ts';
import { visibleText } from './util/text.ts';

/** An address of a sign-in; `foreignHost` is set when it is not the server's own host. */
export interface AuthAddressView {
  readonly text: ShownText;
  readonly foreignHost: ShownText | undefined;
}

/** One step of the trail. */
export interface AuthStepView {
  readonly id: AuthStepId;
  readonly result: AuthStep['result'];
  readonly found: ShownText;
  readonly where: AuthAddressView | undefined;
  readonly tried: readonly { readonly address: AuthAddressView; readonly outcome: ShownText }[];
}

/** Where a sign-in stands; there is no token in it, and no secret of the server's address. */
export interface AuthStateView {
  readonly status: AuthStatus['kind'];
  readonly account: ShownText | undefined;
  readonly issuer: AuthAddressView | undefined;
  readonly client:
    | {
        readonly id: ShownText;
        readonly registration: Registration;
        readonly hasSecret: boolean | undefined;
      }
    | undefined;
  readonly granted: readonly ShownText[];
  readonly needed: readonly ShownText[];
  readonly missing: readonly ShownText[];
  readonly audience: { readonly named: readonly ShownText[]; readonly isThisServer: boolean } | undefined;
  readonly resource: AuthAddressView | undefined;
  readonly tokenType: ShownText | undefined;
  readonly isBound: boolean;
  readonly obtainedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly canRefresh: boolean;
  readonly challenge:
    | {
        readonly at: number;
        readonly status: 401 | 403;
        readonly scopes: readonly ShownText[];
        readonly error: ShownText | undefined;
        readonly description: ShownText | undefined;
      }
    | undefined;
  readonly foreignHosts: readonly { readonly host: ShownText; readonly roles: readonly string[] }[];
  readonly claims: readonly { readonly name: ShownText; readonly value: ShownText }[];
}

/** The sign-in tab of a remote server. */
export interface AuthPageView {
  readonly server: AuthAddressView | undefined;
  /** Why nothing is known. */
  readonly problem: ShownText | undefined;
  /** When the trail was followed last, milliseconds since the epoch. */
  readonly lookedAt: number | undefined;
  readonly steps: readonly AuthStepView[];
  /** Undefined while it is read. */
  readonly state: AuthStateView | undefined;
}

const mask = '••••';
const maxListed = 100;

/** The sign-in tab from what is known. */
export function authPage(found: InspectedSignIn): AuthPageView {
  const plain = masking(found.secrets);
  const serverUrl = found.view?.serverUrl;
  const text = (value: string, max = 1000) => shown(plain(value), max);
  const address = (url: string, foreign = serverUrl && foreignHost(url, serverUrl)): AuthAddressView => ({
    text: text(url, 2000),
    foreignHost: shownIfAny(foreign || undefined, 300),
  });
  return {
    server: serverUrl === undefined ? undefined : address(serverUrl),
    problem: found.problem === undefined ? undefined : text(found.problem),
    lookedAt: found.look?.at,
    steps: (found.look?.steps ?? []).map(({ id, result, found: said, where, foreignHost: host, tried }) => ({
      id,
      result,
      found: text(said, 2000),
      where: where === undefined ? undefined : address(where, host),
      tried: tried.slice(0, maxListed).map((attempt) => ({
        address: address(attempt.url),
        outcome: text(attempt.outcome, 300),
      })),
    })),
    state: found.view && stateView(found.view, text, address),
  };
}

function stateView(
  view: AuthView,
  text: (value: string, max?: number) => ShownText,
  address: (url: string) => AuthAddressView,
): AuthStateView {
  const scopes = (all: readonly string[]) => all.slice(0, maxListed).map((scope) => text(scope, 200));
  const { client, audience, lastChallenge } = view;
  const ifAny = <T>(value: string | undefined, make: (value: string) => T) =>
    value === undefined || value === '' ? undefined : make(value);
  return {
    status: view.status.kind,
    account: ifAny(view.account, text),
    issuer: ifAny(view.issuer, address),
    client: client && { ...client, id: text(client.id) },
    granted: scopes(view.granted),
    needed: scopes(view.needed),
    missing: scopes(view.missing),
    audience: audience && {
      named: audience.named.map((one) => text(one)),
      isThisServer: audience.isThisServer,
    },
    resource: ifAny(view.resource, address),
    tokenType: ifAny(view.tokenType, (type) => text(type, 40)),
    isBound: view.isBound,
    obtainedAt: view.obtainedAt,
    expiresAt: view.expiresAt,
    canRefresh: view.canRefresh,
    challenge: lastChallenge && {
      at: lastChallenge.at,
      status: lastChallenge.status,
      scopes: scopes(lastChallenge.scopes),
      error: ifAny(lastChallenge.error, (error) => text(error, 200)),
      description: ifAny(lastChallenge.errorDescription, (said) => text(said)),
    },
    foreignHosts: hostsOf(view).map(({ host, roles }) => ({ host: text(host, 300), roles })),
    claims: (view.claims?.all ?? []).map(({ name, value }) => ({
      name: text(name, 100),
      value: text(value, 400),
    })),
  };
}

function hostsOf({
  foreignHosts,
}: AuthView): readonly { readonly host: string; readonly roles: readonly string[] }[] {
  const roles = new Map<string, string[]>();
  for (const { host, role } of foreignHosts) roles.set(host, [...(roles.get(host) ?? []), role]);
  return [...roles].map(([host, of]) => ({ host, roles: of }));
}

/** What is known of a sign-in as JSON: times in ISO 8601, every text visible, secrets of the server's address masked; no token. */
export function authDocument(found: InspectedSignIn): Json {
  const plain = masking(found.secrets);
  const { view, look, problem } = found;
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  const state = view && {
    ...view,
    obtainedAt: time(view.obtainedAt),
    expiresAt: time(view.expiresAt),
    lastChallenge: view.lastChallenge && { ...view.lastChallenge, at: time(view.lastChallenge.at) },
    claims: view.claims?.all,
  };
  const whole = { lookedAt: time(look?.at), problem, steps: look?.steps, state };
  return JSON.parse(
    JSON.stringify(whole, (_key, member: unknown) =>
      typeof member === 'string' ? visibleText(plain(member)).text : member,
    ),
  ) as Json;
}

function masking(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.flatMap((secret) => [secret, encoded(secret)]))]
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((so, secret) => so.replaceAll(secret, mask), text);
}

function encoded(secret: string): string {
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret;
}
