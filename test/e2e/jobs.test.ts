import assert from 'node:assert/strict';
import test from 'node:test';
import { call, connectEverything, connectNightly, fill, jobRow, lines, openResult } from './support/steps.ts';
import { until, withWorkbench, type Workbench } from './support/workbench.ts';
import { callsReceived, writeWorkspace } from './workspaces.ts';

const reload = (workbench: Workbench) => workbench.reload();
const kill = (workbench: Workbench) => workbench.killExtensionHost();

for (const [what, interrupt] of [
  ['the window is reloaded', reload],
  ['the extension host is killed', kill],
] as const) {
  test(`a task goes on when ${what}: it is found again, asks, is answered and finishes, sent once`, () =>
    withWorkbench({ prepare: (folder) => writeWorkspace(folder, { speed: 20 }) }, async (workbench) => {
      await connectNightly(workbench);
      // It cannot finish before its question is answered, so no machine is too slow for this test.
      await call(workbench, 'nightly', 'run_backtest', {
        'First month': '2024-01',
        'Last month': '2026-06',
        'Review after': '20',
      });
      // The task extension has no progress of its own: what a task says of itself is in its message.
      await jobRow(workbench, 'run_backtest', 'running')
        .filter({ hasText: /of 30 months/ })
        .waitFor();

      await interrupt(workbench);
      await workbench.openContainer('MCP Switchboard');
      await jobRow(workbench, 'run_backtest', '(running|needs you)').waitFor({ timeout: 60_000 });

      const question = workbench.row(/^Question: 20 of 30 months are done/);
      await question.waitFor({ timeout: 120_000 });
      await question.click();
      const form = workbench.webview();
      await fill(form, { Note: 'looks good' });
      await form.getByRole('button', { name: 'Review answer' }).click();
      await form.getByTestId('review-panel').getByText('looks good').waitFor();
      await form.getByRole('button', { name: 'Send answer' }).click();
      await question.waitFor({ state: 'detached' });

      const job = jobRow(workbench, 'run_backtest', 'completed');
      await job.waitFor({ timeout: 120_000 });
      await openResult(workbench, job, /json/i);
      await lines(workbench).getByText('"momentum"').first().waitFor();
      assert.equal(callsReceived(workbench.folder, 'run_backtest'), 1);
    }));
}

test('a plain call that is under way when the window reloads is shown as interrupted and is not sent again', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder) }, async (workbench) => {
    await connectEverything(workbench);
    await call(workbench, 'everything', 'trigger-long-running-operation', { duration: '600', steps: '200' });
    await jobRow(workbench, 'trigger-long-running-operation', 'running').waitFor();

    await workbench.reload();
    await workbench.openContainer('MCP Switchboard');
    const job = jobRow(workbench, 'trigger-long-running-operation', 'interrupted');
    await job.waitFor({ timeout: 60_000 });
    await workbench.row(/^everything, stopped/).waitFor();
    await job.click();
    await workbench
      .webview()
      .getByTestId('job-detail')
      .getByText('interrupted', { exact: false })
      .first()
      .waitFor();
  }));

test('an export asks half-way by a form, then for a confirmation on a page, and gets both answered from the inbox', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder, { speed: 20 }) }, async (workbench) => {
    await connectNightly(workbench);
    await call(workbench, 'nightly', 'export_data', {});

    await jobRow(workbench, 'export_data', 'needs you').waitFor({ timeout: 60_000 });
    await workbench.row(/^Question: In which format/).click();
    const form = workbench.webview();
    await form.getByRole('button', { name: 'Review answer' }).click();
    await form.getByText('This is required.').first().waitFor();
    await fill(form, { Recipient: 'desk@example.com' });
    await form.getByRole('button', { name: 'Review answer' }).click();
    await form.getByTestId('review-panel').getByText('CSV, for spreadsheets').waitFor();
    await form.getByRole('button', { name: 'Send answer' }).click();

    await workbench.row(/^Open a page: Confirm the export/).click({ timeout: 60_000 });
    const address = await form.getByTestId('url').textContent();
    assert.match(address ?? '', /http:\/\/127\.0\.0\.1:\d+\/confirm\//);
    const opened = workbench.page.context().waitForEvent('page');
    await form.getByRole('button', { name: 'Open in browser' }).click();
    await workbench
      .modal()
      .getByText(address ?? '')
      .waitFor();
    await workbench.answerModal('Open');
    const page = await opened;
    await page.goto(address ?? ''); // this browser has no tunnel to the ports of the remote machine
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Confirmed' }).waitFor();
    await page.close();

    const job = jobRow(workbench, 'export_data', 'completed');
    await job.waitFor({ timeout: 60_000 });
    await openResult(workbench, job, /json/i);
    await lines(workbench).getByText('"desk@example.com"').first().waitFor();
    await until('one call', () => callsReceived(workbench.folder, 'export_data') === 1);
  }));
