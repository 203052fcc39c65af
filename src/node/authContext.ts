import type {
  AuthBrowser,
  AuthClient,
  AuthLock,
  AuthPeople,
  AuthRecord,
  AuthRedirects,
  AuthSettings,
  AuthTarget,
} from '../core/auth.ts';
import { authReach } from '../core/authAddress.ts';
import { resourceToAsk, type AuthBasis, type AuthFacts, type AuthStep } from '../core/authSteps.ts';
import type { Clock, Logger, Secrets, Sha256 } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import { AuthFetch } from './authFetch.ts';
import type { Lookup } from './judgedLookup.ts';
import type { AuthStore } from './authStore.ts';
import { hostOf } from './authTokens.ts';

/** What sign-ins need from outside. */
export interface AuthDeps {
  readonly secrets: Secrets;
  readonly lock: AuthLock;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sha256: Sha256;
  readonly browser: AuthBrowser;
  readonly redirects: AuthRedirects;
  readonly people: AuthPeople;
  settingsOf(serverUrl: string): AuthSettings;
  /** Address of our client ID metadata document, once there is one. */
  readonly clientMetadataUrl?: string | undefined;
  readonly lookup?: Lookup;
  /** Bounds of one request to an authorization server. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  /** How long the user may take in the browser; ten minutes when absent. */
  readonly signInMs?: number;
}

/** The outside world as the sign-in of one server sees it. */
export interface AuthContext {
  readonly deps: AuthDeps;
  readonly serverUrl: string;
  readonly store: AuthStore;
}

/** The settings as they are now, and a fetch that keeps to them. */
export function reached({ deps, serverUrl }: AuthContext): {
  readonly settings: AuthSettings;
  readonly fetch: AuthFetch;
} {
  const settings = deps.settingsOf(serverUrl);
  return { settings, fetch: new AuthFetch(deps, authReach(serverUrl, settings.allowedHosts)) };
}

/** What the steps of a sign-in are judged with. */
export function basisOf({ deps }: AuthContext, settings: AuthSettings, record: AuthRecord): AuthBasis {
  return {
    settings,
    record,
    clientMetadataUrl: deps.clientMetadataUrl,
    canAskForClient: deps.people.askForClient !== undefined,
  };
}

/** Where the sign-in leads; throws `blocked` with the sentence of the step that forbids it. */
export function targetOf(facts: AuthFacts, steps: readonly AuthStep[]): AuthTarget {
  const bad = steps.find(({ result }) => result === 'fail');
  if (bad)
    throw new AppError('blocked', `no sign-in to ${hostOf(facts.serverUrl)}: ${bad.found}`, {
      nextStep: 'Look at the sign-in steps of this server; its operator can mend what they name.',
    });
  const target = foundTarget(facts);
  if (!target)
    throw new AppError('unsupported', `${hostOf(facts.serverUrl)} does not ask for a sign-in`, {
      nextStep: 'Start the server; it needs no token.',
    });
  return target;
}

/** Where the trail leads, whether or not it may be followed; undefined when it ends before an authorization server. */
export function foundTarget(facts: AuthFacts): AuthTarget | undefined {
  const { server, resource } = facts;
  return (
    server?.metadata && {
      resource: resourceToAsk(facts),
      resourceMetadata: resource?.metadata,
      resourceMetadataUrl: resource?.url,
      metadata: server.metadata,
      metadataUrl: server.url,
    }
  );
}

/** The record with this client as the one of its issuer. */
export function withClient(record: AuthRecord, client: AuthClient): AuthRecord {
  return { ...record, clients: [...record.clients.filter(({ issuer }) => issuer !== client.issuer), client] };
}
