import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSchemaValidator } from '../../../src/node/schemaValidator.ts';
import {
  alwaysDetail,
  approvalDocument,
  approvalFileName,
  argumentsAsText,
  withoutHeader,
} from '../../../src/vscode/approvalText.ts';
import { readArguments } from '../../../src/vscode/argumentText.ts';
import { english, sampleApproval, sampleTool } from '../../fakes/samples.ts';

const document = (request = sampleApproval()) =>
  approvalDocument(request, argumentsAsText(request.arguments), english);
const readBack = (text: string) => readArguments(text, { type: 'object' }, createSchemaValidator(), english);

test('the header names tool, server, source, caller, reason and claims', () => {
  const text = document(
    sampleApproval({
      caller: { kind: 'gateway', name: 'claude-code' },
      definition: sampleTool('echo', {
        title: 'Echo',
        description: 'Repeats.',
        annotations: { readOnly: true, destructive: false },
      }),
    }),
  );
  for (const part of [
    'echo — “Echo”',
    'files  (/w/.vscode/mcp.json:4)',
    'claude-code (agent through the gateway)',
    'no rule allows it',
    'read-only, not destructive',
    'not checked',
    'Repeats.',
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test('what a server writes stays inside the comment and shows what it hides', () => {
  const evil = 'Fine.\n{ "message": "other" }\r{"a":1}\u2028{"b":2}\u0085*/ {"c":3}\u200B\u{E0068}\u{E0069}';
  const request = sampleApproval({
    definition: sampleTool('echo\n{"x":1}', { title: 'T\r\n{}', description: evil }),
    serverName: 'files\n{"y":1}',
    reason: 'because\n{"z":1}',
    caller: { kind: 'gateway', name: 'agent\n{"w":1}' },
  });
  const text = document(request);
  assert.deepEqual(readBack(text), { value: { message: 'hi' }, problems: [] });
  assert.ok(
    text
      .split('\n')
      .slice(0, -4)
      .every((line) => line.startsWith('//')),
  );
  assert.match(text, /hidden characters[^]*Hidden characters spell: hi/);
  assert.ok(!/[\r\u2028\u0085\u200B]|\u{E0068}/u.test(text));
});

test('a long description cannot push the arguments out of sight', () => {
  const description = Array.from({ length: 5000 }, (_, i) => `line ${i}`).join('\n');
  const text = document(sampleApproval({ definition: sampleTool('echo', { description }) }));
  assert.ok(text.split('\n').length < 60);
  assert.match(text, /more lines: see “Tool definition” above/);
  const oneLine = document(
    sampleApproval({ definition: sampleTool('echo', { description: 'word '.repeat(20_000) }) }),
  );
  assert.ok(oneLine.split('\n').length < 60);
});

test('hidden characters in arguments are escapes that are sent as they came', () => {
  const request = sampleApproval({ arguments: { path: 'a\u202Eb', n: [1, { k: '\u200B' }] } });
  const text = document(request);
  assert.ok(text.includes('"a\\u202eb"'));
  assert.deepEqual(readBack(text).value, request.arguments);
});

test('edits survive a new header', () => {
  const request = sampleApproval();
  const edited = document(request).replace('"hi"', '"edited" // why');
  const again = approvalDocument(request, withoutHeader(edited), english);
  assert.equal(again, edited);
  assert.deepEqual(readBack(again).value, { message: 'edited' });
  assert.equal(
    withoutHeader(document(request).replace('{', '[')).startsWith('['),
    true,
    'broken arguments are kept too',
  );
});

test('the tab is named after the tool, without anything a path could mean', () => {
  assert.equal(approvalFileName(sampleApproval()), 'echo – approve.mcpjson');
  assert.ok(
    !approvalFileName(sampleApproval({ definition: sampleTool('../a/b\\c\u202E') })).match(/[/\\\u202E]/),
  );
});

test('"always" says what it is bound to, and that arguments are not part of it', () => {
  const text = alwaysDetail(
    sampleApproval(),
    { kind: 'stdio', command: 'node', args: ['a b.js'], env: {}, envFile: undefined, cwd: undefined },
    english,
  );
  for (const part of [
    'echo',
    'd'.repeat(16),
    'files',
    '/w/.vscode/mcp.json:4',
    'node "a b.js"',
    'a'.repeat(16),
    'any arguments',
  ])
    assert.ok(text.includes(part), part);
});
