import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  judgeAccess,
  readAccessSettings,
  type AccessFacts,
  type RawAccessSettings,
} from '../../../src/core/accessPolicy.ts';
import type { HttpLaunch, Launch, StdioLaunch } from '../../../src/core/server.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

function remote(url: string): HttpLaunch {
  return { kind: 'http', transport: 'auto', url, headers: {} };
}

function local(command: string, ...args: string[]): StdioLaunch {
  return { kind: 'stdio', command, args, env: {}, envFile: undefined, cwd: undefined };
}

function verdict(
  raw: RawAccessSettings,
  launch: Launch = local('npx', '-y', 'x'),
  name = 's',
  facts: AccessFacts = {},
) {
  return judgeAccess({ name, launch }, readAccessSettings(raw).settings, facts).kind;
}

function reason(raw: RawAccessSettings): string {
  const judged = judgeAccess({ name: 's', launch: local('x') }, readAccessSettings(raw).settings);
  return judged.kind === 'blocked' ? judged.reason : 'allowed';
}

const problemsOf = (raw: RawAccessSettings) => readAccessSettings(raw).problems;

describe('chat.mcp.access', () => {
  test('that is not set or "all" lets everything run', () => {
    for (const access of [undefined, null, 'all']) assert.equal(verdict({ access }), 'allowed');
  });

  test('"none" lets nothing run, whatever is on the allow list', () => {
    assert.equal(verdict({ access: 'none', allowedServers: [{ serverName: 's' }] }), 'blocked');
    assert.equal(reason({ access: 'none' }), 'MCP servers are switched off (chat.mcp.access)');
  });

  test('"registry" lets only run what was checked against the registry, and the lists still count', () => {
    assert.equal(verdict({ access: 'registry' }), 'blocked');
    assert.equal(verdict({ access: 'registry' }, undefined, 's', { isFromRegistry: true }), 'allowed');
    const denied = { access: 'registry', deniedServers: [{ serverName: 's' }] };
    assert.equal(verdict(denied, undefined, 's', { isFromRegistry: true }), 'blocked');
  });

  test('of an unknown value blocks', () => {
    for (const access of ['ALL', 'off', 1, true, {}]) {
      assert.equal(verdict({ access }), 'blocked');
      assert.equal(problemsOf({ access }).length, 1);
    }
  });
});

describe('the lists', () => {
  test('restrict nothing when null, and allow nothing when the allow list is empty', () => {
    assert.equal(verdict({ allowedServers: null, deniedServers: null }), 'allowed');
    assert.equal(verdict({ allowedServers: [] }), 'blocked');
    assert.equal(verdict({ deniedServers: [] }), 'allowed');
  });

  test('match names exactly', () => {
    const named = (serverName: string) => verdict({ allowedServers: [{ serverName }] });
    assert.equal(named('s'), 'allowed');
    for (const other of ['S', 's ', '*', 'ss', '']) assert.equal(named(other), 'blocked');
  });

  test('match the whole command, in order', () => {
    const listed = (...serverCommand: string[]) => verdict({ allowedServers: [{ serverCommand }] });
    assert.equal(listed('npx', '-y', 'x'), 'allowed');
    for (const other of [
      ['npx'],
      ['npx', '-y'],
      ['npx', '-y', 'x', 'y'],
      ['npx', 'x', '-y'],
      ['npx -y x'],
      ['npx', '-y', '*'],
    ]) {
      assert.equal(listed(...other), 'blocked');
    }
    assert.equal(
      verdict({ allowedServers: [{ serverCommand: ['https://a.example/'] }] }, remote('https://a.example/')),
      'blocked',
    );
  });

  test('deny over allow', () => {
    const both = {
      allowedServers: [{ serverName: 's' }],
      deniedServers: [{ serverCommand: ['npx', '-y', 'x'] }],
    };
    assert.equal(verdict(both), 'blocked');
    assert.equal(verdict(both, local('npx', '-y', 'z')), 'allowed');
    assert.equal(
      reason({ allowedServers: [] }),
      'this server is not among those that the organization allows (chat.mcp.allowedServers)',
    );
    assert.equal(
      reason({ deniedServers: [{ serverName: 's' }] }),
      'the organization denies this server (chat.mcp.deniedServers)',
    );
  });

  test('that must be managed allow nothing while there is none', () => {
    assert.equal(verdict({ allowManagedServersOnly: true }), 'blocked');
    assert.equal(
      verdict({ allowManagedServersOnly: true, allowedServers: [{ serverName: 's' }] }),
      'allowed',
    );
    assert.equal(verdict({ allowManagedServersOnly: false }), 'allowed');
  });
});

