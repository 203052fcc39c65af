import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitCommandLine, suggestName } from '../../../src/vscode/commandLine.ts';
import { logText } from '../../../src/vscode/logText.ts';
import { forFileName, forIconLabel, forMessage, forTooltip, forTree } from '../../../src/vscode/plainText.ts';
import { visibleJson } from '../../../src/vscode/visibleJson.ts';

test('a server cannot put a command link into a notification', () => {
  assert.equal(
    forMessage('failed: [fix it](command:workbench.action.quit)'),
    'failed: [fix it] (command:workbench.action.quit)',
  );
  assert.ok(!forMessage('[a](https://evil.example)[b](file:///etc/passwd)').includes(']('));
  assert.equal(forMessage('one\ntwo'), 'one two');
});

test('a server cannot put an icon into a quick pick', () => {
  assert.equal(forIconLabel('$(verified) official'), '$ (verified) official');
});

test('hidden characters are marked in every kind of label', () => {
  for (const show of [forMessage, forIconLabel, forTree, forTooltip, forFileName]) {
    const text = show('safe\u202Egnp.exe\u200B');
    assert.ok(!/[\u202E\u200B]/.test(text), show.name);
    assert.ok(text.includes('U+202E'), show.name);
  }
});

test('a tool name becomes a file name without folders, parts of a URI or nothing at all', () => {
  assert.equal(forFileName('../../etc/passwd'), '__.._etc_passwd');
  assert.equal(forFileName('a?b#c%d'), 'a_b_c_d');
  assert.equal(forFileName(' '), '_');
  assert.equal(forFileName('read_file'), 'read_file');
  assert.ok(forFileName('x'.repeat(500)).length <= 60);
});

test('a log entry of a server cannot look like several entries', () => {
  assert.equal(logText('a\n2026-01-01 [error] forged'), 'a\n    2026-01-01 [error] forged');
  assert.ok(!logText('\u001b[31mred').includes('\u001b'));
});

test('a log entry names its causes', () => {
  const text = logText('start failed', new Error('outer', { cause: new Error('inner') }));
  assert.match(text, /start failed[^]*outer[^]*inner/);
});

test('JSON for reading shows hidden characters as escapes and parses to the same value', () => {
  const value = {
    a: 'x\u200B\u202Ey',
    b: '\u{E0041}\u{E0042}',
    c: '❤️ 👨‍👩‍👧',
    d: '\uD800',
    '\u2066key': [1, null, true],
  };
  const text = visibleJson(value);
  assert.deepEqual(JSON.parse(text), value);
  assert.ok(!/[\u200B\u202E\u2066]|\u{E0041}/u.test(text));
  assert.ok(text.includes('❤️ 👨‍👩‍👧'), 'ordinary emoji stay readable');
  assert.equal(visibleJson(undefined), 'null');
});

test('a command line is split into words without a shell', () => {
  assert.deepEqual(splitCommandLine('npx -y  pkg'), ['npx', '-y', 'pkg']);
  assert.deepEqual(splitCommandLine(`node "a b.js" 'c d' e"f"g ""`), ['node', 'a b.js', 'c d', 'efg', '']);
  assert.deepEqual(splitCommandLine('C:\\tools\\x.exe "say \\"hi\\" \\\\ \\n"'), [
    'C:\\tools\\x.exe',
    'say "hi" \\ \\n',
  ]);
  assert.deepEqual(splitCommandLine('echo $HOME | cat; rm -rf *'), [
    'echo',
    '$HOME',
    '|',
    'cat;',
    'rm',
    '-rf',
    '*',
  ]);
  assert.equal(splitCommandLine('a "b'), undefined);
  assert.deepEqual(splitCommandLine('  '), []);
});

test('a server is given a name that says what it is', () => {
  const nameOf = (line: string) => {
    const [command = '', ...args] = splitCommandLine(line) ?? [];
    return suggestName({ kind: 'stdio', command, args, env: {}, envFile: undefined, cwd: undefined });
  };
  assert.equal(nameOf('npx -y @scope/mcp-server-time@1.2.3 --tz "Europe/Berlin x"'), 'time');
  assert.equal(nameOf('npx -y @modelcontextprotocol/server-everything stdio'), 'everything');
  assert.equal(nameOf('docker run -i --rm ghcr.io/github/github-mcp-server:1.0'), 'github');
  assert.equal(nameOf('uvx weather'), 'weather');
  assert.equal(nameOf('node ./build/index.js'), 'index');
  assert.equal(nameOf('/opt/tools/notes --stdio'), 'notes');
  assert.equal(nameOf('C:\\tools\\notes.exe'), 'notes');
  assert.equal(
    suggestName({ kind: 'http', transport: 'auto', url: 'https://mcp.example.com/sse', headers: {} }),
    'mcp.example.com',
  );
});
