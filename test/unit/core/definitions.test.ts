import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingOf } from '../../../src/core/definitions.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { PinKind } from '../../../src/core/pins.ts';
import { scratch } from '../../fakes/doorBed.ts';
import { describedTool, openDefinitions } from '../../fakes/definitionBed.ts';

const id = 'user/files';

function window(t: { after(fn: () => void): void }, dir = scratch(t)) {
  const bed = openDefinitions(dir);
  t.after(() => bed.close());
  const stateOf = (name: string, kind: PinKind = 'tool') => bed.definitions.item(id, kind, name)?.state;
  const looked = () =>
    pendingOf(
      bed.definitions.reviews.get().get(id) ?? {
        scope: { serverId: id, launchHash: '', account: '' },
        serverName: '',
        items: [],
      },
    );
  return { ...bed, dir, stateOf, looked };
}

test('what a server offers at first sight is accepted, and the log says so', (t) => {
  const one = window(t);
  one.offer({
    tools: [describedTool('read', 'Reads'), describedTool('write', 'Writes')],
    instructions: 'Be kind',
  });
  assert.equal(one.stateOf('read'), 'accepted');
  assert.equal(one.stateOf('', 'instructions'), 'accepted');
  assert.equal(one.definitions.accepted(id, 'tool', 'read')?.how, 'first-sight');
  assert.deepEqual(one.requests.open.get(), []);
  assert.partialDeepStrictEqual(one.log(), [
    {
      kind: 'definition-reviewed',
      decision: 'first-sight',
      by: 'rule',
      items: ['tool read', 'tool write', 'instructions'],
    },
  ]);
});

test('a tool whose text changed is set aside until it is accepted', (t) => {
  const one = window(t);
  const [old, now] = [describedTool('read', 'Reads'), describedTool('read', 'Reads and sends')];
  one.offer({ tools: [old] });
  one.offer({ tools: [now] });
  assert.equal(one.definitions.standing(id, now), 'set-aside');
  assert.equal(one.definitions.isSetAside(id, 'read'), true);
  assert.partialDeepStrictEqual(one.requests.open.get(), [
    { kind: 'definition-change', serverId: id, changed: ['read'], added: [] },
  ]);
  assert.partialDeepStrictEqual(one.log().at(-1), {
    kind: 'definition-changed',
    items: ['tool read'],
    changes: { text: 1 },
  });

  one.definitions.accept(id, one.looked());
  assert.equal(one.definitions.standing(id, now), 'accepted');
  assert.deepEqual(one.requests.open.get(), []);
  assert.partialDeepStrictEqual(one.log().at(-1), {
    kind: 'definition-reviewed',
    decision: 'accepted',
    by: 'user',
  });
  assert.equal(one.definitions.accepted(id, 'tool', 'read')?.how, 'user');
  one.offer({ tools: [old] });
  assert.equal(one.definitions.standing(id, old), 'set-aside', 'the earlier text is a change as well');
});

test('a definition that is not the one that was compared is set aside', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'Reads')] });
  assert.equal(one.definitions.standing(id, describedTool('read', 'Other')), 'set-aside');
  assert.equal(one.definitions.standing(id, describedTool('gone', 'Reads')), 'set-aside');
  assert.equal(one.definitions.standing('user/nobody', describedTool('read', 'Reads')), 'set-aside');
});

test('a rejected tool stays set aside, without a request, until it changes again', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a')] });
  one.offer({ tools: [describedTool('read', 'b')] });
  one.definitions.reject(id, one.looked());
  assert.equal(one.stateOf('read'), 'rejected');
  assert.equal(one.definitions.isSetAside(id, 'read'), true);
  assert.deepEqual(one.requests.open.get(), []);
  one.offer({ tools: [describedTool('read', 'c')] });
  assert.equal(one.stateOf('read'), 'changed');
  assert.equal(one.requests.open.get().length, 1);
  one.offer({ tools: [describedTool('read', 'a')] });
  assert.equal(one.stateOf('read'), 'accepted', 'what was accepted before still is');
  assert.deepEqual(one.requests.open.get(), []);
});

test('a new tool is marked new and may be accepted or rejected', (t) => {
  const one = window(t);
  const [read, send] = [describedTool('read', 'a'), describedTool('send', 'b')];
  one.offer({ tools: [read] });
  one.offer({ tools: [read, send] });
  assert.equal(one.definitions.standing(id, send), 'new');
  assert.equal(one.definitions.isSetAside(id, 'send'), false);
  assert.partialDeepStrictEqual(one.requests.open.get(), [{ added: ['send'], changed: [] }]);
  one.definitions.reject(id, one.looked());
  assert.equal(one.definitions.standing(id, send), 'set-aside');
  const other = describedTool('send', 'c');
  one.offer({ tools: [read, other] });
  assert.equal(
    one.definitions.standing(id, other),
    'set-aside',
    'once rejected, another text is no way back',
  );
});

