import assert from 'node:assert/strict';
import test from 'node:test';
import { defaultAuthSettings } from '../../../src/core/auth.ts';
import { authSettingsFor, secretsOf } from '../../../src/core/authSettingsTable.ts';

const url = 'https://mcp.example/v1/mcp';

test('a server without an entry signs in by what it says itself', () => {
  assert.deepEqual(authSettingsFor(undefined, url), { settings: defaultAuthSettings, problems: [] });
  assert.deepEqual(
    authSettingsFor({ 'https://other.example': { clientId: 'x' } }, url).settings,
    defaultAuthSettings,
  );
});

test('the address of a server goes before its origin', () => {
  const table = { 'https://mcp.example': { clientId: 'origin' }, [url]: { clientId: 'address' } };
  assert.equal(authSettingsFor(table, url).settings.clientId, 'address');
  assert.equal(authSettingsFor(table, 'https://mcp.example/other').settings.clientId, 'origin');
});

test('what is wrong is named with the key it is under; the rest counts', () => {
  const found = authSettingsFor({ [url]: { clientId: 'me', redirectPort: 'many' } }, url);
  assert.equal(found.settings.clientId, 'me');
  assert.match(found.problems.join(), /^https:\/\/mcp\.example\/v1\/mcp: .*redirectPort/);
});

test('a secret in the settings is refused with a sentence', () => {
  assert.match(
    authSettingsFor({ [url]: { clientSecret: 's' } }, url).problems.join(),
    /kept in the secret storage/,
  );
});

test('a setting that is no object says so', () => {
  assert.match(authSettingsFor(['x'], url).problems.join(), /must be an object/);
});

test('each grant names the secrets that it takes', () => {
  const names = (grant: object, clientId?: string) =>
    secretsOf({ ...defaultAuthSettings, clientId, grant: grant as never }).map(
      ({ name, isOptional }) => `${name}${isOptional ? '?' : ''}`,
    );
  assert.deepEqual(names({ kind: 'person' }), []);
  assert.deepEqual(names({ kind: 'person' }, 'me'), ['client-secret?']);
  assert.deepEqual(names({ kind: 'client-secret' }, 'me'), ['client-secret']);
  assert.deepEqual(names({ kind: 'private-key', algorithm: 'ES256' }, 'me'), ['private-key']);
  assert.deepEqual(names({ kind: 'workload' }, 'me'), ['workload-token']);
  assert.deepEqual(names({ kind: 'enterprise', idpTokenEndpoint: 'x', idpClientId: 'y' }, 'me'), [
    'idp-id-token',
    'idp-client-secret?',
    'client-secret?',
  ]);
});
