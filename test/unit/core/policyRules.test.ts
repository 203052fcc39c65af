import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RememberedDecision } from '../../../src/core/policy.ts';
import type { GatedCall, PolicyGateDeps } from '../../../src/core/policyGate.ts';
import { fitsGlob } from '../../../src/core/policyGlob.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { gatedCall, openGate, policyFile, workspaceSource } from '../../fakes/policyBed.ts';
import { seededRandom, type Random } from '../../fakes/seededRandom.ts';

const remembered: RememberedDecision = {
  id: 'd1',
  serverId: 'user/demo',
  serverName: 'demo',
  tool: 'echo',
  launchHash: 'launch-1',
  definitionHash: 'definition-1',
  caller: 'codex',
  effect: 'allow',
  scope: 'always',
  createdAt: 1,
};

function decideBy(
  rules: readonly object[],
  call: GatedCall = gatedCall(),
  extra: Partial<PolicyGateDeps> = {},
) {
  return openGate([policyFile({ rules })], extra).gate.decide(call, []);
}

test('without a file a call asks, and a remembered decision allows it', () => {
  const { gate } = openGate([]);
  assert.equal(gate.decide(gatedCall(), []).effect, 'ask');
  assert.equal(gate.decide(gatedCall(), [remembered]).effect, 'allow');
});

test('deny beats ask beats allow in whatever order they stand, and the rule that fired is named with its place', () => {
  const rules = [
    { effect: 'allow' },
    { effect: 'ask' },
    { effect: 'deny', reason: 'no' },
    { effect: 'deny' },
  ];
  const denied = decideBy(rules);
  assert.deepEqual(
    [denied.effect, denied.rule, denied.place?.line],
    ['deny', 'denied by mcp-policy.json (user):9: no', 9],
  );
  assert.equal(decideBy(rules.slice(0, 2)).effect, 'ask');
  assert.equal(decideBy(rules.slice(0, 1)).effect, 'allow');
});

test('a rule of a file that asks or denies beats what was remembered; one that allows leaves it named', () => {
  const by = (effect: string) => openGate([policyFile({ rules: [{ effect }] })]).gate;
  assert.equal(by('deny').decide(gatedCall(), [remembered]).effect, 'deny');
  assert.deepEqual(by('ask').decide(gatedCall(), [remembered]), {
    ...{ effect: 'ask', cause: 'rule', rule: 'asked for by mcp-policy.json (user):3' },
    place: by('ask').rules.get().ask[0]?.place,
  });
  assert.equal(by('allow').decide(gatedCall(), [remembered]).rule, 'always allowed by you');
});

test('a tool that nobody has looked at is not allowed by a rule', () => {
  const decision = decideBy([{ effect: 'allow' }], gatedCall({ isNew: true }));
  assert.deepEqual([decision.effect, /nobody has looked/.test(decision.rule)], ['ask', true]);
});

const conditions: readonly (readonly [string, object, Partial<Parameters<typeof gatedCall>[0]>, boolean])[] =
  [
    ['the server’s name', { server: 'demo' }, {}, true],
    ['the server’s id', { server: 'user/demo' }, {}, true],
    ['a pattern of the server', { server: 'user/*' }, {}, true],
    ['another server', { server: 'dem' }, {}, false],
    ['one of several tools', { tool: ['get_*', 'ech?'] }, {}, true],
    ['a tool in other letters', { tool: 'Echo' }, {}, false],
    ['the caller', { caller: 'co*' }, {}, true],
    ['another caller', { caller: 'cursor' }, {}, false],
    ['the kind of caller', { callerKind: 'gateway' }, {}, true],
    ['another kind of caller', { callerKind: ['user', 'lm-tool'] }, {}, false],
    ['a folder by its name', { folder: 'work' }, {}, true],
    ['a folder by its path', { folder: '/wo*' }, {}, true],
    ['another folder', { folder: 'play' }, {}, false],
    ['arguments that fit', { arguments: { required: ['a'] } }, { arguments: { a: 1 } }, true],
    ['arguments that do not fit', { arguments: { required: ['a'] } }, { arguments: { b: 1 } }, false],
    ['a date that is to come', { expires: '2100-01-01' }, {}, true],
    ['a date that has passed', { expires: '2020-01-01' }, {}, false],
    ['no registry entry', { registry: '*' }, {}, false],
    ['nothing checked', { verdict: 'unknown' }, {}, true],
    ['a verdict that there is not yet', { verdict: 'verified source' }, {}, false],
    ['every condition at once', { server: 'demo', tool: 'echo', caller: 'codex', folder: 'work' }, {}, true],
    ['all but one condition', { server: 'demo', tool: 'echo', caller: 'x', folder: 'work' }, {}, false],
  ];

for (const [what, condition, call, isFitting] of conditions) {
  test(`a rule for ${what} ${isFitting ? 'fits' : 'does not fit'}, whatever its effect`, () => {
    for (const effect of ['allow', 'deny'])
      assert.equal(decideBy([{ effect, ...condition }], gatedCall(call)).effect, isFitting ? effect : 'ask');
  });
}

