import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { approvals, codeLens, connectEverything, jobRow } from './support/steps.ts';
import { until, withWorkbench, type Workbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

interface Entry {
  readonly url: string;
  readonly headers: Record<string, string>;
}

const cursorFile = (workbench: Workbench) => path.join(workbench.server.profile.home, '.cursor/mcp.json');
const before = '{\n  // mine\n  "mcpServers": {}\n}\n';

/** Connects Cursor by having its file written; the test then plays the agent. */
async function connectCursor(workbench: Workbench): Promise<Entry> {
  await workbench.runCommand('MCP Switchboard: Connect an Agent…');
  await workbench.pick('Cursor');
  await workbench.pick(/Write to .*mcp\.json/);
  await workbench.modal().getByText('"mcp-switchboard"').waitFor();
  await workbench.screenshot('agent-connect');
  await workbench.answerModal('Write');
  await workbench.notification('Cursor is connected').waitFor();
  const text = readFileSync(cursorFile(workbench), 'utf8');
  assert.match(text, /\/\/ mine/);
  const { mcpServers } = JSON.parse(text.replace('// mine', '')) as { mcpServers: Record<string, Entry> };
  const entry = mcpServers['mcp-switchboard'];
  assert.ok(entry);
  return entry;
}

async function agent({ url, headers }: Entry): Promise<Client> {
  const client = new Client({ name: 'cursor', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

async function toolOf(client: Client, end: string): Promise<string> {
  let found: string | undefined;
  await until(`the tool ${end}`, async () => {
    found = (await client.listTools()).tools.find(({ name }) => name.endsWith(end))?.name;
    return found !== undefined;
  });
  return found ?? '';
}

test('an agent is connected, its call approved in an editor tab, found again after a reload, and refused once revoked', () =>
  withWorkbench(
    { prepare: (folder) => writeWorkspace(folder), home: { '.cursor/mcp.json': before } },
    async (workbench) => {
      await connectEverything(workbench);
      const entry = await connectCursor(workbench);
      assert.equal(statSync(cursorFile(workbench)).isFile(), true);
      const client = await agent(entry);
      const echo = await toolOf(client, 'echo');
      const answer = client.callTool({ name: echo, arguments: { message: 'from outside' } }, undefined, {
        timeout: 120_000,
      });
      // Nobody types in an editor: the tab opens by itself. It waits in the inbox, too.
      await workbench.row(/^Approve echo\?/).waitFor();
      await approvals(workbench, 'echo').first().waitFor();
      await codeLens(workbench, 'Allow Once').waitFor();
      await workbench.screenshot('agent-approval');
      assert.equal(await workbench.row(/^mcp-switchboard/).count(), 0, 'our own entry is no server');
      await codeLens(workbench, 'Allow Once').click();
      assert.match(JSON.stringify(await answer), /from outside/);
      await jobRow(workbench, 'echo', 'completed').waitFor();

      await workbench.runCommand('MCP Switchboard: Show Agents');
      const page = workbench.webview();
      await page.getByRole('heading', { name: 'Agents' }).waitFor();
      await page.getByText('1 call today').waitFor();
      await page.locator('.agent-facts').getByText('all servers').waitFor();
      await workbench.screenshot('agents');
      await workbench.setTheme('hc-dark');
      await workbench.screenshot('agents-hc-dark');
      await workbench.setTheme('dark');

      await workbench.reload();
      await workbench.openContainer('MCP Switchboard');
      await until(
        'the same port and token',
        () =>
          agent(entry).then(
            () => true,
            () => false,
          ),
        60_000,
      );

      await workbench.runCommand('MCP Switchboard: Show Agents');
      await page.getByRole('button', { name: 'Revoke the token of cursor' }).click();
      await workbench.modal().getByText('Revoke the token of “cursor”?').waitFor();
      await workbench.answerModal('Revoke');
      await page.getByText('No agent is connected.').waitFor();
      await assert.rejects(agent(entry));
      assert.match(readFileSync(cursorFile(workbench), 'utf8'), /mcp-switchboard/);
    },
  ));

test('VS Code’s own list of servers shows the gateway, runs it and finds the tools', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder) }, async (workbench) => {
    await connectEverything(workbench);
    await workbench.runCommand('MCP Switchboard: Connect an Agent…');
    await workbench.pick('VS Code');
    await workbench.notification('VS Code’s agents now have your servers').waitFor();
    const list = async () => {
      await workbench.runCommand('MCP: List Servers');
      await workbench.pick('MCP Switchboard');
    };
    await list();
    await workbench.pick(/Start Server/);
    const row = workbench.page.locator('.quick-input-widget:visible .monaco-list-row').filter({
      hasText: 'MCP Switchboard',
    });
    await until(
      'the gateway to run for VS Code',
      async () => {
        await workbench.runCommand('MCP: List Servers');
        await row.first().waitFor();
        const isRunning = /Running/.test(await row.first().innerText());
        if (!isRunning) await workbench.page.keyboard.press('Escape');
        return isRunning;
      },
      60_000,
    );
    await workbench.screenshot('gateway-list-servers');
    await workbench.pick('MCP Switchboard');
    await workbench.pick('Show Output');
    const lines = workbench.page.locator('.part.panel .view-line');
    await lines
      .filter({ hasText: /Discovered.\d+.tools/ })
      .first()
      .waitFor();
    await workbench.screenshot('gateway-vscode-output');
  }));
