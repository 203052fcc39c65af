import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  addItem,
  branchAt,
  chooseBranch,
  draftProblems,
  moveItem,
  newDraft,
  removeItem,
  setJson,
  setNumber,
  setString,
  setValue,
  textAt,
  toForm,
  toJson,
  valueOfDraft,
} from '../../../../src/core/forms/draft.ts';
import { emptyValue } from '../../../../src/core/forms/emptyValue.ts';
import { formModel } from '../../../../src/core/forms/formModel.ts';
import type {
  ArrayNode,
  ChoiceNode,
  FormUse,
  NumberNode,
  ObjectNode,
} from '../../../../src/core/forms/model.ts';
import { nodeOf } from '../../../../src/core/forms/model.ts';
import { pointer, setAt } from '../../../../src/core/forms/paths.ts';
import {
  fromLocalDateTime,
  parseJson,
  parseNumber,
  toLocalDateTime,
} from '../../../../src/core/forms/text.ts';
import type { Json, JsonObject } from '../../../../src/core/json.ts';

const number: NumberNode = {
  kind: 'number',
  isInteger: true,
  minimum: undefined,
  maximum: undefined,
  isMinimumExclusive: false,
  isMaximumExclusive: false,
  example: undefined,
};
const model = (schema: JsonObject) => formModel(schema);

suite('emptyValue', () => {
  test('fills in defaults, constants and required containers, and nothing else', () => {
    const value = emptyValue(
      model({
        type: 'object',
        required: ['name', 'kind', 'box', 'list', 'flag'],
        properties: {
          name: { type: 'string' },
          kind: { const: 'k' },
          box: {
            type: 'object',
            required: ['inner'],
            properties: { inner: { type: 'boolean' }, free: { type: 'string' } },
          },
          list: { type: 'array', items: { type: 'string' }, minItems: 2 },
          flag: { type: 'boolean', default: true },
          other: { type: 'object', properties: { x: { default: 1 } } },
          size: { type: 'number', default: 3 },
        },
      }),
    );
    assert.deepEqual(value, { kind: 'k', box: { inner: false }, list: ['', ''], flag: true, size: 3 });
  });

  test('ends where a schema requires itself', () => {
    const value = emptyValue(
      model({
        $ref: '#/$defs/N',
        $defs: { N: { type: 'object', required: ['next'], properties: { next: { $ref: '#/$defs/N' } } } },
      }),
    );
    assert.deepEqual(value, {});
  });
});

suite('a form draft', () => {
  test('removes an emptied property and keeps an emptied array item', () => {
    let draft = newDraft(model({}), { a: 'x', list: ['x'] });
    draft = setString(draft, ['a'], '');
    draft = setString(draft, ['list', 0], '');
    assert.deepEqual(valueOfDraft(draft), { list: [''] });
  });

  test('keeps properties that the form does not know, in their order', () => {
    const draft = setString(newDraft(model({}), { z: 1, a: 'x', unknown: [1] }), ['a'], 'y');
    assert.equal(JSON.stringify(valueOfDraft(draft)), '{"z":1,"a":"y","unknown":[1]}');
  });

  test('holds a text that is no number without sending the old value', () => {
    const draft = setNumber(newDraft(model({}), { n: 4 }), ['n'], number, '4x');
    assert.equal(textAt(draft, ['n'], number), '4x');
    assert.equal(valueOfDraft(draft), undefined);
    assert.deepEqual(draftProblems(draft), [{ path: '/n', problem: { ok: false, code: 'integer' } }]);
    const repaired = setNumber(draft, ['n'], number, ' 42 ');
    assert.deepEqual(valueOfDraft(repaired), { n: 42 });
    assert.deepEqual(draftProblems(repaired), []);
  });

  test('moves what is typed along with its array item', () => {
    let draft = newDraft(model({}), { list: [1, 2, 3] });
    draft = setNumber(draft, ['list', 2], number, 'oops');
    draft = moveItem(draft, ['list'], 2, 0);
    assert.deepEqual(
      draftProblems(draft).map((problem) => problem.path),
      ['/list/0'],
    );
    draft = removeItem(draft, ['list'], 1);
    assert.deepEqual(draft.value, { list: [null, 2] });
    draft = removeItem(draft, ['list'], 0);
    assert.deepEqual(valueOfDraft(draft), { list: [2] });
    assert.equal(moveItem(draft, ['list'], 0, 5), draft);
  });

  test('adds items that start with what their schema requires', () => {
    const form = model({
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: { type: 'object', required: ['on'], properties: { on: { type: 'boolean' } } },
        },
      },
    });
    const list = nodeOf(form, (nodeOf(form, form.root) as ObjectNode).fields[0] as FormUse) as ArrayNode;
    const draft = addItem(newDraft(form), ['list'], form, list.item as FormUse);
    assert.deepEqual(draft.value, { list: [{ on: false }] });
  });

  test('switches to JSON and back without losing a value', () => {
    const value: Json = { a: 'x', deep: { list: [1, { b: null }] }, unknown: true };
    const back = toForm(toJson(newDraft(model({}), value)));
    assert.deepEqual(back?.value, value);
  });

  test('stays in JSON while the text does not parse, and says where', () => {
    const draft = { ...toJson(newDraft(model({}), {})), json: '{\n  "a": }' };
    assert.equal(toForm(draft), undefined);
    assert.equal(valueOfDraft(draft), undefined);
    assert.deepEqual(draftProblems(draft)[0]?.problem, { ok: false, code: 'json', line: 2, column: 8 });
  });

  test('edits an unknown subtree as JSON', () => {
    const draft = setJson(newDraft(model({}), {}), ['any'], '{"x": [1]}');
    assert.deepEqual(valueOfDraft(draft), { any: { x: [1] } });
    assert.equal(textAt(draft, ['any'], { kind: 'json' }), '{\n  "x": [\n    1\n  ]\n}');
  });

  test('never touches a prototype', () => {
    const draft = setValue(
      newDraft(model({}), JSON.parse('{"__proto__":{"a":1}}') as Json),
      ['__proto__', 'polluted'],
      true,
    );
    assert.equal(JSON.stringify(draft.value), '{"__proto__":{"a":1,"polluted":true}}');
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.equal(JSON.stringify(setAt({}, ['constructor', 'x'], 1)), '{"constructor":{"x":1}}');
  });
});

