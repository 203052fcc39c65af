import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, groupOf, knownKinds, readEvent } from '../../../src/core/activityRead.ts';
import { callTimeline } from '../../../src/core/activityTimeline.ts';
import type { StoredLine } from '../../../src/core/activity.ts';
import { activityStrings } from '../../../webview/activityStrings.ts';
import { callEvent, endEvent } from '../../fakes/activityBed.ts';

const line = (event: object, at = 1000): StoredLine => ({
  ...{ seq: 1, at, previous: '', hash: '' },
  kind: (event as { kind: string }).kind,
  body: JSON.stringify(event),
});

test('every kind that is written has a name on the page', () => {
  const named = knownKinds.filter((kind) => Object.hasOwn(activityStrings, `activity.kind.${kind}`));
  assert.deepEqual(named, knownKinds);
});

test('a kind that this version does not know, or that the body does not have, is not taken for an event', () => {
  assert.equal(readEvent(line(callEvent(1))).kind, 'call');
  for (const kind of ['toString', '__proto__', 'future'])
    assert.deepEqual([readEvent(line({ kind, a: 1 })).kind, groupOf(kind)], ['unknown', 'other']);
  assert.equal(readEvent({ kind: 'call', body: '{"kind":"consent"}' }).kind, 'unknown');
  for (const body of ['', '{', 'null', '[]', '"call"', '7'])
    assert.deepEqual(readEvent({ kind: 'call', body }), { kind: 'damaged', text: body });
});

test('members of a wrong type count as missing', () => {
  const body = { kind: 'call', serverId: 7, tool: { a: 1 }, caller: 'me', jobId: null, ms: 'long' };
  const { outcome, ...rest } = factsOf(line(body));
  assert.equal(outcome, 'sent');
  assert.ok(Object.values(rest).every((value) => value === undefined));
});

test('the timeline of a call goes from the wish to the end, and a denied one ends at the decision', () => {
  const steps = callTimeline(
    [line(callEvent(0)), line(endEvent(0, 'failed', { code: 'tool-error' }), 1500)],
    undefined,
  );
  assert.deepEqual(
    steps.map(({ at, step, text }) => [at, step, text]),
    [
      [900, 'asked', undefined],
      [950, 'decided', 'allowed once by the user'],
      [1000, 'sent', undefined],
      [1500, 'ended', 'failed (tool-error)'],
    ],
  );
  const denied = { ...callEvent(0, { rule: 'no\u202Epe' }), kind: 'call-denied', decidedAt: undefined };
  assert.deepEqual(
    callTimeline([line(denied)], undefined).map(({ step, text }) => [step, text]),
    [
      ['asked', undefined],
      ['decided', 'no<U+202E>pe'],
    ],
  );
});
