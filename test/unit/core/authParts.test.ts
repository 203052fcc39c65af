import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  authReach,
  authUrlProblem,
  foreignHost,
  isReachable,
  mayCarryTokens,
} from '../../../src/core/authAddress.ts';
import { parseChallenge } from '../../../src/core/authChallenge.ts';
import { readClaims } from '../../../src/core/authClaims.ts';
import {
  canonicalResource,
  isSameIssuer,
  issProblem,
  resourceMatch,
  resourceMetadataUrls,
  serverMetadataUrls,
} from '../../../src/core/authDiscovery.ts';
import { chooseScopes, missingScopes, parseScopes, unionScopes } from '../../../src/core/authScopes.ts';

describe('challenges', () => {
  test('a bearer challenge is read whatever stands around it', () => {
    const found = parseChallenge(
      'Basic realm="a, b", Bearer error="insufficient_scope" , scope="read  write", resource_metadata="https://h/x", error_description="say \\"please\\""',
    );
    assert.deepEqual(found, {
      scheme: 'bearer',
      resourceMetadata: 'https://h/x',
      scopes: ['read', 'write'],
      error: 'insufficient_scope',
      errorDescription: 'say "please"',
    });
  });

  test('bearer with parameters is preferred to a bare one and to DPoP', () => {
    assert.equal(parseChallenge('DPoP algs="ES256", Bearer scope="a"')?.scheme, 'bearer');
    assert.equal(parseChallenge('DPoP algs="ES256", error="use_dpop_nonce"')?.error, 'use_dpop_nonce');
    assert.equal(parseChallenge('bearer')?.scheme, 'bearer');
  });

  test('a parameter of one challenge is not taken for another, and the first of two counts', () => {
    assert.deepEqual(
      parseChallenge('Basic scope="no", Bearer realm="x", scope="yes", scope="late"')?.scopes,
      ['yes'],
    );
  });

  test('nothing usable gives nothing', () => {
    for (const header of [null, undefined, '', 'Basic realm="x"', ', ,,', '="', '""""', '\u0000\u0001'])
      assert.equal(parseChallenge(header), undefined);
  });

  test('broken and huge headers end in bounded time and size', () => {
    const huge = `Bearer scope="${'a '.repeat(100_000)}`;
    assert.deepEqual(parseChallenge(huge)?.scopes, ['a']);
    assert.equal(parseChallenge(`Bearer ${'x=",'.repeat(50_000)}`)?.scheme, 'bearer');
    assert.equal(parseChallenge(`Bearer ${','.repeat(100_000)}`)?.scheme, 'bearer');
  });
});

describe('scopes', () => {
  const from = {
    challenged: [],
    resource: undefined,
    server: undefined,
    earlier: [],
    configured: undefined,
    wantsRefresh: true,
  };

  test('the challenge comes before the resource, the resource before nothing', () => {
    assert.deepEqual(chooseScopes({ ...from, challenged: ['c'], resource: ['r'] }), ['c']);
    assert.deepEqual(chooseScopes({ ...from, resource: ['r', 's'] }), ['r', 's']);
    assert.deepEqual(chooseScopes(from), []);
  });

  test('offline_access is asked for only where the authorization server lists it, and never alone', () => {
    const server = ['offline_access'];
    assert.deepEqual(chooseScopes({ ...from, challenged: ['c'], server }), ['c', 'offline_access']);
    assert.deepEqual(chooseScopes({ ...from, challenged: ['c', 'offline_access'], server: ['c'] }), ['c']);
    assert.deepEqual(chooseScopes({ ...from, challenged: ['c', 'offline_access'] }), ['c']);
    assert.deepEqual(chooseScopes({ ...from, server }), []);
    assert.deepEqual(chooseScopes({ ...from, challenged: ['c'], server, wantsRefresh: false }), ['c']);
  });

  test('stepping up keeps what was had and adds what is asked', () => {
    assert.deepEqual(chooseScopes({ ...from, earlier: ['a', 'b'], challenged: ['b', 'c'] }), ['a', 'b', 'c']);
    assert.deepEqual(chooseScopes({ ...from, configured: ['x'], challenged: ['c'] }), ['x', 'c']);
  });

  test('what is no scope is dropped, what is missing is named', () => {
    assert.deepEqual(parseScopes('a "b" c\\d é  a'), ['a']);
    assert.deepEqual(unionScopes(['a'], ['b', 'a']), ['a', 'b']);
    assert.deepEqual(missingScopes(['a', 'b'], ['b']), ['a']);
    assert.equal(unionScopes(Array.from({ length: 1000 }, (_, index) => `s${index}`)).length, 200);
  });
});

