import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Upkeep } from '../../../src/core/upkeep.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';

function bed() {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  return { clock, logger, upkeep: new Upkeep('tidying', { clock, logger }) };
}

describe('upkeep', () => {
  test('is done at its interval, each work at its own', () => {
    const { clock, upkeep } = bed();
    const done: string[] = [];
    upkeep.every(1_000, () => done.push('often'));
    upkeep.every(2_500, () => done.push('seldom'));
    clock.advance(3_000);
    assert.deepEqual(done, ['often', 'often', 'seldom', 'often']);
  });

  test('that fails is logged and done again', () => {
    const { clock, logger, upkeep } = bed();
    let rounds = 0;
    upkeep.every(1_000, () => {
      if (++rounds === 1) throw new Error('the disk is full');
    });
    clock.advance(2_000);
    assert.equal(rounds, 2);
    assert.match(logger.text, /tidying failed/);
  });

  test('ends when it is disposed, also by its own work', () => {
    const { clock, upkeep } = bed();
    let rounds = 0;
    upkeep.every(1_000, () => {
      rounds++;
      upkeep.dispose();
    });
    upkeep.every(5_000, () => rounds++);
    clock.advance(20_000);
    assert.equal(rounds, 1);
    assert.equal(clock.pending, 0);
  });
});
