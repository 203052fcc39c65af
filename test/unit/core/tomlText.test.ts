import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasTomlTable, tomlTable, withTomlTable } from '../../../src/core/tomlText.ts';

const path = ['mcp_servers', 'mcp-switchboard'];
const table = tomlTable(path, {
  url: 'http://127.0.0.1:1/mcp',
  http_headers: { Authorization: 'Bearer x' },
  tool_timeout_sec: 3600,
});
const known = ['url', 'http_headers', 'tool_timeout_sec', 'command', 'args', 'env'];
const edit = (text: string | undefined) => withTomlTable(text, path, table, known);

test('a table is written in full', () => {
  assert.equal(
    table,
    '[mcp_servers.mcp-switchboard]\nurl = "http://127.0.0.1:1/mcp"\nhttp_headers = { Authorization = "Bearer x" }\ntool_timeout_sec = 3600\n',
  );
  assert.equal(
    tomlTable(['a b', 'c'], { args: ['C:\\x', 'say "hi"\u007F'], 'k.k': true }),
    '["a b".c]\nargs = ["C:\\\\x", "say \\"hi\\"\\u007F"]\n"k.k" = true\n',
  );
});

test('it is added behind everything that is there, to the letter', () => {
  assert.equal(edit(undefined), table);
  assert.equal(edit(''), table);
  const text = [
    '# my settings',
    'model = "o9" # the good one',
    'notes = """',
    '[mcp_servers.mcp-switchboard]',
    'url = "not a table""""',
    "path = 'C:\\new'",
    'list = [ # of',
    '  "[mcp_servers.x]",',
    ']',
    '',
    '[mcp_servers.docs]',
    'command = "npx"',
    '[[profiles]]',
    'name = "a"',
  ].join('\n');
  assert.equal(edit(text), `${text}\n\n${table}`);
  assert.equal(edit('a = 1\r\n'), `a = 1\r\n\r\n${table.replaceAll('\n', '\r\n')}`);
});

test('our own table is replaced where it stands, and its neighbours stay', () => {
  const before =
    'a = 1\n\n# ours\n[mcp_servers.mcp-switchboard] # here\nurl = "old"\nargs = [\n  "x",\n]\n\n# next\n[b]\nc = 2\n';
  assert.equal(edit(before), `a = 1\n\n# ours\n${table}\n# next\n[b]\nc = 2\n`);
  assert.equal(edit(edit(before)), edit(before));
  assert.equal(edit('["mcp_servers"."mcp-switchboard"]\nurl = "old"'), table);
});

test('a table that somebody wrote in another way is left alone', () => {
  for (const text of [
    'mcp_servers = { docs = { command = "x" } }',
    'mcp_servers.mcp-switchboard.url = "x"',
    '[mcp_servers]\nmcp-switchboard = { url = "x" }',
    '[mcp_servers.mcp-switchboard]\nurl = "x"\nmine = true',
    '[mcp_servers.mcp-switchboard.env]\nA = "b"',
    '[[mcp_servers.mcp-switchboard]]\nurl = "x"',
    '[mcp_servers.mcp-switchboard]\nurl = "x"\n[mcp_servers.mcp-switchboard]\nurl = "y"',
  ])
    assert.throws(() => edit(text), { code: 'conflict' }, text);
});

test('other servers in any form are no hindrance', () => {
  for (const text of [
    '[mcp_servers]\ndocs = { command = "x" }\n',
    'mcp_servers.docs.url = "x"\n',
    '[mcp]\n',
  ]) {
    assert.equal(edit(text), `${text}\n${table}`);
    assert.equal(hasTomlTable(text, path), false);
    assert.equal(hasTomlTable(edit(text), path), true);
  }
});

test('a broken file is refused with the line, and not written', () => {
  for (const [text, line] of [
    ['a = "open', 1],
    ['ok = 1\n[broken', 2],
    ['ok = 1\nok', 2],
    ['a = [1, 2', 1],
    ['x = """never closed\n\n', 3],
    ['a =\n', 1],
    ['a = ]', 1],
    ['[a] b', 1],
    ['= 1', 1],
  ] as const)
    assert.throws(() => edit(text), { code: 'invalid-config', message: new RegExp(`line ${line} `) }, text);
});
