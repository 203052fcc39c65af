import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { EventEmitter, type SecretStorage, type SecretStorageChangeEvent } from 'vscode';
import type { ActivityEvent } from '../../src/core/activity.ts';
import { defaultAuthSettings, type AuthOpening, type SignInReason } from '../../src/core/auth.ts';
import { authSettingsFor } from '../../src/core/authSettingsTable.ts';
import { parseAuthSettings } from '../../src/core/authSettings.ts';
import type { AuthView } from '../../src/core/authView.ts';
import type { Connection } from '../../src/core/connection.ts';
import type { ServerSnapshot } from '../../src/core/connections.ts';
import type { Json } from '../../src/core/json.ts';
import { Requests } from '../../src/core/requests.ts';
import { SignInRequests } from '../../src/core/signInRequests.ts';
import { Store } from '../../src/core/util/store.ts';
import { sha256 } from '../../src/node/host.ts';
import { createActions } from '../../src/vscode/runAction.ts';
import { createSignInBrowser } from '../../src/vscode/signInBrowser.ts';
import { SignInPeople } from '../../src/vscode/signInPeople.ts';
import { chooseRedirects, EditorRedirects } from '../../src/vscode/signInRedirects.ts';
import { SignIns, type SignInPort } from '../../src/vscode/signIns.ts';
import type { Entry, Question } from '../../src/vscode/dialogs.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import { RecordingLogger } from '../fakes/fakeLogger.ts';
import { FakeSecrets } from '../fakes/fakeSecrets.ts';
import { until } from './bed.ts';

const extensionId = 'mcp-switchboard.mcp-switchboard';
const url = 'https://mcp.example/mcp';
const state = 'a-state-of-twenty-or-more-characters';
const never = new AbortController().signal;

/** A secret storage as the windows of one user share it. */
class SharedSecrets implements SecretStorage {
  readonly values = new Map<string, string>();
  readonly #changes = new EventEmitter<SecretStorageChangeEvent>();
  readonly onDidChange = this.#changes.event;
  keys = async () => [...this.values.keys()];
  get = async (key: string) => this.values.get(key);
  store = async (key: string, value: string) => {
    this.values.set(key, value);
    this.#changes.fire({ key });
  };
  delete = async (key: string) => {
    this.values.delete(key);
    this.#changes.fire({ key });
  };
}

describe('the answer of a sign-in that comes to the editor', () => {
  let secrets: SharedSecrets;
  let logger: RecordingLogger;
  const openWindow = () => new EditorRedirects({ extensionId, secrets, sha256, logger });
  const query = `code=marked-code&state=${state}&iss=https://login.example`;
  beforeEach(() => {
    secrets = new SharedSecrets();
    logger = new RecordingLogger();
  });

  it('is asked for at an address of this extension, and reaches the window that waits', async () => {
    const window = openWindow();
    const redirect = await window.open();
    assert.match(decodeURIComponent(redirect.uri), /mcp-switchboard\.mcp-switchboard.*\/signed-in/);
    const answer = redirect.answer(state, never);
    await window.take({ query });
    assert.equal((await answer).get('code'), 'marked-code');
    redirect.dispose();
  });

  it('is handed on by a window that it reached by mistake, and then kept nowhere', async () => {
    const [mine, other] = [openWindow(), openWindow()];
    const redirect = await mine.open();
    const answer = redirect.answer(state, never);
    await other.take({ query: `${query}&windowId=2` });
    const given = await answer;
    assert.deepEqual(
      [...given.keys()].sort(),
      ['code', 'iss', 'state'],
      'only the parameters that sign-ins know',
    );
    assert.equal(given.get('code'), 'marked-code');
    redirect.dispose();
    await until('an empty storage', () => secrets.values.size === 0);
    await assert.rejects(other.take({ query }), { code: 'not-found' }, 'a second answer comes too late');
    assert.equal(secrets.values.size, 0);
  });

  it('is refused and not stored when nobody waits for it, or when it is no answer', async () => {
    const window = openWindow();
    const redirect = await window.open();
    const left = new AbortController();
    const answer = redirect.answer(state, left.signal);
    const others = `code=x&state=${state}-of-somebody-else`;
    await assert.rejects(window.take({ query: others }), { code: 'not-found' });
    await assert.rejects(window.take({ query: `code=x&code=y&state=${state}` }), { code: 'invalid-input' });
    await assert.rejects(window.take({ query: `state=${state}` }), { code: 'invalid-input' });
    await assert.rejects(window.take({ query: 'code=x' }), { code: 'invalid-input' });
    assert.deepEqual([...secrets.values.values()], [''], 'only that somebody waits');
    left.abort();
    await assert.rejects(answer, { code: 'cancelled' });
    redirect.dispose();
    await assert.rejects(window.take({ query }), { code: 'not-found' });
    assert.equal(secrets.values.size, 0);
    assert.ok(!logger.text.includes('marked-code'));
  });

  it('goes where the setting says', async () => {
    const at = (name: string) => ({
      open: async () => ({ uri: name, answer: async () => new URLSearchParams(), dispose: () => undefined }),
    });
    const options = { port: 0, preferred: [] };
    const choose = async (setting: 'loopback' | 'editor') =>
      (await chooseRedirects(at('loopback'), at('editor'), () => setting).open(options)).uri;
    assert.deepEqual([await choose('loopback'), await choose('editor')], ['loopback', 'editor']);
  });
});

