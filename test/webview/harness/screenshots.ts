// Pictures of every page of the dashboard: node test/webview/harness/screenshots.ts FOLDER [theme …]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page as DashboardPage } from '../../../src/core/dashboard.ts';
import { DashboardBed, themes, type OpenDashboard } from './dashboardBed.ts';
import { FakeHost } from './fakeHost.ts';
import { now } from './fixtures.ts';

type ThemeName = keyof typeof themes;
type Tab = Extract<DashboardPage, { kind: 'server' }>['tab'];

const on = (name: string, tab: Tab, tool?: string): DashboardPage => ({
  kind: 'server',
  serverId: `user/${name}`,
  tab,
  tool,
});

const frames = Array.from({ length: 40 }, (_, i) => ({
  at: now - 60_000 + i * 1000,
  direction: i % 2 === 0 ? ('sent' as const) : ('received' as const),
  bytes: 120 + i * 97,
  kind: i % 5 === 4 ? ('notification' as const) : i % 2 === 0 ? ('request' as const) : ('response' as const),
  method: i % 2 === 0 ? 'tools/call' : i % 5 === 4 ? 'notifications/progress' : undefined,
  id: i,
  text: JSON.stringify({
    jsonrpc: '2.0',
    id: i,
    method: 'tools/call',
    params: { name: 'echo', arguments: { text: 'hi\u200B' } },
  }),
}));

const shots: Readonly<
  Record<
    string,
    {
      readonly page: DashboardPage;
      readonly act?: (dashboard: OpenDashboard) => Promise<void>;
      readonly width?: number;
      readonly height?: number;
      readonly zoom?: number;
    }
  >
> = {
  servers: { page: { kind: 'servers' } },
  overview: { page: on('nightly', 'overview') },
  failed: { page: on('filesystem', 'overview') },
  tools: { page: on('nightly', 'tools', 'run_backtest'), height: 900 },
  toolForm: {
    page: on('nightly', 'tools', 'run_backtest'),
    height: 1700,
    act: async ({ page }) => {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByText('This is required.').first().waitFor();
    },
  },
  hostile: { page: on('nightly', 'tools', 'delete_every\u202Egnp.thing') },
  resources: { page: on('nightly', 'resources') },
  traffic: { page: on('nightly', 'traffic'), act: ({ page }) => page.getByText('tools/call').nth(3).click() },
  jobs: { page: { kind: 'jobs', jobId: 'backtest' }, height: 1000 },
  jobFailed: { page: { kind: 'jobs', jobId: 'deny' } },
  requests: { page: { kind: 'requests', requestId: 'format' }, height: 900 },
  review: {
    page: { kind: 'requests', requestId: 'format' },
    act: async ({ page }) => {
      const format = page.locator('.field[data-path="/format"] vscode-dropdown');
      await format.click();
      await format.getByRole('option', { name: 'Parquet' }).click();
      await page.locator('.field[data-path="/owner"] vscode-text-field input').fill('dev@example.com');
      await page.locator('.field[data-path="/columns"]').getByText('price').click();
      await page.getByTestId('review').click();
      await page.getByTestId('review-panel').waitFor();
    },
  },
  dropdown: {
    page: { kind: 'requests', requestId: 'format' },
    act: async ({ page }) => {
      await page.locator('.field[data-path="/format"] vscode-dropdown').click();
      await page.getByRole('option', { name: 'Parquet' }).hover();
    },
  },
  json: {
    page: on('nightly', 'tools', 'run_backtest'),
    act: async ({ page }) => {
      await page.getByRole('button', { name: 'JSON', exact: true }).click();
      await page.locator('textarea').first().fill('{\n  "symbol": "ACME",\n  "months": }');
      await page.getByTestId('run').click();
      await page.getByText('Not valid JSON').waitFor();
    },
  },
  approval: { page: { kind: 'requests', requestId: 'approve' } },
  empty: { page: { kind: 'jobs', jobId: undefined } },
  url: { page: { kind: 'requests', requestId: 'confirm' } },
  narrow: { page: on('nightly', 'tools', 'run_backtest'), width: 420 },
  narrowList: { page: { kind: 'servers' }, width: 420 },
  zoom: { page: { kind: 'requests', requestId: 'format' }, width: 550, height: 380, zoom: 2 },
};

const [folder = 'out/screenshots', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const names = wanted.filter((name) => name in shots);
const chosen = wanted.filter((name): name is ThemeName => name in themes);
const bed = await DashboardBed.start();
for (const theme of chosen.length > 0 ? chosen : (Object.keys(themes) as ThemeName[])) {
  for (const [name, shot] of Object.entries(shots)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const dashboard = await bed.open(new FakeHost(shot.page, { frames: () => frames }), { theme, ...shot });
    await shot.act?.(dashboard);
    await dashboard.page.evaluate('document.fonts.ready');
    await dashboard.page.screenshot({
      path: path.join(folder, `${name}-${theme}.png`),
      animations: 'disabled',
    });
    for (const failure of dashboard.failures) console.error(`${name} ${theme}: ${failure}`);
    await dashboard.close();
  }
}
await bed.stop();
