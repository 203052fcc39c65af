import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { emptyViewState, fromSaved, toSaved, withEntry, type KeptDraft } from '../../../webview/viewState.ts';

const kept = (value: string, isPrivate = false): KeptDraft => ({
  draft: { value, texts: {}, branches: {}, json: undefined },
  isPrivate,
});

suite('the view state', () => {
  test('survives being saved and read back', () => {
    let state = withEntry(emptyViewState, 'drafts', 'tool:a', kept('x'));
    state = withEntry(state, 'filters', 'jobs', 'text');
    state = { ...withEntry(state, 'scroll', 'jobs', 120), jobsShown: 'failed' };
    assert.deepEqual(
      fromSaved(JSON.parse(JSON.stringify(toSaved(state)))),
      JSON.parse(JSON.stringify(state)),
    );
  });

  test('never saves a private draft', () => {
    const state = withEntry(
      withEntry(emptyViewState, 'drafts', 'a', kept('secret', true)),
      'drafts',
      'b',
      kept('plain'),
    );
    assert.deepEqual(Object.keys(toSaved(state).drafts), ['b']);
  });

  test('keeps the newest entries when there are too many, or too large ones', () => {
    let state = emptyViewState;
    for (let i = 0; i < 60; i++) state = withEntry(state, 'drafts', `d${i}`, kept('x'.repeat(20_000)));
    assert.equal(Object.keys(state.drafts).length, 50);
    const saved = Object.keys(toSaved(state).drafts);
    assert.equal(saved.at(-1), 'd59');
    assert.ok(saved.length < 30 && JSON.stringify(toSaved(state)).length < 520_000);
  });

  test('removes an entry without a value', () => {
    assert.deepEqual(
      withEntry(withEntry(emptyViewState, 'filters', 'a', 'x'), 'filters', 'a', undefined).filters,
      {},
    );
  });

  test('takes nothing over that it did not save', () => {
    for (const saved of [null, 7, 'x', [], { drafts: 7 }]) assert.deepEqual(fromSaved(saved), emptyViewState);
    const odd = fromSaved({
      drafts: {
        a: { draft: {}, isPrivate: false },
        b: { draft: { texts: {}, branches: {} }, isPrivate: true },
        c: 3,
      },
      filters: { ok: 'x', bad: 1 },
      expanded: { ok: true, bad: 'yes' },
      scroll: { ok: 3, bad: null },
      jobsShown: 'everything',
    });
    assert.deepEqual(odd, {
      drafts: {},
      filters: { ok: 'x' },
      expanded: { ok: true },
      scroll: { ok: 3 },
      jobsShown: 'all',
    });
  });
});
