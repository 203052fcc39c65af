import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallResult } from '../../../src/core/connection.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { resultDocuments, type ResultDocument } from '../../../src/vscode/resultDocuments.ts';
import { english, sampleJob } from '../../fakes/samples.ts';

const job = sampleJob('j', { status: { kind: 'completed' }, hasResult: true });
const documents = (
  content: readonly JsonObject[],
  extra: Partial<CallResult> = {},
  schemaProblems: readonly string[] = [],
) =>
  resultDocuments(
    job,
    {
      result: { content, structuredContent: undefined, isError: false, meta: undefined, ...extra },
      schemaProblems,
    },
    english,
  );
const text = (document: ResultDocument | undefined) => new TextDecoder().decode(document?.bytes());
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test('a result of one text is one document with exactly that text', () => {
  const all = documents([{ type: 'text', text: 'Echo: hi\n' }]);
  assert.deepEqual(
    all.map(({ name, view }) => [name, view]),
    [['echo result.txt', 'text']],
  );
  assert.equal(text(all[0]), 'Echo: hi\n');
});

test('bytes that no editor shows can be looked at in hexadecimal as well as saved', () => {
  const resource = { uri: 'x:1', mimeType: 'application/gzip', blob: btoa('\x1f\x8b\b\0') };
  const all = documents([{ type: 'resource', resource }]);
  assert.deepEqual(
    all.map(({ view }) => view),
    ['text', 'binary'],
  );
  assert.match(text(all[0]), /^00000000 {2}1f 8b 08 00/);
});

test('a failed result says so before the server speaks', () => {
  const [only] = documents([{ type: 'text', text: 'no such file' }], { isError: true });
  assert.equal(only?.name, 'echo error.txt');
  assert.equal(text(only), '[The tool reported that the call failed.]\n\nno such file');
});

test('hidden characters are counted, marked and spelled out', () => {
  const [only] = documents([{ type: 'text', text: 'ok\u200B\u{E0068}\u{E0069}\u001b[2J' }]);
  assert.match(
    text(only),
    /4 hidden characters[^]*spell: hi[^]*ok<U\+200B><U\+E0068><U\+E0069><U\+001B>\[2J/,
  );
});

test('images and audio keep their bytes and get the ending their preview needs', () => {
  const all = documents([
    { type: 'image', data: pixel, mimeType: 'image/png' },
    { type: 'audio', data: btoa('RIFF'), mimeType: 'audio/wav' },
  ]);
  assert.deepEqual(
    all.map(({ name, view }) => [name, view]),
    [
      ['echo result.txt', 'text'],
      ['echo 1.png', 'media'],
      ['echo 2.wav', 'media'],
    ],
  );
  assert.deepEqual([...(all[1]?.bytes() ?? [])].slice(0, 4), [0x89, 0x50, 0x4e, 0x47]);
  assert.match(text(all[0]), /1 · image\/png · \d+ bytes/);
});

test('a type that could run or fetch something is never previewed', () => {
  for (const mimeType of ['image/svg+xml', 'text/html', 'application/pdf', 'image/png\n', '']) {
    const last = documents([{ type: 'image', data: pixel, mimeType }]).at(-1);
    assert.equal(last?.view, mimeType === 'image/png\n' ? 'media' : 'binary', JSON.stringify(mimeType));
  }
});

test('data that is not Base64 is shown as received', () => {
  const [only] = documents([{ type: 'image', data: '%%%', mimeType: 'image/png' }]);
  assert.equal(only?.view, 'text');
  assert.match(text(only), /not valid Base64[^]*%%%/);
});

test('a link is text with its host, and opens nothing', () => {
  const [only] = documents([
    { type: 'resource_link', uri: 'https://user@evil.example:8443/x', name: 'good.example', size: 12 },
  ]);
  assert.equal(only?.view, 'text');
  assert.match(
    text(only),
    /Link: https:\/\/user@evil\.example:8443\/x\nHost: evil\.example:8443\nName: good\.example\nSize: 12 bytes/,
  );
});

test('embedded resources are text or bytes', () => {
  const all = documents([
    { type: 'resource', resource: { uri: 'file:///a', text: 'inside' } },
    { type: 'resource', resource: { uri: 'file:///b', blob: pixel, mimeType: 'image/png' } },
  ]);
  assert.deepEqual(
    all.map(({ view }) => view),
    ['text', 'text', 'media'],
  );
  assert.match(text(all[0]), /inside/);
});

test('structured content is JSON, with the findings above it when it does not fit', () => {
  const structuredContent = { $schema: 'https://evil.example/beacon', sum: '42' };
  const all = documents([{ type: 'text', text: '42' }], { structuredContent }, [
    '/sum: must be number\nforged',
  ]);
  assert.deepEqual(
    all.map(({ name }) => name),
    ['echo result.txt', 'echo 1.txt', 'echo structured result.mcpjson'],
  );
  const json = text(all[2]);
  assert.match(
    json,
    /^\/\/ The structured result does not fit[^]*\n\/\/ {3}\/sum: must be number\n\/\/ forged\n\{/,
  );
  assert.deepEqual(JSON.parse(json.replace(/^\/\/.*\n/gm, '')), structuredContent);
});

test('JSON is never opened as a kind of file that VS Code fetches schemas for', () => {
  const all = documents([{ type: 'strange', $schema: 'https://evil.example/x' }], { structuredContent: {} });
  for (const { name } of all) assert.ok(!/\.jsonc?$/.test(name), name);
});

test('content of a kind that is not known, or of a wrong shape, is shown as received', () => {
  for (const block of [
    { type: 'hologram', x: 1 },
    { type: 'text' },
    { type: 'image', data: 5 },
    { type: 'resource', resource: null },
    {},
  ] as JsonObject[]) {
    const [only] = documents([block]);
    assert.equal(only?.view, 'text');
    assert.deepEqual(JSON.parse(text(only).replace(/^\/\/.*\n/gm, '')), block);
  }
});

test('an empty result says that it is empty', () => {
  assert.match(text(documents([])[0]), /The result is empty/);
});

test('names are unique within a result', () => {
  const all = documents([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
    { type: 'resource_link', uri: 'x:' },
  ]);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
});
