import test from 'node:test';
import { writeDemoWorkspace } from '../../scripts/demoWorkspace.ts';
import { withWorkbench, type Workbench } from './support/workbench.ts';

const nowhere = 'http://127.0.0.1:9/mcp'; // the nightly server is not part of this flow

/** Connects the official everything server, with the consent a user gives. */
async function connectEverything(workbench: Workbench): Promise<void> {
  await workbench.openContainer('MCP Switchboard');
  await workbench.inlineAction(workbench.row(/^everything/), 'Start Server');
  await workbench
    .modal()
    .getByText(/server-everything\/dist\/index\.js stdio/)
    .waitFor();
  await workbench.answerModal('Start Server');
  await workbench.row(/^everything, connected/).waitFor();
  await workbench.expand(workbench.row(/^everything/));
  await workbench.expand(workbench.row(/^Tools/));
}

/** Runs `echo` from its form and waits for the approval tab. */
async function runEcho(workbench: Workbench, message: string): Promise<void> {
  await workbench.contextAction(workbench.row(/^echo/), 'Run Tool');
  const form = workbench.webview();
  await form.getByRole('textbox', { name: /message/i }).fill(message);
  await form.getByRole('button', { name: 'Run', exact: true }).click();
  await workbench.tab(/echo – approve/).waitFor();
  await workbench.page.locator('.editor-instance .view-lines').getByText(message).first().waitFor();
}

test('a tool is found in the tree, run from its form, edited and approved in an editor tab, and its result opened', () =>
  withWorkbench({ prepare: (folder) => writeDemoWorkspace(folder, nowhere) }, async (workbench) => {
    await connectEverything(workbench);
    await runEcho(workbench, 'typed');
    const { page } = workbench;
    const lines = page.locator('.editor-instance .view-lines');

    await lines.getByText('"typed"').first().dblclick();
    await page.keyboard.insertText('edited');
    await lines.getByText('"edited"').first().waitFor();
    await workbench.screenshot('approval-edited');
    await workbench.runCommand('MCP Switchboard: Allow Once');

    const job = workbench.row(/^echo.*completed/);
    await job.waitFor();
    await workbench.inlineAction(job, 'Open Result');
    await lines.getByText('Echo: edited').first().waitFor();
    await workbench.screenshot('result');
  }));

test('closing an approval decides nothing; denying it sends nothing', () =>
  withWorkbench({ prepare: (folder) => writeDemoWorkspace(folder, nowhere) }, async (workbench) => {
    await connectEverything(workbench);
    await runEcho(workbench, 'not to be sent');
    const { page } = workbench;

    await workbench.tab(/echo – approve/).hover();
    await workbench.runCommand('View: Close Editor');
    await workbench.tab(/echo – approve/).waitFor({ state: 'detached' });
    const request = workbench.row(/Approve echo/);
    await request.waitFor();
    await request.click();
    await workbench.tab(/echo – approve/).waitFor();
    await page.locator('.editor-instance .view-lines').getByText('not to be sent').first().waitFor();

    await workbench.runCommand('MCP Switchboard: Deny');
    await request.waitFor({ state: 'detached' });
    await workbench.tab(/echo – approve/).waitFor({ state: 'detached' });
    await page.locator('.sidebar').getByText('No jobs yet').waitFor();
  }));
