import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { SourceKind } from '../../../src/core/server.ts';
import { sourcesOf, userConfigFiles, type SourceQuery } from '../../../src/node/configPaths.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function sources(changes: Partial<SourceQuery> = {}) {
  return sourcesOf({
    machine: { platform: 'linux', home: '/home/ada', env: {} },
    userFile: '/home/ada/.config/Code/User/mcp.json',
    folders: [{ name: 'app', path: '/work/app' }],
    isEnabled: () => true,
    sha256,
    ...changes,
  });
}

const filesOf = (changes?: Partial<SourceQuery>) =>
  sources(changes).map(({ kind, file }) => `${kind} ${file}`);

describe('the files of other programs', () => {
  test('are where each system keeps them', () => {
    assert.deepEqual(userConfigFiles({ platform: 'linux', home: '/home/ada', env: {} }), {
      copilot: '/home/ada/.copilot/mcp-config.json',
      claudeDesktop: '/home/ada/.config/Claude/claude_desktop_config.json',
      cursor: '/home/ada/.cursor/mcp.json',
      windsurf: '/home/ada/.codeium/windsurf/mcp_config.json',
    });
    assert.equal(
      userConfigFiles({ platform: 'darwin', home: '/Users/ada', env: {} }).claudeDesktop,
      '/Users/ada/Library/Application Support/Claude/claude_desktop_config.json',
    );
    assert.deepEqual(userConfigFiles({ platform: 'win32', home: 'C:\\Users\\ada', env: {} }), {
      copilot: 'C:\\Users\\ada\\.copilot\\mcp-config.json',
      claudeDesktop: 'C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
      cursor: 'C:\\Users\\ada\\.cursor\\mcp.json',
      windsurf: 'C:\\Users\\ada\\.codeium\\windsurf\\mcp_config.json',
    });
  });

  test('follow the variables that move them, when those are absolute', () => {
    const env = { XDG_CONFIG_HOME: '/conf', COPILOT_HOME: '/cop' };
    const moved = userConfigFiles({ platform: 'linux', home: '/home/ada', env });
    assert.equal(moved.claudeDesktop, '/conf/Claude/claude_desktop_config.json');
    assert.equal(moved.copilot, '/cop/mcp-config.json');
    const relative = userConfigFiles({
      platform: 'linux',
      home: '/home/ada',
      env: { XDG_CONFIG_HOME: 'conf', COPILOT_HOME: '' },
    });
    assert.equal(relative.claudeDesktop, '/home/ada/.config/Claude/claude_desktop_config.json');
    assert.equal(relative.copilot, '/home/ada/.copilot/mcp-config.json');
    const windows = userConfigFiles({
      platform: 'win32',
      home: 'C:\\Users\\ada',
      env: { APPDATA: 'D:\\Roaming' },
    });
    assert.equal(windows.claudeDesktop, 'D:\\Roaming\\Claude\\claude_desktop_config.json');
  });
});

describe('the sources', () => {
  test('are three files per folder, then those of the user', () => {
    assert.deepEqual(filesOf(), [
      'workspace /work/app/.vscode/mcp.json',
      'mcpJson /work/app/.mcp.json',
      'cursorWorkspace /work/app/.cursor/mcp.json',
      'user /home/ada/.config/Code/User/mcp.json',
      'copilot /home/ada/.copilot/mcp-config.json',
      'claudeDesktop /home/ada/.config/Claude/claude_desktop_config.json',
      'cursor /home/ada/.cursor/mcp.json',
      'windsurf /home/ada/.codeium/windsurf/mcp_config.json',
    ]);
  });

  test('are only those that are switched on', () => {
    const on = new Set<SourceKind>(['mcpJson', 'windsurf']);
    assert.deepEqual(filesOf({ isEnabled: (kind) => on.has(kind) }), [
      'mcpJson /work/app/.mcp.json',
      'windsurf /home/ada/.codeium/windsurf/mcp_config.json',
    ]);
    assert.deepEqual(filesOf({ isEnabled: () => false }), []);
  });

  test('have other ids for folders of the same name in other places, and the same one each time', () => {
    const folders = [
      { name: 'app', path: '/work/app' },
      { name: 'app', path: '/evil/app' },
    ];
    const idsOf = (list: typeof folders) =>
      sources({ folders: list })
        .filter(({ kind }) => kind === 'workspace')
        .map(({ id }) => id);
    const [first, second] = idsOf(folders);
    assert.match(first ?? '', /^workspace:app-[0-9a-f]{8}$/);
    assert.notEqual(first, second);
    assert.deepEqual(idsOf([...folders].reverse()), [second, first]);
  });

  test('leave out folders that are not on this machine and a user file that is not known', () => {
    assert.deepEqual(
      filesOf({ folders: [{ name: 'far', path: undefined }], userFile: undefined })[0],
      'copilot /home/ada/.copilot/mcp-config.json',
    );
  });

  test('of an opened home folder are the own ones of the user', () => {
    const home = sources({ folders: [{ name: 'ada', path: '/home/ada' }] });
    assert.deepEqual(
      home.filter(({ file }) => file === '/home/ada/.cursor/mcp.json').map(({ kind }) => kind),
      ['cursor'],
    );
  });
});