describe('before the browser opens', () => {
  const opening: AuthOpening = {
    url: 'https://login.example/authorize?client_id=editor-7&scope=mcp%3Aread',
    serverUrl: url,
    issuer: 'https://login.example',
    reason: 'sign-in',
    scopes: ['mcp:read'],
  };

  it('the user sees where it leads, for whom and for what, and can turn away', async () => {
    const asked: Question[] = [];
    const browser = createSignInBrowser({
      ask: async (question) => {
        asked.push(question);
        return undefined;
      },
    });
    assert.equal(await browser.open(opening, never), false);
    const [question] = asked;
    assert.ok(question?.isModal !== false, 'nothing goes on beside it');
    for (const part of [opening.url, 'login.example', 'mcp.example', 'editor-7', 'mcp:read'])
      assert.ok(question?.detail?.includes(part), `${part} is shown`);
  });

  it('a sign-in that was cancelled meanwhile opens nothing', async () => {
    const left = new AbortController();
    const browser = createSignInBrowser({
      ask: async ({ choices }) => {
        left.abort();
        return choices[0];
      },
    });
    assert.equal(await browser.open(opening, left.signal), false);
  });
});

describe('what a sign-in asks people for', () => {
  let secrets: FakeSecrets;
  let asked: Entry[];
  let answers: (string | undefined)[];
  let people: SignInPeople;
  beforeEach(() => {
    secrets = new FakeSecrets();
    asked = [];
    answers = [];
    people = new SignInPeople({
      secrets,
      sha256,
      dialogs: {
        enter: async (entry) => {
          asked.push(entry);
          return answers.shift();
        },
      },
    });
  });
  const settingsOf = (value: Json) => parseAuthSettings(value).settings;

  it('a secret is asked for once, hidden while it is typed, and forgotten on request', async () => {
    const settings = settingsOf({ clientId: 'machine', grant: 'client-secret' });
    answers = ['marked-secret'];
    await people.completeSecrets(url, settings);
    await people.completeSecrets(url, settings);
    assert.deepEqual(
      asked.map(({ isPassword }) => isPassword),
      [true],
    );
    assert.match(asked[0]?.check?.('') ?? '', /needs it/);
    assert.equal(await people.secret(url, 'client-secret'), 'marked-secret');
    assert.equal(await people.secret('https://other.example/', 'client-secret'), undefined);
    await people.forget(url, settings);
    assert.equal(secrets.values.size, 0);
  });

  it('an optional secret that was left empty is not asked for again', async () => {
    const settings = settingsOf({ clientId: 'known' });
    answers = [''];
    await people.completeSecrets(url, settings);
    await people.completeSecrets(url, settings);
    assert.equal(asked.length, 1);
    assert.equal(await people.secret(url, 'client-secret'), undefined);
  });

  it('turning away ends the sign-in and keeps nothing', async () => {
    const settings = settingsOf({ clientId: 'machine', grant: 'client-secret' });
    await assert.rejects(people.completeSecrets(url, settings), { code: 'cancelled' });
    assert.equal(secrets.values.size, 0);
  });

  it('a client is asked for by name where none can be registered, with the address to register', async () => {
    answers = [' my-client ', ''];
    const back = 'http://127.0.0.1:7777/callback';
    assert.deepEqual(await people.askForClient(url, 'https://login.example', back, never), {
      clientId: 'my-client',
      clientSecret: undefined,
    });
    assert.ok(asked[0]?.prompt.includes(back) && asked[0].prompt.includes('login.example'));
    assert.equal(await people.askForClient(url, 'https://login.example', back, never), undefined);
  });
});

