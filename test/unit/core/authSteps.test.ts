import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  defaultAuthSettings,
  emptyAuthRecord,
  parseAuthRecord,
  type AuthRecord,
} from '../../../src/core/auth.ts';
import {
  parseResourceMetadata,
  parseServerMetadata,
  type ServerMetadata,
} from '../../../src/core/authMetadata.ts';
import {
  authStepIds,
  authSteps,
  resourceToAsk,
  scopesToAsk,
  type AuthBasis,
  type AuthFacts,
  type AuthStepId,
} from '../../../src/core/authSteps.ts';
import { authView } from '../../../src/core/authView.ts';
import type { Json } from '../../../src/core/json.ts';

const serverUrl = 'https://mcp.example.org/mcp';
const issuer = 'https://login.example.com';

function server(more: Record<string, Json> = {}): ServerMetadata {
  const metadata = parseServerMetadata({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    ...more,
  });
  assert.ok(typeof metadata !== 'string');
  return metadata;
}

function resource(more: Record<string, Json> = {}) {
  const metadata = parseResourceMetadata({ resource: serverUrl, authorization_servers: [issuer], ...more });
  assert.ok(typeof metadata !== 'string');
  return metadata;
}

const challenge = {
  scheme: 'bearer',
  resourceMetadata: undefined,
  scopes: ['read'],
  error: undefined,
  errorDescription: undefined,
} as const;

function facts(more: Partial<AuthFacts> = {}): AuthFacts {
  return {
    serverUrl,
    at: 1,
    probe: { status: 401, problem: undefined, challenge },
    resource: {
      tried: [],
      url: 'https://mcp.example.org/.well-known/oauth-protected-resource/mcp',
      metadata: resource(),
      problem: undefined,
    },
    server: {
      asked: issuer,
      tried: [],
      url: `${issuer}/.well-known/oauth-authorization-server`,
      kind: 'oauth',
      metadata: server(),
      problem: undefined,
    },
    ...more,
  };
}

const record = emptyAuthRecord(serverUrl);
const basis: AuthBasis = {
  settings: defaultAuthSettings,
  record,
  clientMetadataUrl: undefined,
  canAskForClient: false,
};
const tokens = {
  issuer,
  clientId: 'me',
  accessToken: 'secret-access-token',
  refreshToken: 'secret-refresh-token',
  idToken: undefined,
  tokenType: 'Bearer',
  scopes: ['read'],
  resource: serverUrl,
  obtainedAt: 5,
  expiresAt: 100,
};

function resultOf(id: AuthStepId, found: AuthFacts, judged: AuthBasis = basis): readonly [string, string] {
  const step = authSteps(found, judged).find((one) => one.id === id);
  return [step?.result ?? 'none', step?.found ?? ''];
}

function withServer(
  more: Record<string, Json>,
  part: Partial<NonNullable<AuthFacts['server']>> = {},
): AuthFacts {
  const { server: base } = facts();
  assert.ok(base);
  return facts({ server: { ...base, metadata: server(more), ...part } });
}

