import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchEnvironment } from '../../../../src/node/mcp/launchEnvironment.ts';

const ours = {
  PATH: '/bin',
  HOME: '/home/mia',
  GITHUB_TOKEN: 's3cret',
  LANG: '() { :; }; evil',
  APPDATA: 'C:\\A',
};

test('a local server gets what programs need and what its entry sets, and nothing else of ours', () => {
  assert.deepEqual(launchEnvironment({ KEY: 'value' }, ours, 'linux'), {
    ...{ PATH: '/bin', HOME: '/home/mia', KEY: 'value' },
  });
});

test('on Windows a program is not looked for in the folder where the server runs', () => {
  assert.deepEqual(launchEnvironment({}, ours, 'win32'), {
    ...{ PATH: '/bin', APPDATA: 'C:\\A', NoDefaultCurrentDirectoryInExePath: '1' },
  });
});
