import test from 'node:test';
import {
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

test('a tool is found in the tree, run from its form, edited and approved in an editor tab, and its result opened', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder) }, async (workbench) => {
    await connectEverything(workbench);
    await fill(await openForm(workbench, 'everything', 'echo'), { message: 'typed' });
    await run(workbench, 'echo');
    await replaceValue(workbench, 'typed', 'edited');
    await workbench.screenshot('approval-edited');
    await codeLens(workbench, 'Allow Once').click();

    const job = jobRow(workbench, 'echo', 'completed');
    await job.waitFor();
    await openResult(workbench, job);
    await lines(workbench).getByText('Echo: edited').first().waitFor();
    await workbench.screenshot('result');
  }));
