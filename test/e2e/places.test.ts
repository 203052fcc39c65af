import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
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

test('where nothing can be written down nothing starts, which is said; once it can, a reload mends it', () => {
  let place = '';
  return withWorkbench(
    {
      files: { '.vscode/mcp.json': { servers: { idle: { command: 'program' } } } },
      install: ({ userData }) => {
        // A file where the folder has to be: whoever runs this may write anywhere.
        place = path.join(userData, 'User/globalStorage/mcp-switchboard.mcp-switchboard');
        mkdirSync(path.dirname(place), { recursive: true });
        writeFileSync(place, '');
      },
    },
    async (workbench) => {
      const notice = /MCP Switchboard did not start: .*no server is started and no call is made/s;
      await workbench.notification(notice).waitFor();
      await workbench.screenshot('not-started');
      await workbench.openContainer('MCP Switchboard');
      const side = sidebar(workbench);
      await side.getByText('MCP Switchboard did not start, so').waitFor();
      assert.equal(await side.getByText('No MCP servers are configured.').count(), 0);
      assert.equal(await side.getByText('Inbox').count(), 0, 'what has nothing to show is not there');
      await workbench.screenshot('not-started-views');

      rmSync(place);
      await workbench.answerNotification(notice, 'Reload Window');
      await workbench.openContainer('MCP Switchboard');
      await workbench.row(/^idle, stopped/).waitFor();
      await sidebar(workbench).getByText('Inbox').first().waitFor();
      assert.equal(await workbench.notification(notice).count(), 0);
    },
  );
});
