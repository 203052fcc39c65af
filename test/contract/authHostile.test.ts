import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { isAppError, type ErrorCode } from '../../src/core/util/errors.ts';
import type { AuthDeps } from '../../src/node/authContext.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import type { Lies } from '../fixtures/authHostile.ts';
import { agree, victim, withPlace } from './authVictim.ts';
import { never } from './connectionBed.ts';

/** Refused before the browser opens, before anything is registered, and before any code is given away. */
function refused(
  name: string,
  lies: (origin: string) => Lies,
  expected: RegExp,
  code: ErrorCode = 'blocked',
  more: Partial<AuthDeps> = {},
): void {
  test(name, () =>
    withPlace({}, async (place) => {
      place.lies = lies(place.origin);
      const { auth, openings, secrets } = victim(agree, more);
      await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => {
        assert.ok(isAppError(error, code), String(error));
        assert.match(error.message, expected);
        return true;
      });
      assert.deepEqual(openings, []);
      assert.ok(
        !place.requests.some((line) => /\/(?:register|token|authorize)/.test(line)),
        place.requests.join('\n'),
      );
      assert.equal(secrets.values.size, 0);
    }),
  );
}

describe('an authorization server that lies', () => {
  test('the honest one lets the user in, so that the refusals below mean something', () =>
    withPlace({}, async (place) => {
      const { auth } = victim(agree);
      assert.equal((await auth.signIn(place.url, 'sign-in', never)).status.kind, 'signed-in');
    }));

  refused(
    'metadata of another issuer is refused',
    () => ({ server: { issuer: 'https://accounts.example' } }),
    /names another issuer, https:\/\/accounts\.example/,
  );
  refused(
    'no PKCE advertised is refused',
    () => ({ server: { code_challenge_methods_supported: undefined } }),
    /does not say that it supports PKCE/,
  );
  refused(
    'PKCE without S256 is refused',
    () => ({ server: { code_challenge_methods_supported: ['plain'] } }),
    /supports only plain/,
  );
  refused(
    'metadata for another resource is refused (confused deputy)',
    () => ({ resource: { resource: 'https://bank.example/mcp' } }),
    /another resource, https:\/\/bank\.example\/mcp/,
  );
  refused(
    'a resource that only begins alike is another one',
    (origin) => ({ resource: { resource: `${origin}/m` } }),
    /another resource/,
  );
  refused(
    'metadata at a cloud metadata address is not fetched',
    () => ({ challenge: 'Bearer resource_metadata="http://169.254.169.254/latest/meta-data"' }),
    /link-local or metadata address/,
  );
  refused(
    'an issuer in a private network is not asked',
    () => ({ resource: { authorization_servers: ['https://10.0.0.7'] } }),
    /private network/,
  );
  refused(
    'an issuer whose name leads into a private network is not asked',
    () => ({ resource: { authorization_servers: ['https://login.example.org'] } }),
    /leads to 10\.1\.2\.3/,
    'blocked',
    { lookup: (_name, done) => done(null, [{ address: '10.1.2.3', family: 4 }]) },
  );
  refused(
    'an issuer with one public and one private address is not asked',
    () => ({ resource: { authorization_servers: ['https://login.example.org'] } }),
    /leads to ::ffff:169\.254\.169\.254/,
    'blocked',
    {
      lookup: (_name, done) =>
        done(null, [
          { address: '93.184.216.34', family: 4 },
          { address: '::ffff:169.254.169.254', family: 6 },
        ]),
    },
  );
  refused(
    'an issuer without encryption is not asked',
    () => ({ resource: { authorization_servers: ['http://login.example.org'] } }),
    /not encrypted/,
  );
  for (const [what, endpoint] of [
    ['a script', 'javascript:alert(1)'],
    ['a command of the editor', 'vscode://mcp-switchboard/approve'],
    ['a file', 'file:///etc/passwd'],
    ['a private network', 'https://192.168.1.1/authorize'],
    ['a place without encryption', 'http://login.example.org/authorize'],
    ['a place with a user name in front', 'https://login.example.org@evil.example/authorize'],
  ] as const) {
    refused(
      `an authorization endpoint that is ${what} is not opened`,
      () => ({ server: { authorization_endpoint: endpoint } }),
      /authorization endpoint .* is refused/,
    );
  }
  refused(
    'a token endpoint at a metadata address gets no code',
    () => ({ server: { token_endpoint: 'http://169.254.169.254/token' } }),
    /token endpoint .* is refused/,
  );
  refused(
    'metadata that redirects elsewhere is not followed',
    (origin) => ({
      answers: {
        '/.well-known/oauth-authorization-server': (_request, response) =>
          void response.writeHead(302, { location: origin.replace('127.0.0.1', 'localhost') }).end(),
      },
    }),
    /leads to another place/,
  );
  refused(
    'metadata that redirects in circles is given up',
    () => ({
      answers: {
        '/.well-known/oauth-protected-resource/mcp': (_request, response) =>
          void response.writeHead(302, { location: '/.well-known/oauth-protected-resource/mcp' }).end(),
      },
    }),
    /from redirect to redirect/,
  );
  refused(
    'a huge body is not read',
    () => ({
      answers: {
        '/.well-known/oauth-protected-resource/mcp': (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const more = () => {
            while (response.write('x'.repeat(65_536)));
            response.once('drain', more);
          };
          more();
        },
      },
    }),
    /more than 256 KB/,
  );
  refused(
    'metadata that is no JSON is refused',
    () => ({
      answers: {
        '/.well-known/oauth-protected-resource/mcp': (_request, response) => void response.end('<html>'),
      },
    }),
    /it is not JSON/,
  );
  for (const json of ['[]', 'null', '"x"', '{"resource":7}', '{}']) {
    refused(
      `metadata of the shape ${json} is refused`,
      () => ({
        answers: {
          '/.well-known/oauth-protected-resource/mcp': (_request, response) => void response.end(json),
        },
      }),
      /protected resource metadata cannot be used/,
    );
  }

  test('a body that never ends its words is given up after the time for one request', async () => {
    const clock = new FakeClock();
    const answers = {
      '/.well-known/oauth-protected-resource/mcp': (_request: IncomingMessage, response: ServerResponse) => {
        response.write('{');
        clock.advance(15_000);
      },
    };
    await withPlace({ answers }, async (place) => {
      const { auth, openings } = victim(agree, { clock });
      await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => isAppError(error, 'timeout'));
      assert.deepEqual(openings, []);
    });
  });

  test('a token endpoint that redirects the code elsewhere gets an error, and the other place nothing', () =>
    withPlace({}, async (other) => {
      const answers = {
        '/token': (_request: IncomingMessage, response: ServerResponse) =>
          void response.writeHead(307, { location: `${other.origin}/token` }).end(),
      };
      await withPlace({ answers }, async (place) => {
        const { auth } = victim(agree);
        await assert.rejects(auth.signIn(place.url, 'sign-in', never));
        assert.deepEqual(other.requests, []);
      });
    }));

  test('a remote server cannot point the sign-in at this machine', async () => {
    const { auth } = victim(agree, {
      lookup: (_name, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const report = await auth.inspect('https://mcp.example.org/mcp', never);
    assert.equal(report.steps[0]?.result, 'fail');
    assert.match(report.steps[0].found, /leads to 127\.0\.0\.1/);
  });
});
