import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getToolUiResourceUri } from '@modelcontextprotocol/ext-apps/app-bridge';
import { RESOURCE_MIME_TYPE, RESOURCE_URI_META_KEY } from '@modelcontextprotocol/ext-apps';
import { EXTENSION_ID } from '@modelcontextprotocol/ext-apps/server';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  appUriOf,
  maxAppHtml,
  mcpAppExtension,
  mcpAppMimeType,
  readAppDocument,
  visibilityOf,
} from '../../../src/core/mcpApps.ts';

const tool = (meta: unknown) => ({ raw: { name: 'x', _meta: meta } as unknown as JsonObject });
const uri = 'ui://clock/app.html';
const content = (more: object): JsonObject => ({ uri, mimeType: mcpAppMimeType, text: '<p>', ...more });

test('names are those of the extension', () => {
  assert.equal(mcpAppMimeType, RESOURCE_MIME_TYPE);
  assert.equal(mcpAppExtension, EXTENSION_ID);
});

test('a tool names its app in either form, the nested one first, as the official package reads it', () => {
  const metas = [
    { ui: { resourceUri: uri } },
    { [RESOURCE_URI_META_KEY]: uri },
    { ui: { resourceUri: uri }, [RESOURCE_URI_META_KEY]: 'ui://other' },
    { ui: {} },
    {},
  ];
  for (const meta of metas) {
    const theirs = getToolUiResourceUri({ _meta: meta });
    assert.equal(appUriOf(tool(meta)), theirs, JSON.stringify(meta));
  }
  assert.equal(appUriOf(tool(metas[2])), uri);
});

test('what is no ui:// address of plain characters names no app', () => {
  for (const bad of [
    'https://evil.example',
    'ui://',
    'ui://a b',
    'ui://a"b',
    "ui://a'b",
    'ui://a<b>',
    'ui://a\nb',
    'ui://\u202egnp',
    `ui://${'a'.repeat(600)}`,
    7,
    null,
  ])
    assert.equal(appUriOf(tool({ ui: { resourceUri: bad } })), undefined, String(bad));
  assert.equal(appUriOf({ raw: { _meta: 'x' } }), undefined);
});

test('a tool is for models and apps unless its server says otherwise', () => {
  assert.deepEqual(visibilityOf({ raw: {} }), { model: true, app: true });
  assert.deepEqual(visibilityOf(tool({ ui: { visibility: ['app'] } })), { model: false, app: true });
  assert.deepEqual(visibilityOf(tool({ ui: { visibility: ['model'] } })), { model: true, app: false });
  assert.deepEqual(visibilityOf(tool({ ui: { visibility: ['admin'] } })), { model: false, app: false });
  assert.deepEqual(visibilityOf(tool({ ui: { visibility: 'app' } })), { model: true, app: true });
});

test('an app is one HTML document of the right type, as text or in base64', () => {
  assert.equal(readAppDocument(uri, [content({})], undefined).html, '<p>');
  const blob = Buffer.from('<p>ü').toString('base64');
  assert.equal(readAppDocument(uri, [content({ text: undefined, blob })], undefined).html, '<p>ü');
  for (const [bad, why] of [
    [{ mimeType: 'text/html' }, /something else/],
    [{ mimeType: undefined }, /something else/],
    [{ text: undefined }, /without a text/],
    [{ text: undefined, blob: '%%' }, /no text/],
    [{ text: undefined, blob: Buffer.from([0xff, 0xfe]).toString('base64') }, /no text/],
    [{ text: 'a'.repeat(maxAppHtml + 1) }, /longer/],
    [{ text: undefined, blob: 'YWFh'.repeat(maxAppHtml / 2) }, /longer/],
  ] as const)
    assert.throws(() => readAppDocument(uri, [content(bad)], undefined), why);
  assert.throws(() => readAppDocument(uri, [], undefined), /nothing/);
});

test('what the content declares counts before what the list declares', () => {
  const declares = (host: string) => ({
    _meta: { ui: { csp: { connectDomains: [`https://${host}`] }, prefersBorder: host === 'listed.example' } },
  });
  const listed = { uri, ...declares('listed.example') } as unknown as JsonObject;
  const own = readAppDocument(uri, [content(declares('own.example'))], listed);
  assert.deepEqual(own.declaration.connect, ['https://own.example']);
  assert.equal(own.prefersBorder, false);
  const fallback = readAppDocument(uri, [content({})], listed);
  assert.deepEqual(fallback.declaration.connect, ['https://listed.example']);
  assert.equal(fallback.prefersBorder, true);
});
