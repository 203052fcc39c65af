import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  approvals,
  call,
  codeLens,
  connectEverything,
  fill,
  jobRow,
  openForm,
  run,
} from './support/steps.ts';
import { until, withWorkbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

const secrets = ['ghp_0123456789abcdefMARKEDone', 'ghp_0123456789abcdefMARKEDtwo'] as const;

test('calls allowed and denied are in the activity log: filtered, explained, verified and exported without a secret', () => {
  let folder = '';
  const prepare = (at: string) => {
    folder = at;
    writeWorkspace(at);
  };
  return withWorkbench({ prepare }, async (workbench) => {
    await connectEverything(workbench);
    await call(workbench, 'everything', 'echo', { message: secrets[0] });
    await jobRow(workbench, 'echo', 'completed').waitFor();
    await fill(await openForm(workbench, 'everything', 'echo'), { message: secrets[1] });
    await run(workbench, 'echo');
    await codeLens(workbench, 'Deny').click();
    await approvals(workbench, 'echo').waitFor({ state: 'detached' });

    await workbench.runCommand('MCP Switchboard: Open Activity');
    const page = workbench.webview();
    const lines = page.getByRole('grid', { name: /^Lines of the activity log/ });
    const row = (text: RegExp) => lines.getByRole('row', { name: text });
    await row(/Call denied\s+echo/).waitFor();
    await row(/Call ended\s+echo\s+completed/).waitFor();
    await row(/Consent to start/).waitFor();
    await workbench.screenshot('activity');

    await page.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'denied', exact: true }).click();
    await lines.and(page.locator('[aria-rowcount="1"]')).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();

    await row(/Call sent\s+echo/).click();
    const detail = page.getByTestId('activity-detail');
    for (const step of ['Asked for', 'Decided', 'Sent', 'Ended'])
      await detail.locator('.activity-steps').getByText(step, { exact: true }).waitFor();
    await detail.getByText('allowed once by the user').first().waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page
      .locator('.notice')
      .getByText(/All \d+ lines are as they were written/)
      .waitFor();
    await workbench.screenshot('activity-call');
    for (const theme of ['light', 'hc-dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`activity-call-${theme}`);
    }
    await workbench.setTheme('dark');

    const file = path.join(folder, 'log.jsonl');
    await page.getByRole('button', { name: 'Export…' }).click();
    await workbench.pick('JSON Lines');
    await workbench.answerFileDialog(file);
    await until('the exported file', () => existsSync(file));
    const text = readFileSync(file, 'utf8');
    for (const secret of secrets) assert.ok(!text.includes(secret));
    const events = text
      .trim()
      .split('\n')
      .map(
        (line) =>
          (JSON.parse(line) as { readonly event: { readonly kind: string; readonly preview?: string } })
            .event,
      );
    const kinds = events.map(({ kind }) => kind);
    for (const kind of ['consent', 'call', 'call-ended', 'call-denied'])
      assert.ok(kinds.includes(kind), kind);
    assert.match(events.find(({ kind }) => kind === 'call')?.preview ?? '', /\(hidden\)/);
  });
});
