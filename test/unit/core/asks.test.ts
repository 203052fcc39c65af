import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerAsks, type AskingJob } from '../../../src/core/asks.ts';
import type { Ask, AskOrigin } from '../../../src/core/connection.ts';
import { Requests, type HumanAnswer } from '../../../src/core/requests.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';

const never = new AbortController().signal;
const form: Ask = { kind: 'elicit-form', message: 'Which month?', schema: { type: 'object' } };
const job: AskingJob = { id: 'job-1', tool: 'backtest', caller: { kind: 'gateway', name: 'claude-code' } };
const ofCall = (key: string): AskOrigin => ({ callId: 'job-1', taskId: undefined, key });
const accept = { kind: 'accept', content: { month: 'May' } } as const;

function setup(jobOf: (serverId: string, origin: AskOrigin) => AskingJob | undefined = () => job) {
  const requests = new Requests();
  const events: string[] = [];
  const ports = { onAnswered: (id: string, key: string) => void events.push(`answered ${id} ${key}`) };
  const given = new Map<string, HumanAnswer>();
  const over = new AbortController();
  let ids = 0;
  const ask = answerAsks({
    requests,
    clock: new FakeClock(1_000),
    newId: () => `r${++ids}`,
    serverName: (id) => `name of ${id}`,
    jobOf,
    onWaiting: (id, isWaiting) => events.push(`${id} ${isWaiting ? 'waits' : 'goes on'}`),
    onAnswered: (id, { key }) => ports.onAnswered(id, key),
    givenAnswer: (_id, { key }) => given.get(key),
    overOf: () => over.signal,
    refuseSampling: (id, { maxTokens }) => (maxTokens === 0 ? `not for ${id}` : undefined),
  });
  return { requests, events, ports, given, over, ask, open: () => requests.open.get() };
}

