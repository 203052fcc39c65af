import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';

const validator = createSchemaValidator();
const check = (schema: JsonObject, value: Json) =>
  validator.validate(schema, value).map(({ path, keyword, params }) => [path, keyword, ...params]);
const kinds = (schema: JsonObject, value: Json) =>
  validator.validate(schema, value).map((finding) => `${finding.kind}:${finding.keyword}`);

suite('the schema validator', () => {
  test('names the place, the keyword and the limit of every finding', () => {
    const schema: JsonObject = {
      type: 'object',
      required: ['name', 'a/b'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', minLength: 3 },
        'a/b': { type: 'string' },
        age: { type: 'integer', minimum: 0 },
        mail: { type: 'string', format: 'email' },
        tags: { type: 'array', items: { enum: ['x', 'y'] }, uniqueItems: true, maxItems: 2 },
        code: { type: 'string', pattern: '^[A-Z]{2}$' },
      },
    };
    assert.deepEqual(
      check(schema, { name: 'abc', 'a/b': '', age: 1, mail: 'a@b.cd', tags: ['x', 'y'], code: 'AB' }),
      [],
    );
    const found = check(schema, {
      name: 'a',
      age: -1.5,
      mail: 'nope',
      tags: ['x', 'z', 'x'],
      code: 'ab',
      extra: 1,
    });
    assert.deepEqual(found.toSorted(), [
      ['/age', 'minimum', '0'],
      ['/age', 'type', 'integer'],
      ['/a~1b', 'required'],
      ['/code', 'pattern', '^[A-Z]{2}$'],
      ['/extra', 'additionalProperties'],
      ['/mail', 'format', 'email'],
      ['/name', 'minLength', '3'],
      ['/tags', 'maxItems', '2'],
      ['/tags', 'uniqueItems'],
      ['/tags/1', 'enum', '"x", "y"'],
    ]);
  });

  test('says what is wrong with the alternative that was meant, not with all of them', () => {
    const schema: JsonObject = {
      oneOf: [
        {
          type: 'object',
          required: ['kind', 'path'],
          properties: { kind: { const: 'file' }, path: { type: 'string' } },
        },
        {
          type: 'object',
          required: ['kind', 'url'],
          properties: { kind: { const: 'page' }, url: { type: 'string', format: 'uri' } },
        },
        { type: 'string' },
      ],
    };
    assert.deepEqual(check(schema, { kind: 'page', url: 'not a url' }), [['/url', 'format', 'uri']]);
    assert.deepEqual(check(schema, { kind: 'file' }), [['/path', 'required']]);
    assert.deepEqual(check({ type: 'object', properties: { x: schema } }, { x: { kind: 'page' } }), [
      ['/x/url', 'required'],
    ]);
    assert.deepEqual(check(schema, 7), [['', 'oneOf']]);
    assert.deepEqual(check({ oneOf: [{ type: 'number' }, { minimum: 1 }] }, 5), [['', 'oneOfMany']]);
    assert.match(
      validator.validate({ oneOf: [{ type: 'number' }, { minimum: 1 }] }, 5)[0]?.message ?? '',
      /more than one/,
    );
  });

  test('sees through a reference to a choice', () => {
    const schema: JsonObject = {
      properties: { x: { $ref: '#/$defs/Choice' } },
      $defs: {
        Choice: { anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }] },
        A: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } },
      },
    };
    assert.deepEqual(check(schema, { x: { a: 'one' } }), [['/x/a', 'type', 'number']]);
  });

  test('reads the drafts by $schema and by spelling', () => {
    const tuple: JsonObject = {
      type: 'array',
      items: [{ type: 'string' }, { type: 'number' }],
      additionalItems: false,
    };
    for (const $schema of [
      'http://json-schema.org/draft-07/schema#',
      'http://json-schema.org/draft-04/schema#',
      undefined,
    ]) {
      const schema = $schema === undefined ? tuple : { $schema, ...tuple };
      assert.deepEqual(check(schema, ['a', 'b']), [['/1', 'type', 'number']], $schema);
    }
    const prefix: JsonObject = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'array',
      prefixItems: [{ type: 'string' }],
      items: false,
    };
    assert.deepEqual(check(prefix, [1]), [['/0', 'type', 'string']]);
    assert.deepEqual(
      check(
        {
          $schema: 'https://json-schema.org/draft/2019-09/schema',
          type: 'object',
          dependentRequired: { a: ['b'] },
        },
        { a: 1 },
      ),
      [['/b', 'dependentRequired', 'a']],
    );
    assert.deepEqual(check({ type: 'number', minimum: 3, exclusiveMinimum: true }, 3), [
      ['', 'exclusiveMinimum', '3'],
    ]);
    assert.deepEqual(check({ id: 'old', type: 'string', nullable: true }, null), []);
    assert.deepEqual(check({ nullable: true }, 1), []);
  });

  test('keeps two schemas with one $id apart', () => {
    assert.deepEqual(check({ $id: 'https://example.com/s', type: 'string' }, 1), [['', 'type', 'string']]);
    assert.deepEqual(check({ $id: 'https://example.com/s', type: 'number' }, 1), []);
  });

  test('says that a schema cannot be used instead of throwing or fetching', () => {
    assert.deepEqual(kinds({ $ref: 'https://example.com/other.json' }, {}), ['schema:invalid']);
    assert.deepEqual(kinds({ $ref: '#/$defs/none' }, {}), ['schema:invalid']);
    assert.deepEqual(kinds({ type: 'spaceship' }, {}), ['schema:invalid']);
    assert.deepEqual(kinds({ properties: 7 }, {}), ['schema:invalid']);
    assert.deepEqual(kinds({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, {}), [
      'schema:invalid',
    ]);
  });

  test('answers at once when a schema asks for an asynchronous check', () => {
    assert.deepEqual(check({ $async: true, type: 'string' }, 1), [['', 'type', 'string']]);
  });

  test('does not stall on a pattern that backtracks', () => {
    assert.deepEqual(check({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}!`), [
      ['', 'pattern', '^(a+)+$'],
    ]);
    assert.deepEqual(
      check(
        { type: 'object', patternProperties: { '^(a+)+$': { type: 'number' } } },
        { [`${'a'.repeat(5000)}!`]: 'x' },
      ),
      [],
    );
    assert.deepEqual(check({ type: 'string', format: 'url' }, `http://${'a-'.repeat(40_000)}`), []);
  });

  test('stops a schema whose parts multiply', () => {
    const level = (i: number) =>
      [`a${i}`, { allOf: [{ $ref: `#/$defs/a${i + 1}` }, { $ref: `#/$defs/a${i + 1}` }] }] as const;
    const $defs = Object.fromEntries([
      ...Array.from({ length: 30 }, (_, i) => level(i)),
      ['a30', { type: 'string' }],
    ]) as JsonObject;
    assert.deepEqual(kinds({ $ref: '#/$defs/a0', $defs }, 'x'), ['schema:too-large']);
  });

  test('refuses schemas and values beyond its bounds', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: 'string' }]),
    );
    assert.deepEqual(kinds({ type: 'object', properties }, { p1: 1 }), ['schema:too-large']);
    let deep: JsonObject = { type: 'string' };
    for (let i = 0; i < 1000; i++) deep = { properties: { a: deep } };
    assert.deepEqual(kinds(deep, {}), ['schema:too-large']);
    assert.deepEqual(kinds({ type: 'string' }, 'x'.repeat(2_000_001)), ['schema:too-large']);
    const items = Array.from({ length: 50_000 }, (_, i) => ({ i }));
    assert.deepEqual(check({ type: 'array', uniqueItems: true }, items), []);
    assert.deepEqual(
      check({ type: 'array', uniqueItems: true }, [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
      [['', 'uniqueItems']],
    );
  });

  test('gives at most 100 findings', () => {
    assert.equal(
      check(
        { type: 'array', items: { type: 'string' } },
        Array.from({ length: 500 }, (_, i) => i),
      ).length,
      100,
    );
  });

  test('treats names such as __proto__ and constructor as plain names', () => {
    const schema = JSON.parse(
      '{"type":"object","required":["constructor"],"properties":{"__proto__":{"type":"string"}}}',
    ) as JsonObject;
    assert.deepEqual(check(schema, {}), [['/constructor', 'required']]);
    // Ajv does not look at a property of this name.
    assert.deepEqual(check(schema, JSON.parse('{"__proto__":5,"constructor":1}') as Json), []);
  });

  test('shows no hidden characters of the schema', () => {
    const [finding] = validator.validate({ const: 'a\u202Eb' }, 1);
    assert.equal(finding?.message, 'must be "a<U+202E>b"');
  });
});
