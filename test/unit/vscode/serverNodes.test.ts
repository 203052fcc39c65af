import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import type { ServerReview } from '../../../src/core/definitionReview.ts';
import type { ConfigProblem } from '../../../src/core/server.ts';
import { ServerNodes, type ServerNode } from '../../../src/vscode/serverNodes.ts';
import { serverNodeTooltip, serverNodeView } from '../../../src/vscode/serverViews.ts';
import { english, listing, readyState, sampleOffer, sampleServer, sampleTool } from '../../fakes/samples.ts';

const ready = (name: string, extra: Partial<ServerSnapshot> = {}) =>
  sampleServer(name, { state: readyState, ...extra });
const view = (nodes: ServerNodes, node: ServerNode) => serverNodeView(node, nodes.snapshot(node), english);
const tooltip = (nodes: ServerNodes, node: ServerNode) =>
  serverNodeTooltip(node, nodes.snapshot(node), english);
const noProblems: readonly ConfigProblem[] = [];

function below(nodes: ServerNodes, name: string): readonly ServerNode[] {
  const server = nodes.find(`user/${name}`);
  assert.ok(server);
  return nodes.children(server).flatMap((list) => nodes.children(list));
}

test('servers stand in the order of their names, problems first', () => {
  const nodes = new ServerNodes();
  const problem: ConfigProblem = {
    source: sampleServer('x').definition.source,
    entry: 'broken',
    line: 7,
    column: 3,
    message: 'expected a command',
  };
  assert.equal(nodes.update([sampleServer('b10'), sampleServer('B2'), sampleServer('a')], [problem]), 'all');
  assert.deepEqual(
    nodes.roots().map((node) => view(nodes, node).label),
    ['broken', 'a', 'B2', 'b10'],
  );
  const [first] = nodes.roots();
  assert.ok(first);
  assert.match(tooltip(nodes, first), /expected a command\n\/home\/me\/\.config\/mcp\.json:7:3/);
  assert.equal(view(nodes, first).command, 'openServerConfig');
});

test('only the servers that changed are refreshed', () => {
  const nodes = new ServerNodes();
  const all = Array.from({ length: 200 }, (_, i) => ready(`s${i}`, { offer: sampleOffer(['one', 'two']) }));
  nodes.update(all, noProblems);
  assert.deepEqual(nodes.update(all, noProblems), []);
  const changed = all.with(17, { ...all[17]!, state: { kind: 'stopped' } });
  assert.deepEqual(nodes.update(changed, noProblems), [nodes.find('user/s17')]);
  assert.equal(nodes.update(changed.slice(1), noProblems), 'all');
});

test('rows keep their identity over a refresh and show the new definition', () => {
  const nodes = new ServerNodes();
  nodes.update([ready('s', { offer: sampleOffer(['one', 'two']) })], noProblems);
  const before = below(nodes, 's');
  nodes.update(
    [ready('s', { offer: sampleOffer([sampleTool('one', { title: 'First' }), 'three']) })],
    noProblems,
  );
  const after = below(nodes, 's');
  assert.equal(after[0], before[0]);
  assert.equal(view(nodes, after[0]!).description, 'First');
  assert.notEqual(after[1], before[1]);
});

test('two tools of one name get ids of their own', () => {
  const nodes = new ServerNodes();
  nodes.update([ready('s', { offer: sampleOffer(['same', 'same', 'same']) })], noProblems);
  assert.equal(new Set(below(nodes, 's').map((node) => node.id)).size, 3);
});

test('every row knows its parent, so that it can be revealed', () => {
  const nodes = new ServerNodes();
  const offer = sampleOffer(['tool'], {
    resources: listing(
      [
        {
          uri: 'file:///a',
          name: 'a',
          title: undefined,
          description: undefined,
          mimeType: undefined,
          size: undefined,
          raw: {},
        },
      ],
      ['one resource could not be read'],
    ),
  });
  nodes.update([ready('s', { offer })], noProblems);
  const walk = (parent: ServerNode | undefined, rows: readonly ServerNode[]): number =>
    rows.reduce((sum, row) => {
      assert.equal(nodes.parent(row), parent);
      return sum + 1 + walk(row, nodes.children(row));
    }, 0);
  assert.equal(walk(undefined, nodes.roots()), 6);
  assert.equal(nodes.find('user/s', 'tool')?.kind, 'tool');
  assert.equal(nodes.find('user/s', 'other'), undefined);
});

test('thousands of resources stand in groups that know their parents, templates first', () => {
  const nodes = new ServerNodes();
  const one = (uri: string) => ({
    ...{ uri, name: uri, title: undefined, description: undefined, mimeType: undefined },
    ...{ size: undefined, raw: {} },
  });
  const offer = sampleOffer([], {
    resources: listing(Array.from({ length: 5_000 }, (_, i) => one(`file:///${i % 3}/${i}`))),
    resourceTemplates: listing([{ ...one('x'), uriTemplate: 'file:///{path}' }]),
  });
  nodes.update([ready('s', { offer })], noProblems);
  assert.deepEqual(
    below(nodes, 's').map((node) => [view(nodes, node).label, view(nodes, node).description]),
    [
      ['Templates', '1'],
      ['0/', '1667'],
      ['1/', '1667'],
      ['2/', '1666'],
    ],
  );
  let rows = 0;
  const walk = (parent: ServerNode): void => {
    for (const row of nodes.children(parent)) {
      assert.equal(nodes.parent(row), parent);
      if (row.kind === 'resource') rows++;
      walk(row);
    }
  };
  walk(nodes.roots()[0]!);
  assert.equal(rows, 5_000);
  const before = below(nodes, 's');
  nodes.update([ready('s', { offer: { ...offer } })], noProblems);
  assert.deepEqual(below(nodes, 's'), before);
});

