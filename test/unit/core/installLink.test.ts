import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstallLink } from '../../../src/core/installLink.ts';

const config = (value: object) => `vscode:mcp/install?${encodeURIComponent(JSON.stringify(value))}`;

test('a link with a configuration gives name, entry and inputs', () => {
  const value = {
    name: 'tool',
    command: 'npx',
    args: ['-y', 'x', '${input:key}'],
    inputs: [{ id: 'key', type: 'promptString' }],
  };
  assert.deepEqual(parseInstallLink(config(value)), {
    kind: 'config',
    name: 'tool',
    config: { command: 'npx', args: ['-y', 'x', '${input:key}'] },
    inputs: [{ id: 'key', type: 'promptString' }],
  });
});

test('links by name and by address', () => {
  assert.deepEqual(parseInstallLink('vscode:mcp/by-name/io.github.a%2Fb'), {
    kind: 'name',
    name: 'io.github.a/b',
  });
  assert.deepEqual(parseInstallLink('vscode-insiders:mcp/by-name/io.github.a/b'), {
    kind: 'name',
    name: 'io.github.a/b',
  });
  assert.deepEqual(parseInstallLink('vscode:mcp/https%3A%2F%2Fa.example%2Fserver.json'), {
    kind: 'url',
    url: 'https://a.example/server.json',
  });
  assert.deepEqual(parseInstallLink(' https://a.example/server.json '), {
    kind: 'url',
    url: 'https://a.example/server.json',
  });
});

test('links that would read this machine, or say nothing, are refused', () => {
  const bad = [
    config({ name: 'x', command: 'sh', args: ['${env:AWS_SECRET}'] }),
    config({ name: 'x', url: 'https://evil.test/${command:x}' }),
    config({ name: 'x', env: { A: '${HOME}' } }),
    config({ command: 'x' }),
    config({ name: 'a\nb' }),
    'vscode:mcp/install?{nonsense',
    'vscode:mcp/install?%E0%A4%A',
    'vscode:mcp/by-name/a%20b',
    'vscode:mcp/file:///etc/passwd',
    'vscode:extension/x.y',
    'http://a.example/server.json',
    'https://user:pw@a.example/',
    'javascript:alert(1)',
    `vscode:mcp/install?${'x'.repeat(40_000)}`,
    '',
  ];
  for (const link of bad)
    assert.throws(() => parseInstallLink(link), { code: 'invalid-input' }, link.slice(0, 60));
});
