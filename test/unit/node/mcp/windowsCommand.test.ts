import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';

const fixture = path.join(import.meta.dirname, '../../../fixtures/windowsSpawn.ts');
const isPosix = process.platform !== 'win32';

interface Ending {
  readonly failure?: string;
  readonly noise: readonly string[];
  readonly code?: number;
  readonly cause?: string;
}

/** A folder of programs with blanks in its path, and a `cmd.exe` that writes down what it is asked to run. */
function machine(t: TestContext) {
  const base = mkdtempSync(path.join(tmpdir(), 'Program Files ü '));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const bin = path.join(base, 'node js');
  mkdirSync(bin);
  const put = (name: string, text: string) => {
    const file = path.join(bin, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return file;
  };
  const asked = path.join(base, 'asked.json');
  const shell = put(
    'cmd.exe',
    `#!${process.execPath}\nrequire('fs').writeFileSync(${JSON.stringify(asked)}, JSON.stringify(process.argv.slice(2)));process.exit(1);\n`,
  );
  const run = (...command: string[]): Ending =>
    JSON.parse(
      execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', fixture, ...command], {
        encoding: 'utf8',
        env: { PATH: bin, PATHEXT: '.COM;.EXE;.BAT;.CMD', COMSPEC: shell, comspec: shell },
      }),
    ) as Ending;
  return { bin, put, run, asked: () => JSON.parse(readFileSync(asked, 'utf8')) as readonly string[] };
}

describe('a local server on Windows', { skip: !isPosix }, () => {
  test('that npx starts is found as npx.cmd by PATHEXT and run by cmd.exe, each word quoted for it', (t) => {
    const { put, run, asked } = machine(t);
    put('npx.CMD', 'rem');
    run('npx', '-y', '@scope/server', 'C:\\My Files\\', 'a&b|c', '100%', 'say "x"');
    const [d, s, c, line, ...rest] = asked();
    assert.deepEqual([d, s, c, rest], ['/d', '/s', '/c', []]);
    assert.equal(
      line,
      '"npx ^"-y^" ^"@scope/server^" ^"C:\\My^ Files\\\\^" ^"a^&b^|c^" ^"100^%^" ^"say^ \\^"x\\^"^""',
    );
  });

  test('that is an .exe is started itself, without a shell', (t) => {
    const { bin, run, asked } = machine(t);
    const file = path.join(bin, 'server.EXE');
    symlinkSync(process.execPath, file);
    const { noise, code } = run(file, '-p', 'JSON.stringify(process.argv.slice(1))', 'a b', 'c&d');
    assert.deepEqual([...new Set(noise)], ['["a b","c&d"]']);
    assert.equal(code, 0);
    assert.throws(asked, /ENOENT/);
  });

  test('whose command is nowhere on the Path is told as not found, not as a shell that failed', (t) => {
    const { run } = machine(t);
    const { failure, cause } = run('no-such-server');
    assert.equal(failure, undefined, 'cmd.exe did start');
    assert.match(cause ?? '', /cannot start "no-such-server": the command was not found/);
  });
});
