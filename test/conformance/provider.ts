import { createHash } from 'node:crypto';
import { defaultAuthSettings, type AuthSecretName, type AuthSettings } from '../../src/core/auth.ts';
import type { Clock, Logger } from '../../src/core/ports.ts';
import { createAuth, type Auth } from '../../src/node/auth.ts';
import { createLoopbackRedirects } from '../../src/node/authRedirect.ts';
import { followAtOnce, memoryLock, peopleWith } from '../fakes/authPorts.ts';
import { FakeSecrets } from '../fakes/fakeSecrets.ts';

/** What the suite tells a client about a scenario (`MCP_CONFORMANCE_CONTEXT`). */
export type Context = Readonly<Record<string, unknown>>;

/** The address where the suite expects this client's metadata document. */
const clientMetadataUrl = 'https://conformance-test.local/client-metadata.json';

/** The product's sign-in, with a user who agrees to everything. */
export function authOf(clock: Clock, logger: Logger, settings: AuthSettings, context: Context): Auth {
  return createAuth({
    clock,
    logger,
    clientMetadataUrl,
    secrets: new FakeSecrets(),
    lock: memoryLock(),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    browser: { open: followAtOnce },
    redirects: createLoopbackRedirects(),
    people: peopleWith(secretsOf(context)),
    settingsOf: () => settings,
    timeoutMs: 60_000,
  });
}

/** What a user of this scenario would have configured. */
export function settingsFor(scenario: string, context: Context): AuthSettings {
  const text = (name: string) => {
    const value = context[name];
    if (typeof value !== 'string') throw new Error(`the context has no ${name}`);
    return value;
  };
  switch (scenario) {
    case 'auth/pre-registration':
      return { ...defaultAuthSettings, clientId: text('client_id'), issuer: text('issuer') };
    case 'auth/client-credentials-jwt':
      return {
        ...defaultAuthSettings,
        clientId: text('client_id'),
        grant: { kind: 'private-key', algorithm: text('signing_algorithm') },
      };
    case 'auth/client-credentials-basic':
      return { ...defaultAuthSettings, clientId: text('client_id'), grant: { kind: 'client-secret' } };
    case 'auth/enterprise-managed-authorization':
      return {
        ...defaultAuthSettings,
        clientId: text('client_id'),
        grant: {
          kind: 'enterprise',
          idpTokenEndpoint: text('idp_token_endpoint'),
          idpClientId: text('idp_client_id'),
        },
      };
    case 'auth/dpop':
    case 'auth/dpop-nonce':
      return { ...defaultAuthSettings, dpop: 'always' };
    case 'auth/wif-jwt-bearer':
      return { ...defaultAuthSettings, clientId: text('client_id'), grant: { kind: 'workload' } };
    default:
      return defaultAuthSettings;
  }
}

function secretsOf(context: Context): Partial<Record<AuthSecretName, string>> {
  const names: Readonly<Record<string, AuthSecretName>> = {
    client_secret: 'client-secret',
    private_key_pem: 'private-key',
    valid_jwt: 'workload-token',
    idp_id_token: 'idp-id-token',
  };
  return Object.fromEntries(
    Object.entries(names)
      .filter(([name]) => typeof context[name] === 'string')
      .map(([name, secret]) => [secret, context[name]]),
  );
}
