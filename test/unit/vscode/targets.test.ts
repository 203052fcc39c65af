import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobIdOf, nameOf, serverIdOf, toolOf } from '../../../src/vscode/targets.ts';
import { sampleTool } from '../../fakes/samples.ts';

test('a command finds its server, tool or job in a row or in plain ids', () => {
  const row = { kind: 'tool', id: 'x', serverId: 's', item: sampleTool('echo') };
  assert.equal(serverIdOf(row), 's');
  assert.deepEqual(toolOf(row), { serverId: 's', tool: 'echo' });
  assert.deepEqual(toolOf({ serverId: 's', tool: 'echo' }), { serverId: 's', tool: 'echo' });
  assert.equal(toolOf({ kind: 'prompt', serverId: 's', item: { name: 'p' } }), undefined);
  assert.equal(jobIdOf({ kind: 'job', jobId: 'j' }), 'j');
  assert.equal(nameOf(row), 'echo');
  assert.equal(nameOf({ item: { uri: 'file:///a', name: 'a' } }), 'file:///a');
});

test('anything else names nothing', () => {
  for (const argument of [
    undefined,
    null,
    'x',
    5,
    [],
    {},
    { serverId: 5, jobId: null },
    { serverId: 's', kind: 'tool', item: 'x' },
  ]) {
    assert.equal(toolOf(argument), undefined);
    assert.equal(jobIdOf(argument), undefined);
    assert.equal(nameOf(argument), undefined);
  }
});
