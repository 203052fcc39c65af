import assert from 'node:assert/strict';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import type { ClientFeatures } from '../../src/core/connection.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { appCsp } from '../../src/core/mcpAppPolicy.ts';
import {
  appUriOf,
  mcpAppExtension,
  mcpAppMimeType,
  readAppDocument,
  visibilityOf,
} from '../../src/core/mcpApps.ts';
import { allFeatures, connect, modes, never, stdioLaunch, type Bed } from './connectionBed.ts';

// The official example of a server with an app, as published.
const script = path.join(
  import.meta.dirname,
  '../../node_modules/@modelcontextprotocol/server-basic-vanillajs/dist/index.js',
);

async function open(t: TestContext, features: ClientFeatures): Promise<Bed> {
  const bed = await connect(stdioLaunch(process.execPath, [script, '--stdio']), { features });
  t.after(() => bed.connection.close());
  return bed;
}

/** What the first request that says it declared as extensions, in either era. */
function declared(bed: Bed): unknown {
  for (const { direction, text } of bed.hooks.frames) {
    if (direction !== 'sent') continue;
    const { params } = JSON.parse(text) as { readonly params?: JsonObject };
    const meta = params?.['_meta'] as JsonObject | undefined;
    const capabilities = params?.['capabilities'] ?? meta?.['io.modelcontextprotocol/clientCapabilities'];
    if (capabilities) return (capabilities as JsonObject)['extensions'];
  }
  return assert.fail('no capabilities were declared');
}

describe('a real server with an app', { timeout: 60_000 }, () => {
  test('hears that apps are shown, names the app of its tool and hands it out', async (t) => {
    const bed = await open(t, { ...allFeatures, apps: true });
    assert.deepEqual((declared(bed) as JsonObject)[mcpAppExtension], { mimeTypes: [mcpAppMimeType] });
    const tool = (await bed.connection.tools(never)).items.find(({ name }) => name === 'get-time')!;
    const uri = appUriOf(tool)!;
    assert.equal(uri, 'ui://get-time/mcp-app.html');
    assert.deepEqual(visibilityOf(tool), { model: true, app: true });
    const document = readAppDocument(uri, await bed.connection.readResource(uri, never), undefined);
    assert.match(document.html, /<title>Get Time App<\/title>/);
    assert.match(appCsp(document.declaration), /connect-src 'none'/);
    const result = await bed.result('get-time');
    assert.match(String((result.structuredContent as JsonObject)['time']), /^\d{4}-/);
  });

  test('hears nothing of apps from a host that shows none', async (t) => {
    const extensions = declared(await open(t, allFeatures)) as JsonObject;
    assert.deepEqual(Object.keys(extensions), ['io.modelcontextprotocol/tasks']);
  });
});

describe('apps are declared in both eras', { timeout: 60_000 }, () => {
  for (const mode of modes) {
    test(mode.name, async (t) => {
      const server = await mode.start();
      t.after(() => server.close());
      const bed = await connect(server.launch, {
        eraSetting: mode.era,
        features: { ...allFeatures, tasks: false, apps: true },
      });
      t.after(() => bed.connection.close());
      assert.deepEqual(declared(bed), { [mcpAppExtension]: { mimeTypes: [mcpAppMimeType] } });
    });
  }
});
