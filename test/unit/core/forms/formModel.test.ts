import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formModel } from '../../../../src/core/forms/formModel.ts';
import type { FormNode, FormUse, ObjectNode } from '../../../../src/core/forms/model.ts';
import { nodeOf } from '../../../../src/core/forms/model.ts';
import type { JsonObject } from '../../../../src/core/json.ts';

function rootObject(schema: JsonObject): {
  object: ObjectNode;
  node: (name: string) => FormNode;
  use: (name: string) => FormUse;
} {
  const model = formModel(schema);
  const object = nodeOf(model, model.root);
  assert.ok(object.kind === 'object');
  const use = (name: string) => {
    const field = object.fields.find((one) => one.name === name);
    assert.ok(field, `no field ${name}`);
    return field;
  };
  return { object, use, node: (name) => nodeOf(model, use(name)) };
}

function property(schema: JsonObject): FormNode {
  return rootObject({ type: 'object', properties: { x: schema } }).node('x');
}

/** The schema as it arrives: parsed from the wire. */
function wire(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

suite('formModel', () => {
  test('maps every scalar type and format to its input', () => {
    const inputOf = (schema: JsonObject) => {
      const node = property(schema);
      assert.ok(node.kind === 'string');
      return node.input;
    };
    assert.equal(inputOf({ type: 'string' }), 'text');
    assert.equal(inputOf({ type: 'string', format: 'email' }), 'email');
    assert.equal(inputOf({ type: 'string', format: 'uri' }), 'uri');
    assert.equal(inputOf({ type: 'string', format: 'date' }), 'date');
    assert.equal(inputOf({ type: 'string', format: 'date-time' }), 'date-time');
    assert.equal(inputOf({ type: 'string', format: 'password' }), 'password');
    assert.equal(inputOf({ type: 'string', format: 'ipv4' }), 'text');
    assert.equal(inputOf({ type: 'string', maxLength: 4000 }), 'multiline');
    assert.equal(inputOf({ format: 'constructor' }), 'text');
    assert.deepEqual(property({ type: 'integer', minimum: 1, exclusiveMaximum: 10, examples: [3] }), {
      kind: 'number',
      isInteger: true,
      minimum: 1,
      maximum: 10,
      isMinimumExclusive: false,
      isMaximumExclusive: true,
      example: { text: '3', hidden: 0, isTruncated: false },
    });
    assert.deepEqual(property({ type: 'boolean' }), { kind: 'boolean' });
  });

  test('takes required, title, description, default and deprecated from the place of use', () => {
    const { use } = rootObject({
      type: 'object',
      required: ['a'],
      properties: { a: { $ref: '#/$defs/A', description: 'here', default: 2 }, b: { $ref: '#/$defs/A' } },
      $defs: { A: { type: 'number', title: 'An A', description: 'there', deprecated: true } },
    });
    const a = use('a');
    const b = use('b');
    assert.equal(a.description?.text, 'here');
    assert.equal(b.description?.text, 'there');
    assert.equal(a.title?.text, 'An A');
    assert.equal(a.default, 2);
    assert.equal(a.isDeprecated, true);
    assert.equal(a.node, b.node);
    assert.deepEqual(
      [(a as { isRequired?: boolean }).isRequired, (b as { isRequired?: boolean }).isRequired],
      [true, false],
    );
  });

  test('reads all four spellings of an enumeration', () => {
    const labels = (schema: JsonObject) => {
      const node = property(schema);
      assert.ok(node.kind === 'enum' || node.kind === 'multi-enum');
      return [node.kind, node.options.map((option) => [option.value, option.label.text])];
    };
    assert.deepEqual(labels({ type: 'string', enum: ['a', 'b'] }), [
      'enum',
      [
        ['a', 'a'],
        ['b', 'b'],
      ],
    ]);
    assert.deepEqual(labels({ type: 'string', enum: ['a', 'b'], enumNames: ['A', 'B'] }), [
      'enum',
      [
        ['a', 'A'],
        ['b', 'B'],
      ],
    ]);
    assert.deepEqual(labels({ type: 'string', oneOf: [{ const: 'a', title: 'A' }, { const: 'b' }] }), [
      'enum',
      [
        ['a', 'A'],
        ['b', 'b'],
      ],
    ]);
    assert.deepEqual(labels({ type: 'array', items: { type: 'string', enum: ['a'] } }), [
      'multi-enum',
      [['a', 'a']],
    ]);
    assert.deepEqual(labels({ type: 'array', items: { anyOf: [{ const: 'a', title: 'A' }] }, maxItems: 2 }), [
      'multi-enum',
      [['a', 'A']],
    ]);
    assert.deepEqual(labels({ enum: [1, null, { a: 1 }] }), [
      'enum',
      [
        [1, '1'],
        [null, 'null'],
        [{ a: 1 }, '{"a":1}'],
      ],
    ]);
  });

  test('folds null in any spelling into a flag', () => {
    for (const schema of [
      { type: ['string', 'null'] },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      { oneOf: [{ type: 'null' }, { $ref: '#/$defs/S' }] },
      { type: 'string', nullable: true },
      { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, title: 'T' },
    ]) {
      const { node, use } = rootObject({
        type: 'object',
        properties: { x: schema },
        $defs: { S: { type: 'string' } },
      });
      assert.equal(node('x').kind, 'string', JSON.stringify(schema));
      assert.equal(use('x').isNullable, true, JSON.stringify(schema));
    }
  });

  test('offers oneOf and anyOf as labelled branches', () => {
    const node = property({
      oneOf: [
        {
          type: 'object',
          properties: { kind: { const: 'file' }, path: { type: 'string' } },
          required: ['kind'],
        },
        { title: 'A page', type: 'object', properties: { url: { type: 'string' } } },
        { type: 'number' },
      ],
    });
    assert.ok(node.kind === 'choice');
    assert.deepEqual(
      node.branches.map((branch) => branch.label?.text),
      ['kind: file', 'A page', 'number'],
    );
  });

  test('merges what stands beside a choice into each branch', () => {
    const model = formModel({
      type: 'object',
      properties: { common: { type: 'string' } },
      oneOf: [{ properties: { a: { type: 'number' } } }, { properties: { b: { type: 'number' } } }],
    });
    const node = nodeOf(model, model.root);
    assert.ok(node.kind === 'choice');
    const names = node.branches.map((branch) => {
      const object = nodeOf(model, branch);
      assert.ok(object.kind === 'object');
      return object.fields.map((field) => field.name).sort();
    });
    assert.deepEqual(names, [
      ['a', 'common'],
      ['b', 'common'],
    ]);
  });

  test('shows one object when the branches only add rules', () => {
    const { object } = rootObject({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    });
    assert.deepEqual(
      object.fields.map((field) => field.name),
      ['a', 'b'],
    );
  });

  test('merges allOf parts, narrowing what both say', () => {
    const { object, node } = rootObject({
      allOf: [
        {
          type: 'object',
          properties: { a: { type: 'string' }, n: { type: 'number', minimum: 1 } },
          required: ['a'],
        },
        { $ref: '#/$defs/More' },
      ],
      $defs: {
        More: { properties: { b: { type: 'boolean' }, n: { type: 'integer', minimum: 3 } }, required: ['b'] },
      },
    });
    assert.deepEqual(
      object.fields.map((field) => [field.name, field.isRequired]),
      [
        ['a', true],
        ['n', false],
        ['b', true],
      ],
    );
    const n = node('n');
    assert.ok(n.kind === 'number' && n.isInteger && n.minimum === 3);
  });

  test('makes a recursive schema a finite model', () => {
    const model = formModel({
      $ref: '#/$defs/Node',
      $defs: {
        Node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/Node' } },
          },
        },
      },
    });
    assert.ok(model.nodes.length <= 4);
    const root = nodeOf(model, model.root);
    assert.ok(root.kind === 'object');
    const children = nodeOf(model, root.fields[1] as FormUse);
    assert.ok(children.kind === 'array' && children.item?.node === model.root.node);
  });

  test('ends a chain of references that leads back to itself', () => {
    const model = formModel({
      properties: { a: { $ref: '#/$defs/A' } },
      $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } },
    });
    const root = nodeOf(model, model.root);
    assert.ok(root.kind === 'object');
    assert.deepEqual(nodeOf(model, root.fields[0] as FormUse), { kind: 'json', reason: 'bad-ref' });
  });

  test('never follows a reference out of the document', () => {
    assert.deepEqual(property({ $ref: 'https://example.com/schema.json' }), {
      kind: 'json',
      reason: 'external-ref',
    });
    assert.deepEqual(property({ $ref: '#/$defs/none' }), { kind: 'json', reason: 'bad-ref' });
    assert.deepEqual(property({ $ref: '#/__proto__/x' }), { kind: 'json', reason: 'bad-ref' });
    assert.deepEqual(property({ $ref: '#/%' }), { kind: 'json', reason: 'bad-ref' });
  });

  test('finds anchors and the document’s own id', () => {
    const { node } = rootObject({
      $id: 'urn:me',
      type: 'object',
      properties: { a: { $ref: '#here' }, b: { $ref: 'urn:me#/$defs/H' } },
      $defs: { H: { $anchor: 'here', type: 'integer' } },
    });
    assert.equal(node('a').kind, 'number');
    assert.equal(node('b').kind, 'number');
  });

  test('reads tuples of both drafts and maps', () => {
    const tuple = property({
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'number' }],
      items: false,
    });
    assert.ok(tuple.kind === 'array' && tuple.prefix.length === 2 && tuple.item === undefined);
    const old = property({
      type: 'array',
      items: [{ type: 'string' }],
      additionalItems: { type: 'boolean' },
    });
    assert.ok(old.kind === 'array' && old.prefix.length === 1 && old.item !== undefined);
    const map = property({ type: 'object', additionalProperties: { type: 'number' } });
    assert.ok(map.kind === 'object' && map.extra !== undefined && map.fields.length === 0);
    const closed = property({ type: 'object', properties: { a: true }, additionalProperties: false });
    assert.ok(closed.kind === 'object' && closed.extra === undefined);
  });

  test('leaves what it does not know to the JSON editor', () => {
    assert.deepEqual(property({}), { kind: 'json', reason: 'any' });
    assert.deepEqual(property({ type: 'spaceship' }), { kind: 'json', reason: 'unsupported' });
    assert.deepEqual(property({ type: 7 }), { kind: 'json', reason: 'any' });
    const { object } = rootObject({
      type: 'object',
      properties: { yes: true, no: false, odd: 3 },
    });
    assert.deepEqual(
      object.fields.map((field) => field.name),
      ['yes', 'odd'],
    );
  });

  test('keeps property names such as __proto__ as plain names', () => {
    const { object } = rootObject(
      wire(
        '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}},"required":["__proto__"]}',
      ),
    );
    assert.deepEqual(
      object.fields.map((field) => [field.name, field.isRequired]),
      [
        ['__proto__', true],
        ['constructor', false],
      ],
    );
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  test('makes hidden characters in labels visible', () => {
    const { use } = rootObject({
      type: 'object',
      properties: { 'a\u202Eb': { type: 'string', description: 'x\u200By' } },
    });
    const field = use('a\u202Eb') as FormUse & { shownName: { text: string } };
    assert.equal(field.shownName.text, 'a<U+202E>b');
    assert.equal(field.description?.hidden, 1);
  });

  test('bounds a schema of 10,000 properties and says so', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { type: 'string' }]),
    );
    const { object } = rootObject({ type: 'object', properties });
    const model = formModel({ type: 'object', properties });
    assert.ok(model.nodes.length <= 2001);
    assert.ok(object.fields.length > 1000);
    assert.equal(object.fields.length + object.omitted, 10_000);
    assert.deepEqual(model.limits, ['nodes']);
  });

  test('bounds a schema 100 levels deep and says so', () => {
    let schema: JsonObject = { type: 'string' };
    for (let i = 0; i < 100; i++) schema = { type: 'object', properties: { a: schema }, required: ['a'] };
    const model = formModel(schema);
    assert.deepEqual(model.limits, ['depth']);
    assert.ok(model.nodes.length < 50);
  });

  test('bounds enumerations, branches that multiply and merges that multiply', () => {
    const huge = property({ enum: Array.from({ length: 100_000 }, (_, i) => i) });
    assert.ok(huge.kind === 'enum' && huge.options.length === 500 && huge.omitted === 99_500);
    const wide = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`p${i}`, { $ref: '#/$defs/Again' }]),
    );
    const explosive = formModel({
      $ref: '#/$defs/Again',
      $defs: {
        Again: {
          type: 'object',
          properties: wide,
          oneOf: Array.from({ length: 50 }, () => ({ $ref: '#/$defs/Again', minProperties: 1 })),
        },
      },
    });
    assert.ok(explosive.nodes.length <= 2010, `${explosive.nodes.length} nodes`);
    assert.ok(explosive.limits.includes('nodes'));
  });

  test('is plain data', () => {
    const model = formModel({ type: 'object', properties: { a: { type: 'string', default: 'x' } } });
    assert.deepEqual(structuredClone(model), model);
  });
});
