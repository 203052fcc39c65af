import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReviewItem } from '../../../src/core/definitionReview.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  afterHead,
  alignedTo,
  beforeHead,
  definitionSide,
  itemList,
} from '../../../src/vscode/definitionText.ts';
import { english } from '../../fakes/samples.ts';

const item = (extra: Partial<ReviewItem> = {}): ReviewItem => ({
  kind: 'tool',
  name: 'read',
  state: 'changed',
  before: { hash: 'a', definition: { name: 'read' }, at: 0, how: 'first-sight' },
  after: { name: 'read', description: 'Reads\u200b.\nTwice' },
  hash: 'b',
  changes: [{ class: 'text', path: '/description', before: undefined, after: 'x' }],
  ...extra,
});

test('a side shows its texts in lines, hidden characters marked, and the rest as JSON', () => {
  const definition: JsonObject = { name: 'read\u202e', description: 'Reads\u200b.\nTwice', inputSchema: {} };
  assert.equal(
    definitionSide(['Now'], definition, english),
    '// Now\n//\n// Description:\n//   Reads<U+200B>.\n//   Twice\n{\n  "name": "read\\u202e",\n  "inputSchema": {}\n}\n',
  );
  assert.equal(definitionSide(['x'], undefined, english), '// x\n');
  assert.equal(
    definitionSide([], { instructions: 'Be kind' }, english),
    '//\n// Instructions:\n//   Be kind\n',
  );
});

test('a text cannot end the comment that it stands in', () => {
  const side = definitionSide([], { description: 'a\r\n*/ {"x":1}\u2028{\u0085{' }, english);
  for (const line of side.trimEnd().split(/\r\n|[\n\r\u2028\u2029\u0085]/)) assert.match(line, /^\/\//);
});

test('the heads say what was accepted when, what changed, and what to look at', () => {
  assert.match(beforeHead(item(), english)[0] ?? '', /^Accepted at first sight, /);
  assert.match(
    beforeHead(item({ before: { hash: 'a', definition: undefined, at: 0, how: 'user' } }), english)[0] ?? '',
    /cannot be shown/,
  );
  assert.match(beforeHead(item({ before: undefined }), english)[0] ?? '', /^Nothing was accepted/);
  assert.deepEqual(afterHead(item(), [{ rule: 'url', path: '/description', quote: 'https://x' }], english), [
    'Now: set aside: text changed',
    '⚠ Holds an address: “https://x”  /description',
  ]);
  assert.deepEqual(afterHead(item({ state: 'removed' }), [], english), [
    'The server does not offer this any more.',
  ]);
});

test('members stand in the order of the other side, so that only differences show', () => {
  const now = {
    name: 'a',
    inputSchema: { type: 'object', properties: { b: {}, a: {} } },
    list: [{ y: 1, x: 2 }],
  };
  const before = {
    inputSchema: { properties: { a: {}, b: {}, c: {} }, type: 'object' },
    list: [{ x: 2, y: 1 }],
    name: 'a',
    old: 1,
  };
  assert.equal(
    JSON.stringify(alignedTo(now, before)),
    '{"name":"a","inputSchema":{"type":"object","properties":{"b":{},"a":{},"c":{}}},"list":[{"y":1,"x":2}],"old":1}',
  );
});

test('a list of many is cut and counted', () => {
  const many = Array.from({ length: 20 }, (_, i) => item({ name: `t${i}` }));
  assert.match(itemList(many, english, 2), /^• t0: set aside: text changed\n• t1: .*\n… and 18 more$/);
});
