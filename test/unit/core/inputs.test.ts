import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Inputs, type AskInput } from '../../../src/core/inputs.ts';
import type { InputDefinition, ServerDefinition } from '../../../src/core/server.ts';
import { isAppError } from '../../../src/core/util/errors.ts';
import { settle } from '../../fakes/fakeClock.ts';
import { RecordingLogger } from '../../fakes/fakeLogger.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';
import { FakeSecrets } from '../../fakes/fakeSecrets.ts';

const live = new AbortController().signal;

function server(sourceId = 'user'): ServerDefinition {
  return {
    id: `${sourceId}/s`,
    name: 's',
    source: { id: sourceId, kind: 'user', file: `/${sourceId}/mcp.json`, folder: undefined },
    line: 1,
    launch: { kind: 'http', transport: 'auto', url: 'https://a.example', headers: {} },
    inputs: [],
    launchHash: 'hash',
  };
}

function input(changes: Partial<InputDefinition> = {}): InputDefinition {
  return {
    id: 'key',
    kind: 'text',
    description: '',
    isPassword: true,
    default: undefined,
    options: [],
    ...changes,
  };
}

/** Asks are answered by hand. */
function setup() {
  const asked: {
    readonly input: string;
    readonly signal: AbortSignal;
    answer(value: string | undefined): void;
  }[] = [];
  const ask: AskInput = (_, { id }, signal) =>
    new Promise((resolve) => asked.push({ input: id, signal, answer: (value) => resolve(value) }));
  const ports = { secrets: new FakeSecrets(), memory: new FakeMemory(), log: new RecordingLogger(), ask };
  return { ...ports, asked, inputs: new Inputs(ports), again: () => new Inputs(ports) };
}

const cancelled = (error: unknown) => isAppError(error, 'cancelled');

