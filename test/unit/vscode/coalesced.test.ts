import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coalesced } from '../../../src/vscode/coalesced.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

function bed() {
  const clock = new FakeClock();
  let runs = 0;
  const soon = new Coalesced(clock, 50, () => runs++);
  return { clock, soon, runs: () => runs };
}

test('many requests within one span run once, at its end', () => {
  const { clock, soon, runs } = bed();
  for (let i = 0; i < 1000; i++) soon.request();
  assert.equal(runs(), 0);
  clock.advance(49);
  assert.equal(runs(), 0);
  clock.advance(1);
  assert.equal(runs(), 1);
  clock.advance(1000);
  assert.equal(runs(), 1);
});

test('a steady stream of requests still runs once per span', () => {
  const { clock, soon, runs } = bed();
  for (let i = 0; i < 100; i++) {
    soon.request();
    clock.advance(10);
  }
  assert.equal(runs(), 20);
});

test('nothing runs after it is disposed, and no timer is left', () => {
  const { clock, soon, runs } = bed();
  soon.request();
  soon.dispose();
  soon.request();
  clock.advance(1000);
  assert.equal(runs(), 0);
  assert.equal(clock.pending, 0);
});
