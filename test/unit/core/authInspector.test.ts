import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultAuthSettings, emptyAuthRecord, type AuthRecord } from '../../../src/core/auth.ts';
import { AuthInspector } from '../../../src/core/authInspector.ts';
import { authStepIds, type AuthStep } from '../../../src/core/authSteps.ts';
import { authView, type AuthReport, type AuthView } from '../../../src/core/authView.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { authDocument, authPage } from '../../../src/core/dashboardAuth.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { Store, type Readable } from '../../../src/core/util/store.ts';

const serverUrl = 'https://mcp.example.org/mcp?api_key=zzzz-marked-1111';
const at = Date.UTC(2026, 2, 14);
const { signal } = new AbortController();

const signedIn: AuthRecord = {
  ...emptyAuthRecord(serverUrl),
  clients: [
    {
      issuer: 'https://login.example.com',
      clientId: 'client-7',
      clientSecret: 'marked-client-secret',
      registration: 'dynamic',
      tokenAuthMethod: undefined,
      redirectUris: [],
    },
  ],
  tokens: {
    issuer: 'https://login.example.com',
    clientId: 'client-7',
    accessToken: 'marked-access-token',
    refreshToken: 'marked-refresh-token',
    idToken: undefined,
    tokenType: 'Bearer',
    scopes: ['read'],
    resource: serverUrl,
    obtainedAt: at,
    expiresAt: at + 3_600_000,
  },
  challenge: {
    at,
    status: 403,
    scheme: 'bearer',
    resourceMetadata: undefined,
    scopes: ['read', 'write\u200B'],
    error: 'insufficient_scope',
    errorDescription: undefined,
  },
};

const steps = authStepIds.map((id): AuthStep => ({
  id,
  result: id === 'pkce' ? 'fail' : 'ok',
  found: `Found at ${serverUrl}\u202E`,
  where: id === 'issuer' ? 'https://login.example.com' : serverUrl,
  foreignHost: id === 'issuer' ? 'login.example.com' : undefined,
  tried:
    id === 'server-metadata' ? [{ url: 'https://login.example.com/.well-known', outcome: 'HTTP 404' }] : [],
}));

interface BedParts {
  readonly kind?: 'http' | 'stdio';
  readonly record?: AuthRecord;
  readonly state?: ServerSnapshot['state'];
  readonly resolve?: () => Promise<never>;
}

function bed({ kind = 'http', record = signedIn, state = { kind: 'stopped' }, resolve }: BedParts = {}) {
  const changes = new Store(0);
  const asked: string[] = [];
  let kept = record;
  let launchHash = 'one';
  const view = (): AuthView => authView(kept, defaultAuthSettings, at);
  const launch =
    kind === 'http'
      ? { kind, transport: 'auto' as const, url: serverUrl, headers: {} }
      : { kind, command: 'node', args: [], env: {}, envFile: undefined, cwd: undefined };
  const server = () =>
    ({ definition: { id: 'a', name: 'a', launch, launchHash }, state }) as unknown as ServerSnapshot;
  const inspector = new AuthInspector({
    connections: { get: (id) => (id === 'a' ? server() : undefined) },
    auth: {
      changes,
      view: (url) => (asked.push(`view ${url === serverUrl}`), Promise.resolve(view())),
      inspect: (url): Promise<AuthReport> => {
        asked.push(`inspect ${url === serverUrl}`);
        return Promise.resolve({ at, steps, view: view() });
      },
    },
    resolve: (_definition, _signal, prompting) => {
      asked.push(prompting);
      return (
        resolve?.() ??
        Promise.resolve({ launch: launch as Extract<typeof launch, { kind: 'http' }>, secretValues: [] })
      );
    },
  });
  return {
    inspector,
    asked,
    changes,
    keep: (next: AuthRecord) => (kept = next),
    edit: () => (launchHash = 'two'),
  };
}

/** Resolves at the next change. */
function next(changed: Readable<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const stop = changed.subscribe(() => (stop.dispose(), resolve()));
  });
}

