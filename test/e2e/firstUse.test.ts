import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { withWorkbench, type Workbench } from './support/workbench.ts';

const secret = 'notes-key-4711';
const sidebar = (workbench: Workbench) => workbench.page.locator('.sidebar');
const walkthrough = (workbench: Workbench) => workbench.page.locator('.gettingStartedContainer');

/** From the form of the install page to its last step, into the workspace's file. */
async function install(workbench: Workbench, command: string): Promise<void> {
  const page = workbench.webview();
  await page.getByTestId('install').and(page.locator('[data-step=choose]')).waitFor();
  await page.getByRole('radio', { name: /\.vscode\/mcp\.json/ }).check();
  await page.getByTestId('review').click();
  await page.getByTestId('install-review').getByText(command).first().waitFor();
  await page.getByTestId('confirm').click();
  await workbench.modal().getByText(command).waitFor();
  await workbench.answerModal('Install');
  await page.getByTestId('install-done').waitFor();
}

test('the first minutes: empty views, the walkthrough, a server by its command and one of another program, and undo', () =>
  withWorkbench(
    {
      home: {
        '.claude.json': {
          numStartups: 3,
          mcpServers: {
            notes: { command: 'notes-server', args: ['--fast'], env: { NOTES_API_KEY: secret } },
          },
        },
      },
    },
    async (workbench) => {
      await workbench.openContainer('MCP Switchboard');
      await sidebar(workbench).getByText('No MCP servers are configured.').waitFor();
      await sidebar(workbench).getByText('Nothing waits for you.').waitFor();
      await sidebar(workbench).getByText('No jobs yet.').waitFor();
      await sidebar(workbench).getByText('Get started in five steps').click();
      const steps = walkthrough(workbench).locator('.getting-started-step');
      await steps.first().waitFor();
      assert.equal(await steps.count(), 5);
      for (const [theme, step] of [
        ['dark', 'Add a server'],
        ['light', 'See what runs before it starts'],
        ['hc-dark', 'Run a tool and approve the call'],
        ['hc-light', 'Follow what was sent'],
        ['dark', 'Share them with your agents'],
      ] as const) {
        await workbench.setTheme(theme);
        await steps.filter({ hasText: step }).first().click();
        await workbench.webview().locator('svg').first().waitFor();
        await workbench.screenshot(`walkthrough-${step.split(' ')[0]?.toLowerCase()}-${theme}`);
      }

      await steps.filter({ hasText: 'Add a server' }).first().click();
      await steps.getByRole('button', { name: 'Add Server…' }).click();
      await workbench.screenshot('add-server');
      await workbench.pick('Command…');
      await workbench.page.getByText('It is not run by a shell').waitFor();
      await workbench.answerInput('"unclosed');
      await workbench.page.getByText('A quote is not closed.').first().waitFor();
      await workbench.answerInput('greeter-mcp --say "good day"');
      await workbench.screenshot('add-server-form');
      await install(workbench, 'greeter-mcp --say "good day"');
      await workbench.row(/^greeter, stopped/).waitFor();
      const file = path.join(workbench.folder, '.vscode/mcp.json');
      assert.match(readFileSync(file, 'utf8'), /"greeter-mcp"/);
      await workbench.runCommand('MCP Switchboard: Undo Last Installation');
      await workbench.row(/^greeter/).waitFor({ state: 'detached' });
      assert.ok(!existsSync(file), 'the file that was made for it is gone again');

      await workbench.runCommand('MCP Switchboard: Import from Another Program…');
      await workbench.pick('Claude Code');
      await workbench.webview().getByText('copied, without its secrets, from').first().waitFor();
      await workbench.screenshot('import-form');
      await workbench
        .webview()
        .getByRole('textbox', { name: /^NOTES_API_KEY/ })
        .fill(secret);
      await install(workbench, 'notes-server --fast');
      const written = readFileSync(file, 'utf8');
      assert.match(written, /\$\{input:notes-api-key\}/);
      assert.ok(!written.includes(secret));
      await workbench.row(/^notes, stopped/).waitFor();

      // Done as a whole: the step is ticked because the server is there.
      await workbench.runCommand('MCP Switchboard: Get Started');
      await steps
        .filter({ hasText: 'Add a server' })
        .locator('.codicon-getting-started-step-checked')
        .first()
        .waitFor();
    },
  ));
