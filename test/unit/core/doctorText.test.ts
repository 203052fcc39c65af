import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { doctorReport } from '../../../src/core/doctor.ts';
import type { DoctorFacts } from '../../../src/core/doctorFacts.ts';
import { doctorDocument, doctorMarkdown } from '../../../src/core/doctorText.ts';

describe('what leaves the editor', () => {
  const marked = 'ghp_markedmarkedmarked0123456789';
  const facts: DoctorFacts = {
    server: { id: 'user/files', name: 'files', kind: 'stdio', target: 'node x', file: '/mcp.json', line: 3 },
    platform: 'linux',
    at: 0,
    way: 'trial',
    entry: { ms: 1, failure: undefined, notes: [], isDisabled: false, hasOwnSignIn: false },
    connect: {
      startMs: 20,
      handshakeMs: undefined,
      failure: undefined,
      exchanges: [],
      http: [],
      info: undefined,
      exit: { code: 1, signal: undefined },
      stderr: [`token ${marked} \u202E refused`, '```', 'Authorization: Bearer marked-marked-marked'],
      noise: undefined,
      patience: 30,
    },
  };

  test('hidden characters are marked, and what gives itself away as a secret is left out, in every form', () => {
    const report = doctorReport(facts, true);
    for (const text of [
      JSON.stringify(report),
      JSON.stringify(doctorDocument(report)),
      doctorMarkdown(report),
    ]) {
      assert.ok(!text.includes('marked-marked') && !text.includes(marked), text);
      assert.ok(!text.includes('\u202E'));
      assert.ok(text.includes('<U+202E>'));
    }
  });

  test('foreign text cannot leave its block of Markdown', () => {
    assert.match(doctorMarkdown(doctorReport(facts, true)), /````text\n[\s\S]*\n {3}```\n[\s\S]*````/);
  });

  test('the document names each step with its time', () => {
    const document = doctorDocument(doctorReport(facts, true));
    assert.equal(document['result'], 'fail');
    assert.equal((document['steps'] as unknown[]).length, 8);
  });
});
