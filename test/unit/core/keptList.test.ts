import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listing } from '../../../src/core/connection.ts';
import { KeptList } from '../../../src/core/keptList.ts';
import { AppError } from '../../../src/core/util/errors.ts';
import { FakeClock, settle } from '../../fakes/fakeClock.ts';
import { listing } from '../../fakes/fakeConnector.ts';

function setup() {
  const reads: {
    readonly isFresh: boolean;
    answer(listing: Listing<string>): void;
    fail(error: Error): void;
  }[] = [];
  let told = 0;
  const list = new KeptList<string>({
    clock: new FakeClock(),
    what: 'tools',
    read: (isFresh) =>
      new Promise((resolve, reject) => {
        reads.push({ isFresh, answer: resolve, fail: reject });
      }),
    onRead: () => told++,
  });
  return { list, reads, told: () => told };
}

test('a read that is asked for while one is under way begins after it, once for everybody', async () => {
  const { list, reads, told } = setup();
  const first = list.read(false);
  const waiting = [list.read(false), list.read(true), list.read(false)];
  assert.equal(reads.length, 1);
  reads[0]!.answer(listing(['old']));
  await first;
  await settle();
  assert.deepEqual(
    reads.map(({ isFresh }) => isFresh),
    [false, true],
  );
  assert.deepEqual(list.listing.items, ['old']);
  reads[1]!.answer(listing(['new']));
  await Promise.all(waiting);
  assert.deepEqual([list.listing.items, reads.length, told()], [['new'], 2, 2]);
});

test('a failure reaches those who waited for that read only', async () => {
  const { list, reads } = setup();
  const first = list.read(false);
  const second = list.read(false);
  reads[0]!.fail(new AppError('server-error', 'boom'));
  await assert.rejects(first, /boom/);
  assert.deepEqual(list.listing.problems, ['tools: boom']);
  await settle();
  reads[1]!.answer(listing(['a']));
  await second;
  assert.deepEqual(list.listing, listing(['a']));
});

test('what was announced but does not exist is said to be so', async () => {
  const { list, reads } = setup();
  const read = list.read(false);
  reads[0]!.fail(new AppError('unsupported', 'the server does not support tools/list'));
  await assert.rejects(read);
  assert.deepEqual(list.listing.problems, ['tools: announced, but the server does not support tools/list']);
});