describe('places of metadata', () => {
  test('protected resource metadata: the challenge alone, else path, then root (RFC 9728)', () => {
    assert.deepEqual(resourceMetadataUrls('https://h/p/mcp', 'https://x/m'), ['https://x/m']);
    assert.deepEqual(resourceMetadataUrls('https://h/p/mcp'), [
      'https://h/.well-known/oauth-protected-resource/p/mcp',
      'https://h/.well-known/oauth-protected-resource',
    ]);
    assert.deepEqual(resourceMetadataUrls('https://h/'), ['https://h/.well-known/oauth-protected-resource']);
  });

  test('authorization server metadata: RFC 8414, then OpenID Connect in both forms', () => {
    assert.deepEqual(
      serverMetadataUrls('https://h/t').map(({ url }) => url),
      [
        'https://h/.well-known/oauth-authorization-server/t',
        'https://h/.well-known/openid-configuration/t',
        'https://h/t/.well-known/openid-configuration',
      ],
    );
    assert.deepEqual(
      serverMetadataUrls('https://h').map(({ url, kind }) => [url, kind]),
      [
        ['https://h/.well-known/oauth-authorization-server', 'oauth'],
        ['https://h/.well-known/openid-configuration', 'oidc'],
      ],
    );
  });

  test('a resource indicator is canonical: lower case, no fragment, no slash that means nothing', () => {
    assert.equal(canonicalResource('HTTPS://Host.Example:443/#x'), 'https://host.example');
    assert.equal(canonicalResource('https://h/MCP/'), 'https://h/MCP/');
    assert.equal(canonicalResource('https://h/mcp?a=1'), 'https://h/mcp?a=1');
  });

  test('a resource is the server, a beginning of it in whole segments, or another', () => {
    const server = 'https://h/a/mcp';
    for (const same of ['https://h/a/mcp', 'HTTPS://H/a/mcp'])
      assert.equal(resourceMatch(same, server), 'exact');
    for (const prefix of ['https://h', 'https://h/', 'https://h/a', 'https://h/a/'])
      assert.equal(resourceMatch(prefix, server), 'prefix');
    for (const other of [
      'https://h/a/m',
      'https://h/b',
      'http://h/a/mcp',
      'https://h:8443/a/mcp',
      'https://h.evil/a/mcp',
      'https://h@evil/a/mcp',
      'https://u@h/a/mcp',
      'https://h/a?x=1',
      'https://h/a#x',
      'nothing',
    ])
      assert.equal(resourceMatch(other, server), 'other', other);
  });

  test('an issuer is itself and nothing alike; only the slash of a bare origin may differ', () => {
    assert.ok(isSameIssuer('https://h', 'https://h'));
    assert.ok(isSameIssuer('https://h/', 'https://h'));
    for (const other of ['https://H', 'https://h:443', 'https://h/t', 'https://h/t/'])
      assert.ok(!isSameIssuer('https://h', other), other);
    assert.ok(!isSameIssuer('https://h/t', 'https://h/t/'));
  });

  test('the issuer of an answer is compared letter by letter, and may be absent only where it is not promised', () => {
    assert.equal(issProblem(undefined, 'https://h', false), undefined);
    assert.match(issProblem(undefined, 'https://h', true) ?? '', /does not say/);
    assert.equal(issProblem('https://h', 'https://h', true), undefined);
    for (const other of ['https://h/', 'https://H', 'https://h:443', ''])
      assert.match(issProblem(other, 'https://h', false) ?? '', /another/);
  });
});

