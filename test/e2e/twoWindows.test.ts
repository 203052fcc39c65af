import assert from 'node:assert/strict';
import test from 'node:test';
import { codeLens, connectNightly, fill, jobRow, openForm, run } from './support/steps.ts';
import { until, withWorkbench } from './support/workbench.ts';
import { callsReceived, writeWorkspace } from './workspaces.ts';

/** The host of a closed window may end by itself before it is killed. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('two windows on one store: a job shows in both, its approval and question belong to one, the other takes over when that is gone', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder, { speed: 20 }) }, async (first) => {
    const [firstHost] = first.extensionHostPids();
    assert.ok(firstHost !== undefined);
    await connectNightly(first);
    const second = await first.openWindow({ folder: first.folder }, 'another');
    await second.openContainer('MCP Switchboard');
    await second.row(/^nightly, stopped/).waitFor();
    const nothingWaits = second.page.locator('.sidebar').getByText('Nothing waits for you.').first();
    await nothingWaits.waitFor();

    await first.page.bringToFront();
    await fill(await openForm(first, 'nightly', 'run_backtest'), {
      'First month': '2024-01',
      'Last month': '2026-06',
      'Review after': '20',
    });
    await run(first, 'run_backtest');
    await first.row(/run_backtest.*nightly/).waitFor();
    await nothingWaits.waitFor();
    assert.equal(await second.tab(/run_backtest/).count(), 0, 'an approval opens in its own window only');

    await codeLens(first, 'Allow Once').click();
    await jobRow(first, 'run_backtest', 'running').waitFor();
    await second.page.bringToFront();
    await jobRow(second, 'run_backtest', 'running').waitFor({ timeout: 60_000 });
    await second.screenshot('two-windows-running');

    // It cannot finish before its question is answered, which only the window that runs it has.
    await jobRow(second, 'run_backtest', 'needs you').waitFor({ timeout: 120_000 });
    await first.row(/^Question: 20 of 30 months are done/).waitFor();
    assert.equal(await second.row(/^Question: /).count(), 0, 'a question is asked in one window');

    await first.page.close();
    killIfThere(firstHost);
    await until('the first window to be gone', () => !second.extensionHostPids().includes(firstHost));
    const question = second.row(/^Question: 20 of 30 months are done/);
    await question.waitFor({ timeout: 90_000 });
    await second.screenshot('two-windows-taken-over');
    await second.runCommand('MCP Switchboard: Open Next Approval or Question');
    const form = second.webview();
    await fill(form, { Note: 'looks good' });
    await form.getByRole('button', { name: 'Review answer' }).click();
    await form.getByTestId('review-panel').getByText('looks good').waitFor();
    await form.getByRole('button', { name: 'Send answer' }).click();
    await jobRow(second, 'run_backtest', 'completed').waitFor({ timeout: 120_000 });
    assert.equal(callsReceived(first.folder, 'run_backtest'), 1);
  }));