test('a server shows its era and how much it offers, and what is off the rule', () => {
  const nodes = new ServerNodes();
  nodes.update(
    [
      ready('a', { offer: sampleOffer(['one']) }),
      sampleServer('b', {
        state: { kind: 'failed', cause: 'exit code 1', nextStep: undefined },
        isChanged: true,
        sameName: ['workspace/b'],
      }),
    ],
    noProblems,
  );
  const [a, b] = nodes.roots().map((node) => view(nodes, node));
  assert.equal(a?.description, 'modern · 1 tool');
  assert.equal(b?.description, 'failed: exit code 1 · changed · .config/mcp.json');
  assert.equal(a?.context, 'server can-stop local unchanged autostart-off');
  assert.equal(b?.context, 'server can-start local changed autostart-off');
  assert.equal(b?.children, 'none');
});

test('a tool that is switched off is dimmed and says so', () => {
  const nodes = new ServerNodes();
  nodes.update(
    [ready('s', { offer: sampleOffer(['one', 'two']), disabledTools: new Set(['two']) })],
    noProblems,
  );
  const [one, two] = below(nodes, 's').map((node) => view(nodes, node));
  assert.deepEqual([one?.isDimmed, one?.context], [false, 'tool on']);
  assert.deepEqual([two?.isDimmed, two?.context, two?.description], [true, 'tool off', 'off']);
});

test('a definition with hidden characters is marked and shown in full', () => {
  const nodes = new ServerNodes();
  const tool = sampleTool('read\u200B', {
    description: 'Reads.\u{E0049}\u{E0067}',
    annotations: { readOnly: true },
  });
  nodes.update([ready('s', { offer: sampleOffer([tool]) })], noProblems);
  const [row] = below(nodes, 's');
  assert.ok(row);
  assert.equal(view(nodes, row).label, 'read<U+200B>');
  assert.equal(view(nodes, row).icon?.name, 'warning');
  assert.match(tooltip(nodes, row), /claims: read-only[^]*hidden characters[^]*Reads\.<U\+E0049><U\+E0067>/);
});

test('the update of 200 servers with 5,000 tools costs only what changed', () => {
  const nodes = new ServerNodes();
  const offer = sampleOffer(Array.from({ length: 25 }, (_, i) => `tool${i}`));
  let reads = 0;
  const watched = {
    ...offer,
    get tools() {
      reads++;
      return offer.tools;
    },
  };
  const all = Array.from({ length: 200 }, (_, i) => ready(`s${i}`, { offer: watched }));
  nodes.update(all, noProblems);
  nodes.update(all.with(3, { ...all[3]!, isChanged: true }), noProblems);
  assert.equal(reads, 0, 'no list is looked at before its rows are asked for');
  assert.equal(below(nodes, 's3').length, 25);
});

test('a prompt leads to its form, says what it takes, and stands out when it changed or hides something', () => {
  const nodes = new ServerNodes();
  const prompt = (name: string, description?: string) => ({
    ...{ name, title: `Title of ${name}`, description, raw: { name } },
    arguments: [
      { name: 'topic', description: undefined, isRequired: true },
      { name: 'to\u200Bne', description: undefined, isRequired: false },
    ],
  });
  const prompts = listing([prompt('explain'), prompt('changed'), prompt('odd', 'Do\u202E it')]);
  nodes.update([ready('s', { offer: sampleOffer([], { prompts }) })], noProblems);
  const [plain, changed, odd] = below(nodes, 's');
  assert.ok(plain && changed && odd);
  const review: ServerReview = {
    scope: { serverId: 'user/s', launchHash: '', account: '' },
    serverName: 's',
    items: [
      {
        ...{ kind: 'prompt', name: 'changed', state: 'changed', hash: 'h' },
        ...{ before: undefined, after: undefined, changes: [] },
      },
    ],
  };
  assert.partialDeepStrictEqual(view(nodes, plain), {
    label: 'explain',
    description: 'Title of explain',
    command: 'usePrompt',
    context: 'prompt',
    isDimmed: false,
  });
  assert.match(tooltip(nodes, plain), /Arguments: topic, to<U\+200B>ne\?/);
  const reviewed = serverNodeView(changed, nodes.snapshot(changed), english, undefined, review);
  assert.partialDeepStrictEqual(reviewed, {
    description: 'set aside · Title of changed',
    context: 'prompt to-review',
    isDimmed: true,
  });
  assert.equal(view(nodes, odd).icon?.name, 'warning');
});
