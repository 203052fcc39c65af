import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Finding, SchemaValidator } from '../../../src/core/schemaValidator.ts';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';
import { explain, suggest } from '../../../src/vscode/argumentHelp.ts';
import { argumentsStart, readArguments } from '../../../src/vscode/argumentText.ts';
import { english } from '../../fakes/samples.ts';

const validator = createSchemaValidator();
const echo: JsonObject = {
  type: 'object',
  properties: {
    message: { type: 'string', description: 'What to repeat' },
    times: { type: 'integer', minimum: 1 },
  },
  required: ['message'],
};
const read = (text: string, schema: JsonObject = echo) => readArguments(text, schema, validator, english);
const at = (text: string, { offset, length }: { offset: number; length: number }) =>
  text.slice(offset, offset + length);

test('arguments are read from below the header, whatever was typed into it', () => {
  const text = '// header "x": {\n/* { "message": "not this" } */\n{ "message": "hi", } // tail\n';
  assert.deepEqual(read(text), { value: { message: 'hi' }, problems: [] });
  assert.equal(text.slice(argumentsStart(text)), '{ "message": "hi", } // tail\n');
  assert.equal(argumentsStart('// only a header\n'), '// only a header\n'.length);
});

test('a value that breaks the schema is a problem at its place and blocks', () => {
  const text = '{ "message": 5, "times": 0 }';
  const { value, problems } = read(text);
  assert.deepEqual(value, { message: 5, times: 0 });
  assert.deepEqual(
    problems.map((problem) => [at(text, problem), problem.isBlocking]),
    [
      ['5', true],
      ['0', true],
    ],
  );
});

test('a missing property is a problem at the object it is missing from', () => {
  const text = '// header\n{ "times": 2 }';
  const [problem] = read(text).problems;
  assert.equal(problem && at(text, problem), '{');
});

test('text that is not one JSON object blocks', () => {
  for (const text of [
    '',
    '// nothing',
    '{ "message": }',
    '{ "message": "hi" } x',
    '[]',
    '"hi"',
    '{'.repeat(5),
  ]) {
    const { value, problems } = read(text);
    assert.equal(value, undefined, text);
    assert.ok(
      problems.some((problem) => problem.isBlocking),
      text,
    );
  }
});

test('text nested beyond all reason blocks instead of bringing the editor down', () => {
  const { value, problems } = read('{"message":'.repeat(200_000));
  assert.equal(value, undefined);
  assert.ok(problems[0]?.isBlocking);
});

test('a name that occurs twice blocks, because a reader would see one value and the server another', () => {
  const text = '{ "message": "harmless", "message": "harmful" }';
  const { problems } = read(text);
  assert.deepEqual(
    problems.map((problem) => [at(text, problem), problem.isBlocking]),
    [['"message"', true]],
  );
});

test('a property named __proto__ is kept and reaches no prototype', () => {
  const { value } = read('{ "message": "hi", "__proto__": { "polluted": true } }', { type: 'object' });
  assert.ok(value && Object.hasOwn(value, '__proto__'));
  assert.equal((value as { polluted?: unknown }).polluted, undefined);
});

test('a schema that cannot be used warns and does not block', () => {
  const finding: Finding = {
    kind: 'schema',
    path: '',
    keyword: '$ref',
    params: [],
    message: 'external reference',
  };
  const broken: SchemaValidator = { validate: () => [finding] };
  const { value, problems } = readArguments('{}', echo, broken, english);
  assert.deepEqual(value, {});
  assert.deepEqual(
    problems.map(({ isBlocking }) => isBlocking),
    [false],
  );
});

const rich: JsonObject = {
  type: 'object',
  required: ['unit'],
  properties: {
    unit: { enum: ['celsius', 'fahrenheit'], title: 'Unit' },
    place: { $ref: '#/$defs/place' },
    tags: { type: 'array', items: { enum: ['a', 'b'] } },
    deep: { type: 'boolean', default: true },
  },
  $defs: {
    place: {
      type: 'object',
      properties: { city: { type: 'string' } },
      allOf: [{ properties: { zip: { type: 'string' } } }],
    },
  },
};
const suggestAt = (marked: string, schema = rich) => {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  return suggest(schema, text, offset).map(
    (suggestion) =>
      text.slice(0, suggestion.offset) + suggestion.text + text.slice(suggestion.offset + suggestion.length),
  );
};

test('property names are offered with a first value, required ones marked', () => {
  assert.deepEqual(suggestAt('{ | }'), [
    '{ "unit": "celsius" }',
    '{ "place": {} }',
    '{ "tags": [] }',
    '{ "deep": true }',
  ]);
  assert.deepEqual(
    suggest(rich, '{  }', 2).map(({ isRequired }) => isRequired),
    [true, false, false, false],
  );
  assert.deepEqual(suggestAt('{ "u|": "x" }')[0], '{ "unit": "x" }');
});

test('values are offered where a value belongs', () => {
  assert.deepEqual(suggestAt('{ "unit": | }'), ['{ "unit": "celsius" }', '{ "unit": "fahrenheit" }']);
  assert.deepEqual(suggestAt('{ "unit": "ce|" }'), ['{ "unit": "celsius" }', '{ "unit": "fahrenheit" }']);
  assert.deepEqual(suggestAt('{ "tags": ["a", |] }'), ['{ "tags": ["a", "a"] }', '{ "tags": ["a", "b"] }']);
  assert.deepEqual(suggestAt('{ "deep": | }'), ['{ "deep": true }', '{ "deep": false }']);
});

test('local references and combinations are followed', () => {
  assert.deepEqual(suggestAt('{ "place": { | } }'), [
    '{ "place": { "city": "" } }',
    '{ "place": { "zip": "" } }',
  ]);
});

test('a cyclic or huge schema is answered in bounded work', () => {
  const cyclic: JsonObject = {
    $ref: '#',
    allOf: [{ $ref: '#' }],
    properties: { a: { anyOf: [{ $ref: '#' }, { $ref: '#/properties/a' }] } },
  };
  assert.deepEqual(suggestAt('{ "a": { | } }', cyclic), ['{ "a": { "a": "" } }']);
  const wide: JsonObject = {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: 'string' }])),
  };
  assert.equal(suggestAt('{ | }', wide).length, 200);
});

test('a schema fetches nothing from elsewhere', () => {
  assert.deepEqual(suggestAt('{ | }', { $ref: 'https://evil.example/schema.json' }), []);
});

test('the text of a property is explained where it stands', () => {
  const text = '{ "message": "hi" }';
  assert.equal(explain(echo, text, text.indexOf('hi')), 'What to repeat');
  assert.equal(explain(echo, text, text.indexOf('mess')), 'What to repeat');
  assert.equal(explain(echo, text, 0), undefined);
});
