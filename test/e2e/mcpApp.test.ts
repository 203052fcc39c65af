import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { FrameLocator } from 'playwright-core';
import { root } from '../../scripts/processes.ts';
import { approvals, codeLens, connect, jobRow, openForm, openResult, run } from './support/steps.ts';
import { until, withWorkbench, type Theme, type Workbench } from './support/workbench.ts';

const script = path.join(root, 'node_modules/@modelcontextprotocol/server-basic-vanillajs/dist/index.js');
const files = {
  '.vscode/mcp.json': {
    servers: { clock: { type: 'stdio', command: process.execPath, args: [script, '--stdio'] } },
  },
};

/** The app's own document, inside the page around it. */
function app(workbench: Workbench): FrameLocator {
  return workbench.webview().frameLocator('iframe[sandbox="allow-scripts"]');
}

/** The time that the app shows, once it is another than `before`. */
async function shownTime(workbench: Workbench, before = ''): Promise<string> {
  const time = app(workbench).locator('#server-time');
  let text = '';
  await until('another time in the app', async () => {
    text = await time.innerText();
    return /^\d{4}-\d\d-\d\dT/.test(text) && text !== before;
  });
  return text;
}

async function inThemes(workbench: Workbench, name: string, themes: readonly Theme[]): Promise<void> {
  for (const theme of themes) {
    await workbench.setTheme(theme);
    await workbench.screenshot(`${name}-${theme}`);
  }
}

test('the official example app is asked about, shows the result, calls its tool after an approval and opens a link after a question', () =>
  withWorkbench({ files }, async (workbench) => {
    const { page } = workbench;
    await connect(workbench, 'clock', /server-basic-vanillajs\/dist\/index\.js --stdio/);
    await openForm(workbench, 'clock', 'get-time');
    await run(workbench, 'get-time');
    await codeLens(workbench, 'Allow Once').click();
    const job = jobRow(workbench, 'get-time', 'completed');
    await job.waitFor();

    await workbench.contextAction(job, 'Open App');
    const question = workbench.webview();
    await question.getByRole('heading', { name: 'Open the app of clock?' }).waitFor();
    await question.getByText('ui://get-time/mcp-app.html').waitFor();
    await question.getByText('None: the app can reach no address.').waitFor();
    await inThemes(workbench, 'app-question', ['hc-dark', 'hc-light', 'light', 'dark']);
    await question.getByRole('button', { name: 'Open App' }).click();

    const first = await shownTime(workbench);
    await inThemes(workbench, 'app', ['hc-dark', 'hc-light', 'light', 'dark']);

    await app(workbench).getByRole('button', { name: 'Get Server Time' }).click();
    await approvals(workbench, 'get-time').waitFor();
    await codeLens(workbench, 'Allow Once').waitFor();
    await workbench.screenshot('app-approval');
    await codeLens(workbench, 'Allow Once').click();
    await approvals(workbench, 'get-time').waitFor({ state: 'detached' });
    await workbench.tab(/– app/).click();
    const second = await shownTime(workbench, first);
    assert.ok(second > first);
    await until(
      'a second job',
      async () => (await page.getByRole('treeitem', { name: /^get-time, completed/ }).count()) === 2,
    );

    await app(workbench).getByRole('button', { name: 'Open Link' }).click();
    await workbench.modal().getByText('https://modelcontextprotocol.io/', { exact: true }).waitFor();
    await workbench.screenshot('app-link');
    await workbench.answerModal('Cancel');

    await app(workbench).getByRole('button', { name: 'Send Message' }).click();
    await workbench.modal().getByText('This is message text.', { exact: true }).waitFor();
    await workbench.answerModal('Cancel');

    await job.click();
    await workbench.webview().getByTestId('open-app').waitFor();
    await workbench.screenshot('app-job');

    // Known by now: no question. The document of the result offers it too.
    await workbench.runCommand('View: Close All Editors');
    await openResult(workbench, job, /Everything on one page/);
    await codeLens(workbench, 'Open App').click();
    await shownTime(workbench);
    await workbench.screenshot('app-again');
  }));