describe('signing in and out', () => {
  const signedIn = {
    issuer: 'https://login.example',
    granted: ['mcp:read'],
    account: 'ada',
    status: { kind: 'signed-in' },
  } as unknown as AuthView;

  function bed(table?: Json) {
    const definition = { id: 'a', name: 'A', launch: { kind: 'http', url } };
    const needed = { definition, state: { kind: 'needs-sign-in', message: 'sign in' } };
    const servers = new Store([needed as unknown as ServerSnapshot]);
    const requests = new Requests();
    const logger = new RecordingLogger();
    const did: string[] = [];
    const recorded: ActivityEvent[] = [];
    const connections = {
      servers,
      get: (id: string) => servers.get().find((one) => one.definition.id === id),
      start: async (id: string) => {
        did.push(`start ${id}`);
        return {} as Connection;
      },
      restart: async (id: string) => {
        did.push(`restart ${id}`);
        return {} as Connection;
      },
    };
    const auth = {
      view: signedIn,
      changes: new Store(0),
    };
    const port: SignInPort = {
      signIn: async (_url, reason: SignInReason) => {
        did.push(reason);
        return auth.view;
      },
      refresh: async () => auth.view,
      signOut: async () => {
        did.push('sign out');
        return { kind: 'revoked' };
      },
      forget: async () => {
        did.push('forget');
        return { kind: 'revoked' };
      },
      view: async () => auth.view,
      changes: auth.changes,
    };
    const choices: (string | undefined)[] = [];
    const signIns = new SignIns({
      auth: port,
      connections,
      requests: new SignInRequests({ connections, requests, clock: new FakeClock() }),
      people: { completeSecrets: async () => undefined, forget: async () => void did.push('forget typed') },
      dialogs: { ask: async () => choices.shift() },
      actions: createActions(logger, () => undefined),
      urlOf: async () => url,
      settingsFor: (serverUrl) =>
        table === undefined
          ? { settings: defaultAuthSettings, problems: [] }
          : authSettingsFor(table, serverUrl),
      record: (event) => void recorded.push(event),
    });
    const set = (state: object) => servers.set([{ definition, state } as unknown as ServerSnapshot]);
    const open = () =>
      requests.open.get().map((one) => (one.kind === 'sign-in' ? [one.message, one.isStepUp] : []));
    return { signIns, did, recorded, auth, choices, set, open };
  }

  it('after a sign-in the server connects by itself, and the log says who let in and for what', async () => {
    const { signIns, did, recorded } = bed();
    await signIns.signIn('a', 'sign-in');
    assert.deepEqual(did, ['sign-in', 'start a']);
    assert.deepEqual(recorded, [
      { kind: 'signed-in', serverId: 'a', issuer: 'https://login.example', scopes: ['mcp:read'] },
    ]);
  });

  it('another account means another connection; more permissions do not', async () => {
    const { signIns, did, set } = bed();
    set({ kind: 'ready', since: 0, info: {} });
    await signIns.signIn('a', 'step-up');
    await signIns.signIn('a', 'switch-account');
    assert.deepEqual(did, ['step-up', 'switch-account', 'restart a']);
  });

  it('a wrong setting is named with its place before anything is asked of anybody', async () => {
    const { signIns, did } = bed({ [url]: { redirectPort: 'seven' } });
    await assert.rejects(signIns.signIn('a', 'sign-in'), (error: Error) => {
      assert.match(error.message, /mcpSwitchboard\.auth: https:\/\/mcp\.example\/mcp: .*redirectPort/);
      return true;
    });
    assert.deepEqual(did, []);
  });

  it('a server that wants more permissions is in the inbox until it has them', async () => {
    const { auth, set, open } = bed();
    set({ kind: 'ready', since: 0, info: {} });
    auth.view = { ...signedIn, status: { kind: 'needs-more', missing: ['mcp:write'] } };
    auth.changes.set(1);
    await until('the request', () => open().length === 1);
    assert.deepEqual(open(), [['It wants these permissions too: mcp:write', true]]);
    auth.view = signedIn;
    auth.changes.set(2);
    await until('an empty inbox', () => open().length === 0);
  });

  it('signing out restarts what is connected; forgetting the client is asked first', async () => {
    const { signIns, did, recorded, choices, set } = bed();
    set({ kind: 'ready', since: 0, info: {} });
    await assert.rejects(signIns.signOut('a', true), { code: 'cancelled' });
    assert.deepEqual([did, recorded], [[], []]);
    choices.push('Sign Out and Forget');
    await signIns.signOut('a', true);
    await signIns.signOut('a', false);
    assert.deepEqual(did, ['forget', 'forget typed', 'restart a', 'sign out', 'restart a']);
    assert.deepEqual(
      recorded.map((event) => event.kind === 'signed-out' && [event.revocation, event.everything]),
      [
        ['revoked', true],
        ['revoked', false],
      ],
    );
  });
});
