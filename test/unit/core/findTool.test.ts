import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { findTools } from '../../../src/core/findTool.ts';
import { fakeTool, FakeServer } from '../../fakes/doorBed.ts';

function snapshot(name: string, ...tools: [name: string, description?: string][]): ServerSnapshot {
  const server = new FakeServer();
  server.tools = tools.map(([tool, description]) =>
    fakeTool(tool, description === undefined ? {} : { description }),
  );
  const base = server.snapshot();
  return { ...base, definition: { ...base.definition, id: name, name } };
}

const servers = [
  snapshot(
    'files',
    ['read_file', 'Reads a file'],
    ['writeFile', 'Writes a file'],
    ['list', 'Names what a folder holds, read only'],
  ),
  snapshot('nightly', ['run_backtest', 'Tests a strategy'], ['export_data']),
];
const names = (query: string) => findTools(query, servers, 10).map((hit) => hit.tool.name);

test('a name that starts with the query comes before one that mentions it', () => {
  assert.deepEqual(names('read'), ['read_file', 'list']);
});

test('every word must fit somewhere, in any field and order', () => {
  assert.deepEqual(names('file write'), ['writeFile']);
  assert.deepEqual(names('nightly data'), ['export_data']);
  assert.deepEqual(names('read nonsense'), []);
});

test('initials and gaps are forgiven in names', () => {
  assert.deepEqual(names('rbt'), ['run_backtest']);
});

test('case, accents and separators do not matter', () => {
  assert.deepEqual(names('WRITE-FILE'), ['writeFile']);
  assert.deepEqual(names('éxport'), ['export_data']);
});

test('an empty query lists everything up to the limit', () => {
  assert.equal(names('').length, 5);
  assert.equal(findTools('', servers, 2).length, 2);
});
