import assert from 'node:assert/strict';
import test from 'node:test';
import type { AuthOpening } from '../../../src/core/auth.ts';
import { addressAsIs, openingDetail, openingQuestion } from '../../../src/vscode/signInText.ts';
import { english } from '../../fakes/samples.ts';

const opening: AuthOpening = {
  url: 'https://login.example/authorize?scope=mcp%3Aread+profile&state=x&resource=https%3A%2F%2Fmcp.example%2Fmcp%3Fa%3D1%262',
  serverUrl: 'https://mcp.example/mcp',
  issuer: 'https://login.example',
  reason: 'sign-in',
  scopes: ['mcp:read', 'profile'],
};
const detail = (change: Partial<AuthOpening> = {}) => openingDetail({ ...opening, ...change }, english);

test('the question names the server, and the detail the whole address', () => {
  assert.equal(openingQuestion(opening, english), 'Sign in to mcp.example in the browser?');
  assert.ok(detail().endsWith(`\n${opening.url}`));
});

test('a host that is not the server’s own is pointed out', () => {
  assert.match(
    detail(),
    /You sign in at: login\.example\nThat is not the host of the server \(mcp\.example\)/,
  );
  assert.match(
    detail({ url: 'https://mcp.example/authorize', issuer: 'https://mcp.example' }),
    /That is the host of the server itself\./,
  );
});

test('an issuer that is not where the browser goes is named', () => {
  assert.doesNotMatch(detail(), /Authorization server:/);
  assert.match(
    detail({ issuer: 'https://tenant.example/x' }),
    /Authorization server: https:\/\/tenant\.example\/x/,
  );
});

test('the client is named as the authorization server knows it', () => {
  assert.doesNotMatch(detail(), /as the client/);
  assert.match(
    detail({ url: `${opening.url}&client_id=abc%E2%80%AEd` }),
    /This editor signs in as the client: abc\S*202E\S*d\n/,
  );
});

test('hidden characters of scopes are visible', () => {
  assert.match(detail({ scopes: ['a\u202Eb'] }), /Permissions that are asked for: a⟨U\+202E⟩b|a\S*202E\S*b/);
  assert.match(detail({ scopes: [] }), /no particular permission/);
});

test('spaces of the query are written so that no plus sign is left to be taken for one', () => {
  const sent = addressAsIs(opening.url);
  assert.equal(new URL(sent).searchParams.get('scope'), 'mcp:read profile');
  assert.equal(new URL(sent).searchParams.get('resource'), 'https://mcp.example/mcp?a=1&2');
  assert.doesNotMatch(sent, /\+/);
  assert.equal(addressAsIs('https://a.example/x+y'), 'https://a.example/x+y');
});