describe('the value of an input', () => {
  test('is asked once and kept for the next start, also after a reload', async () => {
    const bed = setup();
    const first = bed.inputs.value(server(), input(), live);
    await settle();
    bed.asked[0]?.answer('sesame');
    assert.equal(await first, 'sesame');
    assert.equal(await bed.inputs.value(server(), input(), live), 'sesame');
    assert.equal(await bed.again().value(server(), input(), live), 'sesame');
    assert.equal(bed.asked.length, 1);
  });

  test('is in the secret storage only', async () => {
    const bed = setup();
    const value = bed.inputs.value(server(), input(), live);
    await settle();
    bed.asked[0]?.answer('sesame');
    await value;
    assert.deepEqual([...bed.secrets.values.values()], ['sesame']);
    assert.ok(![...bed.memory.values.values()].join().includes('sesame'));
    assert.ok(!bed.log.text.includes('sesame'));
  });

  test('is another one in another file', async () => {
    const bed = setup();
    for (const [source, answer] of [
      ['user', 'a'],
      ['cursor', 'b'],
    ] as const) {
      const value = bed.inputs.value(server(source), input(), live);
      await settle();
      bed.asked.at(-1)?.answer(answer);
      await value;
    }
    assert.equal(await bed.inputs.value(server('user'), input(), live), 'a');
    assert.equal(await bed.inputs.value(server('cursor'), input(), live), 'b');
  });

  test('may be empty, which is an answer', async () => {
    const bed = setup();
    const value = bed.inputs.value(server(), input(), live);
    await settle();
    bed.asked[0]?.answer('');
    assert.equal(await value, '');
    assert.equal(await bed.inputs.value(server(), input(), live), '');
    assert.equal(bed.asked.length, 1);
  });

  test('that is not given cancels, keeps nothing and is asked again', async () => {
    const bed = setup();
    const value = bed.inputs.value(server(), input(), live);
    await settle();
    bed.asked[0]?.answer(undefined);
    await assert.rejects(value, cancelled);
    assert.equal(bed.secrets.values.size, 0);
    assert.deepEqual(bed.inputs.list(), []);
    void bed.inputs.value(server(), input(), live).catch(() => {});
    await settle();
    assert.equal(bed.asked.length, 2);
  });

  test('is asked once for two servers that start together', async () => {
    const bed = setup();
    const values = [bed.inputs.value(server(), input(), live), bed.inputs.value(server(), input(), live)];
    await settle();
    assert.equal(bed.asked.length, 1);
    bed.asked[0]?.answer('sesame');
    assert.deepEqual(await Promise.all(values), ['sesame', 'sesame']);
  });

  test('stays asked while one of two starts goes on, and is withdrawn when both are gone', async () => {
    const bed = setup();
    const [one, two] = [new AbortController(), new AbortController()];
    const values = [one, two].map((controller) => bed.inputs.value(server(), input(), controller.signal));
    await settle();
    one.abort();
    await assert.rejects(values[0]!, cancelled);
    assert.equal(bed.asked[0]?.signal.aborted, false);
    two.abort();
    await assert.rejects(values[1]!, cancelled);
    assert.equal(bed.asked[0]?.signal.aborted, true);
    const next = bed.inputs.value(server(), input(), live);
    await settle();
    assert.equal(bed.asked.length, 2, 'a new start asks anew, even while the old question is still closing');
    void next.catch(() => {});
    bed.asked[0]?.answer('too late');
    await settle();
    assert.equal(bed.secrets.values.size, 0);
  });

  test('is not asked for a start that is cancelled already', async () => {
    const bed = setup();
    await assert.rejects(bed.inputs.value(server(), input(), AbortSignal.abort()), cancelled);
    await settle();
    assert.equal(bed.asked.length, 0);
  });

  test('that its file no longer offers is asked again, and only offered ones are taken', async () => {
    const bed = setup();
    const pick = (...options: string[]) => input({ kind: 'pick', options });
    const first = bed.inputs.value(server(), pick('eu', 'us'), live);
    await settle();
    bed.asked[0]?.answer('eu');
    assert.equal(await first, 'eu');
    const second = bed.inputs.value(server(), pick('us', 'ap'), live);
    await settle();
    bed.asked[1]?.answer('mars');
    await assert.rejects(second, (error) => isAppError(error, 'invalid-input'));
    assert.equal(await bed.inputs.value(server(), pick('eu'), live), 'eu');
  });

  test('serves this start when it cannot be kept, and the log says so without it', async () => {
    const bed = setup();
    const value = bed.inputs.value(server(), input(), live);
    await settle();
    bed.secrets.failWith = new Error('keychain locked');
    bed.asked[0]?.answer('sesame');
    assert.equal(await value, 'sesame');
    assert.match(bed.log.text, /input key could not be kept.*keychain locked/s);
    assert.ok(!bed.log.text.includes('sesame'));
    assert.deepEqual(bed.inputs.list(), []);
  });
});

describe('kept values', () => {
  async function filled() {
    const bed = setup();
    for (const id of ['a', 'b']) {
      const value = bed.inputs.value(server(), input({ id }), live);
      await settle();
      bed.asked.at(-1)?.answer(`value ${id}`);
      await value;
    }
    return bed;
  }

  test('are listed by file and name', async () => {
    const bed = await filled();
    const expected = ['a', 'b'].map((inputId) => ({ sourceId: 'user', file: '/user/mcp.json', inputId }));
    assert.deepEqual(bed.inputs.list(), expected);
    assert.deepEqual(bed.again().list(), expected);
  });

  test('can be forgotten one by one and all together', async () => {
    const bed = await filled();
    await bed.inputs.forget('user', 'a');
    assert.deepEqual([...bed.secrets.values.values()], ['value b']);
    assert.deepEqual(
      bed.inputs.list().map((item) => item.inputId),
      ['b'],
    );
    await bed.inputs.forgetAll();
    assert.equal(bed.secrets.values.size, 0);
    assert.deepEqual(bed.inputs.list(), []);
  });

  test('survive a damaged list', async () => {
    const bed = await filled();
    for (const damage of ['{', '7', '[{"sourceId":1}]', 'null']) {
      bed.memory.set('inputs', damage);
      assert.deepEqual(bed.inputs.list(), []);
      assert.equal(await bed.inputs.value(server(), input({ id: 'a' }), live), 'value a');
    }
  });
});
