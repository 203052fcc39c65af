import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerSnapshot } from '../../../../src/core/connections.ts';
import { Store } from '../../../../src/core/util/store.ts';
import { GatewayContext, type GatewayDeps } from '../../../../src/node/gateway/context.ts';
import { fakeTool, sha256 } from '../../../fakes/doorBed.ts';
import { FakeClock } from '../../../fakes/fakeClock.ts';

const agent = { kind: 'gateway', name: 'agent' } as const;

test('a tool that was set aside is not shown, until it is accepted', () => {
  const nothing = { items: [], problems: [], ttlMs: undefined };
  const tools = { ...nothing, items: [fakeTool('kept'), fakeTool('changed')] };
  const server = {
    definition: { id: 'user/a', name: 'a' },
    state: { kind: 'stopped' },
    offer: { tools, resources: nothing, resourceTemplates: nothing, prompts: nothing },
    disabledTools: new Set(),
  } as unknown as ServerSnapshot;
  let setAside: ReadonlySet<string> = new Set(['changed']);
  const context = new GatewayContext(
    {
      ...{ sha256, clock: new FakeClock() },
      connections: { servers: new Store<readonly ServerSnapshot[]>([server]) },
      definitions: { setAside: () => setAside, reviews: new Store(new Map()) },
      isOffered: () => true,
    } as unknown as GatewayDeps,
    undefined as never,
  );
  const names = () => [...context.catalog(agent, { kind: 'all' }).tools.keys()];
  assert.deepEqual(names(), ['a_kept']);
  setAside = new Set();
  context.offersChanged();
  assert.deepEqual(names(), ['a_kept', 'a_changed']);
});
