import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppApprovals, appHash } from '../../../src/core/mcpAppApprovals.ts';
import { readDeclaration } from '../../../src/core/mcpAppPolicy.ts';
import { sha256 } from '../../fakes/doorBed.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { FakeMemory } from '../../fakes/fakeMemory.ts';

const app = { serverId: 'user/a', launchHash: 'launch', uri: 'ui://a', contentHash: 'content' };
const document = {
  uri: 'ui://a',
  html: '<p>',
  declaration: readDeclaration(undefined),
  prefersBorder: undefined,
};

test('an app is let in once, and asked about again when its content or the launch of its server changes', () => {
  const memory = new FakeMemory();
  const approvals = new AppApprovals(memory, new FakeClock());
  assert.equal(approvals.state(app), 'none');
  approvals.give(app);
  const later = new AppApprovals(memory, new FakeClock());
  assert.equal(later.state(app), 'given');
  assert.equal(later.state({ ...app, contentHash: 'other' }), 'changed');
  assert.equal(later.state({ ...app, launchHash: 'other' }), 'changed');
  assert.equal(later.state({ ...app, uri: 'ui://b' }), 'none');
  assert.equal(later.state({ ...app, serverId: 'user/b' }), 'none');
  later.give({ ...app, contentHash: 'other' });
  assert.equal(later.state(app), 'changed');
});

test('what was let in of a server can be taken back', () => {
  const memory = new FakeMemory();
  const approvals = new AppApprovals(memory, new FakeClock());
  approvals.give(app);
  approvals.give({ ...app, serverId: 'user/b' });
  approvals.revoke('user/a');
  assert.equal(approvals.state(app), 'none');
  assert.equal(approvals.state({ ...app, serverId: 'user/b' }), 'given');
  approvals.revoke('user/b');
  assert.deepEqual([...memory.values.keys()], []);
});

test('a damaged memory lets nothing in', () => {
  for (const damaged of ['{', 'null', '[1]', JSON.stringify([{ ...app, at: 'x' }]), '{"length":1}']) {
    const memory = new FakeMemory();
    memory.set('mcpApps', damaged);
    assert.equal(new AppApprovals(memory, new FakeClock()).state(app), 'none', damaged);
  }
});

test('the hash of an app is that of its HTML and of everything it declares', () => {
  const hash = appHash(document, sha256);
  assert.equal(hash, appHash({ ...document, uri: 'ui://elsewhere' }, sha256));
  assert.notEqual(hash, appHash({ ...document, html: '<p> ' }, sha256));
  const declaration = readDeclaration({ csp: { connectDomains: ['https://a.example'] } });
  assert.notEqual(hash, appHash({ ...document, declaration }, sha256));
  assert.notEqual(
    appHash({ ...document, declaration }, sha256),
    appHash({ ...document, declaration: readDeclaration({ permissions: { camera: {} } }) }, sha256),
  );
  assert.match(appHash({ ...document, html: '\ud800' }, sha256), /^[0-9a-f]{64}$/);
});
