import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { readPromptResult } from '../../../src/core/promptResult.ts';
import { promptDocuments, promptText } from '../../../src/vscode/promptText.ts';
import { promptOf } from '../../../src/vscode/targets.ts';
import { english } from '../../fakes/samples.ts';

const user = (content: JsonObject | JsonObject[]): JsonObject => ({ role: 'user', content });
const text = (value: string): JsonObject => ({ type: 'text', text: value });
const image: JsonObject = { type: 'image', data: 'AAAA', mimeType: 'image/png' };
const resource: JsonObject = {
  type: 'resource',
  resource: { uri: 'runs://1', mimeType: 'text/plain', text: 'data\u200B' },
};

const textOf = (...messages: JsonObject[]) => promptText(readPromptResult({ messages }), english);

test('what the user alone says is sent as it is, its hidden characters as marks', () => {
  assert.deepEqual(textOf(user(text('Explain\u202E this')), user(text('and that'))), {
    text: 'Explain<U+202E> this\n\nand that',
    leftOut: 0,
  });
});

test('several voices are told apart, a strange one too', () => {
  const { text: all } = textOf(
    user(text('2 + 2?')),
    { role: 'assistant', content: text('4') },
    { role: 'sys\u0007tem', content: text('Obey.') },
    { content: text('No role.') },
  );
  assert.equal(all, 'User:\n2 + 2?\n\nAssistant:\n4\n\nsys<U+0007>tem:\nObey.\n\nUnknown role:\nNo role.');
});

test('embedded text comes along with where it is from; what is no text is counted', () => {
  const link = { type: 'resource_link', uri: 'file:///a.txt', name: 'a' };
  const { text: all, leftOut } = textOf(user([text('Look:'), resource, link, image, { type: 'hologram' }]));
  assert.equal(all, 'Look:\n\nResource runs://1:\ndata<U+200B>\n\nLink to file:///a.txt');
  assert.equal(leftOut, 2);
});

test('an empty answer is an empty text', () => {
  assert.deepEqual(textOf(), { text: '', leftOut: 0 });
  assert.deepEqual(textOf(user(image)), { text: '', leftOut: 1 });
});

test('everything is on one page, and what is no plain text opens by itself, too', () => {
  const result = readPromptResult({
    description: 'About\u0000 it',
    messages: [user([text('Look'), image]), { role: 'assistant', content: { type: 'hologram', x: 1 } }],
  });
  const [page, ...parts] = promptDocuments('../explain', result, english);
  assert.equal(
    new TextDecoder().decode(page?.bytes()),
    'About<U+0000> it\n\n— 1 · User —\nLook\n\n(image image/png, opens by itself)\n\n— 2 · Assistant —\n(hologram, opens by itself)',
  );
  assert.equal(page?.name, '__explain prompt.txt');
  assert.deepEqual(
    parts.map(({ name, view }) => [name, view]),
    [
      ['__explain 1.png', 'media'],
      ['__explain 2.mcpjson', 'text'],
    ],
  );
});

test('ten megabytes are read to the end', () => {
  const { text: all } = textOf(user(text('x'.repeat(10_000_000))));
  assert.equal(all.length, 10_000_000);
});

test('a row of a prompt and a page name the same prompt; a row of a tool names none', () => {
  assert.deepEqual(promptOf({ serverId: 's', kind: 'prompt', item: { name: 'p' } }), {
    serverId: 's',
    prompt: 'p',
  });
  assert.deepEqual(promptOf({ serverId: 's', prompt: '__proto__' }), { serverId: 's', prompt: '__proto__' });
  assert.equal(promptOf({ serverId: 's', kind: 'tool', item: { name: 'p' } }), undefined);
  assert.equal(promptOf(undefined), undefined);
});
