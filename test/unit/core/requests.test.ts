import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Requests, type ElicitationFormRequest } from '../../../src/core/requests.ts';

const form = (id: string): ElicitationFormRequest => ({
  kind: 'elicitation-form',
  id,
  serverId: 's',
  serverName: 'server',
  createdAt: 1,
  caller: undefined,
  jobId: undefined,
  tool: undefined,
  message: 'm',
  schema: {},
});
const never = new AbortController().signal;

test('a request is answered once', async () => {
  const requests = new Requests();
  const answer = requests.ask<'elicitation-form'>(form('a'), never);
  assert.equal(requests.answer('a', { kind: 'accept', content: { x: 1 } }), true);
  assert.equal(requests.answer('a', { kind: 'decline' }), false);
  assert.deepEqual(await answer, { kind: 'accept', content: { x: 1 } });
  assert.deepEqual(requests.open.get(), []);
});

test('an approval cannot be given as an answer, nor an answer as an approval', async () => {
  const requests = new Requests();
  const answer = requests.ask<'elicitation-form'>(form('a'), never);
  assert.throws(() => requests.decide('a', { kind: 'allow', scope: 'once', arguments: {} }), {
    code: 'conflict',
  });
  assert.equal(requests.open.get().length, 1);
  requests.answer('a', { kind: 'cancel' });
  await answer;
});

test('a request whose asker goes away is withdrawn', async () => {
  const requests = new Requests();
  const abort = new AbortController();
  const answer = requests.ask<'elicitation-form'>(form('a'), abort.signal);
  const other = requests.ask<'elicitation-form'>(form('b'), never);
  abort.abort();
  await assert.rejects(answer, { code: 'cancelled' });
  assert.deepEqual(
    requests.open.get().map((r) => r.id),
    ['b'],
  );
  requests.answer('b', { kind: 'decline' });
  assert.deepEqual(await other, { kind: 'decline' });
  await assert.rejects(requests.ask<'elicitation-form'>(form('c'), abort.signal), { code: 'cancelled' });
  assert.deepEqual(requests.open.get(), []);
});
