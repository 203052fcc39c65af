import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyFile, userSource } from '../../fakes/policyBed.ts';

test('a file with comments, trailing commas and every condition is read, each rule with its line', () => {
  const file = policyFile(`{
  // what we agreed on
  "version": 1,
  "rules": [
    { "effect": "allow", "tool": "get_*", },
    {
      "effect": "deny", "reason": "ask Ann",
      "server": ["github", "gitlab*"], "caller": "codex", "callerKind": ["gateway", "lm-tool"],
      "registry": "io.github.*", "verdict": "unverified", "hints": { "destructive": true },
      "arguments": { "required": ["path"] }, "folder": "work", "expires": "2027-01-31"
    },
  ],
  "limits": [{ "calls": 30, "per": "minute", "each": ["caller", "tool"], "tool": "search" }],
  "presets": { "reading": { "github": ["get_*"] } },
}`);
  assert.deepEqual(file.problems, []);
  assert.deepEqual(
    file.rules.map(({ effect, place }) => [effect, place.line]),
    [
      ['allow', 5],
      ['deny', 6],
    ],
  );
  const [, deny] = file.rules;
  assert.deepEqual(deny?.server, ['github', 'gitlab*']);
  assert.deepEqual(deny?.callerKind, ['gateway', 'lm-tool']);
  assert.equal(deny?.expiresAt, Date.parse('2027-02-01T00:00:00Z'), 'a date counts to its end');
  assert.deepEqual(file.limits[0], {
    place: file.limits[0]?.place,
    ...{ server: undefined, tool: ['search'], caller: undefined, callerKind: undefined, reason: undefined },
    ...{ calls: 30, perMs: 60_000, each: ['caller', 'tool'] },
  });
  assert.equal(file.limits[0]?.place.line, 13);
  assert.deepEqual(file.presets[0]?.servers, [{ server: 'github', tools: ['get_*'] }]);
});

const broken: readonly (readonly [string, string, number, RegExp])[] = [
  [
    'a condition that there is not',
    '{\n"rules": [\n{ "effect": "deny",\n "toool": "x" }]}',
    4,
    /"toool" is not allowed/,
  ],
  ['an effect that there is not', '{\n"rules": [{ "effect": "alow" }]}', 2, /allowed values|one of/i],
  ['a rule without an effect', '{\n"rules": [\n{ "tool": "x" }]}', 3, /"effect" is required/],
  ['a pattern of the wrong type', '{"rules": [{ "effect": "deny",\n "tool": 3 }]}', 2, /"tool" is neither/],
  [
    'an empty list of patterns, which nothing fits',
    '{"rules": [{ "effect": "deny",\n "tool": [] }]}',
    2,
    /fewer|least/i,
  ],
  [
    'a day that there is not',
    '{"rules": [{ "effect": "allow",\n "expires": "2027-02-30" }]}',
    2,
    /no such date/,
  ],
  [
    'a date in other words',
    '{"rules": [{ "effect": "allow",\n "expires": "tomorrow" }]}',
    2,
    /pattern|match/i,
  ],
  [
    'a name that occurs twice',
    '{"rules": [{ "effect": "deny", "tool": "a",\n "tool": "b" }]}',
    2,
    /occurs twice/,
  ],
  [
    'a schema that cannot be used',
    '{"rules": [{ "effect": "allow",\n "arguments": { "pattern": "(", "type": "strin" } }]}',
    2,
    /schema/,
  ],
  ['a limit of nothing', '{"limits": [{\n "calls": 0, "per": "minute" }]}', 2, />= 1|least/i],
  ['text that is no JSON', '{\n"rules": [\n', 3, /JSON/],
  ['a list', '\n[]', 2, /object/],
  ['a version that is not ours', '{\n"version": 2}', 2, /constant|equal|1/],
];

for (const [what, text, line, says] of broken) {
  test(`${what} makes the file unusable and names the line`, () => {
    const { problems, rules } = policyFile(text);
    assert.ok(problems[0], 'a problem is found');
    assert.deepEqual([problems[0].line, problems[0].source], [line, userSource], problems[0].message);
    assert.match(problems[0].message, says);
    assert.ok(problems[0].offset >= 0 && problems[0].offset <= text.length);
    assert.ok(rules.length <= 1);
  });
}

test('an empty file has no rules and no problem', () => {
  assert.deepEqual([policyFile('').problems, policyFile('// nothing yet\n').rules], [[], []]);
});

test('text nested thousands of levels deep is a problem and not the end', () => {
  assert.match(policyFile(`{"rules":${'['.repeat(50_000)}`).problems[0]?.message ?? '', /deep/);
});
