import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { withWorkbench, type Workbench } from './support/workbench.ts';

const sidebar = (workbench: Workbench) => workbench.page.locator('.sidebar');

test('a window without a folder says where servers go; one with two folders keeps servers of one name apart', () =>
  withWorkbench({}, async (workbench) => {
    const none = await workbench.openWindow();
    await none.openContainer('MCP Switchboard');
    await sidebar(none).getByText('No folder is open').waitFor();
    await none.screenshot('no-folder');
    await none.runCommand('MCP Switchboard: Add Server…');
    await none.pick('URL…');
    await none.page.getByText('The URL of the server').waitFor();
    await none.answerInput('https://mcp.example.com/mcp');
    const page = none.webview();
    await page.getByTestId('install').and(page.locator('[data-step=choose]')).waitFor();
    assert.equal(await page.getByRole('radio', { name: /\.vscode\/mcp\.json/ }).count(), 0);
    await none.page.close();

    const folders = ['Büro ünï 1', 'two'].map((name) => path.join(path.dirname(workbench.folder), name));
    for (const folder of folders) {
      mkdirSync(path.join(folder, '.vscode'), { recursive: true });
      const servers = { same: { command: 'program', args: [path.basename(folder)] } };
      writeFileSync(path.join(folder, '.vscode/mcp.json'), JSON.stringify({ servers }));
    }
    const file = path.join(path.dirname(workbench.folder), 'both.code-workspace');
    writeFileSync(file, JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) }));
    const both = await workbench.openWindow({ workspace: file });
    await both.openContainer('MCP Switchboard');
    const rows = sidebar(both).getByRole('treeitem', { name: /^same, stopped/ });
    await rows.nth(1).waitFor();
    assert.equal(await rows.count(), 2);
    await sidebar(both).getByText('Büro ünï 1/.vscode/mcp.json').waitFor();
    await both.screenshot('multi-root');
    await both.inlineAction(rows.first(), 'Start Server');
    await both
      .modal()
      .getByText(/Büro ünï 1/)
      .first()
      .waitFor();
    await both.answerModal('Cancel');
  }));
