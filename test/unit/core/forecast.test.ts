import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { remainingMs } from '../../../src/core/forecast.ts';

suite('the remaining time', () => {
  const at = (ms: number, progress: number, total: number | undefined = 100) => ({
    at: ms,
    progress,
    total,
    message: undefined,
  });

  test('follows the recent pace', () => {
    assert.equal(remainingMs([at(0, 0), at(1000, 1), at(2000, 10), at(4000, 30), at(6000, 50)], 6000), 5000);
  });

  test('is not told without a basis', () => {
    assert.equal(remainingMs([], 0), undefined);
    assert.equal(remainingMs([at(0, 0), at(5000, 50)], 5000), undefined);
    assert.equal(
      remainingMs([at(0, 0, undefined), at(1, 1, undefined), at(9000, 2, undefined)], 9000),
      undefined,
    );
    assert.equal(remainingMs([at(0, 50), at(3000, 20), at(6000, 60)], 6000), undefined);
    assert.equal(remainingMs([at(0, 0), at(3000, 0), at(6000, 0)], 6000), undefined);
    assert.equal(remainingMs([at(0, 0), at(3000, 20), at(6000, 60)], 600_000), undefined);
    assert.equal(remainingMs([at(0, 0), at(3000, 60), at(6000, 100)], 6000), undefined);
  });
});
