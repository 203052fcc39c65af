import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaced, updateStateOf, type InstallRecord } from '../../../src/core/installRecord.ts';
import { entryOf } from '../../fakes/registryEntries.ts';

const version = (text: string, official: object = {}) =>
  entryOf({
    server: { name: 'a.example/b', description: 'x', version: text },
    _meta: { 'io.modelcontextprotocol.registry/official': official as never },
  });
const record: InstallRecord = {
  serverId: 'user/b',
  registryId: 'official',
  registryUrl: 'https://registry.example',
  name: 'a.example/b',
  version: '1.0.0',
  subject: { kind: 'remote', index: 0, transport: 'sse', url: 'https://a.example' },
  launchHash: 'h1',
  installedAt: 1,
  folder: undefined,
  answers: {},
  previous: [],
};

test('a newer version is an update, the same or an older one is not', () => {
  assert.deepEqual(updateStateOf(record, [version('1.0.0'), version('1.10.0'), version('1.9.0')]), {
    kind: 'update',
    to: '1.10.0',
  });
  assert.deepEqual(updateStateOf(record, [version('1.0.0')]), { kind: 'current' });
  assert.deepEqual(updateStateOf(record, [version('0.9.0')]), { kind: 'current' });
  assert.deepEqual(updateStateOf(record, []), { kind: 'unknown' });
});

test('the mark of the registry beats the order of versions', () => {
  const versions = [version('1.0.0', { isLatest: false }), version('0.9.9', { isLatest: true })];
  assert.deepEqual(updateStateOf(record, versions), { kind: 'update', to: '0.9.9' });
});

test('a deleted version is withdrawn, with the message', () => {
  const versions = [version('1.0.0', { status: 'deleted', statusMessage: 'malware' }), version('1.1.0')];
  assert.deepEqual(updateStateOf(record, versions), { kind: 'withdrawn', message: 'malware' });
});

test('versions that were replaced are remembered for the way back', () => {
  const second = replaced(record, { ...record, version: '2.0.0', launchHash: 'h2', installedAt: 5 });
  assert.deepEqual(second.previous, [{ version: '1.0.0', launchHash: 'h1', until: 5 }]);
  const back = replaced(second, { ...record, installedAt: 9 });
  assert.deepEqual(back.previous, [{ version: '2.0.0', launchHash: 'h2', until: 9 }]);
});
