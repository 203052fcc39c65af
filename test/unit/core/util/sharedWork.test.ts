import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../../src/core/util/errors.ts';
import { abortable, SharedWork } from '../../../../src/core/util/sharedWork.ts';
import { settle } from '../../../fakes/fakeClock.ts';

const never = new AbortController().signal;
const cancelled = { code: 'cancelled' };

/** Work that ends when the test says so. */
function scripted() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: new SharedWork(() => promise), resolve, reject };
}

describe('shared work', () => {
  test('gives its result to everybody', async () => {
    const { work, resolve } = scripted();
    const joined = [work.join(never), work.join(never)];
    resolve('done');
    assert.deepEqual(await Promise.all(joined), ['done', 'done']);
    assert.equal(await work.join(never), 'done');
    assert.equal(work.signal.aborted, false);
  });

  test('is aborted when the last one leaves, not before', async () => {
    const { work } = scripted();
    const [one, two] = [new AbortController(), new AbortController()];
    const joined = [work.join(one.signal), work.join(two.signal)];
    one.abort();
    await assert.rejects(joined[0]!, cancelled);
    await settle();
    assert.equal(work.signal.aborted, false);
    two.abort();
    await assert.rejects(joined[1]!, cancelled);
    assert.equal(work.signal.aborted, true);
  });

  test('goes on without anybody when it is kept', async () => {
    const { work } = scripted();
    work.keep();
    const one = new AbortController();
    const joined = work.join(one.signal);
    one.abort();
    await assert.rejects(joined, cancelled);
    await settle();
    assert.equal(work.signal.aborted, false);
  });

  test('that is cancelled tells everybody why, before it has ended', async () => {
    const { work, reject } = scripted();
    const joined = work.join(never);
    const reason = new AppError('blocked', 'not any more');
    work.cancel(reason);
    await assert.rejects(joined, reason);
    let hasEnded = false;
    void work.ended.then(() => (hasEnded = true));
    await settle();
    assert.equal(hasEnded, false);
    reject(new Error('aborted'));
    await work.ended;
  });

  test('that has ended cannot be cancelled any more', async () => {
    const { work, resolve } = scripted();
    resolve('done');
    await work.ended;
    work.cancel(new AppError('cancelled', 'late'));
    assert.equal(work.signal.aborted, false);
  });

  test('that throws at once rejects', async () => {
    const work = new SharedWork<string>(() => {
      throw new Error('boom');
    });
    await assert.rejects(work.join(never), /boom/);
  });
});

describe('abortable', () => {
  test('rejects at once with the reason of the signal', async () => {
    const abort = new AbortController();
    const waiting = abortable(new Promise(() => {}), abort.signal);
    abort.abort(new AppError('timeout', 'too slow'));
    await assert.rejects(waiting, { code: 'timeout' });
    await assert.rejects(abortable(Promise.resolve(1), AbortSignal.abort()), cancelled);
  });

  test('passes result and failure through', async () => {
    assert.equal(await abortable(Promise.resolve(1), never), 1);
    await assert.rejects(abortable(Promise.reject(new TypeError('x')), never), TypeError);
  });

  test('leaves no failure unhandled', async () => {
    const abort = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = abortable(promise, abort.signal);
    abort.abort();
    await assert.rejects(waiting, cancelled);
    reject(new Error('late'));
    await settle();
  });
});
