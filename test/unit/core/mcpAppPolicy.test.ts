import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import {
  allowOf,
  appCsp,
  cspSource,
  isLocalSource,
  readDeclaration,
} from '../../../src/core/mcpAppPolicy.ts';

const declared = (csp: unknown, permissions?: unknown) =>
  readDeclaration({ csp, permissions } as unknown as JsonObject);

/** The directives of a policy, as a browser splits it. */
function directives(policy: string): Record<string, readonly string[]> {
  return Object.fromEntries(
    policy.split(';').map((part) => {
      const [name = '', ...sources] = part.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

test('an app that declares nothing reaches nothing', () => {
  const none = ["'none'"];
  const policy = directives(appCsp(readDeclaration(undefined)));
  assert.deepEqual(policy, {
    'default-src': none,
    'script-src': ["'unsafe-inline'"],
    'style-src': ["'unsafe-inline'"],
    'img-src': ['data:'],
    'font-src': none,
    'media-src': ['data:'],
    'connect-src': none,
    'frame-src': none,
    'worker-src': none,
    'object-src': none,
    'form-action': none,
    'base-uri': none,
  });
  assert.deepEqual(directives(appCsp(declared('all', 'all'))), policy);
});

test('each list of domains goes to its directives and nowhere else', () => {
  const policy = directives(
    appCsp(
      declared({
        connectDomains: ['https://api.example.com', 'wss://live.example.com:8443'],
        resourceDomains: ['https://*.cdn.example.com/'],
        frameDomains: ['https://player.example.com'],
        baseUriDomains: ['https://base.example.com'],
      }),
    ),
  );
  assert.deepEqual(policy['connect-src'], ['https://api.example.com', 'wss://live.example.com:8443']);
  for (const name of ['script-src', 'style-src', 'img-src', 'font-src', 'media-src'])
    assert.ok(policy[name]?.includes('https://*.cdn.example.com'), name);
  assert.deepEqual(policy['frame-src'], ['https://player.example.com']);
  assert.deepEqual(policy['base-uri'], ['https://base.example.com']);
  assert.equal(policy['script-src']?.includes('https://api.example.com'), false);
});

const hostile = [
  "https://a.example; script-src 'unsafe-eval' *",
  'https://a.example;',
  'https://a.example, https://b.example',
  'https://a.example https://b.example',
  'https://a.example\nscript-src *',
  'https://a.example\t*',
  "'self'",
  "'unsafe-eval'",
  "'none'",
  '"https://a.example"',
  '*',
  'https://*',
  'https://*.com',
  'https://*.1.2.3.4',
  'https://a.*.example',
  'https://*a.example',
  'https:',
  'data:',
  'blob:',
  'data://a.example',
  'javascript://a.example',
  'filesystem://a.example',
  'file:///etc',
  'vscode-webview://a',
  'http://a.example',
  'ws://a.example',
  'http://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'https://user:pass@a.example',
  'https://a.example/path',
  'https://a.example/?q',
  'https://a.example#x',
  'https://a.example:99999',
  'https://a.example:*',
  'https://ex\u0430mple.com',
  'https://a.example\u2028',
  'https://-a.example',
  'https://a..example',
  'https://',
  '',
  `https://${'a.'.repeat(200)}example`,
];

test('what is not exactly a scheme and a host never gets into a policy', () => {
  const clean = appCsp(readDeclaration(undefined));
  for (const text of hostile) {
    assert.equal(cspSource(text), undefined, JSON.stringify(text));
    const found = declared({
      connectDomains: [text],
      resourceDomains: [text],
      frameDomains: [text],
      baseUriDomains: [text],
    });
    assert.equal(appCsp(found), clean, JSON.stringify(text));
    assert.equal(found.refused.length, 4);
  }
});

test('what is no text is refused and named', () => {
  const found = declared({ connectDomains: [1, null, ['https://a.example'], { a: 1 }], frameDomains: {} });
  assert.deepEqual(found.connect, []);
  assert.deepEqual(found.refused, ['1', 'null', '["https://a.example"]', '{"a":1}']);
});

test('sockets are for connections only, and a list has an end', () => {
  assert.deepEqual(declared({ resourceDomains: ['wss://a.example'] }).resources, []);
  const many = declared({ connectDomains: Array.from({ length: 500 }, (_, i) => `https://h${i}.example`) });
  assert.equal(many.connect.length, 50);
  assert.equal(many.refused.length, 20);
});

test('upper case, a slash at the end and repetition make no second address', () => {
  const { connect } = declared({
    connectDomains: ['https://A.Example/', 'HTTPS://a.example', 'https://a.example'],
  });
  assert.deepEqual(connect, ['https://a.example']);
});

test('without encryption only this machine is an address', () => {
  assert.equal(cspSource('http://localhost:3000'), 'http://localhost:3000');
  assert.equal(cspSource('ws://127.0.0.1:1'), 'ws://127.0.0.1:1');
  assert.equal(isLocalSource('http://localhost:3000'), true);
  assert.equal(isLocalSource('https://a.example'), false);
});

test('of the permissions a webview gives the clipboard alone', () => {
  const all = declared(undefined, {
    camera: {},
    microphone: {},
    geolocation: {},
    clipboardWrite: {},
    usb: {},
  });
  assert.deepEqual(all.permissions, ['camera', 'microphone', 'geolocation', 'clipboardWrite']);
  assert.equal(allowOf(all), 'clipboard-write');
  assert.equal(allowOf(declared(undefined, { camera: {}, clipboardWrite: true })), '');
});
