import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatedCall, openGate, policyFile } from '../../fakes/policyBed.ts';

const codex = gatedCall();
const cursor = gatedCall({ caller: { kind: 'gateway', name: 'cursor' } });

test('a limit holds for each caller, fills evenly, and a refused call is told when to try again', () => {
  const { gate, clock } = openGate([
    policyFile({ limits: [{ calls: 2, per: 'minute', reason: 'be kind' }] }),
  ]);
  assert.equal(gate.count(codex), undefined);
  assert.equal(gate.count(codex), undefined);
  const refused = gate.count(codex);
  assert.equal(refused?.retryAt, clock.now() + 30_000);
  assert.match(refused?.rule ?? '', /limit of 2 calls at mcp-policy\.json \(user\):3 .* in 30 s: be kind/);
  assert.equal(gate.count(cursor), undefined, 'another caller has its own');
  clock.advance(29_999);
  assert.ok(gate.count(codex));
  clock.advance(1);
  assert.equal(gate.count(codex), undefined);
  assert.ok(gate.count(codex));
  clock.advance(3_600_000);
  assert.deepEqual([gate.count(codex), gate.count(codex)], [undefined, undefined]);
  assert.ok(gate.count(codex), 'what was not used is not saved up');
});

test('a limit of a tool counts each tool of each caller, and one of all together counts everybody', () => {
  const each = openGate([
    policyFile({ limits: [{ calls: 1, per: 'hour', each: ['caller', 'tool'], tool: 'e*' }] }),
  ]).gate;
  assert.equal(each.count(codex), undefined);
  assert.equal(each.count(gatedCall({ tool: 'erase' })), undefined);
  assert.ok(each.count(codex));
  assert.equal(each.count(gatedCall({ tool: 'other' })), undefined);
  const all = openGate([policyFile({ limits: [{ calls: 1, per: 'hour', each: [] }] })]).gate;
  assert.equal(all.count(codex), undefined);
  assert.ok(all.count(cursor));
});

test('a call over one limit is not counted by the others, and the longest wait is told', () => {
  const { gate, clock } = openGate([
    policyFile({
      limits: [
        { calls: 1, per: 'minute' },
        { calls: 2, per: 'hour' },
      ],
    }),
  ]);
  assert.equal(gate.count(codex), undefined);
  for (let i = 0; i < 5; i++) assert.equal(gate.count(codex)?.retryAt, clock.now() + 60_000);
  clock.advance(60_000);
  assert.equal(gate.count(codex), undefined, 'the refused ones did not count for the hour');
  assert.ok((gate.count(codex)?.retryAt ?? 0) > clock.now() + 60_000);
});

test('an edit elsewhere in the file does not refill a limit', () => {
  const limits = [{ calls: 1, per: 'hour' }];
  const { gate, files } = openGate([policyFile({ limits })]);
  assert.equal(gate.count(codex), undefined);
  files.set([policyFile({ rules: [{ effect: 'ask' }], limits })]);
  assert.ok(gate.count(codex));
});
