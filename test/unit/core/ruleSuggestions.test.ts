import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/core/json.ts';
import { addRule, policyTemplate, setPreset } from '../../../src/core/policyEdit.ts';
import { suggestRules } from '../../../src/core/ruleSuggestions.ts';
import { gatedCall, openGate, policyFile } from '../../fakes/policyBed.ts';

const subject = (args: JsonObject) => ({
  serverId: 'user/demo',
  tool: 'echo',
  caller: { kind: 'gateway', name: 'codex' } as const,
  arguments: args,
});

function effects(args: JsonObject, others: readonly JsonObject[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    suggestRules(subject(args)).map(({ kind, rule }) => {
      const { text } = addRule(policyTemplate, rule);
      const file = policyFile(text);
      assert.deepEqual(file.problems, []);
      const { gate } = openGate([file]);
      return [kind, [args, ...others].map((one) => gate.decide(gatedCall({ arguments: one }), []).effect)];
    }),
  );
}

test('each suggestion is a sound rule that fits its call, the narrowest first, and no wider than it says', () => {
  const args = { path: '/work/src/a.ts', lines: 3, url: 'https://example.com/a' };
  const found = effects(args, [
    { ...args, path: '/work/src/b.ts', url: 'https://example.com/b' },
    { ...args, path: '/work/src/../secret' },
    { ...args, path: '/work/srcs/a.ts' },
    { ...args, url: 'https://example.com.evil.org/a' },
    { ...args, url: 'https://example.com@evil.org/a' },
    { ...args, lines: 4 },
    { ...args, more: true },
    { path: args.path, lines: 3 },
  ]);
  assert.deepEqual(Object.keys(found), [
    'allow-same',
    'allow-alike',
    'allow-any',
    'ask',
    'deny-caller',
    'deny-all',
  ]);
  assert.deepEqual(found['allow-same'], ['allow', ...Array<string>(8).fill('ask')]);
  assert.deepEqual(found['allow-alike'], ['allow', 'allow', ...Array<string>(7).fill('ask')]);
  assert.deepEqual(new Set(found['allow-any']), new Set(['allow']));
  assert.deepEqual(new Set(found['deny-all']), new Set(['deny']));
});

test('a suggestion holds for the caller that asked, and says so by name and kind', () => {
  for (const { kind, rule } of suggestRules(subject({}))) {
    const { gate } = openGate([policyFile({ rules: [rule] })]);
    const other = gatedCall({ caller: { kind: 'lm-tool', name: 'codex' } });
    const decided = gate.decide(other, []).effect;
    assert.equal(decided, kind === 'deny-all' ? 'deny' : 'ask', kind);
  }
});

test('secrets and long texts are never written into a rule', () => {
  const secret = { password: 'hunter2hunter2', header: 'Bearer abcdefghijklmnop', text: 'x'.repeat(5_000) };
  const written = JSON.stringify(suggestRules(subject(secret)));
  assert.doesNotMatch(written, /hunter2|abcdefgh|xxxx/);
  assert.equal(suggestRules(subject(secret))[0]?.kind, 'allow-alike');
});

test('a rule is added behind the others with comments, indentation and line ends kept', () => {
  const text = '{\r\n\t// mine\r\n\t"rules": [\r\n\t\t{ "effect": "ask" } // first\r\n\t]\r\n}\r\n';
  const edited = addRule(text, { effect: 'deny', tool: 'x' });
  assert.match(edited.text, /\/\/ mine[\s\S]*\/\/ first/);
  assert.doesNotMatch(edited.text.replaceAll('\r\n', ''), /\n/);
  assert.match(edited.text.slice(edited.offset, edited.offset + edited.length), /^\{[\s\S]*"deny"[\s\S]*\}$/);
  assert.deepEqual(
    policyFile(edited.text).rules.map(({ effect }) => effect),
    ['ask', 'deny'],
  );
});

test('a file without rules gets some; one that is damaged is left alone', () => {
  assert.equal(policyFile(addRule('{}', { effect: 'ask' }).text).rules.length, 1);
  for (const text of ['', '[', '[]', '{"rules": 3}'])
    assert.throws(() => addRule(text, { effect: 'ask' }), { code: 'invalid-config' });
});

test('a preset is written by server and replaces the one of its name', () => {
  const once = setPreset(policyTemplate, 'reading', { 'user/demo': ['a', 'b'] });
  const twice = setPreset(once.text, 'reading', { 'user/demo': ['c'] });
  assert.deepEqual(policyFile(twice.text).presets[0]?.servers, [{ server: 'user/demo', tools: ['c'] }]);
  assert.deepEqual(policyFile(policyTemplate).problems, []);
});
