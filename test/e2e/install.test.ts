import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startRegistry, type DemoRegistry } from '../../demo/registry/server.ts';
import { realServers, type ServerResponse } from '../../demo/registry/snapshot.ts';
import { startNpmRegistry } from './support/npmRegistry.ts';
import { withWorkbench, type Workbench } from './support/workbench.ts';

const packageName = '@switchboard-test/greeter';
const secret = 'greeting-key-4711';

/** A small MCP server; it greets only who knows its key. */
const program = (version: string, tools: readonly string[]) => `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
const server = new McpServer({ name: 'greeter', version: '${version}' });
const isKnown = process.env.GREETER_KEY === '${secret}';
for (const name of ${JSON.stringify(tools)})
  if (isKnown) server.registerTool(name, { description: name }, () => ({ content: [{ type: 'text', text: name }] }));
await server.connect(new StdioServerTransport());
`;

const published = '2026-03-01T08:00:00.000Z';
const entry = (version: string, packageArguments: readonly object[] = []): ServerResponse => ({
  server: {
    name: 'com.example.switchboard/greeter',
    title: 'Greeter',
    description: 'Greets by name, in several languages',
    version,
    packages: [
      {
        registryType: 'npm',
        identifier: packageName,
        version,
        transport: { type: 'stdio' },
        packageArguments,
        environmentVariables: [
          { name: 'GREETER_KEY', description: 'Any key', isRequired: true, isSecret: true },
        ],
      },
    ],
  },
  _meta: {
    'io.modelcontextprotocol.registry/official': {
      status: 'active',
      statusChangedAt: published,
      publishedAt: published,
      updatedAt: published,
      isLatest: true,
    },
  },
});

/** The whole row of the server in the tree. */
const row = (workbench: Workbench, standing: string) => workbench.row(new RegExp(`^greeter, ${standing}`));

/** From the review page through the editor's own question. */
async function agree(workbench: Workbench, choice: 'Install' | 'Update', command: string): Promise<void> {
  const page = workbench.webview();
  await page.getByTestId('install-review').getByText(command).first().waitFor();
  await page.getByTestId('confirm').click();
  await workbench.modal().getByText(command).waitFor();
  await workbench.answerModal(choice);
  await page.getByTestId('install-done').waitFor();
}

test('a server is found in the registry, installed, connected, updated with a diff and removed', async () => {
  const npm = await startNpmRegistry(packageName, [
    { version: '1.1.0', source: program('1.1.0', ['greet', 'farewell']) },
    { version: '1.0.0', source: program('1.0.0', ['greet']) },
  ]);
  const registry: DemoRegistry = await startRegistry({
    items: [...realServers().slice(0, 300), entry('1.0.0')],
  });
  try {
    await withWorkbench(
      {
        settings: { 'mcpSwitchboard.registries': [{ name: 'Example', url: registry.url }] },
        home: { '.npmrc': `registry=${npm.url}/\nupdate-notifier=false\n` },
        files: { '.vscode/mcp.json': '{\n  // kept\n  "servers": {}\n}\n' },
      },
      async (workbench) => {
        const file = path.join(workbench.folder, '.vscode/mcp.json');
        const before = readFileSync(file, 'utf8');
        await workbench.openContainer('MCP Switchboard');
        await workbench.runCommand('MCP Switchboard: Browse Registry');
        const page = workbench.webview();
        await page.getByRole('textbox', { name: /Search/ }).fill('gretter');
        await page.getByRole('row', { name: /Greeter/ }).click();
        await page.getByTestId('install').click();

        await page.getByTestId('install').and(page.locator('[data-step=choose]')).waitFor();
        await page.getByRole('radio', { name: /\.vscode\/mcp\.json/ }).check();
        await page.getByRole('textbox', { name: /^GREETER_KEY/ }).fill(secret);
        await workbench.screenshot('install-choose');
        await page.getByTestId('review').click();
        await page.getByTestId('install-review').getByText('${input:greeter-GREETER_KEY}').waitFor();
        await workbench.screenshot('install-review');
        await agree(workbench, 'Install', `npx -y ${packageName}@1.0.0`);
        await workbench.screenshot('install-done');
        const installed = readFileSync(file, 'utf8');
        assert.match(installed, /\/\/ kept/);
        assert.match(installed, /greeter@1\.0\.0/);
        assert.ok(!installed.includes(secret));

        // Agreed to once: the first start asks no second time.
        await page.getByTestId('start-installed').click();
        await row(workbench, 'connected').waitFor({ timeout: 90_000 });
        await workbench.expand(row(workbench, 'connected'));
        await workbench.expand(workbench.row(/^Tools/));
        await workbench.row(/^greet(?!er)/).waitFor();
        assert.ok(npm.requests.some((path) => path.endsWith('1.0.0.tgz')));

        registry.snapshot.put(entry('1.1.0', [{ type: 'named', name: '--loud' }]));
        await workbench.runCommand('MCP Switchboard: Check for Server Updates');
        await workbench.answerNotification('1.1.0 is available', 'Review Update…');
        const diff = page.getByTestId('version-diff');
        await diff.getByText(`${packageName}@1.0.0`).waitFor();
        await diff.getByText(`${packageName}@1.1.0`).waitFor();
        await diff.getByText('--loud').waitFor();
        await workbench.screenshot('update-diff');
        await page.getByTestId('review').click();
        await agree(workbench, 'Update', `npx -y ${packageName}@1.1.0 --loud`);
        await page.getByTestId('start-installed').click();
        await workbench.row(/^greeter, connected.*2 tools/).waitFor({ timeout: 90_000 });

        await workbench.contextAction(row(workbench, 'connected'), 'Uninstall…');
        await workbench.modal().getByText('greeter-GREETER_KEY').waitFor();
        await workbench.answerModal('Uninstall and Forget Inputs');
        await workbench.row(/^greeter/).waitFor({ state: 'detached' });
        assert.equal(readFileSync(file, 'utf8').replaceAll(/\s/g, ''), before.replaceAll(/\s/g, ''));
        assert.ok(!(await workbench.extensionLog()).includes(secret));
      },
    );
  } finally {
    await registry.close();
    await npm.close();
  }
});
