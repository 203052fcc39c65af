import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SamplingUse } from '../../../src/core/samplingUse.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

const hour = 3_600_000;

function bed(requestsPerHour = 2, tokensPerDay = 100) {
  const memory = new FakeMemory();
  const clock = new FakeClock();
  const limits = { requestsPerHour, tokensPerDay };
  const open = () => new SamplingUse(memory, clock, () => limits);
  return { memory, clock, limits, open, use: open() };
}

suite('what a server may ask of models', () => {
  test('ends with its requests of an hour, for that server alone, and goes on when the hour is over', () => {
    const { use, clock } = bed();
    assert.equal(use.take('a'), undefined);
    clock.advance(hour / 2);
    assert.equal(use.take('a'), undefined);
    assert.equal(use.take('a'), 'requests');
    assert.equal(use.take('b'), undefined);
    clock.advance(hour / 2);
    assert.equal(use.take('a'), undefined);
    assert.equal(use.take('a'), 'requests');
  });

  test('ends with its tokens of a day', () => {
    const { use, clock } = bed(1000, 100);
    use.spend('a', 60);
    assert.equal(use.tokensLeft('a'), 40);
    use.spend('a', 60);
    assert.equal(use.tokensLeft('a'), 0);
    assert.equal(use.take('a'), 'tokens');
    clock.advance(25 * hour);
    assert.equal(use.take('a'), undefined);
    assert.equal(use.tokensLeft('a'), 100);
  });

  test('is counted on after a reload', () => {
    const { use, open } = bed();
    use.take('a');
    use.spend('a', 30);
    const { requests, tokens } = open().room('a');
    assert.deepEqual([requests, tokens], [1, 30]);
    open().take('a');
    assert.equal(open().take('a'), 'requests');
  });

  test('is nothing when a limit is 0, and follows the settings at once', () => {
    const { use, limits } = bed();
    limits.requestsPerHour = 0;
    assert.equal(use.take('a'), 'off');
    limits.requestsPerHour = 5;
    assert.equal(use.take('a'), undefined);
    limits.tokensPerDay = 0;
    assert.equal(use.take('a'), 'off');
  });

  test('starts anew when what was kept is damaged', () => {
    for (const text of ['{', '5', '{"requests":5,"tokens":[5,["x"]]}']) {
      const { use, memory } = bed();
      memory.set('sampling.use:a', text);
      assert.equal(use.take('a'), undefined);
      assert.equal(use.room('a').tokens, 0);
    }
  });
});
