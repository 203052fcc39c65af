import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAppError } from '../../src/core/util/errors.ts';
import type { AuthTokens } from '../../src/core/auth.ts';
import { peopleWith } from '../fakes/authPorts.ts';
import { documentUrl, machine, preRegistered, readScope, writeScope } from '../fixtures/authServer.ts';
import { writeTool } from '../fixtures/authResource.ts';
import { authBed, callText, type AuthBed, type AuthBedOptions } from './authBed.ts';
import { never } from './connectionBed.ts';

const eras = ['modern', 'legacy'] as const;

async function withBed(options: AuthBedOptions, use: (bed: AuthBed) => Promise<void>): Promise<void> {
  const bed = await authBed(options);
  try {
    await use(bed);
  } finally {
    await bed.close();
  }
}

/** The kept tokens, as only a test may see them. */
function kept(bed: AuthBed): AuthTokens {
  const [record = '{}'] = bed.secrets.values.values();
  const { tokens } = JSON.parse(record) as { tokens?: AuthTokens };
  assert.ok(tokens, 'there are tokens');
  return tokens;
}

const needsSignIn = (error: unknown) => isAppError(error, 'needs-sign-in');

for (const era of eras) {
  describe(`sign-in (${era})`, () => {
    test('a server that wants a sign-in is not signed in to by itself, and nobody is asked', () =>
      withBed({ era }, async (bed) => {
        await assert.rejects(bed.connect(), needsSignIn);
        await assert.rejects(bed.connect(), needsSignIn);
        assert.equal(bed.user.openings.length, 0);
        assert.deepEqual(bed.authServer.requests, [], 'the authorization server hears nothing');
      }));

    test('a client that registers itself signs in, calls a tool, and finds its way back after a restart', () =>
      withBed({ era }, async (bed) => {
        await assert.rejects(bed.connect(), needsSignIn);
        const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
        assert.equal(view.status.kind, 'signed-in');
        assert.equal(view.client?.registration, 'dynamic');
        assert.deepEqual(view.granted, [readScope]);
        assert.equal(view.canRefresh, true);
        assert.deepEqual(view.audience, { named: [bed.server.url], isThisServer: true });
        assert.equal(view.resource, bed.server.url);
        assert.equal(bed.user.asked.get('resource'), bed.server.url);
        assert.equal(bed.user.asked.get('code_challenge_method'), 'S256');
        assert.equal(bed.authServer.to('/token').at(-1)?.params.get('resource'), bed.server.url);
        const connection = await bed.connect();
        assert.equal(connection.info.era, era);
        assert.equal(await callText(connection, 'echo', { text: 'hello' }), 'hello');
        const again = await bed.connect(bed.window());
        assert.equal(await callText(again, 'echo', { text: 'again' }), 'again');
        assert.equal(bed.user.openings.length, 1);
      }));

    test('the registration names no scope, so that more can be asked for later', () =>
      withBed({ era }, async (bed) => {
        await bed.auth.signIn(bed.server.url, 'sign-in', never);
        const connection = await bed.connect();
        await assert.rejects(callText(connection, writeTool, { a: 1, b: 2 }), (error) => {
          assert.ok(isAppError(error, 'needs-sign-in'));
          assert.match(error.message, /wants more access: tools:write/);
          assert.match(error.nextStep ?? '', /Sign in for more access/);
          return true;
        });
        assert.deepEqual((await bed.auth.view(bed.server.url)).status, {
          kind: 'needs-more',
          missing: [writeScope],
        });
        assert.equal(await callText(connection, 'echo', { text: 'still there' }), 'still there');
        const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
        assert.deepEqual([...bed.user.askedScopes].sort(), ['offline_access', readScope, writeScope]);
        assert.deepEqual(view.missing, []);
        assert.match(await callText(connection, writeTool, { a: 1, b: 2 }), /3/);
        assert.equal(bed.authServer.to('/reg').length, 1, 'registered once');
      }));

    test('an expired token is renewed before use, its refresh token rotated, and the old one is spent', () =>
      withBed({ era }, async (bed) => {
        await bed.auth.signIn(bed.server.url, 'sign-in', never);
        const connection = await bed.connect();
        const before = kept(bed);
        bed.ahead = 3_600_000;
        assert.equal(await callText(connection, 'echo', { text: 'late' }), 'late');
        const after = kept(bed);
        assert.notEqual(after.accessToken, before.accessToken);
        assert.notEqual(after.refreshToken, before.refreshToken);
        assert.equal(bed.server.accepted.at(-1), after.accessToken);
        assert.equal(bed.user.openings.length, 1);
      }));

    test('a token that the server no longer takes is renewed once and the request sent again', () =>
      withBed({ era }, async (bed) => {
        await bed.auth.signIn(bed.server.url, 'sign-in', never);
        const connection = await bed.connect();
        bed.server.rejected.add(kept(bed).accessToken);
        assert.equal(await callText(connection, 'echo', { text: 'hello' }), 'hello');
        assert.equal(bed.user.openings.length, 1);
      }));

    test('a client registered beforehand proves itself with its secret', () =>
      withBed(
        {
          era,
          authServer: { registration: false },
          people: peopleWith({ 'client-secret': preRegistered.secret }),
        },
        async (bed) => {
          bed.settings = { ...bed.settings, clientId: preRegistered.id, issuer: bed.authServer.issuer };
          const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
          assert.deepEqual(view.client, {
            id: preRegistered.id,
            registration: 'pre-registered',
            hasSecret: undefined,
          });
          const connection = await bed.connect();
          assert.equal(await callText(connection, 'echo', { text: 'hello' }), 'hello');
          assert.match(String(bed.authServer.to('/token')[0]?.headers.authorization), /^Basic /);
        },
      ));

    test('a client metadata document is preferred to a registration', () =>
      withBed(
        { era, authServer: { metadataDocuments: true }, deps: { clientMetadataUrl: documentUrl } },
        async (bed) => {
          const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
          assert.deepEqual(view.client, {
            id: documentUrl,
            registration: 'metadata-document',
            hasSecret: false,
          });
          assert.equal(bed.authServer.to('/reg').length, 0);
          assert.equal(await callText(await bed.connect(), 'echo', { text: 'hello' }), 'hello');
        },
      ));

    test('tokens bound to a key are used with a proof for each request, also after a restart and a renewal', () =>
      withBed({ era, authServer: { dpop: true }, settings: { dpop: 'always' } }, async (bed) => {
        const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
        assert.equal(view.isBound, true);
        assert.equal(await callText(await bed.connect(), 'echo', { text: 'bound' }), 'bound');
        bed.ahead = 3_600_000;
        assert.equal(await callText(await bed.connect(bed.window()), 'echo', { text: 'renewed' }), 'renewed');
        assert.deepEqual([...new Set(bed.server.schemes)], ['DPoP']);
        assert.equal((await bed.auth.view(bed.server.url)).isBound, true);
      }));

    test('a machine signs in by itself, and again when its token has ended', () =>
      withBed(
        {
          era,
          settings: { clientId: machine.id, grant: { kind: 'client-secret' } },
          people: peopleWith({ 'client-secret': machine.secret }),
        },
        async (bed) => {
          const connection = await bed.connect();
          assert.equal(await callText(connection, 'echo', { text: 'machine' }), 'machine');
          bed.server.rejected.add(kept(bed).accessToken);
          assert.equal(await callText(connection, 'echo', { text: 'again' }), 'again');
          assert.match(await callText(connection, writeTool, { a: 2, b: 3 }), /5/);
          assert.equal(bed.user.openings.length, 0);
          assert.deepEqual(
            bed.authServer.to('/token').map(({ params }) => params.get('grant_type')),
            ['client_credentials', 'client_credentials', 'client_credentials'],
          );
        },
      ));

    test('signing out revokes the refresh token and leaves nothing to use', () =>
      withBed({ era }, async (bed) => {
        await bed.auth.signIn(bed.server.url, 'sign-in', never);
        const { refreshToken = '', clientId } = kept(bed);
        assert.deepEqual(await bed.auth.signOut(bed.server.url, never), { kind: 'revoked' });
        assert.equal((await bed.auth.view(bed.server.url)).status.kind, 'signed-out');
        await assert.rejects(bed.connect(), needsSignIn);
        const params = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId };
        const answer = await fetch(`${bed.authServer.issuer}/token`, {
          method: 'POST',
          body: new URLSearchParams(params),
        });
        assert.equal(((await answer.json()) as { error: string }).error, 'invalid_grant');
      }));
  });
}

