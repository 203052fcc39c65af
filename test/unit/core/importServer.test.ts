import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfigText } from '../../../src/core/config.ts';
import { importedServer, typedServer } from '../../../src/core/importServer.ts';
import { linkCandidate } from '../../../src/core/installConfigLink.ts';
import type { Source } from '../../../src/core/server.ts';
import { isAppError } from '../../../src/core/util/errors.ts';

const source: Source = { id: 'x', kind: 'claudeDesktop', file: '/x.json', folder: undefined };

function imported(entry: object) {
  const text = JSON.stringify({ mcpServers: { notes: entry } });
  const [definition] = parseConfigText(source, text, () => '').servers;
  assert.ok(definition);
  return importedServer(definition);
}

describe('a server of another program', () => {
  test('is described in the words of our own file', () => {
    const { name, config, inputs } = imported({
      command: 'npx',
      args: ['-y', 'notes'],
      env: { MODE: 'fast' },
    });
    assert.equal(name, 'notes');
    assert.deepEqual(config, { type: 'stdio', command: 'npx', args: ['-y', 'notes'], env: { MODE: 'fast' } });
    assert.deepEqual(inputs, []);
  });

  test('leaves its secrets where they are: each becomes a password that is asked for', () => {
    const { config, inputs } = imported({
      command: 'notes',
      args: ['--api-key', 'sk-one', '--token=sk-two', '--verbose'],
      env: { API_KEY: 'sk-three', EMPTY_TOKEN: '', PLAIN: 'x' },
    });
    assert.deepEqual(config, {
      type: 'stdio',
      command: 'notes',
      args: ['--api-key', '${input:api-key-2}', '--token=${input:token}', '--verbose'],
      env: { API_KEY: '${input:api-key}', EMPTY_TOKEN: '', PLAIN: 'x' },
    });
    assert.equal(JSON.stringify({ config, inputs }).includes('sk-'), false);
    assert.deepEqual(
      inputs.map((input) => (input as { password?: boolean }).password),
      [true, true, true],
    );
  });

  test('over HTTP keeps the scheme of a header and the rest of its address', () => {
    const { config } = imported({
      url: 'https://a.example/mcp?team=1&api_key=sk-one#x',
      headers: { Authorization: 'Bearer sk-two', 'X-Team': 'a' },
    });
    assert.deepEqual(config, {
      type: 'http',
      url: 'https://a.example/mcp?team=1&api_key=${input:api-key}#x',
      headers: { Authorization: 'Bearer ${input:authorization}', 'X-Team': 'a' },
    });
  });

  test('that reads a secret from elsewhere is copied as it is', () => {
    const { config, inputs } = imported({ command: 'notes', env: { API_KEY: '${env:NOTES_KEY}' } });
    assert.deepEqual(config['env'], { API_KEY: '${env:NOTES_KEY}' });
    assert.deepEqual(inputs, []);
  });

  test('whose environment is a file is refused with the reason', () => {
    assert.throws(
      () => imported({ command: 'notes', envFile: '/home/u/.env' }),
      (error) => isAppError(error, 'invalid-input') && /reads its environment from/.test(error.message),
    );
  });

  test('and one that was typed are what the install page can review', () => {
    const made = imported({ command: 'notes', env: { API_KEY: 'sk-one' } });
    const candidate = linkCandidate(made);
    assert.equal(candidate.plan.kind, 'runnable');
    const typed = typedServer('a', {
      kind: 'http',
      transport: 'auto',
      url: 'https://a.example',
      headers: {},
    });
    assert.equal(linkCandidate(typed).plan.kind, 'runnable');
  });
});