describe('steps of a sign-in', () => {
  test('an orderly server passes all twelve, and every host that is not its own is marked', () => {
    const steps = authSteps(facts(), basis);
    assert.deepEqual(
      steps.map(({ id }) => id),
      [...authStepIds],
    );
    assert.ok(
      steps.every(({ result }) => result === 'ok'),
      JSON.stringify(steps),
    );
    assert.equal(steps.find(({ id }) => id === 'server-metadata')?.foreignHost, 'login.example.com');
    assert.equal(steps.find(({ id }) => id === 'resource-metadata')?.foreignHost, undefined);
  });

  test('after a failure nothing further is judged', () => {
    const steps = authSteps(withServer({ code_challenge_methods_supported: [] }), basis);
    assert.deepEqual(
      steps.map(({ result }) => result),
      ['ok', 'ok', 'ok', 'ok', 'ok', 'fail', ...Array<string>(6).fill('skipped')],
    );
    assert.ok(steps.slice(6).every(({ where, tried }) => where === undefined && tried.length === 0));
  });

  test('a server that is open ends the steps without a fault', () => {
    const steps = authSteps(
      { serverUrl, at: 1, probe: { status: 200, problem: undefined, challenge: undefined } },
      basis,
    );
    assert.deepEqual(
      steps.map(({ result }) => result),
      ['ok', ...Array<string>(11).fill('skipped')],
    );
  });

  test('a server without encryption, one that is away, and one that does not say 401 are told apart', () => {
    assert.equal(resultOf('challenge', facts({ serverUrl: 'http://mcp.example.org/mcp' }))[0], 'fail');
    assert.match(
      resultOf(
        'challenge',
        facts({ probe: { status: undefined, problem: 'it is away', challenge: undefined } }),
      )[1],
      /it is away/,
    );
    assert.equal(
      resultOf('challenge', facts({ probe: { status: 500, problem: undefined, challenge: undefined } }))[0],
      'warn',
    );
    assert.equal(
      resultOf('challenge', facts({ probe: { status: 401, problem: undefined, challenge: undefined } }))[0],
      'warn',
    );
  });

  test('without resource metadata the origin is asked as of old, and the steps warn', () => {
    const old = facts({ resource: { tried: [], url: undefined, metadata: undefined, problem: undefined } });
    assert.equal(resultOf('resource-metadata', old)[0], 'warn');
    assert.equal(resultOf('resource', old)[0], 'warn');
    assert.equal(resourceToAsk(old), serverUrl, 'the resource is named all the same');
    assert.equal(resultOf('pkce', withServer({}, { kind: 'none' }))[0], 'warn');
  });

  test('metadata without an authorization server ends there', () => {
    const none = facts({
      resource: {
        tried: [],
        url: 'https://x',
        metadata: resource({ authorization_servers: [] }),
        problem: undefined,
      },
    });
    assert.equal(resultOf('resource-metadata', none)[0], 'fail');
  });

  test('missing endpoints and response types that give no code are faults', () => {
    assert.match(resultOf('server-metadata', withServer({ token_endpoint: '' }))[1], /no token endpoint/);
    assert.match(
      resultOf('server-metadata', withServer({ authorization_endpoint: 7 }))[1],
      /no authorization endpoint/,
    );
    assert.match(
      resultOf('server-metadata', withServer({ response_types_supported: ['token'] }))[1],
      /codes/,
    );
    assert.match(
      resultOf('server-metadata', withServer({ revocation_endpoint: 'http://10.0.0.1/' }))[1],
      /revocation endpoint .* refused/,
    );
    assert.equal(resultOf('server-metadata', withServer({}, { metadata: undefined }))[0], 'fail');
  });

  test('registration: configured before entered before document before registered before asking', () => {
    const found = (more: Partial<AuthBasis>, meta: Record<string, Json> = {}) =>
      resultOf('registration', withServer(meta), { ...basis, ...more });
    const client = {
      issuer,
      clientId: 'kept',
      clientSecret: undefined,
      registration: 'dynamic',
      tokenAuthMethod: undefined,
      redirectUris: [],
    } as const;
    const withKept: AuthRecord = { ...record, clients: [client] };
    const document = { client_id_metadata_document_supported: true };
    const configured = { ...defaultAuthSettings, clientId: 'mine', issuer };
    assert.match(found({ settings: configured, record: withKept })[1], /configured client id mine/);
    assert.equal(found({ settings: { ...configured, issuer: undefined } })[0], 'warn');
    assert.equal(found({ settings: { ...configured, issuer: 'https://other.example' } })[0], 'fail');
    assert.match(
      found(
        {
          record: { ...record, clients: [{ ...client, registration: 'entered' }] },
          clientMetadataUrl: 'https://c/x',
        },
        document,
      )[1],
      /you entered/,
    );
    assert.match(
      found({ record: withKept, clientMetadataUrl: 'https://c/x' }, document)[1],
      /metadata document/,
    );
    assert.match(found({ record: withKept })[1], /Registered before as kept/);
    assert.match(found({})[1], /registered at the first/);
    assert.equal(found({ canAskForClient: true }, { registration_endpoint: '' })[0], 'warn');
    assert.equal(found({}, { registration_endpoint: '' })[0], 'fail');
    const elsewhere = { ...record, clients: [{ ...client, issuer: 'https://other.example' }] };
    assert.match(
      found({ record: elsewhere })[1],
      /registered at the first/,
      'a client of another issuer is not used',
    );
  });

  test('a change of the authorization server and wanted scopes are pointed out', () => {
    const before = { ...record, tokens: { ...tokens, issuer: 'https://old.example' } };
    assert.match(
      resultOf('server-change', facts(), { ...basis, record: before })[1],
      /from https:\/\/old\.example to https:\/\/login/,
    );
    const wanted = {
      ...record,
      tokens,
      challenge: { ...challenge, scopes: ['write'], at: 9, status: 403 },
    } as const;
    assert.match(resultOf('step-up', facts(), { ...basis, record: wanted })[1], /wants write in addition/);
    assert.match(
      resultOf('step-up', facts(), { ...basis, record: { ...wanted, fruitlessStepUps: 2 } })[1],
      /2 sign-ins did not bring/,
    );
    assert.deepEqual(scopesToAsk(facts(), { ...basis, record: wanted }, true), ['read', 'write']);
  });
});

describe('the state of a sign-in', () => {
  test('shows who, for whom and how long, and neither token', () => {
    const view = authView({ ...record, tokens }, defaultAuthSettings, 50);
    assert.equal(view.status.kind, 'signed-in');
    assert.equal(view.canRefresh, true);
    assert.ok(!JSON.stringify(view).includes('secret-'));
  });

  test('an ended token that can be renewed counts as signed in, one that cannot has expired', () => {
    assert.equal(authView({ ...record, tokens }, defaultAuthSettings, 100).status.kind, 'signed-in');
    const bare = { ...record, tokens: { ...tokens, refreshToken: undefined } };
    assert.equal(authView(bare, defaultAuthSettings, 99).status.kind, 'signed-in');
    assert.equal(authView(bare, defaultAuthSettings, 100).status.kind, 'expired');
    assert.equal(authView(record, defaultAuthSettings, 0).status.kind, 'signed-out');
  });

  test('what the last challenge asked for and was not granted is missing', () => {
    const wanted = {
      ...record,
      tokens,
      challenge: { ...challenge, scopes: ['read', 'write'], at: 9, status: 403 },
    } as const;
    assert.deepEqual(authView(wanted, defaultAuthSettings, 50).status, {
      kind: 'needs-more',
      missing: ['write'],
    });
  });

  test('a record is read back as it was written, and one of another server or version is not', () => {
    const text = JSON.stringify({ ...record, tokens });
    assert.deepEqual(parseAuthRecord(text, serverUrl), {
      ...record,
      tokens: (JSON.parse(text) as { tokens: unknown }).tokens,
    });
    for (const bad of [
      '',
      'null',
      '[]',
      '{}',
      text.replace('"version":1', '"version":2'),
      text.replace(/"accessToken":"[^"]*"/, '"accessToken":1'),
      text.replace('"clients":[]', '"clients":{}'),
    ])
      assert.equal(parseAuthRecord(bad, serverUrl), undefined, bad);
    assert.equal(parseAuthRecord(text, 'https://other.example/mcp'), undefined);
  });
});