describe('addresses of a sign-in', () => {
  const remote = authReach('https://mcp.example.org/mcp');
  const local = authReach('http://127.0.0.1:3000/mcp');

  test('a remote server may name public https places only', () => {
    assert.equal(authUrlProblem('https://login.example.org/authorize?x=1', remote), undefined);
    for (const bad of [
      'http://login.example.org/',
      'https://localhost/',
      'http://127.0.0.1/',
      'https://[::1]/',
      'https://10.0.0.1/',
      'https://0x0a000001/',
      'https://[fd00::1]/',
      'https://[fe80::1]/',
      'https://169.254.169.254/',
      'https://[::ffff:169.254.169.254]/',
      'https://metadata.google.internal/',
      'https://intranet/',
      'https://u:p@login.example.org/',
      'https://login.example.org/#x',
      'javascript:alert(1)',
      'data:text/html,x',
      'vscode://x/y',
      'https://login.example.org/\u202ex',
      'https:\\\\login.example.org',
      'nothing',
      `https://h.example/${'x'.repeat(5000)}`,
    ])
      assert.notEqual(authUrlProblem(bad, remote), undefined, bad);
  });

  test('a server on this machine may use this machine, but no metadata address', () => {
    assert.equal(authUrlProblem('http://localhost:8080/a', local), undefined);
    assert.equal(authUrlProblem('http://127.0.0.1:8080/a', local), undefined);
    assert.equal(authUrlProblem('https://login.example.org/', local), undefined);
    assert.notEqual(authUrlProblem('http://login.example.org/', local), undefined);
    assert.notEqual(authUrlProblem('http://169.254.169.254/', local), undefined);
    assert.notEqual(authUrlProblem('https://192.168.0.1/', local), undefined);
  });

  test('hosts of a private network need the user, metadata addresses are refused even then', () => {
    const allowed = authReach('https://mcp.example.org/mcp', ['sso.corp', '169.254.169.254']);
    assert.equal(authUrlProblem('https://sso.corp/x', allowed), undefined);
    assert.notEqual(authUrlProblem('https://other.corp/x', allowed), undefined);
    assert.notEqual(authUrlProblem('https://169.254.169.254/x', allowed), undefined);
    assert.ok(isReachable('private', 'SSO.corp', allowed));
    assert.ok(!isReachable('loopback', 'sso.corp', allowed));
    assert.ok(!isReachable('link-local', 'sso.corp', allowed));
  });

  test('tokens travel encrypted, or not at all', () => {
    assert.ok(mayCarryTokens('https://h.example/'));
    assert.ok(mayCarryTokens('http://localhost:1/'));
    for (const bad of ['http://h.example/', 'ftp://localhost/', 'nothing']) assert.ok(!mayCarryTokens(bad));
  });

  test('a host that is not the server is named', () => {
    assert.equal(foreignHost('https://a.example:8443/x', 'https://a.example/'), 'a.example:8443');
    assert.equal(foreignHost('https://a.example/x', 'https://a.example/y'), undefined);
    assert.equal(foreignHost(undefined, 'https://a.example/y'), undefined);
  });
});

describe('claims', () => {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const jwt = (payload: unknown) => `${part({ alg: 'RS256' })}.${part(payload)}.c2lnbmF0dXJl`;

  test('a token is read without a key, and its signature is nowhere in what is shown', () => {
    const claims = readClaims(
      jwt({
        iss: 'https://h',
        aud: 'https://r',
        sub: 'ada',
        scope: 'a b',
        exp: 10,
        azp: 'me',
        cnf: { jkt: 'x' },
        name: 'a\u202eb',
      }),
    );
    assert.equal(claims?.issuer, 'https://h');
    assert.deepEqual(claims.audience, ['https://r']);
    assert.deepEqual(claims.scopes, ['a', 'b']);
    assert.equal(claims.expiresAt, 10_000);
    assert.equal(claims.clientId, 'me');
    assert.equal(claims.isBound, true);
    assert.match(claims.all.find(({ name }) => name === 'name')?.value ?? '', /<U\+202E>/);
    assert.ok(!JSON.stringify(claims).includes('c2lnbmF0dXJl'));
  });

  test('an opaque, broken or huge token has none', () => {
    for (const token of [
      'opaque',
      'a.b',
      'a.b.c',
      '..',
      `${part('{')}.${part({})}.x`,
      `${part({ alg: 'x' })}.${part('[]')}.x`,
      `${part({})}.${part({})}.x`,
      jwt('x'.repeat(70_000)),
    ])
      assert.equal(readClaims(token), undefined, token.slice(0, 40));
  });

  test('claims of the wrong kind are left out, and there is an end to them', () => {
    const claims = readClaims(
      jwt({
        iss: 7,
        aud: [1, 'r'],
        exp: 'soon',
        scp: ['a', 2],
        ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v'.repeat(400)])),
      }),
    );
    assert.ok(claims);
    assert.equal(claims.issuer, undefined);
    assert.deepEqual(claims.audience, ['r']);
    assert.deepEqual(claims.scopes, ['a']);
    assert.equal(claims.expiresAt, undefined);
    assert.ok(claims.all.length <= 60 && claims.all.every(({ value }) => value.length < 400));
  });
});
