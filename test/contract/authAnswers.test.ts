import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuthOpening } from '../../src/core/auth.ts';
import { isAppError } from '../../src/core/util/errors.ts';
import { peopleWith } from '../fakes/authPorts.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import { callbackOf } from '../fixtures/authHostile.ts';
import { sha256 } from './authBed.ts';
import { agree, victim, withPlace } from './authVictim.ts';
import { never } from './connectionBed.ts';

describe('an answer in the browser that is not the right one', () => {
  const issSent = { authorization_response_iss_parameter_supported: true };

  for (const [name, server, answer] of [
    ['the issuer of another server (mix-up)', {}, { code: 'stolen', iss: 'https://evil.example' }],
    ['no issuer where one is promised', issSent, { code: 'stolen' }],
    ['an issuer that is only almost the same', issSent, { code: 'stolen', iss: 'ORIGIN/' }],
    [
      'an error in the name of another issuer',
      {},
      { error: 'x', error_description: 'call 555-0100', iss: 'https://evil.example' },
    ],
  ] as const) {
    test(`${name}: the code is not sent anywhere and its words are not shown`, () =>
      withPlace({ server }, async (place) => {
        const filled = Object.fromEntries(
          Object.entries(answer).map(([key, value]) => [key, value.replace('ORIGIN', place.origin)]),
        );
        const { auth } = victim(({ url }) => callbackOf(url, filled));
        await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => {
          assert.ok(isAppError(error, 'blocked'), String(error));
          assert.ok(!error.message.includes('555') && !error.message.includes('evil'));
          return true;
        });
        assert.ok(!place.requests.some((line) => line.includes('/token')));
      }));
  }

  test('an answer with another state is turned away, and the right one still counts', () =>
    withPlace({}, async (place) => {
      const statuses: number[] = [];
      const openings: AuthOpening[] = [];
      const { auth } = victim(agree, {
        browser: {
          open: async (opening) => {
            openings.push(opening);
            const right = callbackOf(opening.url, { code: 'right' });
            const attempts = [
              callbackOf(opening.url, { code: 'forged', state: 'guessed' }),
              new URL(right.href.replace('/callback', '/other')),
              (() => {
                const twice = new URL(right);
                twice.searchParams.append('state', 'second');
                return twice;
              })(),
              right,
            ];
            for (const attempt of attempts) statuses.push((await fetch(attempt)).status);
            return true;
          },
        },
      });
      assert.equal((await auth.signIn(place.url, 'sign-in', never)).status.kind, 'signed-in');
      assert.deepEqual(statuses, [404, 404, 404, 200]);
      assert.equal(openings.length, 1);
    }));

  test('the redirect listener is gone when the sign-in ends, also by cancelling', () =>
    withPlace({}, async (place) => {
      const stop = new AbortController();
      let redirect = '';
      const { auth } = victim(agree, {
        browser: {
          open: (opening) => {
            redirect = new URL(opening.url).searchParams.get('redirect_uri') ?? '';
            stop.abort();
            return Promise.resolve(true);
          },
        },
      });
      await assert.rejects(auth.signIn(place.url, 'sign-in', stop.signal), (error) =>
        isAppError(error, 'cancelled'),
      );
      await assert.rejects(fetch(redirect));
      assert.ok(!place.requests.some((line) => line.includes('/token')));
    }));

  test('nobody comes back: the sign-in ends in words after its time', async () => {
    const clock = new FakeClock();
    await withPlace({}, async (place) => {
      const { auth } = victim(agree, {
        clock,
        browser: {
          open: () => {
            clock.advance(600_000);
            return Promise.resolve(true);
          },
        },
      });
      await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => {
        assert.ok(isAppError(error, 'timeout'));
        assert.match(error.message, /nobody signed in to .* within 10 minutes/);
        return true;
      });
    });
  });
});

describe('credentials', () => {
  test('a token endpoint that says our code back gets it into no error', () =>
    withPlace({}, async (place) => {
      place.lies = {
        answers: {
          '/token': (request, response) => {
            const chunks: Buffer[] = [];
            request.on('data', (chunk: Buffer) => chunks.push(chunk));
            request.once('end', () => {
              const sent = new URLSearchParams(Buffer.concat(chunks).toString());
              const words = `no: ${sent.get('code') ?? ''} ${sent.get('code_verifier') ?? ''}`;
              const body = { error: 'invalid_grant', error_description: words, more: words };
              response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body));
            });
          },
        },
      };
      const { auth } = victim(({ url }) => callbackOf(url, { code: 'the-one-time-code' }));
      await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => {
        assert.ok(isAppError(error, 'needs-sign-in'));
        assert.match(error.message, /invalid_grant: no: \(hidden\) \(hidden\)/);
        return true;
      });
    }));

  test('a configured client goes to its own issuer only', () =>
    withPlace({}, async (place) => {
      const { auth, openings } = victim(agree, {
        settings: { clientId: 'mine', issuer: 'https://login.example.org' },
        people: peopleWith({ 'client-secret': 'very-secret-value' }),
      });
      await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => {
        assert.ok(isAppError(error, 'blocked'));
        assert.match(error.message, /belongs to https:\/\/login\.example\.org/);
        return true;
      });
      assert.deepEqual(openings, []);
    }));

  test('no token goes to a server without encryption', async () => {
    const { auth, secrets } = victim(agree);
    const url = 'http://mcp.example.org/mcp';
    const tokens = {
      accessToken: 'a-token',
      scopes: [],
      issuer: 'https://x.example',
      clientId: 'c',
      tokenType: 'Bearer',
      resource: url,
      obtainedAt: 0,
    };
    const record = {
      version: 1,
      serverUrl: url,
      clients: [],
      requestedScopes: [],
      fruitlessStepUps: 0,
      tokens,
    };
    secrets.values.set(`auth/${sha256(url)}`, JSON.stringify(record));
    const session = auth.session(url);
    assert.equal(await session.headers(new URL(url), 'POST', never), undefined);
    assert.match(session.problem().message, /without encryption/);
  });

  test('a fixed port that is taken is named, with what to do', () =>
    withPlace({}, async (place) => {
      const port = Number(new URL(place.origin).port);
      const { auth } = victim(agree, { settings: { redirectPort: port } });
      await assert.rejects(auth.signIn(place.url, 'sign-in', never), (error) => {
        assert.ok(isAppError(error, 'conflict'));
        assert.match(error.message, new RegExp(`port ${port}`));
        return true;
      });
    }));

  test('two sign-ins to one server at a time are refused in words', () =>
    withPlace({}, async (place) => {
      const second: unknown[] = [];
      const { auth } = victim(agree, {
        browser: {
          open: async (opening) => {
            second.push(await auth.signIn(place.url, 'sign-in', never).catch((error: unknown) => error));
            await fetch(agree(opening));
            return true;
          },
        },
      });
      await auth.signIn(place.url, 'sign-in', never);
      assert.ok(isAppError(second[0], 'conflict'));
    }));
});
