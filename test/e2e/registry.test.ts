import assert from 'node:assert/strict';
import test from 'node:test';
import { startRegistry } from '../../demo/registry/server.ts';
import { registrySettings } from '../../scripts/demoWorkspace.ts';
import { withWorkbench, type Theme } from './support/workbench.ts';

test('the registry is browsed from the sidebar: nothing is fetched before, typing finds, an entry opens', async () => {
  const registry = await startRegistry();
  try {
    await withWorkbench({ settings: registrySettings(registry.url) }, async (workbench) => {
      await workbench.openContainer('MCP Switchboard');
      const browse = workbench.page
        .locator('.sidebar')
        .getByRole('button', { name: 'Browse Registry' })
        .first();
      // The buttons of a view show while the mouse is over it.
      await workbench.page.locator('.sidebar .pane-header[aria-label^="Servers"]').hover();
      await browse.waitFor();
      assert.equal(registry.requests.length, 0, 'nothing is asked before the page is opened');

      await browse.click();
      const page = workbench.webview();
      await page.getByText('1,104 servers').waitFor({ timeout: 60_000 });
      await page.getByText(/as of/).waitFor();
      assert.ok(registry.requests.every(({ path }) => path.startsWith('/v0.1/servers')));
      await page.getByRole('textbox', { name: /^Search by name/ }).pressSequentially('context7');
      // The rows move while the text grows.
      await page.getByText('2 servers', { exact: true }).waitFor();
      await page.getByRole('grid').getByText('io.github.upstash/context7').click();
      const entry = page.getByTestId('entry');
      await entry.getByText('npx -y @upstash/context7-mcp@1.0.31').waitFor();
      await entry.getByRole('button', { name: 'Compare with version 1.0.0' }).click();
      await entry.getByTestId('compare').getByText('@upstash/context7-mcp@1.0.25').first().waitFor();

      for (const theme of ['dark', 'light', 'hc-dark', 'hc-light'] satisfies Theme[]) {
        await workbench.setTheme(theme);
        await workbench.screenshot(`registry-${theme}`);
      }

      await registry.close();
      await workbench.reload();
      const again = workbench.webview();
      await again.getByTestId('entry').getByText('npx -y @upstash/context7-mcp@1.0.31').waitFor();
      await again.getByRole('button', { name: 'Clear filter' }).click();
      await again.getByText('1,104 servers').waitFor();
    });
  } finally {
    await registry.close();
  }
});
