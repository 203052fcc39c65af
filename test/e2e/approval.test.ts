import assert from 'node:assert/strict';
import test from 'node:test';
import {
  approvals,
  codeLens,
  connectEverything,
  fill,
  jobRow,
  lines,
  openForm,
  openResult,
  replaceValue,
  run,
} from './support/steps.ts';
import { withWorkbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

test('closing an approval decides nothing and keeps its text; denying it sends nothing', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder) }, async (workbench) => {
    const { page } = workbench;
    await connectEverything(workbench);
    await fill(await openForm(workbench, 'everything', 'echo'), { message: 'typed' });
    await run(workbench, 'echo');
    await replaceValue(workbench, 'typed', 'not to be sent');

    await workbench.runCommand('View: Close Editor');
    await approvals(workbench, 'echo').waitFor({ state: 'detached' });
    const request = workbench.row(/^Approve echo/);
    await request.click();
    await approvals(workbench, 'echo').waitFor();
    await lines(workbench).getByText('"not to be sent"').first().waitFor();

    await page.locator('.editor-actions .action-label[aria-label^="Deny"]').first().click();
    await request.waitFor({ state: 'detached' });
    await approvals(workbench, 'echo').waitFor({ state: 'detached' });
    await page.locator('.sidebar').getByText('No jobs yet').waitFor();
  }));

test('two approvals that wait at the same time never mix', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder) }, async (workbench) => {
    await connectEverything(workbench);
    await fill(await openForm(workbench, 'everything', 'echo'), { message: 'first' });
    await run(workbench, 'echo');
    await fill(await openForm(workbench, 'everything', 'echo'), { message: 'second' });
    await run(workbench, 'echo');
    assert.equal(await workbench.page.getByRole('treeitem', { name: /^Approve echo/ }).count(), 2);

    await replaceValue(workbench, 'second', 'second edited');
    // A tab opens to the right of the one it comes from, so the older approval is the last.
    await approvals(workbench, 'echo').last().click();
    await replaceValue(workbench, 'first', 'first edited');
    await approvals(workbench, 'echo').first().click();
    await lines(workbench).getByText('"second edited"').first().waitFor();
    await codeLens(workbench, 'Allow Once').click();

    const job = jobRow(workbench, 'echo', 'completed');
    await openResult(workbench, job);
    await lines(workbench).getByText('Echo: second edited').first().waitFor();

    await workbench.row(/^Approve echo/).click();
    await lines(workbench).getByText('"first edited"').first().waitFor();
    await workbench.runCommand('MCP Switchboard: Deny');
    await approvals(workbench, 'echo').waitFor({ state: 'detached' });
    assert.equal(await workbench.page.getByRole('treeitem', { name: /^echo, completed/ }).count(), 1);
  }));
