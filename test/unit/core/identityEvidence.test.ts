import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasHiddenText } from '../../../src/core/util/text.ts';
import { checkOf, packageOn, remoteOn } from '../../fakes/identityEvidence.ts';

const npm = { registryType: 'npm', identifier: '@example/tool', version: '1.0.0' };
const facts = (mcpName: string) => ({
  packages: {
    0: { kind: 'found', at: 5, value: { kind: 'npm', mcpName, integrity: 'sha512-x', isAttested: false } },
  } as const,
});
const remote = () => remoteOn('https://api.example.com/mcp');

test('status: what the registry says about the entry', () => {
  const status = (change: object) =>
    checkOf({ ...remote(), entry: { ...remote().entry!, ...change } }, 'status').result;
  assert.deepEqual(
    [
      status({}),
      status({ status: 'deprecated' }),
      status({ status: 'deprecated', unknownStatus: 'quarantined' }),
      status({ status: 'deleted' }),
    ],
    ['pass', 'warn', 'warn', 'fail'],
  );
});

test('evidence never carries hidden characters', () => {
  const nasty = 'x\u202e\u001b[2J\u{e0041}';
  const evidence = packageOn({ ...npm, identifier: nasty }, { title: nasty }, facts(nasty));
  for (const id of ['npm', 'name', 'text', 'pinned', 'lookalike'] as const)
    assert.equal(hasHiddenText(checkOf(evidence, id).evidence), false, id);
});

test('the time of a check is when its evidence was gathered', () => {
  assert.equal(checkOf(packageOn(npm, {}, facts('com.example/tool')), 'npm').at, 5);
  assert.equal(checkOf(remote(), 'host').at, 1000);
});
