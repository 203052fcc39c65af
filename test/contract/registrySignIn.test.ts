import assert from 'node:assert/strict';
import test from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startRegistry } from '../../demo/registry/server.ts';
import type { RegistrySource } from '../../src/core/registry.ts';
import { isAppError } from '../../src/core/util/errors.ts';
import { createRegistryClient } from '../../src/node/registryHttp.ts';
import { bridge, listen } from '../fixtures/servers/httpBridge.ts';
import { authBed } from './authBed.ts';
import { never, systemClock } from './connectionBed.ts';

test('a registry that takes a sign-in is read with the token of the user, renewed when it is no longer taken', async (t) => {
  const bed = await authBed();
  t.after(() => bed.close());
  const inner = await startRegistry();
  t.after(() => inner.close());
  const keys = createRemoteJWKSet(new URL(`${bed.authServer.issuer}/jwks`));
  const rejected = new Set<string>();
  const seen: string[] = [];
  const guard = await listen(
    (incoming, outgoing) =>
      bridge(
        async (request) => {
          const url = new URL(request.url);
          const resource = `${url.origin}/`;
          if (url.pathname === '/.well-known/oauth-protected-resource')
            return Response.json({ resource, authorization_servers: [bed.authServer.issuer] });
          const token = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
          const options = { issuer: bed.authServer.issuer, audience: resource };
          const isGood = await jwtVerify(token, keys, options).then(
            () => !rejected.has(token),
            () => false,
          );
          if (!isGood) {
            const metadata = `${url.origin}/.well-known/oauth-protected-resource`;
            const header = `Bearer resource_metadata="${metadata}", scope="tools:read"`;
            return Response.json(
              { error: 'sign in' },
              { status: 401, headers: { 'www-authenticate': header } },
            );
          }
          seen.push(token);
          const answer = await fetch(new URL(`${url.pathname}${url.search}`, inner.url));
          return new Response(await answer.text(), {
            status: answer.status,
            headers: { 'content-type': answer.headers.get('content-type') ?? '' },
          });
        },
        incoming,
        outgoing,
      ),
    '/',
  );
  t.after(() => guard.close());
  bed.authServer.resources.add(guard.url);
  const source: RegistrySource = {
    id: 'team',
    label: 'Team',
    url: guard.url,
    isPolicy: false,
    header: undefined,
  };
  const client = createRegistryClient({
    fetch,
    clock: systemClock,
    random: Math.random,
    version: '0',
    secrets: bed.secrets,
    token: ({ url }, refused, signal) => bed.auth.bearer(url, refused, signal),
  });
  const page = () => client.page(source, { limit: 2 }, never);

  await assert.rejects(page(), (error) => isAppError(error, 'needs-sign-in'));
  await bed.auth.signIn(guard.url, 'sign-in', never);
  assert.equal((await page()).page.entries.length, 2);
  assert.equal((await page()).page.entries.length, 2);
  const [first = ''] = seen;
  rejected.add(first);
  assert.equal((await page()).page.entries.length, 2);
  assert.equal(new Set(seen).size, 2, 'another token, without the user');
  assert.equal(bed.user.openings.length, 1);
  assert.equal(bed.user.asked.get('resource'), guard.url);

  await bed.auth.signOut(guard.url, never);
  for (const token of seen) rejected.add(token);
  await assert.rejects(page(), (error) => isAppError(error, 'needs-sign-in'));
  assert.ok(!bed.log.join('\n').includes(first), 'no token is logged');
});
