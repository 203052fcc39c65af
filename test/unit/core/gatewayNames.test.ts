import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  gatewayName,
  gatewayUri,
  maxGatewayName,
  serverKeys,
  serverUri,
} from '../../../src/core/gatewayNames.ts';
import { sha256 } from '../../fakes/doorBed.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

const none = new Set<string>();
const keysOf = (...names: string[]) =>
  serverKeys(
    names.map((name, index) => ({ id: `user/${index}/${name}`, name })),
    sha256,
  );

test('a server is named by its name in the letters that tools and URI schemes allow', () => {
  assert.deepEqual(
    [...keysOf('GitHub', 'my server!', '2fast', 'Ünïcode', '日本', '--x--').values()],
    ['github', 'my-server', 's2fast', 'unicode', 'server', 'x'],
  );
});

test('servers of the same name get keys of their own, the same whatever their order', () => {
  const servers = [
    { id: 'workspace/a/db', name: 'db' },
    { id: 'user/b/DB', name: 'DB' },
    { id: 'user/c/d b', name: 'd-b' },
  ];
  const keys = serverKeys(servers, sha256);
  assert.equal(new Set(keys.values()).size, 3);
  assert.equal(keys.get('user/b/DB'), 'db');
  assert.match(keys.get('workspace/a/db') ?? '', /^db-[0-9a-f]{4}$/);
  assert.deepEqual(
    new Map([...serverKeys([...servers].reverse(), sha256)].sort()),
    new Map([...keys].sort()),
  );
});

test('a tool keeps its name after the key where it can', () => {
  assert.equal(gatewayName('github', 'create_issue', sha256, none), 'github_create_issue');
});

test('names that are changed or cut stay within the limit, differ, and are the same every time', () => {
  const long = 'x'.repeat(300);
  const names = ['a b', 'a.b', 'a/b', 'a-b', long, `${long}y`, '', '\u202e'];
  const made = names.map((name) => gatewayName('key', name, sha256, none));
  assert.equal(new Set(made).size, names.length);
  for (const name of made) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
  assert.deepEqual(
    made,
    names.map((name) => gatewayName('key', name, sha256, none)),
  );
});

test('a name that is taken, or one of ours, is given to nobody else', () => {
  const name = gatewayName('start', 'job', sha256, new Set(['start_job']));
  assert.match(name, /^start_job_[0-9a-f]{6}$/);
});

test('no two tools of any servers meet', () => {
  const random = seededRandom(7);
  const letters = ['a', 'b', '_', '-', '.', ' ', 'é', 'A'];
  const word = (length: number) => Array.from({ length }, () => random.pick(letters)).join('');
  const servers = Array.from({ length: 40 }, (_, n) => ({ id: `s${n}`, name: word(1 + random.below(30)) }));
  const keys = serverKeys(servers, sha256);
  assert.equal(new Set(keys.values()).size, servers.length);
  const taken = new Set<string>();
  for (const { id } of servers) {
    for (const tool of new Set(Array.from({ length: 40 }, () => word(1 + random.below(90))))) {
      const name = gatewayName(keys.get(id) ?? '', tool, sha256, taken);
      assert.ok(!taken.has(name) && name.length <= maxGatewayName && /^[A-Za-z0-9_-]+$/.test(name), name);
      taken.add(name);
    }
  }
});

test('a URI goes out under the key of its server and comes back as it was', () => {
  for (const uri of ['file:///a/b', 'git+ssh://x', 'contract://item/{n}', 'a+b', '', 'urn:x+y']) {
    const outer = gatewayUri('fs-1a2b', uri);
    assert.deepEqual(serverUri(outer), { key: 'fs-1a2b', uri });
  }
  for (const foreign of ['file:///a', '+x', 'Key+x', 'a_b+x', ''])
    assert.equal(serverUri(foreign), undefined);
});