describe('URL patterns', () => {
  const table: readonly (readonly [pattern: string, url: string, isMatch: boolean])[] = [
    ['https://a.example/mcp', 'https://a.example/mcp', true],
    ['https://a.example/mcp', 'https://a.example/mcp/', false],
    ['https://a.example/mcp', 'https://a.example/mcp?x=1', false],
    ['https://a.example/mcp', 'http://a.example/mcp', false],
    ['https://A.Example/MCP', 'HTTPS://a.EXAMPLE/mcp', true],
    ['https://a.example/*', 'https://a.example/', true],
    ['https://a.example/*', 'https://a.example', true],
    ['https://a.example', 'https://a.example', false], // compared with the path "/", as VS Code does
    ['https://a.example/*', 'https://a.example:443/x', true],
    ['https://a.example/*', 'https://a.example:8443/x', false],
    ['https://a.example:*/*', 'https://a.example:8443/x', true],
    ['https://*.example/*', 'https://a.b.example/x/y?z=1', true],
    ['https://*.example/*', 'https://example/x', false],
    ['https://*.example/*', 'https://evil.test/x.example/', false],
    ['https://*.example/*', 'https://evil.test?.example/', false],
    ['https://*.example/*', 'https://evil.test#.example/', false],
    ['https://*.example/*', 'https://evil.test\\.example/', false],
    ['https://*.example/*', 'https://x.example@evil.test/', false],
    ['https://*@a.example/*', 'https://x@a.example/', false],
    ['https://a.example/*', 'https://a.example.evil.test/', false],
    ['https://a.example/*/end', 'https://a.example/x/y/end', true],
    ['https://a.example/*/end', 'https://a.example/end', false],
    ['https://a.example/../b/*', 'https://a.example/b/c', false],
    ['https://a.example/b/*', 'https://a.example/a/../b/c', true],
    ['https://a.example/x*', 'https://a.example/x#frag', true],
    ['https://a.example/(.*)+', 'https://a.example/xx', false],
    ['*://a.example/*', 'http://a.example/x', true],
    ['*', 'https://a.example/', false],
    ['https://**.example/**', 'https://a.b.example/x', true],
    ['https://*/*', 'https://xn--bcher-kva.example/', true],
    ['https://bücher.example/*', 'https://bücher.example/', false], // the host is compared in its ASCII form
  ];
  for (const [pattern, url, isMatch] of table) {
    test(`${pattern} ${isMatch ? 'is' : 'is not'} ${url}`, () => {
      assert.equal(
        verdict({ allowedServers: [{ serverUrl: pattern }] }, remote(url)),
        isMatch ? 'allowed' : 'blocked',
      );
      assert.equal(
        verdict({ deniedServers: [{ serverUrl: pattern }] }, remote(url)),
        isMatch ? 'blocked' : 'allowed',
      );
    });
  }

  test('never match a local server', () => {
    assert.equal(verdict({ allowedServers: [{ serverUrl: '*://*/*' }] }), 'blocked');
  });

  test('agree with the plain regular expression on random patterns', () => {
    const random = seededRandom(11);
    const parts = ['*', 'a', 'b', '.', 'a.b', '/', '@', '?', 'x/'];
    const text = () => Array.from({ length: random.below(8) }, () => random.pick(parts)).join('');
    for (let round = 0; round < 20_000; round++) {
      const pattern = `https://${text()}`;
      const url = `https://a${text().replaceAll(/[*?@]/g, 'b')}`;
      if (!URL.canParse(url)) continue;
      const { origin, pathname } = new URL(url);
      const end = pattern.slice(8).search(/[/\\?#]/);
      const authority = end < 0 ? pattern : pattern.slice(0, 8 + end);
      const escape = (part: string, any: string) =>
        part
          .split('*')
          .map((piece) => piece.replaceAll(/[.?\\]/g, '\\$&'))
          .join(any);
      const expression = new RegExp(
        `^${escape(authority, '[^/@\\\\?#]*')}${escape(pattern.slice(authority.length), '.*')}$`,
        'i',
      );
      const expected = expression.test(origin + pathname) ? 'allowed' : 'blocked';
      assert.equal(
        verdict({ allowedServers: [{ serverUrl: pattern }] }, remote(url)),
        expected,
        `${pattern} ${url}`,
      );
    }
  });

  test('of many stars cost little', () => {
    const url = `https://a.example/${'a'.repeat(20_000)}`;
    assert.equal(
      verdict({ allowedServers: [{ serverUrl: `https://a.example/${'a*'.repeat(200)}b` }] }, remote(url)),
      'blocked',
    );
  });
});

describe('a launch with variables', () => {
  const url = 'https://${env:HOST}/mcp';

  test('is left open for URL and command entries until the variables are replaced', () => {
    const byUrl = { allowedServers: [{ serverUrl: 'https://a.example/*' }] };
    assert.equal(verdict(byUrl, remote(url)), 'allowed');
    assert.equal(verdict(byUrl, remote(url), 's', { resolved: remote('https://a.example/mcp') }), 'allowed');
    assert.equal(verdict(byUrl, remote(url), 's', { resolved: remote('https://evil.test/mcp') }), 'blocked');
    assert.equal(verdict({ allowedServers: [{ serverName: 'other' }] }, remote(url)), 'blocked');

    const byCommand = { allowedServers: [{ serverCommand: ['node', '/work/s.js'] }] };
    const launch = local('node', '${workspaceFolder}/s.js');
    const resolved = (path: string) =>
      ({ resolved: { kind: 'stdio', command: 'node', args: [path], env: {}, cwd: undefined } }) as const;
    assert.equal(verdict(byCommand, launch), 'allowed');
    assert.equal(verdict(byCommand, launch, 's', resolved('/work/s.js')), 'allowed');
    assert.equal(verdict(byCommand, launch, 's', resolved('/evil/s.js')), 'blocked');
  });

  test('is not allowed by an entry that repeats the variables: their values decide', () => {
    const raw = { allowedServers: [{ serverCommand: ['${env:CMD}'] }] };
    const resolved = { kind: 'stdio', command: 'rm', args: [], env: {}, cwd: undefined } as const;
    assert.equal(verdict(raw, local('${env:CMD}'), 's', { resolved }), 'blocked');
  });

  test('is denied as written and as replaced', () => {
    const resolved = { kind: 'stdio', command: 'evil', args: [], env: {}, cwd: undefined } as const;
    const launch = local('${env:CMD}');
    assert.equal(
      verdict({ deniedServers: [{ serverCommand: ['evil'] }] }, launch, 's', { resolved }),
      'blocked',
    );
    assert.equal(
      verdict({ deniedServers: [{ serverCommand: ['${env:CMD}'] }] }, launch, 's', { resolved }),
      'blocked',
    );
    assert.equal(
      verdict({ deniedServers: [{ serverUrl: 'https://evil.test/*' }] }, remote(url), 's', {
        resolved: remote('https://evil.test/'),
      }),
      'blocked',
    );
  });
});

describe('malformed settings', () => {
  const malformed: readonly unknown[] = [
    's',
    7,
    null,
    {},
    { serverName: '' },
    { serverName: ['s'] },
    { serverCommand: [] },
    { serverCommand: 'npx -y x' },
    { serverCommand: ['npx', 1] },
    { name: 's' },
    { serverName: 's', serverUrl: 'https://a.example/*' },
    { serverName: 's', note: 'x' },
  ];

  test('are reported and never allow anything', () => {
    for (const entry of malformed) {
      assert.equal(verdict({ allowedServers: [entry] }), 'blocked', JSON.stringify(entry));
      assert.equal(problemsOf({ allowedServers: [entry] }).length, 1);
      assert.equal(
        verdict({ allowedServers: [entry, { serverName: 's' }] }),
        'allowed',
        'the good entry beside it counts',
      );
    }
  });

  test('still deny what can be read of them, and block everything when nothing can', () => {
    for (const entry of malformed) {
      assert.equal(verdict({ deniedServers: [entry] }), 'blocked', JSON.stringify(entry));
      assert.equal(problemsOf({ deniedServers: [entry] }).length, 1);
    }
    assert.equal(
      verdict({ deniedServers: ['other', { serverName: 'o', serverUrl: 'https://o.example/*' }] }),
      'allowed',
    );
    assert.match(
      reason({ deniedServers: [{ name: 'x' }] }),
      /cannot be obeyed: chat\.mcp\.deniedServers\[0\] cannot be read/,
    );
  });

  test('that are no list block everything', () => {
    for (const value of [{}, 's', true, 0]) {
      assert.equal(verdict({ allowedServers: value }), 'blocked');
      assert.equal(verdict({ deniedServers: value }), 'blocked');
    }
  });

  test('of a URL that can match nothing are reported', () => {
    for (const serverUrl of ['https://a.example', 'a.example/*', '*']) {
      assert.match(problemsOf({ deniedServers: [{ serverUrl }] })[0] ?? '', /matches nothing/);
    }
    assert.deepEqual(problemsOf({ deniedServers: [{ serverUrl: 'https://*.a.example/*' }] }), []);
  });
});
