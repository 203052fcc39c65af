import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DisposableStore, toDisposable } from '../../../../src/core/util/disposables.ts';
import { Store } from '../../../../src/core/util/store.ts';

test('disposables go last in first out, each once, and one failure skips no other', () => {
  const seen: string[] = [];
  const store = new DisposableStore();
  const first = store.add(toDisposable(() => seen.push('first')));
  store.add({
    dispose: () => {
      throw new Error('broken');
    },
  });
  store.add(toDisposable(() => seen.push('last')));
  assert.throws(() => store.dispose(), AggregateError);
  store.dispose();
  first.dispose();
  assert.deepEqual(seen, ['last', 'first']);
});

test('what is added after disposal is disposed at once', () => {
  const store = new DisposableStore();
  store.dispose();
  let isDisposed = false;
  store.add(toDisposable(() => (isDisposed = true)));
  assert.equal(isDisposed, true);
});

test('a store tells its listeners about changes only', () => {
  const store = new Store<readonly number[]>([]);
  const seen: unknown[] = [];
  const subscription = store.subscribe((value) => seen.push(value));
  store.set(store.get());
  store.update((value) => [...value, 1]);
  subscription.dispose();
  store.set([2]);
  assert.deepEqual(seen, [[1]]);
});
