import type { ServerSnapshot } from '../src/core/connections.ts';
import { ServerNodes, type Refresh, type ServerNode } from '../src/vscode/serverNodes.ts';
import { serverNodeView } from '../src/vscode/serverViews.ts';
import { compare, timed, type Comparison } from './stats.ts';
import { english, readyState, sampleOffer, sampleServer, sampleTool } from '../test/fakes/samples.ts';

const servers = 200;
const toolsEach = 25;
const rounds = 300;

/** What the Servers view costs when one server of 200 with 5,000 tools changes, all rows open, against building every row anew. */
export async function benchTree(): Promise<readonly Comparison[]> {
  const snapshots = Array.from({ length: servers }, (_, i) => serverSnapshot(i, toolsEach));
  const nodes = new ServerNodes();
  draw(nodes, nodes.update(snapshots, none));
  const ours: number[] = [];
  const yardstick: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const index = round % servers;
    snapshots[index] = serverSnapshot(index, toolsEach);
    ours.push(await timed(async () => draw(nodes, nodes.update([...snapshots], none))));
    yardstick.push(
      await timed(async () => {
        const fresh = new ServerNodes();
        draw(fresh, fresh.update(snapshots, none));
      }),
    );
  }
  return [
    compare(
      'tree refresh, one of 200 servers with 5,000 tools',
      'ms',
      ours,
      yardstick,
      'p95 <= 0.1 of all rows',
    ),
  ];
}

const none: readonly never[] = [];

const serverSnapshot = (index: number, toolCount: number): ServerSnapshot =>
  sampleServer(`server ${index}`, {
    state: readyState,
    offer: sampleOffer(
      Array.from({ length: toolCount }, (_, i) => sampleTool(`tool_${i}`, { description: `Does ${i}.` })),
    ),
  });

/** Asks for the rows that VS Code asks for after a refresh when everything is open. */
function draw(nodes: ServerNodes, refresh: Refresh): number {
  const row = (node: ServerNode): number => {
    serverNodeView(node, nodes.snapshot(node), english);
    return 1 + nodes.children(node).reduce((sum, child) => sum + row(child), 0);
  };
  return (refresh === 'all' ? nodes.roots() : refresh).reduce((sum, node) => sum + row(node), 0);
}
