import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { importPlaces, readImports } from '../../../src/node/importFiles.ts';

function home(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'switchboard imports ü '));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

const sha256 = (text: string) => text;
const entry = '{"command":"notes"}';

describe('files of other programs', () => {
  test('are found for each of them, in the words of each', async (t) => {
    const folder = home(t, {
      '.config/Claude/claude_desktop_config.json': `{"mcpServers":{"desktop":${entry}}}`,
      '.claude.json': `{"numStartups":3,"projects":{"/p":{}},"mcpServers":{"code":${entry}}}`,
      '.cursor/mcp.json': `{"mcpServers":{"cursor":${entry}}}`,
      '.codeium/windsurf/mcp_config.json': '{"mcpServers":{"wind":{"serverUrl":"https://a.example/mcp"}}}',
      '.config/Code - Insiders/User/mcp.json': `{"servers":{"insiders":${entry}}}`,
    });
    const found = await readImports({ platform: 'linux', home: folder, env: {} }, sha256);
    assert.deepEqual(
      found.map(({ program, servers, problem }) => [program, servers.map(({ name }) => name), problem]),
      [
        ['Claude Desktop', ['desktop'], undefined],
        ['Claude Code', ['code'], undefined],
        ['Cursor', ['cursor'], undefined],
        ['Windsurf', ['wind'], undefined],
        ['VS Code Insiders', ['insiders'], undefined],
      ],
    );
  });

  test('that are broken say so, and the others are read', async (t) => {
    const folder = home(t, {
      '.cursor/mcp.json': '{"mcpServers": 3}',
      '.codeium/windsurf/mcp_config.json': `{"mcpServers":{"wind":${entry}}}`,
    });
    const found = await readImports({ platform: 'linux', home: folder, env: {} }, sha256);
    assert.equal(found.length, 2);
    assert.match(found[0]?.problem ?? '', /expected an object/);
    assert.equal(found[1]?.servers.length, 1);
  });

  test('that hold no server, or are not there, are left out', async (t) => {
    const folder = home(t, { '.claude.json': '{"numStartups":3}' });
    assert.deepEqual(await readImports({ platform: 'linux', home: folder, env: {} }, sha256), []);
  });

  test('lie where each system keeps them', () => {
    const files = (platform: NodeJS.Platform, folder: string, env: Record<string, string>) =>
      importPlaces({ platform, home: folder, env }).map(({ source }) => source.file);
    const windows = files('win32', 'C:\\Users\\Jo Ü', { APPDATA: 'D:\\Roaming' });
    assert.ok(windows.includes('C:\\Users\\Jo Ü\\.claude.json'));
    assert.ok(windows.includes('D:\\Roaming\\Code\\User\\mcp.json'));
    assert.ok(
      files('darwin', '/Users/jo', {}).includes('/Users/jo/Library/Application Support/Code/User/mcp.json'),
    );
  });
});