test('registry name and verdict are asked for when a call is decided', () => {
  const identityOf = () => ({ registry: 'io.github.example/demo', verdict: 'verified source' as const });
  const rule = {
    effect: 'allow',
    registry: 'io.github.example/*',
    verdict: ['verified source', 'consistent'],
  };
  assert.equal(decideBy([rule], gatedCall(), { identityOf }).effect, 'allow');
});

test('a rule ends at its time and not before', () => {
  const { gate, clock } = openGate([
    policyFile({ rules: [{ effect: 'allow', expires: '2023-11-14T23:00:00Z' }] }),
  ]);
  assert.equal(gate.decide(gatedCall(), []).effect, 'allow');
  clock.advance(Date.parse('2023-11-14T23:00:00Z') - clock.now() - 1);
  assert.equal(gate.decide(gatedCall(), []).effect, 'allow');
  clock.advance(1);
  assert.equal(gate.decide(gatedCall(), []).effect, 'ask');
});

const hintCases: readonly (readonly [string, boolean, object, object, 'fits' | 'no'])[] = [
  ['allow', true, { readOnly: true }, { readOnly: true }, 'fits'],
  ['allow', false, { readOnly: true }, { readOnly: true }, 'no'],
  ['allow', true, { readOnly: true }, {}, 'no'],
  ['allow', false, { destructive: true }, {}, 'no'],
  ['deny', true, { destructive: true }, {}, 'fits'],
  ['deny', true, { destructive: true }, { readOnly: true }, 'no'],
  ['deny', true, { destructive: true }, { destructive: false }, 'no'],
  ['deny', false, { destructive: true }, { destructive: false }, 'fits'],
  ['ask', false, { readOnly: false }, { readOnly: true }, 'fits'],
  ['ask', true, { readOnly: false }, { readOnly: true }, 'no'],
  ['deny', true, { openWorld: true, idempotent: false }, {}, 'fits'],
];

for (const [effect, areHintsTrusted, wanted, claimed, expected] of hintCases) {
  const who = areHintsTrusted ? 'a trusted server' : 'any other server';
  test(`${effect} with ${JSON.stringify(wanted)} for ${who} claiming ${JSON.stringify(claimed)}: ${expected}`, () => {
    const gate = openGate([policyFile({ rules: [{ effect, hints: wanted }] })], {
      areHintsTrusted: () => areHintsTrusted,
    }).gate;
    assert.equal(gate.explain(gatedCall({ hints: claimed }), []).steps[0]?.hasFired, expected === 'fits');
  });
}

test('arguments that cannot be checked do not pass an allow and do not slip past a deny', () => {
  const schema: JsonObject = { properties: { text: { type: 'string' } } };
  const huge = gatedCall({ arguments: { text: 'x'.repeat(2_100_000) } });
  assert.equal(decideBy([{ effect: 'allow', arguments: schema }], huge).effect, 'ask');
  assert.equal(decideBy([{ effect: 'deny', arguments: schema }], huge).effect, 'deny');
});

test('a broken file denies everything and says which file, line and why', () => {
  const files = [policyFile({ rules: [{ effect: 'allow' }] }), policyFile('{\n"ruls": []}', workspaceSource)];
  const decision = openGate(files).gate.decide(gatedCall(), [remembered]);
  assert.equal(decision.effect, 'deny');
  assert.match(decision.rule, /cannot be used: \.vscode\/mcp-policy\.json:2: "ruls" is not allowed/);
  assert.deepEqual([decision.place?.line, decision.place?.source.kind], [2, 'workspace']);
});

test('before the files were read once nothing is allowed', () => {
  const one = openGate([]);
  one.files.set(undefined);
  assert.equal(one.gate.decide(gatedCall(), [remembered]).effect, 'deny');
});

test('a workspace file allows nothing until its very text is accepted, in a trusted workspace', () => {
  const file = policyFile({ rules: [{ effect: 'allow' }] }, workspaceSource);
  const { gate, acceptance, isTrusted, files } = openGate([file]);
  const effect = () => gate.decide(gatedCall(), []).effect;
  assert.equal(effect(), 'ask');
  assert.equal(gate.explain(gatedCall(), []).steps[0]?.mismatch, 'not-accepted');
  acceptance.accept(file);
  gate.refresh();
  assert.equal(effect(), 'allow');
  isTrusted.set(false);
  assert.equal(effect(), 'ask');
  isTrusted.set(true);
  assert.equal(effect(), 'allow');
  files.set([policyFile({ rules: [{ effect: 'allow', tool: '*' }] }, workspaceSource)]);
  assert.equal(effect(), 'ask', 'a change lapses the acceptance');
  assert.equal(acceptance.acceptedText(file.source.file), file.text);
});

