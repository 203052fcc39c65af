import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tool } from '../../../src/core/connection.ts';
import type { ServerSnapshot } from '../../../src/core/connections.ts';
import { AppTools } from '../../../src/core/mcpAppTools.ts';
import { Store } from '../../../src/core/util/store.ts';
import { fakeTool } from '../../fakes/doorBed.ts';

const withApp = (name: string) => fakeTool(name, { _meta: { ui: { resourceUri: `ui://${name}` } } });

function server(id: string, items: readonly Tool[] | undefined): ServerSnapshot {
  const offer = items && { tools: { items, problems: [], ttlMs: undefined } };
  return { definition: { id }, offer } as unknown as ServerSnapshot;
}

test('the tools with an app are known by server, and a change of them is told', () => {
  const tools = [withApp('clock'), fakeTool('echo')];
  const servers = new Store<readonly ServerSnapshot[]>([server('a', tools), server('b', undefined)]);
  const apps = new AppTools({ servers });
  let told = 0;
  apps.changed.subscribe(() => told++);
  assert.deepEqual(
    [apps.has('a', 'clock'), apps.has('a', 'echo'), apps.has('b', 'clock'), apps.has('none', 'clock')],
    [true, false, false, false],
  );

  servers.set([server('a', tools), server('b', [fakeTool('echo')])]);
  assert.equal(told, 0);
  servers.set([server('a', tools), server('b', [withApp('map')])]);
  assert.equal(told, 1);
  assert.equal(apps.has('b', 'map'), true);
  servers.set([server('a', undefined), server('b', [withApp('map')])]);
  assert.equal(told, 2);
  assert.equal(apps.has('a', 'clock'), false);

  apps.dispose();
  servers.set([]);
  assert.equal(told, 2);
});
