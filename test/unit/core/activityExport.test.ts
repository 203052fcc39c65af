import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineHash, type ActivityEvent } from '../../../src/core/activity.ts';
import { exportActivity } from '../../../src/core/activityExport.ts';
import { previewOf } from '../../../src/core/redact.ts';
import { activityBed, callEvent, noPause } from '../../fakes/activityBed.ts';
import { sha256 } from '../../fakes/doorBed.ts';

async function exported(bed: ReturnType<typeof activityBed>, format: 'jsonl' | 'otlp', filter = {}) {
  let text = '';
  const signal = new AbortController().signal;
  for await (const part of exportActivity(bed.rows, filter, format, '1.2.3', noPause, signal)) text += part;
  return text.trimEnd().split('\n');
}

test('exported JSON Lines carry the whole chain, so that anybody can check it', async (t) => {
  const bed = activityBed(t, 1_201);
  const lines = (await exported(bed, 'jsonl')).map(
    (line) =>
      JSON.parse(line) as { seq: number; at: number; event: ActivityEvent; previous: string; hash: string },
  );
  assert.equal(lines.length, 1_201);
  let previous = '0'.repeat(64);
  for (const [index, line] of lines.entries()) {
    assert.deepEqual([line.seq, line.previous, line.hash], [index + 1, previous, lineHash(line, sha256)]);
    previous = line.hash;
  }
});

test('a filter narrows the export, and a damaged line is exported as found', async (t) => {
  const bed = activityBed(t, 10);
  bed.db.sql(`UPDATE activity SET body = '{"x' WHERE seq = 3`).run();
  assert.equal((await exported(bed, 'jsonl', { outcome: 'completed' })).length, 5);
  const third = JSON.parse((await exported(bed, 'jsonl'))[2]!) as object;
  assert.deepEqual(
    { ...third, hash: '', previous: '' },
    {
      seq: 3,
      at: 1002,
      kind: 'call',
      damaged: '{"x',
      previous: '',
      hash: '',
    },
  );
});

interface Logs {
  resourceLogs: {
    resource: { attributes: Attribute[] };
    scopeLogs: {
      logRecords: {
        timeUnixNano: string;
        severityNumber: number;
        severityText: string;
        eventName: string;
        body: { stringValue: string };
        attributes: Attribute[];
      }[];
    }[];
  }[];
}
interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string };
}

test('OTLP JSON has a log record per line, with nanoseconds and 64-bit integers as texts', async (t) => {
  const bed = activityBed(t, 3);
  bed.rows.append(5000, { ...callEvent(9), kind: 'call-denied' } as ActivityEvent);
  const [line, ...others] = await exported(bed, 'otlp');
  assert.deepEqual(others, []);
  const { resource, scopeLogs } = (JSON.parse(line!) as Logs).resourceLogs[0]!;
  assert.deepEqual(resource.attributes[0], {
    key: 'service.name',
    value: { stringValue: 'mcp-switchboard' },
  });
  const records = scopeLogs[0]!.logRecords;
  assert.deepEqual(
    records.map(({ timeUnixNano, severityText, eventName }) => [timeUnixNano, severityText, eventName]),
    [
      ['1000000000', 'INFO', 'mcp_switchboard.call'],
      ['1001000000', 'INFO', 'mcp_switchboard.call_ended'],
      ['1002000000', 'INFO', 'mcp_switchboard.call'],
      ['5000000000', 'WARN', 'mcp_switchboard.call_denied'],
    ],
  );
  const attributes = new Map(records[1]!.attributes.map(({ key, value }) => [key, value]));
  assert.deepEqual(attributes.get('gen_ai.tool.name'), { stringValue: 'add_note' });
  assert.deepEqual(attributes.get('mcp.method.name'), { stringValue: 'tools/call' });
  assert.deepEqual(attributes.get('mcp_switchboard.seq'), { intValue: '2' });
  assert.deepEqual(attributes.get('mcp_switchboard.ms'), { intValue: '10' });
  for (const { attributes } of records)
    assert.equal(new Set(attributes.map(({ key }) => key)).size, attributes.length, 'keys are unique');
});

test('a preview hides what is named or looks like a secret, wherever it stands', () => {
  const secrets = [
    'ghp_0123456789abcdefABCDEF',
    'sk-proj-0123456789abcdef',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
    'Bearer 0123456789abcdef',
    'https://me:hunter2222@example.com/x',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEabcdef',
  ];
  for (const secret of secrets) {
    const preview = previewOf({ text: `before ${secret}` });
    assert.match(preview, /\(hidden\)/, secret);
    for (const marked of ['0123456789abcdef', 'c2ln', 'hunter2222', 'MIIE'])
      assert.ok(!preview.includes(marked), `${secret}: ${preview}`);
  }
  assert.equal(
    previewOf({ text: 'ask-me sketch', url: 'https://example.com:80/a@b' }),
    '{"text":"ask-me sketch","url":"https://example.com:80/a@b"}',
  );
});