suite('a choice', () => {
  const form = model({
    oneOf: [
      {
        type: 'object',
        required: ['kind'],
        properties: { kind: { const: 'file' }, path: { type: 'string' }, note: { type: 'string' } },
      },
      {
        type: 'object',
        required: ['kind'],
        properties: { kind: { const: 'page' }, url: { type: 'string' }, note: { type: 'string' } },
      },
      { type: 'string' },
    ],
  });
  const choice = nodeOf(form, form.root) as ChoiceNode;

  test('shows the branch that the value fits', () => {
    assert.equal(branchAt(newDraft(form), form, [], choice), 0);
    assert.equal(branchAt(newDraft(form, { kind: 'page', url: 'x' }), form, [], choice), 1);
    assert.equal(branchAt(newDraft(form, 'text'), form, [], choice), 2);
  });

  test('carries over what both branches know, and only that', () => {
    const start = newDraft(form, { kind: 'file', path: '/p', note: 'n' });
    const other = chooseBranch(start, form, [], choice, 1);
    assert.deepEqual(other.value, { kind: 'page', note: 'n' });
    assert.equal(branchAt(other, form, [], choice), 1);
  });

  test('keeps the chosen branch while its value is still empty', () => {
    const nested = model({
      type: 'object',
      properties: { x: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
    });
    const node = nodeOf(
      nested,
      (nodeOf(nested, nested.root) as ObjectNode).fields[0] as FormUse,
    ) as ChoiceNode;
    const draft = chooseBranch(newDraft(nested), nested, ['x'], node, 1);
    assert.equal(branchAt(draft, nested, ['x'], node), 1);
  });
});

suite('texts of fields', () => {
  test('parse numbers exactly or not at all', () => {
    assert.deepEqual(parseNumber(' 1.5e3 ', false), { ok: true, value: 1500 });
    assert.deepEqual(parseNumber('3.0', true), { ok: true, value: 3 });
    assert.deepEqual(parseNumber('3.5', true), { ok: false, code: 'integer' });
    assert.deepEqual(parseNumber('0x10', false), { ok: false, code: 'number' });
    assert.deepEqual(parseNumber('1e999', false), { ok: false, code: 'precision', text: '1e999' });
    assert.deepEqual(parseNumber('12345678901234567890', true), {
      ok: false,
      code: 'precision',
      text: '12345678901234567890',
    });
    assert.deepEqual(parseJson('[1, 9007199254740993]'), {
      ok: false,
      code: 'precision',
      text: '9007199254740993',
    });
  });

  test('turn date-times to local time and back to the same moment', () => {
    const local = toLocalDateTime('2026-03-01T10:00:00Z');
    assert.ok(local);
    const back = fromLocalDateTime(local);
    assert.equal(new Date(back ?? '').getTime(), Date.UTC(2026, 2, 1, 10));
    assert.match(fromLocalDateTime('2026-03-01T10:00') ?? '', /^2026-03-01T10:00:00(Z|[+-]\d\d:\d\d)$/);
    assert.equal(toLocalDateTime('tomorrow'), undefined);
    assert.equal(fromLocalDateTime('tomorrow'), undefined);
  });

  test('pointers escape their parts', () => {
    assert.equal(pointer(['a/b', 'c~d', 0]), '/a~1b/c~0d/0');
    assert.equal(pointer([]), '');
  });
});
