import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Source, SourceKind } from '../../../src/core/server.ts';
import { isAppError, type ErrorCode } from '../../../src/core/util/errors.ts';
import { changeConfig, undoConfigEdit } from '../../../src/node/configEdits.ts';
import { readConfigFile } from '../../../src/node/configFiles.ts';

const root = mkdtempSync(join(tmpdir(), 'config-edits-'));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** A new folder with a path for a configuration file in it. */
function setup(
  text?: string,
  kind: SourceKind = 'workspace',
): { readonly source: Source; readonly dir: string; read: () => string } {
  const dir = join(root, String(count++));
  mkdirSync(dir);
  const file = join(dir, 'mcp.json');
  if (text !== undefined) writeFileSync(file, text);
  return { source: { id: kind, kind, file, folder: dir }, dir, read: () => readFileSync(file, 'utf8') };
}

const add = (name: string) => ({ kind: 'add', name, entry: { command: name } }) as const;
const code = (expected: ErrorCode) => (error: unknown) => isAppError(error, expected);
const isWindows = process.platform === 'win32';

describe('changing a configuration file', () => {
  test('writes the new text, gives the old one back and leaves no draft', async () => {
    const { source, dir, read } = setup('{\n  // ours\n  "servers": {}\n}\n');
    const edit = await changeConfig(source, add('a'));
    assert.equal(edit.before, '{\n  // ours\n  "servers": {}\n}\n');
    assert.equal(edit.after, read());
    assert.equal(edit.line, 4);
    assert.match(read(), /\/\/ ours[^]*"a"/);
    assert.deepEqual(readdirSync(dir), ['mcp.json']);
  });

  test('makes the file and its folder when they are missing', async () => {
    const { source, dir } = setup();
    const deep = { ...source, file: join(dir, '.vscode', 'mcp.json') };
    const edit = await changeConfig(deep, add('a'));
    assert.equal(edit.before, undefined);
    assert.match(readFileSync(deep.file, 'utf8'), /"servers"/);
  });

  test(
    'keeps the permissions of a file, and makes files of the user private',
    { skip: isWindows },
    async () => {
      const shared = setup('{}');
      chmodSync(shared.source.file, 0o664);
      await changeConfig(shared.source, add('a'));
      assert.equal(statSync(shared.source.file).mode & 0o777, 0o664);
      const own = setup(undefined, 'copilot');
      await changeConfig(own.source, add('a'));
      assert.equal(statSync(own.source.file).mode & 0o777, 0o600);
    },
  );

  test('writes through a link and keeps it', { skip: isWindows }, async () => {
    const { source, dir } = setup();
    writeFileSync(join(dir, 'real.json'), '{}');
    symlinkSync('real.json', source.file);
    await changeConfig(source, add('a'));
    assert.ok(lstatSync(source.file).isSymbolicLink());
    assert.match(readFileSync(join(dir, 'real.json'), 'utf8'), /"a"/);
    assert.deepEqual(readdirSync(dir).sort(), ['mcp.json', 'real.json']);
  });

  test('makes edits of one file wait for each other', async () => {
    const { source } = setup();
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => changeConfig(source, add(name))));
    const { servers } = await readConfigFile(source, () => '');
    assert.deepEqual(servers.map(({ name }) => name).sort(), ['a', 'b', 'c', 'd']);
  });

  test('goes on after an edit that was refused', async () => {
    const { source } = setup('{');
    const first = changeConfig(source, add('a'));
    await assert.rejects(first, code('invalid-config'));
    writeFileSync(source.file, '{}');
    await changeConfig(source, add('a'));
    await assert.rejects(changeConfig(source, add('a')), code('conflict'));
  });

  test('leaves a file alone that it does not understand', async () => {
    for (const text of ['{"servers":', Buffer.from('{"é":1}', 'latin1')]) {
      const { source, dir } = setup();
      writeFileSync(source.file, text);
      await assert.rejects(changeConfig(source, add('a')), code('invalid-config'));
      assert.deepEqual(readFileSync(source.file), Buffer.from(text));
      assert.deepEqual(readdirSync(dir), ['mcp.json']);
    }
  });

  test('says so when the disk refuses', async () => {
    const { source, dir } = setup();
    writeFileSync(join(dir, 'blocked'), '');
    await assert.rejects(
      changeConfig({ ...source, file: join(dir, 'blocked', 'mcp.json') }, add('a')),
      code('storage'),
    );
  });
});

describe('undo', () => {
  test('puts the old text back byte for byte', async () => {
    const text = '{"servers": {"a": {"command": "x"} // why\r\n}}';
    const { source, read } = setup(text);
    const edit = await changeConfig(source, { kind: 'remove', name: 'a' });
    assert.notEqual(read(), text);
    await undoConfigEdit(source, edit);
    assert.equal(read(), text);
  });

  test('removes a file that the edit made', async () => {
    const { source } = setup();
    await undoConfigEdit(source, await changeConfig(source, add('a')));
    assert.ok(!existsSync(source.file));
  });

  test('is refused when the file was changed since', async () => {
    const { source, read } = setup('{}');
    const edit = await changeConfig(source, add('a'));
    writeFileSync(source.file, '{"mine":1}');
    await assert.rejects(undoConfigEdit(source, edit), code('conflict'));
    assert.equal(read(), '{"mine":1}');
  });
});

describe('the files that servers can be added to', () => {});
