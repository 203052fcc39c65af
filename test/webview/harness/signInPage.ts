import type { InspectedSignIn } from '../../../src/core/authInspector.ts';
import { authStepIds, type AuthStep } from '../../../src/core/authSteps.ts';
import type { AuthView } from '../../../src/core/authView.ts';
import { minute, now } from './fixtures.ts';

const serverUrl = 'https://issues.example/mcp';
const issuer = 'https://login.example.com';

const found: Readonly<Record<AuthStep['id'], string>> = {
  challenge: 'The server wants a sign-in; its challenge has resource_metadata, scope issues:read.',
  'resource-metadata': 'Found where the challenge says; it names https://login.example.com.',
  resource: 'The resource is the beginning of the server\u2019s address.',
  'server-metadata': 'OpenID Connect metadata\u200B was found.',
  issuer: 'The issuer is the one that the resource names.',
  pkce: 'S256 is advertised.',
  registration: 'Clients can register themselves.',
  scopes: 'Would ask for issues:read and offline_access.',
  'resource-parameter': 'The token is asked for this server.',
  'callback-issuer': 'The authorization server does not say that it names itself in its answer (RFC 9207).',
  'step-up': 'Not granted yet: issues:write.',
  'server-change': 'The same authorization server as before.',
};

/** The steps of a look in which one of them failed, or all went well but for two. */
export function trail(failedAt?: AuthStep['id']): readonly AuthStep[] {
  const end = failedAt === undefined ? authStepIds.length : authStepIds.indexOf(failedAt);
  return authStepIds.map((id, i): AuthStep => {
    const isWarning = id === 'callback-issuer' || id === 'step-up';
    const where = ['server-metadata', 'issuer'].includes(id) ? `${issuer}/.well-known/x` : serverUrl;
    return {
      id,
      result: i > end ? 'skipped' : i === end ? 'fail' : isWarning ? 'warn' : 'ok',
      found: i > end ? 'Not reached.' : i === end ? 'S256 is not advertised: refused.' : found[id],
      where: i < 5 ? where : undefined,
      foreignHost: i < 5 && where.startsWith(issuer) ? 'login.example.com' : undefined,
      tried:
        id === 'server-metadata'
          ? [
              { url: `${issuer}/.well-known/oauth-authorization-server`, outcome: 'HTTP 404' },
              { url: `${issuer}/.well-known/openid-configuration`, outcome: 'found' },
            ]
          : [],
    };
  });
}

const signedOut: AuthView = {
  ...{ serverUrl, status: { kind: 'signed-out' }, issuer: undefined, client: undefined },
  ...{ granted: [], needed: [], missing: [], audience: undefined, resource: undefined, tokenType: undefined },
  ...{ isBound: false, obtainedAt: undefined, expiresAt: undefined, canRefresh: false, account: undefined },
  ...{ claims: undefined, lastChallenge: undefined, foreignHosts: [], resourceName: undefined },
  ...{ documentation: undefined, policyUri: undefined, tosUri: undefined },
};

const wantsMore: AuthView = {
  ...signedOut,
  ...{ status: { kind: 'needs-more', missing: ['issues:write'] }, issuer, account: 'mia@example.com' },
  client: { id: 'mcp-switchboard-4f1c', registration: 'dynamic', hasSecret: false },
  ...{ granted: ['issues:read', 'offline_access'], needed: ['issues:write'], missing: ['issues:write'] },
  audience: { named: ['https://other.example/api'], isThisServer: false },
  ...{ resource: serverUrl, tokenType: 'DPoP', isBound: true, canRefresh: true },
  ...{ obtainedAt: now - 30 * minute, expiresAt: now + 30 * minute },
  claims: {
    ...{ issuer, audience: [], subject: 'u-1', clientId: undefined, scopes: [] },
    ...{ expiresAt: undefined, issuedAt: undefined, isBound: true },
    all: [
      { name: 'sub', value: 'u-1' },
      { name: 'groups', value: '["dev","<img src=x onerror=alert(1)>"]' },
    ],
  },
  lastChallenge: {
    ...{ at: now - minute, status: 403, scheme: 'dpop', resourceMetadata: undefined },
    ...{ scopes: ['issues:write'], error: 'insufficient_scope', errorDescription: 'more \u202Eplease' },
  },
  foreignHosts: [
    { host: 'login.example.com', role: 'issuer' },
    { host: 'login.example.com', role: 'token endpoint' },
  ],
};

const base = { look: undefined, problem: undefined, secrets: [] };

/** Sign-ins as users meet them. */
export const signIns = {
  reading: { ...base, view: undefined },
  unreadable: { ...base, view: undefined, problem: 'the value of token is not known yet' },
  signedOut: { ...base, view: signedOut },
  refused: { ...base, view: signedOut, look: { at: now - minute, steps: trail('pkce') } },
  wantsMore: { ...base, view: wantsMore, look: { at: now - minute, steps: trail() } },
  expired: {
    ...base,
    view: { ...wantsMore, status: { kind: 'expired' }, canRefresh: false, expiresAt: now - 1 },
  },
} satisfies Readonly<Record<string, InspectedSignIn>>;
