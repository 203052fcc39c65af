import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RequestDrafts } from '../../../src/core/drafts.ts';
import type { FormDraft } from '../../../src/core/forms/draft.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { ElicitationFormRequest } from '../../../src/core/requests.ts';
import { sha256 } from '../../../src/node/host.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

const schema: JsonObject = { type: 'object', properties: { name: { type: 'string' } } };
const question = (id: string, more: Partial<ElicitationFormRequest> = {}): ElicitationFormRequest => ({
  kind: 'elicitation-form',
  id,
  serverId: 's',
  serverName: 'S',
  createdAt: 1,
  caller: undefined,
  jobId: 'job',
  tool: 'export',
  message: 'Which?',
  schema,
  ...more,
});
const draft = (value: Json, more: Partial<FormDraft> = {}): FormDraft => ({
  value,
  texts: {},
  branches: {},
  json: undefined,
  ...more,
});

function bed() {
  const memory = new FakeMemory();
  const clock = new FakeClock();
  return { memory, clock, open: () => new RequestDrafts(memory, clock, sha256) };
}

suite('drafts of answers', () => {
  test('are found again after a reload, though the question has another id then', () => {
    const { open } = bed();
    const before = open();
    before.follow([question('1')]);
    before.set(question('1'), draft({ name: 'half' }));
    const after = open();
    assert.equal(after.get('2'), undefined);
    after.follow([question('2')]);
    assert.deepEqual(after.get('2')?.value, { name: 'half' });
  });

  test('never mix: another job, message, schema or server is another question, and so is the second of two alike', () => {
    const { open } = bed();
    const drafts = open();
    const others = [
      question('alike'),
      question('job', { jobId: 'other' }),
      question('message', { message: 'And?' }),
      question('schema', { schema: { type: 'object' } }),
      question('server', { serverId: 't' }),
    ];
    drafts.follow([question('1'), ...others]);
    drafts.set(question('1'), draft({ name: 'first' }));
    for (const { id } of others) assert.equal(drafts.get(id), undefined, id);
    drafts.set(question('alike'), draft({ name: 'second' }));
    assert.deepEqual(drafts.get('1')?.value, { name: 'first' });
    drafts.follow(others);
    assert.deepEqual(drafts.get('alike')?.value, { name: 'second' });
  });

  test('are gone once the question is answered', () => {
    const { open, memory } = bed();
    const drafts = open();
    drafts.follow([question('1')]);
    drafts.set(question('1'), draft({ name: 'x' }));
    drafts.clear('1');
    assert.equal(drafts.get('1'), undefined);
    assert.equal(memory.values.size, 0);
  });

  test('hold nothing of a field for a secret, whatever it calls itself', () => {
    for (const [name, field] of Object.entries({
      hidden: { type: 'string', format: 'password' },
      apiKey: { type: 'string' },
      code: { type: 'string', title: 'Your PIN' },
    })) {
      const { open, memory } = bed();
      const asking = question('1', {
        schema: { type: 'object', properties: { [name]: field, city: { type: 'string' } } },
      });
      const drafts = open();
      drafts.follow([asking]);
      const texts = { [`/${name}`]: { text: 'hunter2', problem: { ok: false, code: 'number' } as const } };
      drafts.set(asking, draft({ [name]: 'hunter2', city: 'Oslo' }, { texts }));
      assert.deepEqual(drafts.get('1')?.value, { city: 'Oslo' }, name);
      assert.doesNotMatch([...memory.values.values()].join(), /hunter2/);
      drafts.set(asking, draft({}, { json: '{"x":"hunter2"}' }));
      assert.equal(drafts.get('1'), undefined, 'text cannot be told apart');
    }
  });

  test('are bounded in number, size and age', () => {
    const { open, clock, memory } = bed();
    const drafts = open();
    const many = Array.from({ length: 60 }, (_, i) => question(String(i), { jobId: String(i) }));
    drafts.follow(many);
    for (const one of many) drafts.set(one, draft({ name: one.id }));
    assert.equal(drafts.get('0'), undefined);
    assert.deepEqual(drafts.get('59')?.value, { name: '59' });
    drafts.set(many[0]!, draft({ name: 'x'.repeat(300_000) }));
    assert.ok((memory.get('drafts') ?? '').length < 201_000);
    clock.advance(31 * 24 * 3_600_000);
    assert.equal(drafts.get('59'), undefined);
  });

  test('start empty when what was kept is damaged', () => {
    for (const text of ['{', '[5,{"key":"x"}]', '{}']) {
      const { open, memory } = bed();
      memory.set('drafts', text);
      const drafts = open();
      drafts.follow([question('1')]);
      assert.equal(drafts.get('1'), undefined);
    }
  });
});