describe('sign-in', () => {
  test('without a full challenge the metadata is found at its well-known address', () =>
    withBed({ server: { hasFullChallenge: false } }, async (bed) => {
      await assert.rejects(bed.connect(), needsSignIn);
      const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
      assert.deepEqual(view.granted, [readScope]);
      assert.deepEqual(bed.user.askedScopes, [readScope, 'offline_access'], 'from the resource metadata');
    }));

  test('two windows that find the same token ended renew it once', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      const windows = [bed.auth, bed.window()];
      const connections = await Promise.all(windows.map((window) => bed.connect(window)));
      const before = bed.authServer.to('/token').length;
      bed.server.rejected.add(kept(bed).accessToken);
      const calls = connections.flatMap((connection) =>
        [1, 2, 3].map((n) => callText(connection, 'echo', { text: `${n}` })),
      );
      assert.deepEqual(await Promise.all(calls), ['1', '2', '3', '1', '2', '3']);
      assert.equal(bed.authServer.to('/token').length, before + 1);
    }));

  test('an authorization server that is out of order costs no sign-in', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      bed.server.rejected.add(kept(bed).accessToken);
      const { refreshToken } = kept(bed);
      bed.authServer.failNext('/token', 503);
      await assert.rejects(bed.connect(), (error) => isAppError(error, 'connect-failed'));
      assert.equal(kept(bed).refreshToken, refreshToken);
      assert.equal(await callText(await bed.connect(), 'echo', { text: 'back' }), 'back');
    }));

  test('a renewal that the authorization server refuses ends the sign-in in words', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      const { refreshToken = '', clientId } = kept(bed);
      const body = new URLSearchParams({ token: refreshToken, client_id: clientId });
      await fetch(`${bed.authServer.issuer}/token/revocation`, { method: 'POST', body });
      bed.server.rejected.add(kept(bed).accessToken);
      await assert.rejects(bed.connect(), (error) => {
        assert.ok(isAppError(error, 'needs-sign-in'));
        assert.match(error.message, /your sign-in to 127\.0\.0\.1:\d+ has ended/);
        return true;
      });
      assert.equal((await bed.auth.view(bed.server.url)).status.kind, 'signed-out');
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      assert.equal(await callText(await bed.connect(), 'echo', { text: 'back' }), 'back');
    }));

  test('a server that rejects every token stops the loop with a sentence to act on', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      bed.server.rejected.has = () => true;
      const tokenRequests = bed.authServer.to('/token').length;
      await assert.rejects(bed.connect(), (error) => {
        assert.ok(isAppError(error, 'needs-sign-in'));
        assert.match(error.message, /rejects the token that was just issued/);
        assert.match(error.nextStep ?? '', /audience and issuer/);
        return true;
      });
      assert.ok(bed.authServer.to('/token').length <= tokenRequests + 1);
    }));

  test('a server that is never content with the scopes is not signed in to again and again', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      const connection = await bed.connect();
      bed.server.isInsatiable = true;
      const outcomes: unknown[] = [];
      for (let round = 0; round < 6; round++) {
        await assert.rejects(callText(connection, writeTool, { a: 1, b: 1 }), needsSignIn);
        const signIn = bed.auth.signIn(bed.server.url, 'step-up', never);
        const outcome = await signIn.then(
          () => 'signed in',
          (error: unknown) => error,
        );
        outcomes.push(outcome);
        if (outcome !== 'signed in') break;
      }
      assert.deepEqual(outcomes.slice(0, -1), ['signed in', 'signed in']);
      const last = outcomes.at(-1);
      assert.ok(isAppError(last, 'denied'), String(last));
      assert.match(last.message, /still asks for tools:write after 2 sign-ins/);
      assert.match(last.nextStep ?? '', /switch the account/);
    }));

  test('a server that moves to another authorization server gets nothing of the old sign-in', () =>
    withBed({}, async (bed) => {
      await withBed({}, async (other) => {
        await bed.auth.signIn(bed.server.url, 'sign-in', never);
        const old = kept(bed);
        const before = other.authServer.requests.length;
        bed.server.rejected.add(old.accessToken);
        bed.server.metadata = { ...bed.server.metadata, authorization_servers: [other.authServer.issuer] };
        other.authServer.resources.add(bed.server.url);
        await assert.rejects(bed.connect(), (error) => {
          assert.ok(isAppError(error, 'needs-sign-in'));
          assert.match(error.message, /changed its authorization server/);
          return true;
        });
        const asked = other.authServer.requests.slice(before);
        assert.ok(
          asked.every(({ line }) => line.startsWith('GET /.well-known/')),
          JSON.stringify(asked),
        );
        const report = await bed.auth.inspect(bed.server.url, never);
        assert.equal(report.steps.find(({ id }) => id === 'server-change')?.result, 'warn');
        const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
        assert.equal(view.issuer, other.authServer.issuer);
        assert.notEqual(view.client?.id, old.clientId);
        const sent = other.authServer.requests.map(({ params }) => params.toString()).join('\n');
        assert.ok(!sent.includes(old.clientId) && !sent.includes(old.refreshToken ?? '?'));
      });
    }));

  test('switching the account asks the authorization server for its sign-in page and revokes the old tokens', () =>
    withBed({}, async (bed) => {
      const first = await bed.auth.signIn(bed.server.url, 'sign-in', never);
      assert.equal(first.account, 'ada');
      bed.user.login = 'grace';
      const second = await bed.auth.signIn(bed.server.url, 'switch-account', never);
      assert.match(bed.user.asked.get('prompt') ?? '', /login/);
      assert.equal(second.account, 'grace');
      assert.ok(bed.authServer.to('/token/revocation').length > 0);
    }));

  test('a user who says no is told so, and nothing is kept', () =>
    withBed({}, async (bed) => {
      bed.user.isUnwilling = true;
      await assert.rejects(bed.auth.signIn(bed.server.url, 'sign-in', never), (error) => {
        assert.ok(isAppError(error, 'denied'));
        assert.match(error.message, /End-User aborted interaction/);
        return true;
      });
      assert.equal((await bed.auth.view(bed.server.url)).status.kind, 'signed-out');
    }));

  test('forgetting removes client and key; the next sign-in registers anew', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      assert.deepEqual(await bed.auth.forget(bed.server.url, never), { kind: 'revoked' });
      assert.equal(bed.secrets.values.size, 0);
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      assert.equal(bed.authServer.to('/reg').length, 2);
    }));

  test('where clients cannot register themselves the user is asked, once', () => {
    const asked: string[] = [];
    const people = {
      ...peopleWith({}),
      askForClient: (_serverUrl: string, issuer: string) => {
        asked.push(issuer);
        return Promise.resolve({ clientId: preRegistered.id, clientSecret: preRegistered.secret });
      },
    };
    return withBed({ authServer: { registration: false }, people }, async (bed) => {
      const view = await bed.auth.signIn(bed.server.url, 'sign-in', never);
      assert.deepEqual(view.client, { id: preRegistered.id, registration: 'entered', hasSecret: true });
      await bed.auth.signIn(bed.server.url, 're-consent', never);
      assert.deepEqual(asked, [bed.authServer.issuer]);
      assert.match(bed.user.asked.get('prompt') ?? '', /consent/);
    });
  });

  test('the inspector goes through twelve steps without credentials and keeps tokens to itself', () =>
    withBed({}, async (bed) => {
      await bed.auth.signIn(bed.server.url, 'sign-in', never);
      bed.authServer.requests.length = 0;
      const report = await bed.auth.inspect(bed.server.url, never);
      assert.equal(report.steps.length, 12);
      assert.deepEqual(
        report.steps.filter(({ result }) => result !== 'ok'),
        [],
      );
      assert.ok(report.view.foreignHosts.some(({ role }) => role === 'token endpoint'));
      const { accessToken, refreshToken = '?' } = kept(bed);
      const text = JSON.stringify(report);
      assert.ok(
        !text.includes(accessToken) &&
          !text.includes(refreshToken) &&
          !text.includes(accessToken.split('.')[2] ?? '?'),
      );
      assert.ok(bed.authServer.requests.every(({ headers }) => headers.authorization === undefined));
    }));
});
