import assert from 'node:assert/strict';
import test from 'node:test';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { Requests } from '../../../src/core/requests.ts';
import { SignInRequests } from '../../../src/core/signInRequests.ts';
import { Store } from '../../../src/core/util/store.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

type State = ServerSnapshot['state'];
const needs = (message: string): State => ({ kind: 'needs-sign-in', message });
const ready = { kind: 'ready', since: 0, info: {} } as State;

function bed() {
  const servers = new Store<readonly ServerSnapshot[]>([]);
  const requests = new Requests();
  const set = (state: State) =>
    servers.set([{ definition: { id: 'a', name: 'A' }, state } as ServerSnapshot]);
  const asked = new SignInRequests({
    connections: { servers, get: () => undefined },
    requests,
    clock: new FakeClock(),
  });
  const open = () =>
    requests.open
      .get()
      .map((request) => (request.kind === 'sign-in' ? [request.message, request.isStepUp] : []));
  return { set, asked, open, requests };
}

test('a server that lets nobody in is in the inbox until it does', () => {
  const { set, open } = bed();
  set(needs('a.example wants you to sign in'));
  assert.deepEqual(open(), [['a.example wants you to sign in', false]]);
  set({ kind: 'starting', since: 0 });
  assert.deepEqual(open(), []);
});

test('the same need is one request, another reason replaces it', () => {
  const { set, open, requests } = bed();
  set(needs('first'));
  const [before] = requests.open.get();
  set(needs('first'));
  assert.equal(requests.open.get()[0], before);
  set(needs('second'));
  assert.deepEqual(open(), [['second', false]]);
});

test('a connected server that wants more permissions asks for a step-up until it has them', () => {
  const { set, asked, open } = bed();
  set(ready);
  asked.wants('a', 'It wants these permissions too: write');
  assert.deepEqual(open(), [['It wants these permissions too: write', true]]);
  asked.wants('a', undefined);
  assert.deepEqual(open(), []);
});

test('no answer of a human settles a sign-in request', () => {
  const { set, requests } = bed();
  set(needs('sign in'));
  const id = requests.open.get()[0]?.id ?? '';
  assert.throws(() => requests.answer(id, { kind: 'decline' }), /takes another kind of answer/);
  assert.throws(
    () => requests.decide(id, { kind: 'deny', reason: undefined }),
    /takes another kind of answer/,
  );
});
