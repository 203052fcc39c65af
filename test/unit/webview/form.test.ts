import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setNumber, setString } from '../../../src/core/forms/draft.ts';
import { formModel } from '../../../src/core/forms/formModel.ts';
import { nodeOf, type NumberNode, type ObjectNode } from '../../../src/core/forms/model.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Finding } from '../../../src/core/schemaValidator.ts';
import { Form } from '../../../webview/forms/form.ts';

const required = (path: string): Finding => ({
  kind: 'value',
  path,
  keyword: 'required',
  params: [],
  message: 'is required',
});

interface Bed {
  readonly form: Form;
  readonly asked: JsonObject[];
  readonly aborted: () => number;
  readonly kept: { readonly isPrivate: boolean; readonly isGone: boolean }[];
  readonly changes: () => number;
  /** Runs what was put off. */
  readonly later: () => void;
}

function bed(
  schema: JsonObject,
  validate: (value: JsonObject, signal: AbortSignal) => Promise<readonly Finding[]> = async () => [],
): Bed {
  const asked: JsonObject[] = [];
  const kept: Bed['kept'] = [];
  let changes = 0;
  let aborted = 0;
  let pending: (() => void) | undefined;
  const form = new Form('key', formModel(schema), undefined, undefined, {
    validate: (value, signal) => {
      asked.push(value);
      signal.addEventListener('abort', () => aborted++);
      return validate(value, signal);
    },
    keep: (draft, isPrivate) => kept.push({ isPrivate, isGone: draft === undefined }),
    changed: () => changes++,
    later: (_ms, fn) => {
      pending = fn;
      return () => (pending = undefined);
    },
  });
  return {
    form,
    asked,
    kept,
    aborted: () => aborted,
    changes: () => changes,
    later: () => {
      const fn = pending;
      pending = undefined;
      fn?.();
    },
  };
}

const schema: JsonObject = {
  type: 'object',
  required: ['a'],
  properties: { a: { type: 'string' }, n: { type: 'integer' } },
};

function numberNode(form: Form): NumberNode {
  const root = nodeOf(form.model, form.model.root) as ObjectNode;
  return nodeOf(form.model, root.fields[1]!) as NumberNode;
}

suite('a form', () => {
  test('checks once after a burst of typing', async () => {
    const { form, asked, later } = bed(schema);
    for (const text of ['x', 'xy', 'xyz']) form.edit(['a'], (draft) => setString(draft, ['a'], text));
    assert.equal(asked.length, 0);
    later();
    later();
    assert.deepEqual(asked, [{ a: 'xyz' }]);
  });

  test('drops the answer to a draft that has changed since', async () => {
    const answers: ((findings: readonly Finding[]) => void)[] = [];
    const { form, later, aborted } = bed(schema, () => new Promise((resolve) => answers.push(resolve)));
    form.edit(['n'], (draft) => setNumber(draft, ['n'], numberNode(form), '1'));
    later();
    form.edit(['a'], (draft) => setString(draft, ['a'], 'x'));
    later();
    assert.equal(aborted(), 1);
    form.touch(['a']);
    answers[0]!([required('/a')]);
    answers[1]!([]);
    await new Promise(setImmediate);
    assert.deepEqual(form.messages(), []);
  });

  test('keeps messages of untouched fields to itself until it is submitted', async () => {
    const { form, later } = bed(schema, async () => [required('/a')]);
    form.edit(['n'], (draft) => setNumber(draft, ['n'], numberNode(form), '1'));
    later();
    await new Promise(setImmediate);
    assert.deepEqual(form.messages(), []);
    assert.equal(await form.submit(), undefined);
    assert.deepEqual(
      form.messages().map((message) => message.path),
      ['/a'],
    );
  });

  test('gives the value only when nothing stands against it', async () => {
    const { form } = bed(schema, async (value) => ('a' in value ? [] : [required('/a')]));
    assert.equal(await form.submit(), undefined);
    form.edit(['a'], (draft) => setString(draft, ['a'], 'x'));
    form.edit(['n'], (draft) => setNumber(draft, ['n'], numberNode(form), 'many'));
    assert.equal(await form.submit(), undefined);
    form.edit(['n'], (draft) => setNumber(draft, ['n'], numberNode(form), '2'));
    assert.deepEqual(await form.submit(), { a: 'x', n: 2 });
  });

  test('is not stopped by a schema that cannot be checked, but says so', async () => {
    const tooLarge: Finding = {
      kind: 'schema',
      path: '',
      keyword: 'too-large',
      params: [],
      message: 'too large',
    };
    const { form } = bed(schema, async () => [tooLarge]);
    assert.deepEqual(await form.submit(), {});
    assert.deepEqual(
      form.messages().map((message) => message.isBlocking),
      [false],
    );
  });

  test('refuses a value that is no object', async () => {
    const { form, asked } = bed(schema);
    form.setMode('json');
    form.edit([], (draft) => ({ ...draft, json: '[1]' }));
    assert.equal(await form.submit(), undefined);
    assert.deepEqual(asked, []);
    assert.deepEqual(
      form.messages().map((message) => message.text),
      ['Must be a JSON object.'],
    );
  });

  test('marks a draft with a password field as private and forgets it on reset', () => {
    const { form, kept } = bed({
      type: 'object',
      properties: { deep: { type: 'object', properties: { p: { type: 'string', format: 'password' } } } },
    });
    form.edit(['deep', 'p'], (draft) => setString(draft, ['deep', 'p'], 's'));
    form.reset();
    assert.deepEqual(
      kept.map((one) => one.isPrivate),
      [true, true, true],
    );
    assert.equal(kept.at(-1)?.isGone, true);
  });

  test('stops checking when it is closed', () => {
    const { form, asked, later } = bed(schema);
    form.edit(['a'], (draft) => setString(draft, ['a'], 'x'));
    form.dispose();
    later();
    assert.deepEqual(asked, []);
  });
});