test('a trail names the first condition that each rule fails, and what fired', () => {
  const rules = [
    { effect: 'deny', tool: 'other' },
    { effect: 'allow', caller: 'codex' },
    { effect: 'allow', expires: '2020-01-01' },
  ];
  const { steps } = openGate([policyFile({ rules })]).gate.explain(gatedCall(), []);
  assert.deepEqual(
    steps.map(({ mismatch, hasFired }) => [mismatch, hasFired]),
    [
      ['tool', false],
      [undefined, true],
      ['expired', false],
    ],
  );
});

test('presets: the user’s own of a name counts, one of a workspace only once accepted', () => {
  const own = policyFile({ presets: { reading: { demo: ['get_*'] } } });
  const brought = policyFile(
    { presets: { reading: { '*': ['*'] }, more: { demo: ['echo'] } } },
    workspaceSource,
  );
  const { gate, acceptance } = openGate([own, brought]);
  const server = { id: 'user/demo', name: 'demo' };
  assert.deepEqual(gate.presetNames(), ['reading']);
  acceptance.accept(brought);
  gate.refresh();
  assert.deepEqual(gate.presetNames(), ['more', 'reading']);
  assert.deepEqual(
    [
      gate.isInPreset('reading', server, 'get_x'),
      gate.isInPreset('reading', server, 'echo'),
      gate.isInPreset('reading', { id: 'user/other', name: 'other' }, undefined),
      gate.isInPreset('more', server, undefined),
      gate.isInPreset('gone', server, 'echo'),
    ],
    [true, false, false, true, false],
  );
});

test('patterns: any characters, one character, nothing else special, no blow-up', () => {
  const fits: readonly (readonly [string, string, boolean])[] = [
    ['*', '', true],
    ['a*c', 'abbbc', true],
    ['a*c', 'abbbd', false],
    ['*a*b', 'xaxxb', true],
    ['a?c', 'ac', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['', 'a', false],
    ['**a', 'a', true],
  ];
  for (const [pattern, text, expected] of fits)
    assert.equal(fitsGlob(pattern, text), expected, `${pattern} ${text}`);
  assert.equal(fitsGlob(`${'a*'.repeat(100)}b`, 'a'.repeat(2_000)), false);
});

const strictness = { allow: 0, ask: 1, deny: 2 } as const;

function randomRule(random: Random): object {
  const some = <T>(value: () => T): T | undefined => (random.below(3) === 0 ? value() : undefined);
  return {
    effect: random.pick(['allow', 'ask', 'deny']),
    tool: some(() => random.pick(['echo', 'get_*', '*', ['a', 'echo']])),
    server: some(() => random.pick(['demo', 'user/*', 'other'])),
    caller: some(() => random.pick(['codex', 'user', 'c*'])),
    callerKind: some(() => random.pick(['gateway', 'user'])),
    hints: some(() => ({ [random.pick(['readOnly', 'destructive'])]: random.below(2) === 0 })),
    arguments: some(() => ({ required: [random.pick(['a', 'b'])] })),
    expires: some(() => random.pick(['2020-01-01', '2100-01-01'])),
    verdict: some(() => random.pick(['unknown', 'conflict'])),
  };
}

test('whatever a workspace adds that was not accepted, no decision becomes looser', () => {
  const random = seededRandom(20_261_123);
  const list = (most: number) => Array.from({ length: random.below(most) }, () => randomRule(random));
  let tightened = 0;
  for (let round = 0; round < 1_500; round++) {
    const own = policyFile({ rules: list(4) });
    const limits = random.below(4) === 0 ? [{ calls: 1, per: 'day' }] : [];
    const workspace = policyFile({ rules: list(5), limits, presets: { p: { '*': ['*'] } } }, workspaceSource);
    assert.deepEqual(workspace.problems, []);
    const call = gatedCall({
      caller: random.pick([
        { kind: 'gateway', name: 'codex' } as const,
        { kind: 'user', name: 'user' } as const,
      ]),
      tool: random.pick(['echo', 'get_x', 'delete']),
      arguments: random.pick<JsonObject>([{}, { a: 1 }, { b: 1 }]),
      hints: random.pick([{}, { readOnly: true }]),
      isNew: random.below(5) === 0,
    });
    const known = random.below(2) === 0 ? [remembered] : [];
    const isTrusted = random.below(2) === 0;
    const extra = { areHintsTrusted: () => isTrusted };
    const before = openGate([own], extra).gate.decide(call, known);
    const with_ = openGate([own, workspace], extra).gate;
    const after = with_.decide(call, known);
    assert.ok(
      strictness[after.effect] >= strictness[before.effect],
      `${before.effect} became ${after.effect}:\n${own.text}\n${workspace.text}`,
    );
    assert.equal(with_.isInPreset('p', { id: 'user/demo', name: 'demo' }, 'echo'), false);
    if (strictness[after.effect] > strictness[before.effect]) tightened++;
  }
  assert.ok(tightened > 100, 'the rules of the workspace did count');
});
