import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  approvals,
  codeLens,
  connectEverything,
  fill,
  jobRow,
  lines,
  openForm,
  run,
} from './support/steps.ts';
import { withWorkbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

const policy = (folder: string, text: string) =>
  writeFileSync(path.join(folder, '.vscode/mcp-policy.json'), text);

const rules = `{
  // What this project agreed on
  "rules": [
    { "effect": "allow", "server": "everything", "tool": "echo", "reason": "echo is harmless" },
    { "effect": "deny", "tool": "get-env", "reason": "it would show secrets" }
  ]
}
`;

test('a rule allows a call without a prompt and its job names it, another denies; a broken file denies and says why', () =>
  withWorkbench(
    {
      prepare: (folder) => {
        writeWorkspace(folder);
        policy(folder, rules);
      },
    },
    async (workbench) => {
      const { page } = workbench;
      await connectEverything(workbench);

      await fill(await openForm(workbench, 'everything', 'echo'), { message: 'before' });
      await run(workbench, 'echo'); // nothing is accepted yet: it asks
      await workbench.screenshot('policy-approval');
      await codeLens(workbench, 'Deny').click();
      await approvals(workbench, 'echo').waitFor({ state: 'detached' });

      await workbench.runCommand('MCP Switchboard: Open Policy File…');
      await workbench.pick(/\.vscode\/mcp-policy\.json/);
      await codeLens(workbench, 'review and accept').click();
      await workbench.notification(/Accept \.vscode\/mcp-policy\.json as it is shown/).waitFor();
      await workbench.screenshot('policy-accept');
      await workbench.answerNotification(/Accept \.vscode\/mcp-policy\.json as it is shown/, 'Accept');
      await workbench.tab(/^mcp-policy\.json/).click();
      await codeLens(workbench, 'Accepted as it is').waitFor();
      await workbench.screenshot('policy-file');

      const form = await openForm(workbench, 'everything', 'echo');
      await fill(form, { message: 'by a rule' });
      await form.getByRole('button', { name: 'Run', exact: true }).click();
      const job = jobRow(workbench, 'echo', 'completed');
      await job.waitFor();
      assert.equal(await approvals(workbench, 'echo').count(), 0);
      await job.click();
      await workbench
        .webview()
        .getByText('allowed by .vscode/mcp-policy.json:4: echo is harmless')
        .first()
        .waitFor();
      await workbench.screenshot('policy-job');

      const denied = await openForm(workbench, 'everything', 'get-env');
      await denied.getByRole('button', { name: 'Run', exact: true }).click();
      await denied.getByText('denied by .vscode/mcp-policy.json:5: it would show secrets').first().waitFor();

      await workbench.tab(/^mcp-policy\.json/).click();
      await lines(workbench).getByText('"reason"').first().waitFor();
      policy(workbench.folder, rules.replace('"deny"', '"never"'));
      await codeLens(workbench, 'Every call is denied').waitFor();
      await workbench.screenshot('policy-broken');
      const broken = await openForm(workbench, 'everything', 'echo');
      await fill(broken, { message: 'nothing is sent' });
      await broken.getByRole('button', { name: 'Run', exact: true }).click();
      await broken
        .getByText(/cannot be used: \.vscode\/mcp-policy\.json:5/)
        .first()
        .waitFor();
      assert.equal(await page.getByRole('treeitem', { name: /^echo, completed/ }).count(), 1);
    },
  ));