test('order alone and removal keep nothing back', (t) => {
  const one = window(t);
  const schema = (required: string[]) => ({ inputSchema: { type: 'object', required } });
  one.offer({ tools: [describedTool('read', 'a', schema(['x', 'y'])), describedTool('gone', 'b')] });
  const now = describedTool('read', 'a', schema(['y', 'x']));
  one.offer({ tools: [now] });
  assert.equal(one.definitions.standing(id, now), 'accepted');
  assert.equal(one.stateOf('gone'), 'removed');
  assert.deepEqual(one.requests.open.get(), []);
  assert.deepEqual(
    one.log().map((event) => ('decision' in event ? event.decision : event.kind)),
    ['first-sight', 'order-only', 'definition-changed'],
  );
  one.offer({ tools: [now, describedTool('gone', 'b')] });
  assert.equal(one.stateOf('gone'), 'accepted');
});

test('a list that was not read whole has lost nothing', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a'), describedTool('write', 'b')] });
  one.offer({ tools: [describedTool('read', 'a')], toolProblems: ['tools: time-out'] });
  assert.equal(one.stateOf('write'), undefined);
  assert.equal(one.log().length, 1);
});

test('prompts and instructions are reviewed as well', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a')], prompts: [{ name: 'p' }], instructions: 'x' });
  one.offer({
    tools: [describedTool('read', 'a')],
    prompts: [{ name: 'p', description: 'd' }],
    instructions: 'y',
  });
  assert.equal(one.stateOf('p', 'prompt'), 'changed');
  assert.equal(one.stateOf('', 'instructions'), 'changed');
  assert.partialDeepStrictEqual(one.requests.open.get(), [{ changed: ['p', 'instructions'] }]);
  assert.deepEqual(one.definitions.setAside(id), new Set());
});

test('instructions that come later are new, not a first sight', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a')] });
  one.offer({ tools: [describedTool('read', 'a')], instructions: 'Always call send first' });
  assert.equal(one.stateOf('', 'instructions'), 'new');
});

test('another launch and another account have first sights of their own', (t) => {
  const one = window(t);
  const [a, b] = [describedTool('read', 'a'), describedTool('read', 'b')];
  one.offer({ tools: [a] });
  one.offer({ tools: [b], launchHash: 'm'.repeat(64) });
  assert.equal(one.stateOf('read'), 'accepted');
  one.signIn('somebody');
  one.offer({ tools: [a], launchHash: 'm'.repeat(64) });
  assert.equal(one.stateOf('read'), 'accepted');
  one.signIn('');
  one.offer({ tools: [a], launchHash: 'm'.repeat(64) });
  assert.equal(one.stateOf('read'), 'changed');
});

test('a definition without canonical form is never callable', (t) => {
  const one = window(t);
  const broken = describedTool('read', 'half \ud800');
  one.offer({ tools: [broken, describedTool('write', 'b')] });
  assert.equal(one.definitions.standing(id, broken), 'set-aside');
  assert.equal(one.stateOf('read'), 'unpinnable');
  assert.deepEqual(one.requests.open.get(), [], 'there is nothing that could be accepted');
});

test('names that SQLite would cut are told apart', (t) => {
  const one = window(t);
  const tools = [describedTool('read\0one', 'a'), describedTool('read\0two', 'b')];
  one.offer({ tools });
  assert.deepEqual(
    tools.map((tool) => one.definitions.standing(id, tool)),
    ['accepted', 'accepted'],
  );
  const revision = one.rows.revision();
  one.definitions.refresh();
  assert.equal(one.rows.revision(), revision);
});

test('what one window accepted holds in the other, and both accepting at once write one line', async (t) => {
  const one = window(t);
  const two = window(t, one.dir);
  const [old, now] = [describedTool('read', 'a'), describedTool('read', 'b')];
  for (const each of [one, two]) each.offer({ tools: [old] });
  for (const each of [one, two]) each.offer({ tools: [now] });
  assert.deepEqual([one.requests.open.get().length, two.requests.open.get().length], [1, 1]);
  assert.equal(one.log().length, 2, 'one first sight and one change, whoever saw it first');

  const [mine, theirs] = [one.looked(), two.looked()];
  one.definitions.accept(id, mine);
  two.definitions.accept(id, theirs);
  assert.equal(one.log().filter((event) => 'decision' in event && event.decision === 'accepted').length, 1);
  assert.equal(two.definitions.standing(id, now), 'accepted');
  assert.deepEqual(two.requests.open.get(), []);
});

test('a window hears of the decision of another by itself', (t) => {
  const one = window(t);
  const two = window(t, one.dir);
  for (const text of ['a', 'b'])
    for (const each of [one, two]) each.offer({ tools: [describedTool('read', text)] });
  one.definitions.accept(id, one.looked());
  assert.equal(two.requests.open.get().length, 1);
  two.clock.advance(2_000);
  assert.deepEqual(two.requests.open.get(), []);
});

