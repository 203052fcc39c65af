import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tool } from '../../../src/core/connection.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { findTools, type ToolHit } from '../../../src/core/findTool.ts';
import { defined } from '../../fakes/connectionBed.ts';
import { listing } from '../../fakes/fakeConnector.ts';
import { fakeTool } from '../../fakes/fakeTool.ts';
import { seededRandom } from '../../fakes/seededRandom.ts';

function server(
  name: string,
  tools: readonly (Tool | string)[],
  facts: Partial<ServerSnapshot> = {},
): ServerSnapshot {
  const items = tools.map((tool) => (typeof tool === 'string' ? fakeTool(tool) : tool));
  return {
    definition: defined(name),
    state: { kind: 'stopped' },
    offer: {
      tools: listing(items),
      resources: listing([]),
      resourceTemplates: listing([]),
      prompts: listing([]),
    },
    isChanged: false,
    isAutostart: false,
    disabledTools: new Set(),
    sameName: [],
    ...facts,
  };
}

const names = (hits: readonly ToolHit[]) => hits.map(({ tool }) => tool.name);
const find = (query: string, ...tools: readonly (Tool | string)[]) =>
  names(findTools(query, [server('srv', tools)], 100));

describe('what is found', () => {
  test('every word must fit somewhere, in any order and field', () => {
    const tools = [
      fakeTool('run_backtest', { description: 'Over six months of prices' }),
      fakeTool('run_report', { title: 'Monthly prices' }),
      fakeTool('stop'),
    ];
    assert.deepEqual(find('prices run', ...tools), ['run_report', 'run_backtest']);
    assert.deepEqual(find('prices run months', ...tools), ['run_backtest']);
    assert.deepEqual(find('prices run nothing', ...tools), []);
  });

  test('the name of its server counts', () => {
    const servers = [server('github', ['list_issues']), server('jira', ['list_issues'])];
    assert.deepEqual(
      findTools('issues jira', servers, 10).map(({ serverName }) => serverName),
      ['jira'],
    );
  });

  test('claimed hints count, denied ones do not', () => {
    const tools = [
      fakeTool('a', { annotations: { readOnly: true } }),
      fakeTool('b', { annotations: { readOnly: false, destructive: true, openWorld: true } }),
      fakeTool('c', { annotations: { idempotent: true, destructive: false } }),
    ];
    assert.deepEqual(find('read-only', ...tools), ['a']);
    assert.deepEqual(find('readonly', ...tools), ['a']);
    assert.deepEqual(find('destructive', ...tools), ['b']);
    assert.deepEqual(find('open world', ...tools), ['b']);
    assert.deepEqual(find('idempotent', ...tools), ['c']);
  });

  test('letters may stand apart in names, not in descriptions', () => {
    assert.deepEqual(find('rbt', 'run_backtest', fakeTool('x', { description: 'run back test' })), [
      'run_backtest',
    ]);
    assert.deepEqual(find('getsum', 'get-sum', 'getSum'), ['getSum', 'get-sum']);
    assert.deepEqual(find('nt', 'run_backtest'), []);
  });

  test('case, accents, separators and hidden characters do not matter', () => {
    const tool = fakeTool('Get-Résumé_\u200BText');
    for (const query of [
      'resume',
      'RÉSUMÉ',
      're\u0301sume\u0301',
      'get resume text',
      'get_resume.text',
      'te\u200Bxt',
    ]) {
      assert.deepEqual(find(query, tool), [tool.name], query);
    }
  });

  test('nothing is found on servers that were never listed', () => {
    assert.deepEqual(findTools('a', [server('srv', ['a'], { offer: undefined })], 10), []);
  });
});

describe('the order', () => {
  test('is by how the name fits: whole, start, start of a word, inside, letters apart', () => {
    const tools = ['s_u_m', 'resummon', 'get_sum', 'summary', 'sum'];
    assert.deepEqual(find('sum', ...tools), ['sum', 'summary', 'get_sum', 'resummon', 's_u_m']);
  });

  test('prefers the name over title, server and description', () => {
    const tools = [
      fakeTool('a', { description: 'export data' }),
      fakeTool('b', { title: 'Export data' }),
      fakeTool('export_data'),
    ];
    assert.deepEqual(find('export', ...tools), ['export_data', 'b', 'a']);
  });

  test('among equals puts first what is switched on and connected, then the shorter name', () => {
    const info = {} as never;
    const servers = [
      server('off', ['get_a', 'get_b'], { disabledTools: new Set(['get_a']) }),
      server('up', ['get_c'], { state: { kind: 'ready', since: 1, info } }),
      server('down', ['get_dd', 'get_d']),
    ];
    assert.deepEqual(names(findTools('get', servers, 10)), ['get_c', 'get_b', 'get_d', 'get_dd', 'get_a']);
  });

  test('without a query is the given one', () => {
    const servers = [server('b', ['z', 'y']), server('a', ['x'])];
    assert.deepEqual(names(findTools('  ', servers, 10)), ['z', 'y', 'x']);
    assert.deepEqual(names(findTools('', servers, 2)), ['z', 'y']);
  });

  test('does not depend on the limit', () => {
    const random = seededRandom(7);
    const letters = () => random.pick(['a', 'b', '_']);
    const tools = Array.from({ length: 500 }, () => fakeTool(Array.from({ length: 6 }, letters).join('')));
    const all = names(findTools('ab', [server('srv', tools)], 500));
    assert.ok(all.length > 200);
    for (const limit of [0, 1, 17, 100]) {
      assert.deepEqual(names(findTools('ab', [server('srv', tools)], limit)), all.slice(0, limit));
    }
  });
});

describe('a hit', () => {
  test('says where it comes from and whether it can run', () => {
    const [hit] = findTools('rm', [server('files', ['rm'], { disabledTools: new Set(['rm']) })], 1);
    assert.deepEqual(
      [hit?.serverId, hit?.serverName, hit?.state, hit?.isEnabled],
      ['user/files', 'files', 'stopped', false],
    );
  });

  test('says what to highlight in each text', () => {
    const tool = fakeTool('run_backtest', { title: 'Run a backtest', description: 'Tests back data' });
    const [hit] = findTools('run test', [server('test server', [tool])], 1);
    const parts = (text: string, ranges: readonly { start: number; end: number }[] = []) =>
      ranges.map(({ start, end }) => text.slice(start, end));
    assert.deepEqual(
      [
        parts(tool.name, hit?.matches.name),
        parts(tool.title ?? '', hit?.matches.title),
        parts(tool.description ?? '', hit?.matches.description),
        parts('test server', hit?.matches.serverName),
      ],
      [['run', 'test'], ['Run', 'test'], ['Test'], ['test']],
    );
  });

  test('of hostile length is still found quickly by its beginning', () => {
    const tool = fakeTool(`start${'x'.repeat(1_000_000)}`, { description: 'y'.repeat(1_000_000) });
    assert.equal(find('start', tool).length, 1);
    assert.equal(find('xyz', tool).length, 0);
  });
});
