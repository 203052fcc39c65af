import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isAppError } from '../../../src/core/util/errors.ts';
import { readEnvFile } from '../../../src/node/configEnvFile.ts';
import { maxTextBytes, readTextFile } from '../../../src/node/configText.ts';

const dir = mkdtempSync(join(tmpdir(), 'config-text-'));
after(() => rmSync(dir, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

describe('reading a configuration file', () => {
  test('gives its text with a byte order mark', async () => {
    assert.deepEqual(await readTextFile(file('a', '\uFEFF{"ü":"💻"}')), {
      kind: 'text',
      text: '\uFEFF{"ü":"💻"}',
    });
    assert.deepEqual(await readTextFile(file('empty', '')), { kind: 'text', text: '' });
  });

  test('tells a file that is not there from one that cannot be read', async () => {
    assert.deepEqual(await readTextFile(join(dir, 'none')), { kind: 'absent' });
    assert.deepEqual(await readTextFile(join(file('plain', ''), 'below-a-file')), { kind: 'absent' });
    mkdirSync(join(dir, 'folder'));
    assert.equal((await readTextFile(join(dir, 'folder'))).kind, 'unreadable');
  });

  test('refuses what is no UTF-8 and says what it is', async () => {
    assert.deepEqual(await readTextFile(file('latin', Buffer.from('{"é":1}', 'latin1'))), {
      kind: 'unreadable',
      reason: 'it is not UTF-8 text',
    });
    assert.deepEqual(await readTextFile(file('utf16', Buffer.from('\uFEFF{}', 'utf16le'))), {
      kind: 'unreadable',
      reason: 'it is UTF-16; save it as UTF-8',
    });
  });

  test('refuses what is too large', async () => {
    assert.equal((await readTextFile(file('full', ' '.repeat(maxTextBytes)))).kind, 'text');
    assert.deepEqual(await readTextFile(file('over', ' '.repeat(maxTextBytes + 1))), {
      kind: 'unreadable',
      reason: 'it is larger than 1048576 bytes',
    });
  });

  test(
    'does not wait for a pipe or read a device without end',
    { skip: process.platform === 'win32' },
    async () => {
      const pipe = join(dir, 'pipe');
      execFileSync('mkfifo', [pipe]);
      assert.deepEqual(await readTextFile(pipe), { kind: 'unreadable', reason: 'it is not a regular file' });
      symlinkSync('/dev/zero', join(dir, 'zero'));
      assert.deepEqual(await readTextFile(join(dir, 'zero')), {
        kind: 'unreadable',
        reason: 'it is not a regular file',
      });
      symlinkSync('loop', join(dir, 'loop'));
      assert.deepEqual(await readTextFile(join(dir, 'loop')), {
        kind: 'unreadable',
        reason: 'its links go round in circles',
      });
    },
  );

  test(
    'says when permission is denied',
    { skip: process.platform === 'win32' || process.getuid?.() === 0 },
    async () => {
      const path = file('closed', '{}');
      chmodSync(path, 0o000);
      assert.deepEqual(await readTextFile(path), { kind: 'unreadable', reason: 'permission is denied' });
    },
  );
});

describe('an env file', () => {
  test('gives its variables as they are', async () => {
    const path = file('.env', '\uFEFFA=1\n# note\nexport B="two words"\nC=\'${A}\'\n\nEMPTY=\n');
    assert.deepEqual(await readEnvFile(path), { A: '1', B: 'two words', C: '${A}', EMPTY: '' });
  });

  test('that is missing or unreadable is named, without its content', async () => {
    await assert.rejects(
      readEnvFile(join(dir, 'nope.env')),
      (error) =>
        isAppError(error, 'invalid-config') &&
        /nope\.env does not exist$/.test(error.message) &&
        error.nextStep !== undefined,
    );
    await assert.rejects(
      readEnvFile(file('bad.env', Buffer.from('S=sesam\xe9', 'latin1'))),
      (error) =>
        isAppError(error, 'invalid-config') &&
        /bad\.env cannot be read: it is not UTF-8/.test(error.message) &&
        !error.message.includes('sesam'),
    );
  });
});
