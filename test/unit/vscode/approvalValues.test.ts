import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longValues, readableValue } from '../../../src/vscode/approvalValues.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const args = {
  short: 'short',
  id: 'a1b2c3d4e5f6a7b8', // could be Base64, and is no text
  long: 'x'.repeat(121),
  lines: 'one\ntwo',
  json: '{"a":[1]}',
  coded: base64('rm -rf / # hidden in plain sight'),
  url: 'https%3A%2F%2Fexample.com%2F%3Fq%3D1',
  list: [{ deep: 'a\nb' }],
  bell: 'a\nb\u200bc',
};
const document = `// header "not this"\n${JSON.stringify(args, null, 2)}`;

test('texts that are long, have lines or are encoded are found with their place, others are not', () => {
  assert.deepEqual(
    longValues(document).map(({ path, as }) => [path.join('.'), as]),
    [
      ['long', 'text'],
      ['lines', 'text'],
      ['json', 'json'],
      ['coded', 'base64'],
      ['url', 'percent-encoded'],
      ['list.0.deep', 'text'],
      ['bell', 'text'],
    ],
  );
  for (const { offset } of longValues(document)) assert.equal(document[offset], '"');
});

test('a text is read decoded, with its hidden characters marked', () => {
  assert.equal(readableValue(document, ['lines']), 'one\ntwo');
  assert.equal(readableValue(document, ['json']), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(readableValue(document, ['coded']), 'rm -rf / # hidden in plain sight');
  assert.equal(readableValue(document, ['url']), 'https://example.com/?q=1');
  assert.equal(readableValue(document, ['bell']), 'a\nb<U+200B>c');
  assert.equal(readableValue(document, ['gone']), undefined);
});

test('a document that is no JSON, or nested too deeply, has no such texts', () => {
  assert.deepEqual(longValues('nothing'), []);
  assert.deepEqual(longValues('['.repeat(100_000)), []);
});
