// `npm run screenshots`: takes the pictures of the README from the real workbench on the demo servers, into docs/images.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Workbench } from '../test/e2e/support/workbench.ts';
import { apng, type Frame } from './apng.ts';
import {
  registrySettings,
  startDemoRegistry,
  startNightly,
  startProtectedDemo,
  writeDemoWorkspace,
} from './demoWorkspace.ts';
import { packageExtension } from './package.ts';
import { root } from './processes.ts';

const images = path.join(root, 'docs/images');
const maxAnimationBytes = 1_500_000;
const maxPictureBytes = 200_000;

async function keep(workbench: Workbench, name: string): Promise<void> {
  const { size } = statSync(await workbench.screenshot(name, images));
  if (size > maxPictureBytes) throw new Error(`${name}.png has ${size} bytes`);
}

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
  const frame = async (ms: number) => {
    await workbench.page.mouse.move(700, 5);
    frames.push({ png: await workbench.page.screenshot({ animations: 'disabled', caret: 'hide' }), ms });
  };
  await workbench.contextAction(workbench.row(/^run_backtest/), 'Run Tool');
  const run = workbench.webview().getByRole('button', { name: 'Run', exact: true });
  await run.waitFor();
  await frame(2_500);
  await run.click();
  await workbench.tab(/run_backtest/).waitFor();
  await workbench.page.locator('.codelens-decoration').getByText('Allow Once').first().waitFor();
  await frame(3_000);
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
    await frame(900);
  }
  await workbench.page
    .getByRole('treeitem', { name: /run_backtest, completed/ })
    .waitFor({ timeout: 60_000 });
  await frame(4_000);
  const animation = apng(frames);
  if (animation.length > maxAnimationBytes) throw new Error(`the animation has ${animation.length} bytes`);
  writeFileSync(path.join(images, 'call.png'), animation);
}

/** What is kept of everything, who serves it and to whom. */
async function takePages(workbench: Workbench): Promise<void> {
  const page = workbench.webview();
  await workbench.runCommand('MCP Switchboard: Open Activity');
  await page.getByText('run_backtest').first().waitFor();
  await page.getByRole('heading', { name: 'Activity' }).click();
  await keep(workbench, 'activity-dark');
  await workbench.contextAction(workbench.row(/^nightly/), 'Open Server Page');
  await page.getByRole('tab', { name: /^Connection/ }).click();
  await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
  await page.getByRole('button', { name: 'Diagnose again' }).waitFor({ timeout: 30_000 });
  await keep(workbench, 'doctor-dark');
}

/** Where a server wants a sign-in: what can be done, and the trail that leads to it. */
async function takeSignIn(workbench: Workbench): Promise<void> {
  const page = workbench.webview();
  await workbench.inlineAction(workbench.row(/^releases/), 'Start Server');
  await workbench.answerModal('Connect');
  await workbench.row(/^releases, sign-in needed/).waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.contextAction(workbench.row(/^releases/), 'Open Server Page');
  await page.getByRole('tab', { name: 'Sign-in' }).click();
  await page.getByTestId('auth-look').click();
  await page.getByText(/S256/).first().waitFor();
  await keep(workbench, 'sign-in-dark');
}

/** What would be written for an agent; the rest of the page shows through. */
async function takeAgents(workbench: Workbench): Promise<void> {
  await workbench.runCommand('MCP Switchboard: Show Agents');
  await workbench.runCommand('MCP Switchboard: Connect an Agent…');
  await workbench.pick('Cursor');
  await workbench.pick(/Write to .*mcp\.json/);
  await workbench.modal().getByText('"mcp-switchboard"').waitFor();
  await keep(workbench, 'agents-dark');
  await workbench.answerModal('Cancel');
}

/** An entry that is not what its name says. */
async function takeIdentity(workbench: Workbench): Promise<void> {
  const page = workbench.webview();
  await workbench.runCommand('MCP Switchboard: Browse Registry');
  await page.getByRole('textbox', { name: /^Search by name/ }).fill('example notes');
  await page.getByRole('grid').getByText('com.example/notes').click();
  await page.getByTestId('install').click();
  await page.getByRole('radio', { name: /\.vscode\/mcp\.json/ }).check();
  await page.getByTestId('review').click();
  await page.getByTestId('confirm').click();
  await workbench.answerModal('Install');
  await page.getByTestId('install-done').waitFor();
  await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.contextAction(workbench.row(/^notes/), 'Open Server Page');
  await page.getByRole('tab', { name: 'Identity' }).click();
  await page.getByTestId('verdict').getByText('Conflict').waitFor();
  await keep(workbench, 'identity-dark');
}

async function take(workbench: Workbench): Promise<void> {
  await workbench.openContainer('MCP Switchboard');
  await connectAll(workbench);
  await workbench.expand(workbench.row(/^nightly/));
  await workbench.expand(workbench.row(/^Tools/));
  await workbench.contextAction(workbench.row(/^nightly/), 'Open Server Page');
  await workbench.webview().getByRole('heading', { name: 'nightly' }).waitFor();
  await keep(workbench, 'overview-dark');

  await workbench.contextAction(workbench.row(/^run_backtest/), 'Run Tool');
  const run = workbench.webview().getByRole('button', { name: 'Run', exact: true });
  await run.waitFor();
  await workbench.setTheme('light');
  await keep(workbench, 'form-light');

  await workbench.setTheme('dark');
  await run.click();
  await workbench.tab(/run_backtest/).waitFor();
  await workbench.page.locator('.codelens-decoration').getByText('Allow Once').first().waitFor();
  await keep(workbench, 'approval-dark');

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
  await keep(workbench, 'jobs-dark');
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
  await keep(workbench, 'registry-dark');

  await workbench.setTheme('light');
  await page.getByTestId('install').click();
  await page.getByRole('radio', { name: /\.vscode\/mcp\.json/ }).check();
  await page.getByTestId('review').click();
  await page.getByTestId('install-review').waitFor();
  await keep(workbench, 'install-light');

  await workbench.setTheme('dark');
  await workbench.row(/^nightly/).click(); // closed, so that every server is in sight
  await takeIdentity(workbench);
  await takeSignIn(workbench);
  await takeAgents(workbench);
}

packageExtension();
const work = mkdtempSync(path.join(tmpdir(), 'switchboard-pictures-'));
const nightly = await startNightly(path.join(work, 'nightly'), ['--speed', '8']);
const releases = await startProtectedDemo();
const registry = await startDemoRegistry();
try {
  const workbench = await Workbench.start({
    prepare: (folder) => writeDemoWorkspace(folder, nightly.url, releases.url),
    settings: { ...registrySettings(registry.url), 'mcpSwitchboard.authRedirect': 'loopback' },
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
  await releases.stop();
  await nightly.stop();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
