import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startContractHttp } from '../fixtures/servers/contract.ts';
import { approvals, codeLens, fill, jobRow, openForm, run } from './support/steps.ts';
import { until, withWorkbench } from './support/workbench.ts';

test('the messages of a call are read with their answer and HTTP beside them, exported, and sent again after approval', async () => {
  const server = await startContractHttp({ era: 'modern' });
  let folder = '';
  try {
    await withWorkbench(
      {
        prepare: (at) => {
          folder = at;
        },
        files: {
          '.vscode/mcp.json': {
            servers: {
              contract: {
                type: 'http',
                url: server.url,
                headers: { Authorization: 'Bearer mark-of-the-token' },
              },
            },
          },
        },
      },
      async (workbench) => {
        await workbench.openContainer('MCP Switchboard');
        const row = workbench.row(/^contract/);
        await workbench.inlineAction(row, 'Start Server');
        await workbench.modal().getByText(server.url).waitFor();
        await workbench.answerModal('Connect');
        await workbench.row(/^contract, connected/).waitFor();
        await fill(await openForm(workbench, 'contract', 'echo'), { text: 'hello traffic' });
        await run(workbench, 'echo');
        await codeLens(workbench, 'Allow Once').click();
        await jobRow(workbench, 'echo', 'completed').waitFor();

        await workbench.contextAction(row, 'Open Server Page');
        const page = workbench.webview();
        await page.getByRole('tab', { name: 'Traffic' }).click();
        const list = page.getByRole('grid', { name: 'Messages of contract' });
        await list
          .getByRole('row', { name: /tools\/list/ })
          .first()
          .waitFor();
        await page.getByRole('textbox', { name: 'Filter messages' }).fill('tools/call');
        await list.getByRole('row', { name: /tools\/call.*answered/s }).click();
        const detail = page.getByTestId('exchange');
        await detail.getByText('Answer', { exact: false }).first().waitFor();
        await detail
          .getByText(/"text": "hello traffic"/)
          .first()
          .waitFor();
        await detail.getByText('mcp-name').waitFor();
        await detail.getByText('Headers of the answer, HTTP 200').waitFor();
        for (const theme of ['light', 'hc-dark', 'dark'] as const) {
          await workbench.setTheme(theme);
          await workbench.screenshot(`traffic-${theme}`);
        }

        const file = path.join(folder, 'mcp-traffic.har');
        await page.getByRole('button', { name: 'Export…' }).click();
        await workbench.pick('HAR');
        await workbench.answerFileDialog(file);
        await until('the exported file', () => existsSync(file));
        const har = readFileSync(file, 'utf8');
        const { log } = JSON.parse(har) as {
          log: { entries: { _mcp: { method: string }; response: { status: number } }[] };
        };
        const call = log.entries.find(({ _mcp }) => _mcp.method === 'tools/call');
        assert.equal(call?.response.status, 200);
        assert.doesNotMatch(har, /mark-of-the-token/);

        await workbench.tab(/^MCP Switchboard/).click();
        await page.getByRole('button', { name: 'Send again…' }).click();
        await approvals(workbench, 'echo').first().waitFor();
        await codeLens(workbench, 'Allow Once').click();
        await approvals(workbench, 'echo').waitFor({ state: 'detached' });
        await until(
          'a second job',
          async () =>
            (await workbench.page
              .locator('.sidebar')
              .getByRole('treeitem', { name: /^echo, completed/ })
              .count()) === 2,
        );
        await workbench.screenshot('traffic-again');
      },
    );
  } finally {
    await server.close();
  }
});
