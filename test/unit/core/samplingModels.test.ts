import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hintsOf, modelKey, preferredModel, rankModels } from '../../../src/core/samplingModels.ts';

const model = (id: string, vendor = 'acme', family = id) => ({ id, vendor, family, name: `The ${id}` });
const models = [model('gpt-5-mini', 'copilot'), model('sonnet-4', 'copilot', 'claude-sonnet'), model('tiny')];
const ids = (ranked: ReturnType<typeof rankModels>) => ranked.map((one) => one.model.id);

suite('models for a server', () => {
  test('those that fit a hint come first, in the order of the hints; the others stay to be chosen', () => {
    const ranked = rankModels(models, ['CLAUDE', 'mini']);
    assert.deepEqual(ids(ranked), ['sonnet-4', 'gpt-5-mini', 'tiny']);
    assert.deepEqual(
      ranked.map(({ hint }) => hint),
      ['CLAUDE', 'mini', undefined],
    );
    assert.deepEqual(ids(rankModels(models, ['nothing'])), ['gpt-5-mini', 'sonnet-4', 'tiny']);
  });

  test('the user’s last choice for the server wins over its hints, while there is such a model', () => {
    const ranked = rankModels(models, ['claude']);
    assert.equal(preferredModel(ranked, modelKey(model('tiny')))?.id, 'tiny');
    assert.equal(preferredModel(ranked, 'gone/gone')?.id, 'sonnet-4');
    assert.equal(preferredModel([], 'acme/tiny'), undefined);
  });

  test('hints are read from whatever the server sent', () => {
    assert.deepEqual(hintsOf({ hints: [{ name: ' claude ' }, { name: 5 }, 'x', {}, { name: '' }] }), [
      'claude',
    ]);
    assert.deepEqual(hintsOf(undefined), []);
    assert.deepEqual(hintsOf({ hints: 'claude' }), []);
  });
});