test('what changed again while it was looked at is not accepted, nor is anything beside it', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a'), describedTool('write', 'a')] });
  one.offer({ tools: [describedTool('read', 'b'), describedTool('write', 'b')] });
  const looked = one.looked();
  one.offer({ tools: [describedTool('read', 'b'), describedTool('write', 'c')] });
  assert.throws(() => one.definitions.accept(id, looked), { code: 'conflict' });
  assert.equal(one.stateOf('read'), 'changed');
  assert.equal(one.stateOf('write'), 'changed');
});

test('a damaged row protects on: what is unchanged stays accepted, a change shows without its past', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a'), describedTool('write', 'a')] });
  one.db.sql(`UPDATE definition_pins SET body = '{"at":'`).run();
  const two = window(t, one.dir);
  two.offer({ tools: [describedTool('read', 'a'), describedTool('write', 'b')] });
  assert.equal(two.stateOf('read'), 'accepted');
  assert.equal(two.stateOf('write'), 'changed');
  assert.equal(two.definitions.item(id, 'tool', 'write')?.before?.definition, undefined);
  assert.match(two.logger.text, /cannot be read/);
  two.definitions.accept(id, two.looked());
  assert.equal(two.stateOf('write'), 'accepted');

  one.db
    .sql(`UPDATE definition_pins SET body = '{"at":1,"how":"user","text":"{\\"name\\":\\"write\\"}"}'`)
    .run();
  one.db.sql('UPDATE definition_events SET body = ?').run('{}');
  const three = window(t, one.dir);
  three.offer({ tools: [describedTool('write', 'c')] });
  assert.equal(
    three.definitions.item(id, 'tool', 'write')?.before?.definition,
    undefined,
    'a text that is not the one that was hashed',
  );
});

test('a server that never stops changing writes a bounded log', (t) => {
  const one = window(t);
  for (let i = 0; i < 200; i++) one.offer({ tools: [describedTool('read', `text ${i}`)] });
  assert.equal(one.log().length, 51);
  assert.equal(one.stateOf('read'), 'changed');
});

test('a server that is removed leaves no request', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a')] });
  one.offer({ tools: [describedTool('read', 'b')] });
  one.remove();
  assert.deepEqual(one.requests.open.get(), []);
  assert.equal(one.definitions.reviews.get().size, 0);
});

test('nobody but a review closes the request', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a')] });
  one.offer({ tools: [describedTool('read', 'b')] });
  const request = one.requests.open.get()[0];
  assert.throws(() => one.requests.answer(request?.id ?? '', { kind: 'accept', content: {} }), {
    code: 'conflict',
  });
  assert.throws(() => one.requests.decide(request?.id ?? '', { kind: 'deny', reason: undefined }), {
    code: 'conflict',
  });
  assert.equal(one.requests.open.get().length, 1);
});

test('the history names the version that each form of a definition came with', (t) => {
  const one = window(t);
  one.offer({ tools: [describedTool('read', 'a')], version: '1.0.0' });
  one.offer({ tools: [describedTool('read', 'b')], version: '1.0.0' });
  one.offer({ tools: [describedTool('read', 'c')], version: '1.1.0' });
  assert.deepEqual(
    one.definitions.history(id).map(({ kind, version, items }) => [kind, version, items[0]?.versionBefore]),
    [
      ['changed', '1.1.0', '1.0.0'],
      ['changed', '1.0.0', '1.0.0'],
      ['first-sight', '1.0.0', undefined],
    ],
  );
});

test('a prompt or instructions that changed are set aside until they are accepted', (t) => {
  const one = window(t);
  const [old, now] = ['Explain it', 'Explain it and send it'].map((description) => ({
    name: 'explain',
    description,
  }));
  const promptOf = (raw: JsonObject) => ({
    ...{ name: 'explain', title: undefined, description: undefined, arguments: [], raw },
  });
  assert.ok(old && now);
  one.offer({ prompts: [old], instructions: 'Be kind' });
  assert.equal(one.definitions.promptStanding(id, promptOf(old)), 'accepted');
  one.offer({ prompts: [now], instructions: 'Be loud' });
  assert.deepEqual([...one.definitions.setAside(id, 'prompt')], ['explain']);
  assert.equal(one.definitions.setAside(id, 'instructions').size, 1);
  assert.equal(one.definitions.promptStanding(id, promptOf(now)), 'set-aside');
  assert.equal(
    one.definitions.promptStanding(id, promptOf(old)),
    'set-aside',
    'what is not offered now was never looked at',
  );
  one.definitions.accept(id, one.looked());
  assert.deepEqual([...one.definitions.setAside(id, 'prompt')], []);
  assert.equal(one.definitions.setAside(id, 'instructions').size, 0);
  assert.equal(one.definitions.promptStanding(id, promptOf(now)), 'accepted');
});
