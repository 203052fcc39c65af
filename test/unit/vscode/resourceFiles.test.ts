import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceParts } from '../../../src/core/resourceContents.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { resourceFiles } from '../../../src/vscode/resourceFiles.ts';

const t = (text: string, ...args: readonly unknown[]) =>
  text.replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)]));

function files(name: string, ...contents: readonly JsonObject[]) {
  return resourceFiles(name, resourceParts('x://a', contents), t);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

void test('the ending follows the type, else the address; JSON gets our language, which fetches no schema', () => {
  const of = (mimeType: string | undefined, uri: string) =>
    files('notes', { uri, ...(mimeType === undefined ? {} : { mimeType }), text: '{}' })[0];
  assert.equal(of('application/json', 'x://a')?.name, 'notes.mcpjson');
  assert.equal(of('application/json', 'x://a')?.saveName, 'notes.json');
  assert.equal(of('application/vnd.api+json; charset=utf-8', 'x://a')?.name, 'notes.mcpjson');
  assert.equal(of('text/markdown', 'x://a')?.name, 'notes.md');
  assert.equal(of(undefined, 'file:///src/main.ts?x=1')?.name, 'notes.ts');
  assert.equal(of('text/plain', 'x://settings.json')?.name, 'notes.mcpjson');
  assert.equal(of('text/plain', 'x://a.yaml')?.name, 'notes.txt');
  assert.equal(of('image/svg+xml', 'x://a.svg')?.name, 'notes.xml');
});

void test('an image opens in the preview, and text sent as data opens as text', () => {
  const [image, text] = files(
    'pictures',
    { uri: 'x://a', mimeType: 'image/png', blob: pixel },
    { uri: 'x://a', mimeType: 'text/plain', blob: btoa('hello') },
  );
  assert.deepEqual([image?.name, image?.view], ['pictures 1.png', 'media']);
  assert.deepEqual([text?.name, text?.view, textOf(text!.shown())], ['pictures 2.txt', 'text', 'hello']);
});

void test('other data is shown in hexadecimal and saved as it came', () => {
  const [file] = files('dump.bin', { uri: 'x://a', blob: btoa('\x00\x01ABCDEFGHIJKLMNOP\xff') });
  assert.deepEqual([file?.name, file?.saveName], ['dump.bin.hex.txt', 'dump.bin']);
  assert.equal(
    textOf(file!.shown()),
    '00000000  00 01 41 42 43 44 45 46  47 48 49 4a 4b 4c 4d 4e  ..ABCDEFGHIJKLMN\n' +
      '00000010  4f 50 ff                                          OP.\n',
  );
  assert.equal(file?.original().byteLength, 19);
});

void test('a long piece of data is shown in part, and says so', () => {
  const [file] = files('big', { uri: 'x://a', blob: btoa('x'.repeat(300_000)) });
  const text = textOf(file!.shown());
  assert.match(text, /\[262144 of 300000 bytes are shown\./);
  assert.equal(file?.original().byteLength, 300_000);
});

void test('hidden characters are shown as marks and saved as they came', () => {
  const [file] = files('x', { uri: 'x://a', text: 'safe\u202Etxt' });
  assert.equal(textOf(file!.shown()), 'safe<U+202E>txt');
  assert.equal(textOf(file!.original()), 'safe\u202Etxt');
  assert.equal(file?.hidden, 1);
});

void test('names with paths, controls or enormous length become short file names', () => {
  const text = { uri: 'x://a', text: '' };
  assert.equal(files('../../etc/passwd', text)[0]?.name, '__.._etc_passwd.txt');
  assert.ok(files('x'.repeat(100_000), text)[0]!.name.length < 80);
  assert.equal(files('a\nb\x00c', text)[0]?.name, 'a b_U+0000_c.txt');
});

void test('wrong Base64 is shown as it came, and says what it is', () => {
  const [file] = files('x', { uri: 'x://a', mimeType: 'image/png', blob: '<<<>>>' });
  assert.equal(file?.view, 'text');
  assert.match(textOf(file.shown()), /not valid Base64[^]*<<<>>>/);
});

void test('content of another address names it', () => {
  const [own, other] = files('dir', { uri: 'x://a', text: '1' }, { uri: 'x://a/b', text: '2' });
  assert.equal(own?.detail.includes('another'), false);
  assert.match(other?.detail ?? '', /of another address: x:\/\/a\/b/);
});
