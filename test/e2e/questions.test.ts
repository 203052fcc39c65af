import path from 'node:path';
import test from 'node:test';
import { root } from '../../scripts/processes.ts';
import { call, connect, connectNightly, fill, jobRow, lines, openResult } from './support/steps.ts';
import { withWorkbench, type Theme } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

const simpleServer = {
  type: 'stdio',
  command: process.execPath,
  args: [
    '--disable-warning=ExperimentalWarning',
    path.join(root, 'test/fixtures/servers/simpleQuestions.ts'),
  ],
};

test('simple questions are answered from the inbox by a choice and by a typed line, each checked before it is sent', () =>
  withWorkbench(
    { files: { '.vscode/mcp.json': { servers: { drinks: simpleServer } } } },
    async (workbench) => {
      await connect(workbench, 'drinks', /simpleQuestions\.ts/);
      await call(workbench, 'drinks', 'order', {});

      const which = workbench.row(/^Question: Which drink/);
      await which.waitFor();
      await workbench.screenshot('questions-inbox');
      await workbench.inlineAction(which, 'Answer');
      const title = workbench.page.locator('.quick-input-widget:visible .quick-input-titlebar');
      await title.getByText(/drinks asks.*job order.*called by you/).waitFor();
      await workbench.screenshot('questions-quick-choice');
      await workbench.pick(/^coffee/);
      await which.waitFor({ state: 'detached' });

      const many = workbench.row(/^Question: How many cups/);
      await workbench.inlineAction(many, 'Answer');
      await workbench.answerInput('99');
      await workbench.page
        .locator('.quick-input-widget:visible .quick-input-message')
        .getByText(/9/)
        .waitFor();
      await workbench.answerInput('3');
      await many.waitFor({ state: 'detached' });

      const job = jobRow(workbench, 'order', 'completed');
      await job.waitFor();
      await openResult(workbench, job);
      await lines(workbench).getByText('3 cups of coffee').first().waitFor();
    },
  ));

test('what was typed into a question is still there after a reload, and gone once it is answered', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder, { speed: 20 }) }, async (workbench) => {
    await connectNightly(workbench);
    await call(workbench, 'nightly', 'run_backtest', {
      'First month': '2024-01',
      'Last month': '2026-06',
      'Review after': '2',
    });
    const question = workbench.row(/^Question: 2 of 30 months are done/);
    await question.waitFor({ timeout: 120_000 });
    await question.click();
    await fill(workbench.webview(), { Note: 'half an answer' });
    for (const theme of ['light', 'hc-dark', 'hc-light', 'dark'] satisfies Theme[]) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`questions-form-${theme}`);
    }

    await workbench.reload();
    await workbench.openContainer('MCP Switchboard');
    await question.waitFor({ timeout: 120_000 });
    await question.click();
    const form = workbench.webview();
    await form.getByRole('button', { name: 'Review answer' }).click();
    await form.getByTestId('review-panel').getByText('half an answer').waitFor();
    await form.getByRole('button', { name: 'Send answer' }).click();
    await question.waitFor({ state: 'detached' });
  }));
