import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import type * as Axe from 'axe-core';
import type { Frame, FrameLocator } from 'playwright-core';
import { startRegistry } from '../../demo/registry/server.ts';
import { registrySettings } from '../../scripts/demoWorkspace.ts';
import { root } from '../../scripts/processes.ts';
import { call, connectNightly } from './support/steps.ts';
import { withWorkbench, type Theme, type Workbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

const axeSource = readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const themes = ['light', 'hc-dark', 'hc-light', 'dark'] satisfies Theme[];

/** A view of the dashboard and the way there from any other. */
interface View {
  readonly name: string;
  readonly open: (page: FrameLocator, workbench: Workbench) => Promise<void>;
}

const nav = (name: string) => async (page: FrameLocator) => {
  await page
    .locator('nav.nav')
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click();
  await page.locator('main').getByRole('heading', { name, level: 1 }).first().waitFor();
};

const tab =
  (name: string, shown: string): View['open'] =>
  async (page) => {
    await nav('Servers')(page);
    await page.getByRole('grid').getByText('nightly', { exact: true }).first().click();
    await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
    await page.locator('main').getByText(shown).first().waitFor();
  };

const entry = async (page: FrameLocator) => {
  await nav('Registry')(page);
  await page.getByRole('textbox', { name: /^Search by name/ }).fill('context7');
  await page.getByRole('grid').getByText('io.github.upstash/context7').click();
  await page.getByTestId('entry').getByText('npx -y @upstash/context7-mcp@1.0.31').waitFor();
};

const views: readonly View[] = [
  { name: 'servers', open: nav('Servers') },
  { name: 'overview', open: tab('Overview', 'stdio') },
  { name: 'tools', open: tab('Tools', 'index_repository') },
  { name: 'resources', open: tab('Resources', 'About this server') },
  { name: 'prompts', open: tab('Prompts', 'Explain a run') },
  { name: 'identity', open: tab('Identity', 'Hidden characters') },
  { name: 'connection', open: tab('Connection', 'Lists are read') },
  { name: 'quality', open: tab('Quality', 'Descriptions') },
  { name: 'traffic', open: tab('Traffic', 'tasks/get') },
  {
    name: 'job',
    open: async (page) => {
      await nav('Jobs')(page);
      await page.locator('main').getByText('Run a backtest').first().click();
    },
  },
  {
    name: 'question',
    open: async (page) => {
      await nav('Inbox')(page);
      await page.getByRole('grid').getByText('2 of 30 months are done').first().click();
      await page.getByTestId('request-detail').getByText('Note').first().waitFor();
    },
  },
  {
    name: 'activity',
    open: async (page) => {
      await nav('Activity')(page);
      await page
        .getByRole('row', { name: /Call sent/ })
        .first()
        .click();
      await page.getByTestId('activity-detail').waitFor();
    },
  },
  { name: 'agents', open: nav('Agents') },
  { name: 'registry', open: entry },
  {
    name: 'install',
    open: async (page) => {
      await entry(page);
      await page.getByTestId('install').click();
      await page.getByTestId('install').and(page.locator('[data-step=choose]')).waitFor();
    },
  },
];

/** What axe says is serious or critical of what is shown. */
async function findings(frame: Frame): Promise<readonly string[]> {
  const { violations } = await frame.evaluate<Axe.AxeResults>(
    `axe.run(document, { resultTypes: ['violations'], preload: false })`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

async function dashboardFrame(workbench: Workbench): Promise<Frame> {
  const body = await workbench.webview().locator('body').elementHandle();
  const frame = await body?.ownerFrame();
  assert.ok(frame);
  await frame.evaluate(axeSource);
  return frame;
}

test('axe finds nothing serious on any view of the dashboard, in four themes of the editor', async () => {
  const registry = await startRegistry();
  try {
    await withWorkbench(
      {
        prepare: (folder) => writeWorkspace(folder, { speed: 20 }),
        settings: registrySettings(registry.url),
      },
      async (workbench) => {
        await connectNightly(workbench);
        await call(workbench, 'nightly', 'run_backtest', {
          'First month': '2024-01',
          'Last month': '2026-06',
          'Review after': '2',
        });
        await workbench.row(/^Question: 2 of 30 months are done/).waitFor({ timeout: 120_000 });
        await workbench.runCommand('MCP Switchboard: Open Dashboard');
        const page = workbench.webview();
        await tab('Connection', 'Connection')(page, workbench);
        await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
        await nav('Registry')(page);
        await page.getByText('1,104 servers').waitFor({ timeout: 60_000 });

        const found: string[] = [];
        for (const theme of themes) {
          await workbench.setTheme(theme);
          const frame = await dashboardFrame(workbench);
          for (const { name, open } of views) {
            await open(page, workbench);
            for (const finding of await findings(frame)) found.push(`${name} in ${theme}: ${finding}`);
            await workbench.screenshot(`view-${name}-${theme}`);
          }
        }
        assert.deepEqual(found, []);
      },
    );
  } finally {
    await registry.close();
  }
});