describe('the inspector of sign-ins', () => {
  test('reads what is stored once, asks neither people nor servers, and tells when it is there', async () => {
    const { inspector, asked } = bed();
    const changed = next(inspector.changed);
    assert.equal(inspector.of('a')?.view, undefined);
    await changed;
    assert.equal(inspector.of('a')?.view?.status.kind, 'needs-more');
    inspector.of('a');
    assert.deepEqual(asked, ['never', 'view true']);
  });

  test('knows nothing of local servers and of those that are not configured', () => {
    assert.equal(bed({ kind: 'stdio' }).inspector.of('a'), undefined);
    assert.equal(bed().inspector.of('b'), undefined);
  });

  test('keeps the steps of a look while the state follows a sign-out', async () => {
    const { inspector, changes, keep } = bed();
    await inspector.look('a', signal);
    keep({ ...signedIn, tokens: undefined });
    changes.set(1);
    const changed = next(inspector.changed);
    inspector.of('a');
    await changed;
    const found = inspector.of('a');
    assert.equal(found?.view?.status.kind, 'signed-out');
    assert.equal(found?.look?.steps.length, authStepIds.length);
  });

  test('forgets a look when the entry is another one', async () => {
    const { inspector, edit } = bed();
    await inspector.look('a', signal);
    edit();
    assert.equal(inspector.of('a')?.look, undefined);
  });

  test('does not follow the trail of a server that is blocked, local or gone', async () => {
    const blocked = bed({ state: { kind: 'blocked', reason: 'by the company' } });
    await assert.rejects(blocked.inspector.look('a', signal), { code: 'blocked' });
    await assert.rejects(bed({ kind: 'stdio' }).inspector.look('a', signal), { code: 'unsupported' });
    await assert.rejects(bed().inspector.look('b', signal), { code: 'not-found' });
    assert.deepEqual(blocked.asked, []);
  });

  test('says why the stored state could not be read', async () => {
    const { inspector } = bed({
      resolve: () => Promise.reject(new AppError('cancelled', 'the value of key is not known yet')),
    });
    const changed = next(inspector.changed);
    inspector.of('a');
    await changed;
    const page = authPage(inspector.of('a')!);
    assert.equal(page.problem?.text, 'the value of key is not known yet');
    assert.equal(page.state, undefined);
  });
});

describe('the sign-in page', () => {
  test('marks every host that is not the server’s, and shows hidden characters', async () => {
    const { inspector } = bed();
    await inspector.look('a', signal);
    const page = authPage(inspector.of('a')!);
    const step = (id: string) => page.steps.find((one) => one.id === id);
    assert.equal(step('issuer')?.where?.foreignHost?.text, 'login.example.com');
    assert.equal(step('challenge')?.where?.foreignHost, undefined);
    assert.equal(step('server-metadata')?.tried[0]?.address.foreignHost?.text, 'login.example.com');
    assert.equal(step('pkce')?.result, 'fail');
    assert.match(step('pkce')?.found.text ?? '', /<U\+202E>$/);
    assert.equal(page.state?.issuer?.foreignHost?.text, 'login.example.com');
    assert.equal(page.state?.resource?.foreignHost, undefined);
    assert.deepEqual(
      page.state?.missing.map(({ text }) => text),
      ['write<U+200B>'],
    );
  });

  test('never holds a token, a client secret or a secret of the server’s address, nor does its JSON', async () => {
    const { inspector } = bed();
    await inspector.look('a', signal);
    const found = inspector.of('a')!;
    const json = JSON.stringify(authDocument(found));
    for (const text of [JSON.stringify(authPage(found)), json]) assert.doesNotMatch(text, /marked/);
    assert.match(json, /"lookedAt":"2026-03-14T00:00:00\.000Z"/);
    assert.match(json, /https:\/\/mcp\.example\.org\/mcp\?api_key=••••/);
    assert.doesNotMatch(json, /\u200B|\u202E/);
  });
});
