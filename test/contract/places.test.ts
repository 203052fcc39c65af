import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openHost } from '../../scripts/host/headless.ts';

/** Says where it runs and what it was given. It is plain JavaScript without a package, so that it runs from any folder. */
const program = `
import { createInterface } from 'node:readline';
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize')
    answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'places', version: '1' } });
  else if (method === 'tools/list')
    answer(id, { tools: [{ name: 'where', inputSchema: { type: 'object' } }] });
  else if (method === 'tools/call')
    answer(id, { content: [{ type: 'text', text: JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2) }) }] });
  else if (id !== undefined)
    process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'unknown' } }) + '\\n');
}
`;

function folder(t: TestContext, name: string): string {
  const base = mkdtempSync(join(tmpdir(), 'places-'));
  t.after(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
  const made = join(base, name);
  mkdirSync(made);
  return made;
}

describe('places', { timeout: 60_000 }, () => {
  for (const name of ['Büro ünï 1', "quote ' and $HOME & more", '日本語 フォルダ'])
    test(`a server runs by a relative path in the folder "${name}", with its state there`, async (t) => {
      const workspace = folder(t, name);
      mkdirSync(join(workspace, 'my servers'));
      writeFileSync(join(workspace, 'my servers/wö.mjs'), program);
      // A program of its own in the folder, too: its name has to survive as it is.
      const own = join(workspace, 'my servers', process.platform === 'win32' ? 'nöde 24.exe' : 'nöde 24');
      copyFileSync(process.execPath, own);
      const config = join(workspace, 'mcp.json');
      const cwd = '${workspaceFolder}';
      writeFileSync(
        config,
        JSON.stringify({
          servers: {
            relative: { command: process.execPath, args: ['my servers/wö.mjs', 'a b', 'ü "x"', ''], cwd },
            own: { command: '${workspaceFolder}/my servers/nöde 24', args: ['my servers/wö.mjs'], cwd },
          },
        }),
      );
      const open = await openHost({ config, state: join(workspace, 'Zustand 1'), yes: true });
      t.after(() => open.close());
      for (const [server, args] of [
        ['relative', ['a b', 'ü "x"', '']],
        ['own', []],
      ] as const) {
        const definition = open.configuration.servers.find((one) => one.name === server);
        assert.ok(definition, server);
        const outcome = await open.host.calls.call(
          {
            serverId: definition.id,
            tool: 'where',
            arguments: {},
            mode: 'plain',
            caller: { kind: 'command-line', name: 'command-line' },
          },
          open.signal,
        );
        assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
        const text = JSON.stringify(outcome);
        assert.ok(text.includes(JSON.stringify(JSON.stringify({ cwd: workspace, args })).slice(1, -1)), text);
      }
    });

  test('a place that cannot be written to is named before anything is started', (t) => {
    const workspace = folder(t, 'read only');
    const file = join(workspace, 'home');
    writeFileSync(file, 'a file where the folder should be: not even the root user can make one below');
    writeFileSync(join(workspace, 'mcp.json'), '{"servers":{}}');
    const script = fileURLToPath(new URL('../../scripts/host.ts', import.meta.url));
    const command = ['tools', '--config', join(workspace, 'mcp.json'), '--state', join(file, 'state')];
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', script, ...command],
      { encoding: 'utf8', timeout: 30_000 },
    );
    assert.equal(status, 1, stderr);
    assert.ok(stderr.includes(`cannot open ${join(file, 'state', 'switchboard.db')}`), stderr);
  });
});
