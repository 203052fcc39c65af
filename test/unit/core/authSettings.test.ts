import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultAuthSettings } from '../../../src/core/auth.ts';
import { parseAuthSettings } from '../../../src/core/authSettings.ts';

test('without settings the defaults count, and nothing is wrong', () => {
  assert.deepEqual(parseAuthSettings(undefined), { settings: defaultAuthSettings, problems: [] });
  assert.deepEqual(parseAuthSettings({}), { settings: defaultAuthSettings, problems: [] });
});

test('every member is read', () => {
  const { settings, problems } = parseAuthSettings({
    clientId: 'me',
    issuer: 'https://login.example',
    scopes: ['a', 'b'],
    redirectPort: 33333,
    allowedHosts: ['SSO.corp'],
    dpop: 'always',
    grant: 'enterprise',
    idpTokenEndpoint: 'https://idp.example/token',
    idpClientId: 'idp-me',
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(settings, {
    clientId: 'me',
    issuer: 'https://login.example',
    scopes: ['a', 'b'],
    redirectPort: 33333,
    allowedHosts: ['sso.corp'],
    dpop: 'always',
    grant: { kind: 'enterprise', idpTokenEndpoint: 'https://idp.example/token', idpClientId: 'idp-me' },
  });
});

test('each wrong member is named and counts as absent', () => {
  for (const [value, expected] of [
    ['x', /no object/],
    [{ clientId: 7 }, /"clientId"/],
    [{ scopes: 'a b' }, /"scopes"/],
    [{ scopes: ['a', 7] }, /"scopes"/],
    [{ redirectPort: 80 }, /"redirectPort"/],
    [{ redirectPort: '3000' }, /"redirectPort"/],
    [{ dpop: true }, /"dpop"/],
    [{ grant: 'password' }, /"grant"/],
    [{ grant: 'enterprise', clientId: 'x' }, /idpTokenEndpoint/],
    [{ grant: 'client-secret' }, /needs a "clientId"/],
    [{ clientSecret: 'x' }, /"clientSecret" does not belong/],
  ] as const) {
    const { problems } = parseAuthSettings(value);
    assert.equal(problems.length, 1, JSON.stringify(value));
    assert.match(problems[0] ?? '', expected);
  }
});
