// `npm run screenshots`: takes the pictures of the README from the real workbench on the demo servers, into docs/images.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Workbench } from '../test/e2e/support/workbench.ts';
import { apng, type Frame } from './apng.ts';
import { registrySettings, startDemoRegistry, startNightly, writeDemoWorkspace } from './demoWorkspace.ts';
import { packageExtension } from './package.ts';
import { root } from './processes.ts';

const images = path.join(root, 'docs/images');
const maxAnimationBytes = 1_500_000;

async function connectAll(workbench: Workbench): Promise<void> {
  for (const server of ['everything', 'filesystem', 'memory', 'nightly']) {
    await workbench.inlineAction(workbench.row(new RegExp(`^${server}`)), 'Start Server');
    await workbench.answerModal(server === 'nightly' ? 'Connect' : 'Start Server');
    await workbench.row(new RegExp(`^${server}, connected`)).waitFor();
  }
}

/** A call from its form to its end, as an animation. */
async function animate(workbench: Workbench): Promise<void> {
  const frames: Frame[] = [];
  const keep = async (ms: number) => {
    await workbench.page.mouse.move(700, 5);
    frames.push({ png: await workbench.page.screenshot({ animations: 'disabled', caret: 'hide' }), ms });
  };
  await workbench.contextAction(workbench.row(/^run_backtest/), 'Run Tool');
  const run = workbench.webview().getByRole('button', { name: 'Run', exact: true });
  await run.waitFor();
  await keep(2_500);
  await run.click();
  await workbench.tab(/run_backtest/).waitFor();
  await workbench.page.locator('.codelens-decoration').getByText('Allow Once').first().waitFor();
  await keep(3_000);
  await workbench.runCommand('MCP Switchboard: Allow Once');
  await workbench.page.getByRole('treeitem', { name: /run_backtest.*(running|%|working)/i }).waitFor();
  await workbench.runCommand('MCP Switchboard: Open Dashboard');
  await workbench.webview().getByRole('button', { name: 'Jobs' }).click();
  await workbench.webview().getByText('Run a backtest').first().click();
  for (const months of [1, 3, 5]) {
    await workbench
      .webview()
      .getByText(new RegExp(`\\(${months} of 6 months\\)`))
      .first()
      .waitFor({ timeout: 60_000 });
    await keep(900);
  }
  await workbench.page
    .getByRole('treeitem', { name: /run_backtest, completed/ })
    .waitFor({ timeout: 60_000 });
  await keep(4_000);
  const animation = apng(frames);
  if (animation.length > maxAnimationBytes) throw new Error(`the animation has ${animation.length} bytes`);
  writeFileSync(path.join(images, 'call.png'), animation);
}

/** What is kept of everything, who serves it and to whom. */
async function takePages(workbench: Workbench): Promise<void> {
  const page = workbench.webview();
  await workbench.runCommand('MCP Switchboard: Open Activity');
  await page.getByText('run_backtest').first().waitFor();
  await workbench.screenshot('activity-dark', images);
  await workbench.contextAction(workbench.row(/^nightly/), 'Open Server Page');
  await page.getByRole('tab', { name: /^Connection/ }).click();
  await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
  await page.getByRole('button', { name: 'Diagnose again' }).waitFor({ timeout: 30_000 });
  await workbench.screenshot('doctor-dark', images);
}

async function take(workbench: Workbench): Promise<void> {
  await workbench.openContainer('MCP Switchboard');
  await connectAll(workbench);
  await workbench.expand(workbench.row(/^nightly/));
  await workbench.expand(workbench.row(/^Tools/));
  await workbench.contextAction(workbench.row(/^nightly/), 'Open Server Page');
  await workbench.webview().getByRole('heading', { name: 'nightly' }).waitFor();
  await workbench.screenshot('overview-dark', images);

  await workbench.contextAction(workbench.row(/^run_backtest/), 'Run Tool');
  const run = workbench.webview().getByRole('button', { name: 'Run', exact: true });
  await run.waitFor();
  await workbench.setTheme('light');
  await workbench.screenshot('form-light', images);

  await workbench.setTheme('dark');
  await run.click();
  await workbench.tab(/run_backtest/).waitFor();
  await workbench.page.locator('.codelens-decoration').getByText('Allow Once').first().waitFor();
  await workbench.screenshot('approval-dark', images);

  await workbench.runCommand('MCP Switchboard: Allow Once');
  await workbench.page.getByRole('treeitem', { name: /run_backtest.*(running|%|working)/i }).waitFor();
  await workbench.runCommand('MCP Switchboard: Open Dashboard');
  await workbench.webview().getByRole('button', { name: 'Jobs' }).click();
  await workbench.webview().getByText('Run a backtest').first().click();
  await workbench
    .webview()
    .getByRole('heading', { name: /backtest/ })
    .waitFor();
  await workbench
    .webview()
    .getByText(/\(4 of 6 months\)/)
    .first()
    .waitFor({ timeout: 60_000 });
  await workbench.screenshot('jobs-dark', images);
  await workbench.page
    .getByRole('treeitem', { name: /run_backtest, completed/ })
    .waitFor({ timeout: 60_000 });
  await takePages(workbench);
  await animate(workbench);

  await workbench.runCommand('MCP Switchboard: Browse Registry');
  const page = workbench.webview();
  await page.getByRole('textbox', { name: /^Search by name/ }).fill('context7');
  await page.getByRole('grid').getByText('io.github.upstash/context7').click();
  await page.getByTestId('entry').getByText('npx -y @upstash/context7-mcp@1.0.31').waitFor();
  await workbench.screenshot('registry-dark', images);

  await workbench.setTheme('light');
  await page.getByTestId('install').click();
  await page.getByRole('radio', { name: /\.vscode\/mcp\.json/ }).check();
  await page.getByTestId('review').click();
  await page.getByTestId('install-review').waitFor();
  await workbench.screenshot('install-light', images);
}

packageExtension();
const work = mkdtempSync(path.join(tmpdir(), 'switchboard-pictures-'));
const nightly = await startNightly(path.join(work, 'nightly'), ['--speed', '8']);
const registry = await startDemoRegistry();
try {
  const workbench = await Workbench.start({
    prepare: (folder) => writeDemoWorkspace(folder, nightly.url),
    settings: registrySettings(registry.url),
  });
  try {
    await take(workbench);
  } catch (error) {
    await workbench.report();
    throw error;
  } finally {
    await workbench.dispose();
  }
} finally {
  await registry.stop();
  await nightly.stop();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
