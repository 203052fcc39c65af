import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { agentToken, openGatewayBed, type GatewayBed } from '../fixtures/gatewayBed.ts';
import { startContractHttp } from '../fixtures/servers/contract.ts';
import type { Listening } from '../fixtures/servers/httpBridge.ts';
import type { Frame } from '../fixtures/servers/rawPeer.ts';

const inspector = fileURLToPath(
  new URL(
    '../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    import.meta.url,
  ),
);

describe('the inspector on its command line, through the gateway', () => {
  let server: Listening;
  let bed: GatewayBed;

  before(async () => {
    server = await startContractHttp({ era: 'modern' });
    bed = await openGatewayBed({ servers: { contract: { type: 'http', url: server.url } } });
  });
  after(async () => {
    await bed.close();
    await server.close();
  });

  const inspect = (...args: string[]): Promise<Frame> =>
    new Promise((resolve, reject) => {
      const header = ['--header', `Authorization: Bearer ${agentToken}`];
      const all = [inspector, '--cli', bed.url, '--transport', 'http', ...header, ...args];
      execFile(process.execPath, all, (error, stdout, stderr) =>
        error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(JSON.parse(stdout)),
      );
    });

  test('lists tools and calls one', async () => {
    const { tools } = await inspect('--method', 'tools/list');
    assert.ok(tools.some(({ name }: Frame) => name === 'contract_echo'));
    const call = ['--method', 'tools/call', '--tool-name', 'contract_echo', '--tool-arg', 'text=hi'];
    assert.equal((await inspect(...call)).content[0].text, 'hi');
  });

  test('reads a resource and gets a prompt', async () => {
    const read = await inspect('--method', 'resources/read', '--uri', 'contract+contract://readme');
    assert.equal(read.contents[0].text, '# Contract\n');
    const get = ['--method', 'prompts/get', '--prompt-name', 'contract_greet', '--prompt-args', 'name=Ada'];
    assert.equal((await inspect(...get)).messages[0].content.text, 'Good day, Ada');
  });
});
