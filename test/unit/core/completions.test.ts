import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Completions, type CompletionQuery } from '../../../src/core/completions.ts';
import type { Connection } from '../../../src/core/connection.ts';
import type { Connections, ServerSnapshot } from '../../../src/core/connections.ts';
import { isAppError } from '../../../src/core/util/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

const never = new AbortController().signal;

function query(value: string, name = 'city'): CompletionQuery {
  return {
    serverId: 's',
    ref: { kind: 'template', uriTemplate: 'weather://{city}' },
    argument: { name, value },
    context: {},
  };
}

function bed(capabilities: ServerSnapshot['definition'] | object = { completions: {} }) {
  const clock = new FakeClock();
  const asked: { readonly value: string; readonly signal: AbortSignal }[] = [];
  let answer = (value: string): Promise<readonly string[]> => Promise.resolve([`${value}a`, `${value}b`]);
  let state: unknown = { kind: 'ready', since: 1, info: { capabilities } };
  const connection = {
    complete: (_ref, { value }, _context, signal) => {
      asked.push({ value, signal });
      return answer(value);
    },
  } as Partial<Connection> as Connection;
  const connections = {
    get: () => ({ state }) as unknown as ServerSnapshot,
    needQuietly: () => Promise.resolve(connection),
  } as Pick<Connections, 'get' | 'needQuietly'>;
  return {
    clock,
    asked,
    completions: new Completions({ connections, clock }),
    answerWith: (next: typeof answer) => (answer = next),
    reconnect: () => (state = { kind: 'ready', since: 2, info: { capabilities } }),
    stop: () => (state = { kind: 'stopped' }),
  };
}

void test('of quick key strokes only the last is asked, and the others are cancelled', async () => {
  const { clock, asked, completions } = bed();
  const first = completions.ask(query('B'), never);
  const refused = assert.rejects(first, (error) => isAppError(error, 'cancelled'));
  const second = completions.ask(query('Be'), never);
  await clock.advanceAsync(1_000);
  await refused;
  assert.deepEqual(await second, { kind: 'values', values: ['Bea', 'Beb'] });
  assert.deepEqual(
    asked.map(({ value }) => value),
    ['Be'],
  );
  assert.equal(clock.pending, 0);
});

void test('two fields of one form do not cancel each other', async () => {
  const { clock, completions } = bed();
  const both = Promise.all([completions.ask(query('x'), never), completions.ask(query('y', 'land'), never)]);
  await clock.advanceAsync(1_000);
  assert.deepEqual(
    (await both).map(({ values }) => values[0]),
    ['xa', 'ya'],
  );
});

void test('a question that is on its way to the server is aborted by the next one', async () => {
  const { clock, asked, completions, answerWith } = bed();
  answerWith(
    () =>
      new Promise((_, reject) => {
        const { signal } = asked.at(-1)!;
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const first = completions.ask(query('B'), never);
  const refused = assert.rejects(first, (error) => isAppError(error, 'cancelled'));
  await clock.advanceAsync(1_000);
  assert.equal(asked.length, 1);
  answerWith(async () => []);
  const second = completions.ask(query('Be'), never);
  await refused;
  assert.equal(asked[0]?.signal.aborted, true);
  await clock.advanceAsync(1_000);
  assert.deepEqual(await second, { kind: 'values', values: [] });
});

void test('the same question within half a minute is answered from before, a new connection asks anew', async () => {
  const { clock, asked, completions, reconnect } = bed();
  const ask = async () => {
    const answer = completions.ask(query('B'), never);
    await clock.advanceAsync(200);
    return answer;
  };
  await ask();
  await ask();
  assert.equal(asked.length, 1);
  reconnect();
  await ask();
  assert.equal(asked.length, 2);
  await clock.advanceAsync(30_000);
  await ask();
  assert.equal(asked.length, 3);
});

void test('a server without completions, or one that stands still, is not asked', async () => {
  const plain = bed({ resources: {} });
  assert.equal((await plain.completions.ask(query('B'), never)).kind, 'not-offered');
  const stopped = bed();
  stopped.stop();
  assert.equal((await stopped.completions.ask(query('B'), never)).kind, 'not-offered');
  assert.equal(plain.asked.length + stopped.asked.length, 0);
});

void test('a value named twice is one suggestion, and an enormous one is none', async () => {
  const { clock, completions, answerWith } = bed();
  answerWith(async () => ['Bern', 'x'.repeat(5_000), 'Bern', 'Basel']);
  const answer = completions.ask(query('B'), never);
  await clock.advanceAsync(200);
  assert.deepEqual((await answer).values, ['Bern', 'Basel']);
});

void test('the asker can leave before the server is asked', async () => {
  const { clock, asked, completions } = bed();
  const leave = new AbortController();
  const answer = completions.ask(query('B'), leave.signal);
  const refused = assert.rejects(answer, (error) => isAppError(error, 'cancelled'));
  leave.abort();
  await refused;
  await clock.advanceAsync(1_000);
  assert.equal(asked.length, 0);
  assert.equal(clock.pending, 0);
});