describe('a question of a server', () => {
  test('stands in the inbox with server, tool, job and caller', async () => {
    const { ask, open, requests } = setup();
    const answer = ask('s', form, ofCall('k'), never);
    await settle();
    assert.deepEqual(open(), [
      {
        kind: 'elicitation-form',
        id: 'r1',
        serverId: 's',
        serverName: 'name of s',
        createdAt: 1_000,
        caller: job.caller,
        jobId: 'job-1',
        tool: 'backtest',
        message: 'Which month?',
        schema: { type: 'object' },
      },
    ]);
    requests.answer('r1', accept);
    assert.deepEqual(await answer, accept);
    assert.deepEqual(open(), []);
  });

  test('for a model is declined with the reason, and not shown, when it is refused beforehand', async () => {
    const { ask, open, events } = setup();
    const answer = await ask('s', { kind: 'sampling', params: { maxTokens: 0 } }, ofCall('k'), never);
    assert.deepEqual(answer, { kind: 'decline', reason: 'not for s' });
    assert.deepEqual(open(), []);
    assert.deepEqual(events, []);
  });

  test('about a page keeps its URL, and a model request its parameters', async () => {
    const { ask, open } = setup();
    void ask(
      's',
      { kind: 'elicit-url', message: 'Log in', url: 'https://a.example/?q', elicitationId: 'e' },
      ofCall('1'),
      never,
    );
    void ask('s', { kind: 'sampling', params: { maxTokens: 3 } }, ofCall('2'), never);
    await settle();
    const [url, sampling] = open();
    assert.equal(url?.kind === 'elicitation-url' && url.url, 'https://a.example/?q');
    assert.deepEqual(sampling?.kind === 'sampling' && sampling.params, { maxTokens: 3 });
  });

  test('whose job is not known is asked all the same', async () => {
    const { ask, open, requests, events } = setup(() => undefined);
    const answer = ask('s', form, { callId: undefined, taskId: undefined, key: 'k' }, never);
    await settle();
    assert.deepEqual([open()[0]?.jobId, open()[0]?.caller], [undefined, undefined]);
    requests.answer('r1', { kind: 'decline' });
    assert.deepEqual([await answer, events], [{ kind: 'decline' }, []]);
  });

  test('closes and rejects when its call ends', async () => {
    const { ask, open, events } = setup();
    const abort = new AbortController();
    const answer = ask('s', form, ofCall('k'), abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(answer, { code: 'cancelled' });
    await settle();
    assert.deepEqual([open(), events], [[], ['job-1 waits', 'job-1 goes on']]);
  });

  test('of a call that has ended already is not asked', async () => {
    const { ask, open } = setup();
    await assert.rejects(ask('s', form, ofCall('k'), AbortSignal.abort()), { code: 'cancelled' });
    await settle();
    assert.deepEqual(open(), []);
  });
});

describe('the answer', () => {
  test('is noted before it leaves', async () => {
    const { ask, requests, events } = setup();
    const answer = ask('s', form, ofCall('k'), never).then(() => events.push('left'));
    await settle();
    requests.answer('r1', accept);
    await answer;
    assert.deepEqual(events, ['job-1 waits', 'answered job-1 k', 'job-1 goes on', 'left']);
  });

  test('stays here when it cannot be noted', async () => {
    const { ask, requests, ports } = setup();
    ports.onAnswered = () => {
      throw new AppError('storage', 'disk full');
    };
    const answer = ask('s', form, ofCall('k'), never);
    await settle();
    requests.answer('r1', accept);
    await assert.rejects(answer, { code: 'storage' });
  });
});

describe('a question that comes twice', () => {
  test('is one while it is open, and both get its answer', async () => {
    const { ask, open, requests, events } = setup();
    const answers = [ask('s', form, ofCall('k'), never), ask('s', form, ofCall('k'), never)];
    await settle();
    assert.equal(open().length, 1);
    requests.answer('r1', accept);
    assert.deepEqual(await Promise.all(answers), [accept, accept]);
    assert.equal(events.filter((event) => event.startsWith('answered')).length, 1);
  });

  test('stays open until both are gone', async () => {
    const { ask, open } = setup();
    const [one, two] = [new AbortController(), new AbortController()];
    const answers = [one, two].map(({ signal }) => ask('s', form, ofCall('k'), signal));
    await settle();
    one.abort();
    await assert.rejects(answers[0]!);
    await settle();
    assert.equal(open().length, 1);
    two.abort();
    await assert.rejects(answers[1]!);
    await settle();
    assert.equal(open().length, 0);
  });

  test('is asked again after it was withdrawn', async () => {
    const { ask, open } = setup();
    const abort = new AbortController();
    const first = ask('s', form, ofCall('k'), abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(first);
    await settle();
    void ask('s', form, ofCall('k'), never);
    await settle();
    assert.deepEqual(
      open().map(({ id }) => id),
      ['r2'],
    );
  });

  test('is asked again after it was answered: nobody answers for the human', async () => {
    const { ask, open, requests } = setup();
    const first = ask('s', form, ofCall('k'), never);
    await settle();
    requests.answer('r1', accept);
    await first;
    void ask('s', form, ofCall('k'), never);
    await settle();
    assert.equal(open().length, 1);
  });

  for (const [what, server, origin] of [
    ['key', 's', ofCall('other')],
    ['call', 's', { ...ofCall('k'), callId: 'job-2' }],
    ['task', 's', { callId: undefined, taskId: 'job-1', key: 'k' }],
    ['server', 't', ofCall('k')],
  ] as const) {
    test(`is another question with another ${what}`, async () => {
      const { ask, open } = setup();
      void ask('s', form, ofCall('k'), never);
      void ask(server, form, origin, never);
      await settle();
      assert.equal(open().length, 2);
    });
  }

  test('without call and task is two questions', async () => {
    const { ask, open } = setup(() => undefined);
    const origin = { callId: undefined, taskId: undefined, key: '1' };
    void ask('s', form, origin, never);
    void ask('s', form, origin, never);
    await settle();
    assert.equal(open().length, 2);
  });
});

test('a job waits until the last of its questions is over', async () => {
  const { ask, requests, events } = setup();
  const answers = [ask('s', form, ofCall('1'), never), ask('s', form, ofCall('2'), never)];
  await settle();
  requests.answer('r1', { kind: 'cancel' });
  await answers[0];
  assert.deepEqual(events, ['job-1 waits', 'answered job-1 1']);
  requests.answer('r2', accept);
  await answers[1];
  assert.equal(events.at(-1), 'job-1 goes on');
});

describe('a question of a task', () => {
  const lasting = { callId: undefined, taskId: 't', key: 'review', isLasting: true } as const;

  test('that was answered, but perhaps not heard, gets the same answer without anybody being asked', async () => {
    const { ask, open, given } = setup();
    given.set('review', accept);
    assert.deepEqual(await ask('s', form, lasting, never), accept);
    assert.deepEqual(open(), []);
  });

  test('closes when its job ends', async () => {
    const { ask, open, over } = setup();
    const answer = ask('s', form, lasting, never);
    await settle();
    over.abort(new AppError('cancelled', 'the job has ended'));
    await assert.rejects(answer, { code: 'cancelled' });
    assert.deepEqual(open(), []);
  });

  test('closes with a conflict when another window has the job, so that nothing is answered', async () => {
    const { ask, open, over } = setup();
    const answer = ask('s', form, lasting, never);
    await settle();
    over.abort(new AppError('conflict', 'job-1 belongs to another window by now'));
    await assert.rejects(answer, { code: 'conflict' });
    assert.deepEqual(open(), []);
  });
});
